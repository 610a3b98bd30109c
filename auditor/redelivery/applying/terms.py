"""What somebody who applies a plan has asked for and allowed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from checks.model.application import MOST_EVENTS

DEFAULT_ERROR_SHARE = 0.1
DEFAULT_CANARY_WAIT = timedelta(minutes=1)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The options of one attempt.

    - ``execute``: ``False``: everything is looked at, nothing is sent.
    - ``max_events``: a plan with more left to send is refused. ``rate``: events a second; ``None``: the target's own.
    - ``canary``: so many go first, and must arrive within ``canary_wait`` (``None``: a minute, or the grace if longer).
    - ``unknown_wait``: how long to look for what may have been sent (``None``: the consumer's grace).
    - ``error_share``: from 0 to 1; of all that was sent, so much may go wrong.
    - ``accept_duplicates``: send also where a hearer is not declared idempotent; it needs a ``reason``.
    - ``consumer_stopped``: for targets that put a cursor back. ``again``: also what the target rejected before.
    - ``lock_wait``: how long to wait for another attempt by the same target. ``user``, ``host``: who, and where.
    """

    execute: bool = False
    max_events: int = MOST_EVENTS
    rate: float | None = None
    canary: int | None = None
    canary_wait: timedelta | None = None
    unknown_wait: timedelta | None = None
    error_share: float = DEFAULT_ERROR_SHARE
    accept_duplicates: bool = False
    consumer_stopped: bool = False
    again: bool = False
    lock_wait: timedelta = timedelta()
    reason: str | None = None
    ticket: str | None = None
    user: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """Where time comes from: ``now``, aware; ``monotonic`` and ``sleep`` in seconds."""

    now: Callable[[], datetime] = _now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
