"""Finds out which positions of a log were sent again by redeliveries, and when.

A position may lie in several of them: then it is known when the first and when the last of these began. It says what
was sent, never what arrived.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from heapq import heappop, heappush
from itertools import groupby, pairwise

from checks.model.sent_again import Stretch


class SentAgain:
    """Stretches in any order, which may overlap; as they are kept here, by partition, they ascend and do not."""

    def __init__(self, stretches: Iterable[Stretch] = ()) -> None:
        """Sort them out."""
        ordered = sorted(stretches, key=lambda each: (each.partition is not None, each.partition or "", each.first))
        self._by_partition: dict[str | None, list[Stretch]] = {
            partition: list(_joined(_disjoint(list(some))))
            for partition, some in groupby(ordered, key=lambda each: each.partition)
        }

    def __bool__(self) -> bool:
        """Whether anything was sent again."""
        return bool(self._by_partition)

    def __iter__(self) -> Iterator[Stretch]:
        """By partition, then position."""
        return (each for some in self._by_partition.values() for each in some)

    def of(self, partition: str | None) -> Sequence[Stretch]:
        """Those of one partition."""
        return self._by_partition.get(partition, ())

    def at(self, partition: str | None, position: int | None) -> Stretch | None:
        """The one in which a position lies, if it lies in one."""
        some = self._by_partition.get(partition)
        if not some or position is None:
            return None
        index = bisect_right(some, position, key=lambda each: each.first) - 1
        return some[index] if index >= 0 and position <= some[index].last else None

    def anywhere(self, position: int) -> Stretch | None:
        """The same, in whatever partition that position may be."""
        found = (self.at(partition, position) for partition in self._by_partition)
        return next((each for each in found if each is not None), None)

    def covering(self, partition: str | None, first: int, last: int) -> Sequence[Stretch]:
        """The stretches that together hold all positions from ``first`` to ``last``; none where they do not."""
        some, found = self.of(partition), list[Stretch]()
        index = max(0, bisect_right(some, first, key=lambda each: each.first) - 1)
        for each in some[index:]:
            if each.first > first:
                return ()
            found.append(each)
            first = each.last + 1
            if first > last:
                return found
        return ()

    @property
    def count(self) -> int:
        """How many positions lie in them."""
        return sum(each.last - each.first + 1 for each in self)

    @property
    def last_at(self) -> datetime | None:
        """When the last one began."""
        return max((each.at for each in self), default=None)


def _disjoint(stretches: Sequence[Stretch]) -> Iterator[Stretch]:
    """Cut where one begins or ends; each piece with its first and its last sending."""
    if all(one.last < other.first for one, other in pairwise(stretches)):
        yield from stretches
        return
    edges = sorted({edge for each in stretches for edge in (each.first, each.last + 1)})
    waiting = iter([*enumerate(stretches), None])
    following = next(waiting)
    oldest: list[tuple[float, int, Stretch]] = []
    newest: list[tuple[float, int, Stretch]] = []
    for low, high in pairwise(edges):
        while following is not None and following[1].first <= low:
            number, each = following
            heappush(oldest, (each.began.timestamp(), number, each))
            heappush(newest, (-each.at.timestamp(), number, each))
            following = next(waiting)
        for heap in (oldest, newest):
            while heap and heap[0][2].last < low:
                heappop(heap)
        if oldest:
            first, last = oldest[0][2], newest[0][2]
            yield Stretch(first=low, last=high - 1, began=first.began, at=last.at, partition=last.partition, by=last.by)


def _joined(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Neighbours that differ in nothing else, as one."""
    open_one: Stretch | None = None
    for each in stretches:
        if open_one is not None and _continues(open_one, each):
            open_one = Stretch(
                first=open_one.first,
                last=each.last,
                began=each.began,
                at=each.at,
                partition=each.partition,
                by=each.by,
            )
            continue
        if open_one is not None:
            yield open_one
        open_one = each
    if open_one is not None:
        yield open_one


def _continues(one: Stretch, other: Stretch) -> bool:
    return one.last + 1 == other.first and (one.began, one.at, one.by) == (other.began, other.at, other.by)
