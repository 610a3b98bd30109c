"""What a comparison verified: the ranges that later runs need not look at each time.

A range is verified where everything in it is settled, the consumer is past it, no event in it has anything to be said
of, and both sides have the same digest of it. Whatever has a finding of any verdict stays outside, each position by
itself, so that every later run looks at it again.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from auditor.compare.drill import Drill
from auditor.compare.recipe import Digest, Range
from auditor.compare.scratch import Scratch
from auditor.gather.consumer.remainder import BothSides, Remainder, digests
from auditor.gather.upkeep import Upkeep
from auditor.memory import Verified, VerifiedRange
from auditor.stores.interface import LogRow, ReceiptRow
from auditor.verified import clipped, rest, shortened, without

MOST_POINTS = 1_000
"""Positions that each split what is verified. What lies above the last of so many is looked at by every run."""
AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A comparison by digests and how far it can vouch for anything.

    ``highest``: settled, and passed by the consumer. ``gone_below``: what is below is not wanted, or the log may have
    let go of it.
    """

    remainder: Remainder
    drill: Drill[LogRow, ReceiptRow]
    highest: int | None
    gone_below: int | None = None

    @property
    def sides(self) -> BothSides:
        """Both, with the recipe of the digests."""
        return self.drill.log, self.drill.inbox


def verification(found: Found, scratch: Scratch, upkeep: Upkeep) -> Verified | None:
    """What later runs shall know, of what earlier ones verified and of what this one did."""
    remainder, bounds = found.remainder, found.drill.bounds()
    if found.highest is None or bounds is None:
        return remainder.snapshot(remainder.verified, complete=True)
    lowest = bounds[0] if found.gone_below is None else max(bounds[0], found.gone_below)
    noted = scratch.noted_positions(lowest, found.highest, MOST_POINTS + 1)
    highest = found.highest if len(noted) <= MOST_POINTS else noted.pop() - 1
    kept = [one for one in remainder.verified if one.first >= lowest and not _holds_any(one, noted)]
    equal = _equal(found.drill.equal, lowest, highest)
    new = [one for one in _verified(equal, upkeep) if not _holds_any(one, noted)]
    left = without(clipped(rest(sorted([*kept, *new])), lowest, highest), noted)
    agreeing = list(_verified(_agreeing(found.sides, list(left)), upkeep))
    gone = _gone(found, lowest, upkeep)
    return remainder.snapshot(shortened(sorted([*gone, *kept, *new, *agreeing], key=_by_place)), complete=True)


def so_far(found: Found) -> Verified | None:
    """What is known while the comparison is under way: that ranges agree, not yet in which order they were received."""
    upkeep, bounds = found.remainder.upkeep, found.drill.bounds()
    if upkeep is None or found.highest is None or bounds is None:
        return None
    new = _verified(_equal(found.drill.equal, bounds[0], found.highest), upkeep)
    return found.remainder.snapshot(sorted([*found.remainder.verified, *new], key=_by_place), complete=False)


def _by_place(one: VerifiedRange) -> int:
    return one.first


def _holds_any(one: VerifiedRange, positions: Sequence[int]) -> bool:
    at = bisect_left(positions, one.first)
    return at < len(positions) and positions[at] <= one.last


def _equal(ranges: Iterable[tuple[Range, Digest]], lowest: int, highest: int) -> Iterator[tuple[int, int, Digest]]:
    """Those that lie wholly between the two, as closed intervals. Below ``lowest`` there is nothing."""
    for one, digest in ranges:
        first = lowest if one.low is None else one.low
        if one.high is not None and lowest <= first < one.high <= highest + 1:
            yield first, one.high - 1, digest


def _agreeing(sides: BothSides, intervals: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, Digest]]:
    """Those of which both sides have the same digest."""
    for start in range(0, len(intervals), AT_ONCE):
        some = intervals[start : start + AT_ONCE]
        found = digests(sides, [Range(first, last + 1) for first, last in some])
        for (first, last), (ours, theirs) in zip(some, found, strict=True):
            if ours[1:] == theirs[1:]:
                yield first, last, ours


def _verified(found: Iterable[tuple[int, int, Digest]], upkeep: Upkeep) -> Iterator[VerifiedRange]:
    return (VerifiedRange(first, last, digest, upkeep.run, upkeep.started) for first, last, digest in found)


def _gone(found: Found, lowest: int, upkeep: Upkeep) -> Iterator[VerifiedRange]:
    """What the log's retention took, or comes before ``start``: no digest tells anything about it."""
    bounds = found.drill.bounds()
    first = min([one.first for one in found.remainder.verified[:1]] + [bounds[0]] if bounds else [lowest])
    if found.gone_below is not None and first < lowest:
        yield VerifiedRange(first, lowest - 1, None, upkeep.run, upkeep.started)
