"""Interrupts that wait until what was sent is written down.

Ctrl-C and SIGTERM must not fall between an answer of a target and the line about it in the journal. The first one is
kept until then; a second Ctrl-C, from somebody who does not want to wait any longer, ends the program at once: the
journal then says "sending", and the next attempt looks at the consumer first.

A target that merely waits, with nothing under way, says so (:func:`waiting`): the first one ends that at once.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM)
Handler = Callable[[int, FrameType | None], Any]

_ECHO_SECONDS = 1.0
"""Within which a second signal is an echo of the first: ``timeout`` sends it to the process and to its group."""


class WaitEndedError(Exception):
    """Somebody wants an end, so nothing is waited for any more."""


@contextmanager
def holding_on(taken: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Let nobody interrupt this block at the first try; whoever tried is heard at its end.

    ``taken``: called at that first try, to tell whoever waits what for.
    Elsewhere than in the main thread, to which signals go, there is nothing to hold.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    handlers = {number: handler for number, handler in before.items() if callable(handler)}
    held = _Held(handlers, taken)
    for number in handlers:
        signal.signal(number, held.take)
    _holding.append(held)
    try:
        yield
    finally:
        _holding.remove(held)
        for number, handler in handlers.items():
            signal.signal(number, handler)
    for number in held.numbers:
        signal.raise_signal(number)


@contextmanager
def waiting() -> Iterator[None]:
    """A wait in which nothing is under way. WaitEndedError: somebody wants an end, now or since before."""
    if not _holding or threading.current_thread() is not threading.main_thread():
        yield
        return
    held = _holding[-1]
    held.waits = True
    try:
        held.end_wait()
        yield
    finally:
        held.waits = False


class _Held:
    """What came meanwhile. ``numbers``: of the signals, the first of each. ``waits``: nothing is under way."""

    def __init__(self, handlers: Mapping[int, Handler], taken: Callable[[], None]) -> None:
        self.numbers: list[int] = []
        self.waits = False
        self._handlers, self._taken = handlers, taken
        self._at = 0.0

    def take(self, number: int, frame: FrameType | None) -> None:
        """Note the first one; whoever insists is heard."""
        now = time.monotonic()
        if self.numbers and now - self._at > _ECHO_SECONDS:
            self._handlers[number](number, frame)
        if not self.numbers:
            self.numbers.append(number)
            self._at = now
            if not self.waits:
                self._taken()
        self.end_wait()

    def end_wait(self) -> None:
        """WaitEndedError: where it waits, and somebody wants an end."""
        if self.waits and self.numbers:
            raise WaitEndedError


_holding: list[_Held] = []
"""Who holds on at the moment, the innermost last."""
