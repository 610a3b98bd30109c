"""A server on loopback that takes requests and answers as it was told to, well or in any of the ways that servers fail.

A behaviour answers one request. They are taken one after the other; the last one stays.
"""

import json
import os
import socket
import ssl
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

CERTIFICATES = Path(__file__).parent / "certificates"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came. ``headers``: names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Its body."""
        return json.loads(self.body)


class Exchange(BaseHTTPRequestHandler):
    """One request and what a behaviour does about it."""

    server: "_Server"
    protocol_version = "HTTP/1.1"

    def read(self) -> Asked:
        """Take all of the request, and remember it."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = Asked(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.server.scene.asked.append(asked)
        return asked

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Say everything but the body."""
        self.send_response(status)
        for name, value in {"Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def cut(self) -> None:
        """Reset the connection."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name in the standard library)
        """Say nothing."""

    def _answer(self) -> None:
        self.close_connection = True
        self.server.scene.next()(self)

    do_GET = do_POST = do_PUT = do_DELETE = do_CONNECT = _answer  # noqa: N815 (likewise)


Behaviour = Callable[[Exchange], None]


@dataclass(slots=True)
class Scene:
    """A server that runs. ``asked``: the requests that it took in full; ``lines``: how many connections came."""

    url: str
    behaviours: list[Behaviour]
    asked: list[Asked] = field(default_factory=list)
    lines: int = 0
    over: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def next(self) -> Behaviour:
        """What is done about this request."""
        with self._lock:
            return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    timeout = 0.0
    scene: Scene
    tls: ssl.SSLContext | None = None
    nobody_waits = False

    def take_the_rest(self) -> None:
        """Whoever has come by now, and may have gone again: nobody else serves any more."""
        while not self.nobody_waits:
            self.handle_request()

    def handle_timeout(self) -> None:
        self.nobody_waits = True

    def get_request(self) -> tuple[socket.socket, Any]:
        line, address = super().get_request()
        self.scene.lines += 1
        if self.tls is not None:
            # The handshake comes with the first byte that is read, in the thread of this connection.
            line = self.tls.wrap_socket(line, server_side=True, do_handshake_on_connect=False)
        return line, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is none of the server's faults."""


@contextmanager
def serving(*behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Scene]:
    """Run a server on a free port."""
    with _Server(("127.0.0.1", 0), Exchange) as server:
        scheme = "http" if tls is None else "https"
        scene = server.scene = Scene(f"{scheme}://127.0.0.1:{server.server_port}", list(behaviours))
        server.tls = tls
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield scene
        finally:
            scene.over.set()
            server.shutdown()
            thread.join()
            server.take_the_rest()


def tls_of_server(client: Path | None = None) -> ssl.SSLContext:
    """The server's certificate; with ``client`` it wants one of those in that file, too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem", CERTIFICATES / "server.key")
    if client is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client)
    return context


@contextmanager
def unused_port() -> Iterator[int]:
    """A port on which nobody listens, nor will: it is bound."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        yield port


def answering(status: int = 200, body: object = None, headers: Mapping[str, str] | None = None) -> Behaviour:
    """Take the request and answer. ``body``: bytes, or what becomes JSON."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()

    def answer(exchange: Exchange) -> None:
        exchange.read()
        exchange.begin(status, {"Content-Length": str(len(content)), **(headers or {})})
        exchange.wfile.write(content)

    return answer


def resetting_at_once(exchange: Exchange) -> None:
    """Cut the connection when only the headers were read."""
    exchange.cut()


def resetting_after_reading(exchange: Exchange) -> None:
    """Take the request, do who knows what, and cut the connection."""
    exchange.read()
    exchange.cut()


def closing_without_a_word(exchange: Exchange) -> None:
    """Take the request and hang up."""
    exchange.read()


def hanging(exchange: Exchange) -> None:
    """Take the request and never answer."""
    exchange.read()
    exchange.server.scene.over.wait()


def answering_half(exchange: Exchange) -> None:
    """Promise more than comes."""
    exchange.read()
    exchange.begin(200, {"Content-Length": "1000"})
    exchange.wfile.write(b'{"accepted": ["e1"')


def answering_nonsense(exchange: Exchange) -> None:
    """Answer in no protocol at all."""
    exchange.read()
    exchange.wfile.write(b"220 mail.example ESMTP\r\n")


def dripping(headers: Mapping[str, str], start: bytes = b"") -> Behaviour:
    """Answer a byte now and then, for ever: each comes in time, the whole never does."""

    def drip(exchange: Exchange) -> None:
        exchange.read()
        exchange.begin(200, headers)
        exchange.wfile.write(start)
        while not exchange.server.scene.over.wait(0.02):
            exchange.wfile.write(b" ")

    return drip


def dripping_headers(exchange: Exchange) -> None:
    """Never come to the end of the headers."""
    exchange.read()
    exchange.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in count():
        if exchange.server.scene.over.wait(0.02):
            return
        exchange.wfile.write(b"X-%d: 1\r\n" % number)


def flooding(exchange: Exchange) -> None:
    """Answer without an end."""
    exchange.read()
    exchange.begin(200, {})
    while not exchange.server.scene.over.is_set():
        exchange.wfile.write(b" " * 65_536)
