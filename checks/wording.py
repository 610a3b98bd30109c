"""How findings put things, so that all checks speak alike: numbers, durations, names, places."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

LONGEST_NAME = 60
"""A name from the data stands in a message with this many characters at the most; the samples carry it whole."""

UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun.

    >>> counted(1, "event"), counted(2048, "event"), counted(2, "copy", "copies")
    ('1 event', '2,048 events', '2 copies')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def lasting(duration: timedelta) -> str:
    """A duration in the config's units, two of them at the most, rounded down.

    >>> lasting(timedelta(minutes=5)), lasting(timedelta(seconds=93_784.5)), lasting(timedelta(milliseconds=250))
    ('5m', '1d 2h', '250ms')
    """
    if duration < timedelta(seconds=1):
        return f"{duration // timedelta(milliseconds=1)}ms"
    left = int(duration.total_seconds())
    parts: list[str] = []
    for unit, seconds in UNITS:
        amount, left = divmod(left, seconds)
        if amount:
            parts.append(f"{amount}{unit}")
        elif parts:
            break
    return " ".join(parts[:2])


def moment(at: datetime) -> str:
    """A moment to the second.

    >>> moment(datetime(2026, 3, 1, 12, 0, 5, 250, tzinfo=UTC))
    '2026-03-01 12:00:05 UTC'
    """
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def appeared_late(after: datetime) -> str:
    """The phrase that says of events why they are younger than their time, with a comma before it.

    >>> appeared_late(datetime(2026, 3, 1, 12, tzinfo=UTC))
    ', which appeared after the run at 2026-03-01 12:00:00 UTC, though written before it'
    """
    return f", which appeared after the run at {moment(after)}, though written before it"


def quoted(name: str) -> str:
    r"""A name from the data, in quotes, escaped, its middle left out where it is long.

    >>> quoted("order-1"), quoted("a\nb")
    ("'order-1'", "'a\\nb'")
    """
    if len(name) > LONGEST_NAME:
        half = LONGEST_NAME // 2
        name = f"{name[:half]}…{name[-half:]}"
    return repr(name)


def in_partition(partition: str | None) -> str:
    """The phrase that names a partition, with a space before it; empty where there is none."""
    return "" if partition is None else f" in partition {quoted(partition)}"


def first_of(ranges: Sequence[tuple[int, int]]) -> str:
    """The phrase that names the first range, in brackets with a space before it; empty where there is none.

    >>> first_of([(5, 7), (12, 12)]), first_of([(12, 12)]), first_of([])
    (' (first: positions 5 to 7)', ' (position 12)', '')
    """
    if not ranges:
        return ""
    first, last = ranges[0]
    place = f"position {first}" if first == last else f"positions {first} to {last}"
    return f" ({'first: ' if len(ranges) > 1 else ''}{place})"


def listed(names: Sequence[str], most: int = 3) -> str:
    """Names in a row, the rest of a long list only counted.

    >>> listed(["a", "b"]), listed(["a", "b", "c", "d", "e"])
    ('a; b', 'a; b; c; and 2 more')
    """
    more = [f"and {len(names) - most} more"] if len(names) > most else []
    return "; ".join([*names[:most], *more])
