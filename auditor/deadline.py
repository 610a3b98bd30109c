"""The time that a run is given, and how it ends when that is over, whatever a database does.

Three things see to it. Between statements, phases and batches somebody asks (:meth:`Deadline.check`). Waiting that
cannot end in time is not begun (:meth:`Deadline.sleep`), and what cannot be ended from outside, connecting, is waited
for in vain only until then (:meth:`Deadline.within`). And a thread of its own ends the statements that are still being
waited for, again and again, until the run has noticed (:meth:`Deadline.enforced`). None of it makes a run exact to the
second: a server that does not even take a cancellation has its connection cut a few seconds later.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import TIMEOUT_MAX, Event, Lock, Thread
from typing import Generic, TypeVar

from auditor.observer import Observer

Answer = TypeVar("Answer")

_PAUSE = 0.2
"""Seconds after which whatever still asks is ended once more."""
_CUT_AFTER = 3.0
"""Seconds past the end after which a server that was told and did not listen has its connections cut."""


class OutOfTime(BaseException):
    """A run's time is over. No Exception, so that nobody takes it for the failure of one audit or one check."""


class Deadline:
    """The end of a run, on the monotonic clock; without a ``limit`` there is none. ``phase``: what it is at."""

    def __init__(self, limit: timedelta | None = None) -> None:
        self.limit = limit
        self.phase = "starting"
        self._end = math.inf if limit is None else time.monotonic() + limit.total_seconds()

    def left(self) -> float:
        """Seconds that are left, not below 0; ``inf`` without a limit."""
        return max(0.0, self._end - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether time is up."""
        return self.left() <= 0

    def check(self) -> None:
        """Raises OutOfTime when time is up."""
        if self.is_over:
            raise OutOfTime

    def sleep(self, seconds: float) -> None:
        """Wait. Raises OutOfTime at once where nothing could be done after it: no use in waiting for that."""
        if seconds >= self.left():
            raise OutOfTime
        time.sleep(seconds)

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """What fails in here when time is up has failed because of it, and is OutOfTime whatever it says."""
        try:
            yield
        except Exception as error:
            if self.is_over:
                raise OutOfTime from error
            raise

    def within(self, work: Callable[[], Answer], discard: Callable[[Answer], None]) -> Answer:
        """What ``work`` returns or raises, or OutOfTime: it then goes on alone, and what it returns is discarded."""
        if self.limit is None:
            return work()
        self.check()
        attempt = _Attempt(work, discard)
        try:
            attempt.ended.wait(min(self.left(), TIMEOUT_MAX))
        finally:
            is_late = attempt.abandon()
        if is_late:
            raise OutOfTime
        return attempt.answer()

    @contextmanager
    def enforced(self, end: Callable[[], None], cut: Callable[[], None]) -> Iterator[None]:
        """In here, once time is up, ``end`` is called from another thread until the run has left.

        After some seconds ``cut`` is called in its place. What they raise is of no interest: they are called again.
        """
        if self.limit is None:
            yield
            return
        left = Event()
        thread = Thread(target=self._enforce, args=(end, cut, left), daemon=True)
        thread.start()
        try:
            yield
        finally:
            left.set()
            thread.join()

    def _enforce(self, end: Callable[[], None], cut: Callable[[], None], left: Event) -> None:
        left.wait(min(self.left(), TIMEOUT_MAX))
        while not left.wait(_PAUSE):
            with suppress(Exception):
                (cut if time.monotonic() > self._end + _CUT_AFTER else end)()


class Timed:
    """An observer that ends the run when time is up, at whatever it is told next, and remembers the phase."""

    def __init__(self, observer: Observer, deadline: Deadline) -> None:
        self._observer = observer
        self._deadline = deadline

    def phase(self, text: str) -> None:
        """Raises OutOfTime before a phase that would begin too late."""
        self._deadline.check()
        self._deadline.phase = text
        self._observer.phase(text)

    def progress(self, done: int, total: int | None) -> None:
        """Raises OutOfTime in the middle of a phase."""
        self._deadline.check()
        self._observer.progress(done, total)

    def looked(self, done: int, total: int) -> None:
        """Passed on."""
        self._observer.looked(done, total)

    def statement(self, store: str, sql: str, parameters: object) -> None:
        """Raises OutOfTime before a statement that would be sent too late, in the thread that would send it."""
        self._deadline.check()
        self._observer.statement(store, sql, parameters)

    def crash(self, error: Exception) -> None:
        """Passed on."""
        self._observer.crash(error)


class _Attempt(Thread, Generic[Answer]):
    """Work in a thread that may be left alone with it."""

    def __init__(self, work: Callable[[], Answer], discard: Callable[[Answer], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._discard = discard
        self._answers: list[Answer] = []
        self._error: BaseException | None = None
        self._turn = Lock()
        self._abandoned = False
        self.ended = Event()
        self.start()

    def run(self) -> None:
        """Work, and keep what comes of it, or throw it away."""
        try:
            self._answers.append(self._work())
        except BaseException as error:
            self._error = error
        with self._turn:
            self.ended.set()
            if self._abandoned:
                for answer in self._answers:
                    with suppress(Exception):  # there is nobody left to tell
                        self._discard(answer)

    def abandon(self) -> bool:
        """Leave it alone, unless it has ended: then False, and the answer is there."""
        with self._turn:
            self._abandoned = not self.ended.is_set()
            return self._abandoned

    def answer(self) -> Answer:
        """What came of it, once it has ended. Raises what the work raised."""
        if self._error is not None:
            raise self._error
        return self._answers[0]
