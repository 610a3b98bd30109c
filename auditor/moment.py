"""Times as databases keep them, turned into aware UTC.

Naive times are UTC. Numbers and text are ISO 8601 or seconds, milli-, micro- or nanoseconds since 1970, told apart by
magnitude. A date says nothing about the time of day, and so nothing about age. That, what cannot be read, and what
lies beyond the calendar (``infinity``) is ``None``: no evidence of age.
"""

from datetime import UTC, datetime, timedelta

from auditor.identity import as_integer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_UNITS = ((100_000_000_000, 1_000_000), (100_000_000_000_000, 1_000), (100_000_000_000_000_000, 1))
"""Below the first number: that many microseconds a unit. Seconds until the year 5138, then milli-, microseconds."""
NANOSECONDS = 1_000
"""How many of the smallest unit are a microsecond."""
_PLAUSIBLE_SECONDS = range(946_684_800, 4_102_444_800)  # 2000 to 2100: other numbers are counters, not times

_LENGTH_OF_A_DATE = len("2026-01-31")


def to_moment(value: object) -> datetime | None:
    """An aware UTC datetime, or ``None`` where ``value`` holds no readable time."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, str):
        return _from_text(value.strip())
    if isinstance(value, float):
        return _from_microseconds(int(value * 1_000_000)) if abs(value) < EPOCH_UNITS[0][0] else to_moment(int(value))
    number = as_integer(value)
    return None if number is None else _from_epoch(number)


def to_microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(number: int) -> datetime:
    """The aware UTC datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=number)


def looks_like_epoch(number: int) -> bool:
    """Whether an integer can only sensibly be a time since 1970, not a sequence number."""
    return any(number // unit in _PLAUSIBLE_SECONDS for unit in (1, 1_000, 1_000_000))


def _from_text(text: str) -> datetime | None:
    if len(text) <= _LENGTH_OF_A_DATE and not text.isdecimal() and "." not in text:
        return None
    try:
        return to_moment(datetime.fromisoformat(text))
    except ValueError:
        pass
    try:
        return to_moment(float(text) if "." in text else int(text))
    except (ValueError, OverflowError):
        return None


def _from_epoch(number: int) -> datetime | None:
    for below, microseconds in EPOCH_UNITS:
        if abs(number) < below:
            return _from_microseconds(number * microseconds)
    return _from_microseconds(number // NANOSECONDS)


def _from_microseconds(number: int) -> datetime | None:
    try:
        return from_microseconds(number)
    except OverflowError:
        return None


def received_at(received: object) -> datetime | None:
    """When a receipt came, where its column holds a time and not a sequence."""
    number = None if isinstance(received, float) else as_integer(received)
    return None if number is not None and not looks_like_epoch(number) else to_moment(received)
