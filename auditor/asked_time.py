"""Points in time as people type them: ``2026-03-01``, ``2026-03-01T12:00Z``, or ``2h``, which is two hours ago."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

from auditor.config.durations import parse
from auditor.config.problems import quoted
from auditor.errors import UsageError


def moment_of(option: str, text: str, now: datetime, *, end_of_day: bool = False) -> datetime:
    """The aware UTC moment that ``text`` means: an age before ``now``, or a date or time of ISO 8601, without zone UTC.

    A date is its first moment, with ``end_of_day`` its last. UsageError about ``option``: it means none.
    """
    with suppress(ValueError):
        return now - parse(text)
    with suppress(ValueError):
        return datetime.combine(date.fromisoformat(text), time.max if end_of_day else time.min, UTC)
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        wanted = "a time like 2026-03-01T12:00Z, a date, or how long ago, like 2h or 7d"
        message = f"{option} {quoted(text)}: must be {wanted}"
        raise UsageError(message) from None


def age_of(option: str, text: str) -> timedelta:
    """The duration that ``text`` means. UsageError about ``option``: it means none."""
    try:
        return parse(text)
    except ValueError as error:
        message = f"{option} {quoted(text)}: must be {error}"
        raise UsageError(message) from None


def end_of(option: str, text: str, now: datetime) -> datetime:
    """The aware UTC moment, after ``now``, at which something ends: in so long, at a time, or when a date is over.

    UsageError about ``option``: it means none, or one that is past.
    """
    try:
        end = now + parse(text)
    except ValueError:
        with suppress(ValueError):
            date.fromisoformat(text)
            end_of_day = moment_of(option, text, now, end_of_day=True)
            return _after(option, text, now, end_of_day + timedelta(microseconds=1))
        end = moment_of(option, text, now)
    return _after(option, text, now, end)


def _after(option: str, text: str, now: datetime, end: datetime) -> datetime:
    if end <= now:
        message = f"{option} {quoted(text)}: is past"
        raise UsageError(message)
    return end
