"""What bounds a run from outside: durations as options, and the lock against runs that overlap."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from auditor.errors import UsageError

if TYPE_CHECKING:
    from auditor.config import Config


def duration_of(option: str, text: str | None, *, positive: bool = False) -> timedelta | None:
    """The duration that an option was given; None without it. UsageError: it is none, or nothing where that is."""
    from auditor.config.durations import parse
    from auditor.config.problems import quoted

    if text is None:
        return None
    try:
        duration = parse(text)
    except ValueError as error:
        raise UsageError(f"{option} {quoted(text)}: must be {error}") from error
    if positive and not duration:
        raise UsageError(f"{option} {quoted(text)}: must be longer than nothing")
    return duration


@contextmanager
def locking(config: "Config", wait: timedelta | None) -> Iterator[None]:
    """Hold the config's lock where that is wanted. LockError: it is not to be had."""
    if wait is None:
        yield
        return
    from auditor.lock import lock_file, locked

    with locked(lock_file(config), wait):
        yield
