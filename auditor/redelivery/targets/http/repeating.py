"""When a request is said again: where the server refused it for now, and where there was no connection to say it on.

Never where it was written and nobody answered: whether it was done is looked up at the consumer first. A request that
a server answered with a fault of its own may have been done as well; it is said again, since it has the same
Idempotency-Key, but what comes of it then is certain only if it is accepted.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import stamina

from auditor.redelivery.holding_on import WaitEndedError, waiting
from auditor.redelivery.targets.http.answers import Reply
from auditor.redelivery.targets.http.connection import LostError

logging.getLogger("stamina").addHandler(logging.NullHandler())  # else it would write to stderr by itself

_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds between a request and its repetition.

    ``first`` is doubled each time, up to ``longest``; up to ``jitter`` is added, so that many do not come at once.
    ``asked``: as long as it is waited at most where the server says how long.
    """

    first: float = 0.5
    longest: float = 30.0
    jitter: float = 1.0
    asked: float = 300.0


class _AgainError(Exception):
    """Worth a repetition. Says nothing that it must not: stamina logs it."""

    def __init__(self, reply: Reply | LostError) -> None:
        super().__init__("no connection" if isinstance(reply, LostError) else f"status {reply.status}")
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Said:
    """How it ended. ``times``: how often it was said. ``doubt``: whether an earlier time may have done it."""

    reply: Reply | LostError
    times: int
    doubt: bool


def repeat(say: Callable[[], Reply], retries: int, waits: Waits) -> Said:
    """Say it, and again at most ``retries`` times; not any more once somebody wants an end."""
    heard: list[Reply | LostError] = []
    attempts = iter(
        stamina.retry_context(
            on=lambda error: _pause(error, waits),
            attempts=retries + 1,
            timeout=None,
            wait_initial=waits.first,
            wait_max=waits.longest,
            wait_jitter=waits.jitter,
        )
    )
    with suppress(_AgainError, WaitEndedError):
        while (attempt := _next(attempts, is_first=not heard)) is not None:
            with attempt:
                heard.append(_once(say))
                if _may_be_repeated(heard[-1]):
                    raise _AgainError(heard[-1])
    return Said(heard[-1], len(heard), any(_may_be_done(each) for each in heard[:-1]))


def _next(attempts: Iterator[stamina.Attempt], *, is_first: bool) -> stamina.Attempt | None:
    """Between two of them stamina sleeps. WaitEndedError: it was woken. Raises _AgainError where there are no more."""
    with nullcontext() if is_first else waiting():
        return next(attempts, None)


def asked_pause(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a server asks for by ``Retry-After``; ``None`` where it asks for none that can be read."""
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
    return max(0.0, (until - now).total_seconds())


def _pause(error: Exception, waits: Waits) -> bool | float:
    """What stamina wants to know: whether to go on, and after how many seconds where somebody has said so."""
    if not isinstance(error, _AgainError):
        return False
    if isinstance(error.reply, LostError):
        return True
    pause = asked_pause(error.reply.headers, datetime.now(UTC))
    return True if pause is None else min(pause, waits.asked)


def _once(say: Callable[[], Reply]) -> Reply | LostError:
    try:
        return say()
    except LostError as lost:
        return lost


def _may_be_repeated(reply: Reply | LostError) -> bool:
    return not reply.sent if isinstance(reply, LostError) else reply.may_be_repeated


def _may_be_done(reply: Reply | LostError) -> bool:
    return isinstance(reply, Reply) and reply.leaves_doubt
