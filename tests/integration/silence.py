"""Servers that accept whoever comes and then say nothing: from the beginning, or from some word on. And none at all."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

HOST = "127.0.0.1"
BLOCK = 65_536


@contextmanager
def silent() -> Iterator[int]:
    """The port of a server that accepts and is silent: the kernel does that for whoever listens."""
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        yield port


@contextmanager
def nobody() -> Iterator[int]:
    """A port at which nobody listens, and nobody else will: it is bound."""
    with socket.socket() as held:
        held.bind((HOST, 0))
        port: int = held.getsockname()[1]
        yield port


class Falling:
    """Stands between a client and a server. From the first ``word`` of a client on nothing passes, either way.

    It goes on to accept: whoever wants to cancel something gets no answer either.
    """

    def __init__(self, port: int, word: bytes) -> None:
        self._server, self._word = port, word
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self.is_silent = Event()
        self._sockets: list[socket.socket] = [self._listener]
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End all that is open."""
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                if not self.is_silent.is_set():
                    server = socket.create_connection((HOST, self._server))
                    self._sockets.append(server)
                    Thread(target=self._pass_on, args=(client, server), daemon=True).start()
                    Thread(target=self._pass_on, args=(server, client), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while block := one.recv(BLOCK):
                if self._word in block:
                    self.is_silent.set()
                if self.is_silent.is_set():
                    return
                other.sendall(block)
            other.shutdown(socket.SHUT_WR)


@contextmanager
def falling_silent(port: int, word: bytes) -> Iterator[Falling]:
    """Something that stands before the server at ``port``, and is gone afterwards."""
    falling = Falling(port, word)
    try:
        yield falling
    finally:
        falling.close()
