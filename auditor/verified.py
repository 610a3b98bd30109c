"""Arithmetic on what is verified: which positions are left to look at, and how a list of ranges is kept short.

Ranges of positions are closed where they are remembered and half-open where they are compared. Nothing here reads a
store, and nothing decides whether a range deserves to be called verified.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from auditor.compare.recipe import Digest, Range
from auditor.memory import VerifiedRange

MOST_RANGES = 200
"""Beyond it neighbours are made one."""


def as_range(one: VerifiedRange) -> Range:
    """The same positions, as they are compared."""
    return Range(one.first, one.last + 1)


def rest(verified: Sequence[VerifiedRange]) -> list[Range]:
    """All positions outside of ``verified``, ascending. What has no end on a side is open there."""
    if not verified:
        return [Range(None, None)]
    between = (Range(one.last + 1, other.first) for one, other in pairwise(verified) if one.last + 1 < other.first)
    return [Range(None, verified[0].first), *between, Range(verified[-1].last + 1, None)]


def range_at(verified: Sequence[VerifiedRange], position: int) -> VerifiedRange | None:
    """The range in which a position lies, if it lies in one."""
    at = bisect_right(verified, position, key=lambda one: one.first) - 1
    return verified[at] if at >= 0 and position <= verified[at].last else None


def holds(verified: Sequence[VerifiedRange], position: int) -> bool:
    """Whether a position lies in one of the ranges."""
    return range_at(verified, position) is not None


def clipped(ranges: Iterable[Range], lowest: int, highest: int) -> Iterator[tuple[int, int]]:
    """The parts of the ranges from ``lowest`` to ``highest``, as closed intervals."""
    for one in ranges:
        first = lowest if one.low is None else max(one.low, lowest)
        last = highest if one.high is None else min(one.high - 1, highest)
        if first <= last:
            yield first, last


def without(intervals: Iterable[tuple[int, int]], positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Closed, ascending intervals without these ascending positions."""
    rest_of = iter(positions)
    position = next(rest_of, None)
    for first, last in intervals:
        start = first
        while position is not None and position <= last:
            if position >= start:
                if start < position:
                    yield start, position - 1
                start = position + 1
            position = next(rest_of, None)
        if start <= last:
            yield start, last


def shortened(ranges: Sequence[VerifiedRange], most: int = MOST_RANGES) -> tuple[VerifiedRange, ...]:
    """Ranges that touch made one, the small ones first, so that there stay about ``most``. Digests add up.

    Ranges that do not touch stay apart: between them lies what is not verified.
    """
    if len(ranges) <= most:
        return tuple(ranges)
    size = 2 * sum(one.digest.rows for one in ranges if one.digest) // most
    found: list[VerifiedRange] = []
    for one in ranges:
        joined = _joined(found[-1], one, size) if found else None
        if joined is None:
            found.append(one)
        else:
            found[-1] = joined
    return tuple(found)


def _joined(one: VerifiedRange, other: VerifiedRange, size: int) -> VerifiedRange | None:
    """The two as one, verified when the one that is longer unseen was; ``None`` where they have to stay apart."""
    older = min(one, other, key=lambda each: each.at)
    if one.last + 1 != other.first:
        return None
    if one.digest is None or other.digest is None:
        return VerifiedRange(one.first, other.last, None, older.run, older.at) if one.digest is other.digest else None
    if one.digest.rows + other.digest.rows > size:
        return None
    return VerifiedRange(one.first, other.last, added(one.digest, other.digest), older.run, older.at)


def added(one: Digest, other: Digest) -> Digest:
    """The digest of both ranges together: counts and sums add up."""
    checksum = tuple(left + right for left, right in zip(one.checksum, other.checksum, strict=True))
    return Digest(one.rows + other.rows, one.compared + other.compared, checksum)


def through(verified: Sequence[VerifiedRange], floor: int | None) -> int | None:
    """Up to which position everything is verified, from the log's first one on; ``None``: not even that one is."""
    if not verified or floor is None or floor < verified[0].first:
        return None
    last = verified[0].last
    for one in verified[1:]:
        if one.first != last + 1:
            break
        last = one.last
    return last


def oldest(verified: Iterable[VerifiedRange]) -> datetime | None:
    """When the range that was not looked at for longest was verified; ``None`` where there is none."""
    return min((one.at for one in verified), default=None)
