"""A full audit's way along a log: the digests of its ranges, and the holes in them, some ranges at a time.

What is found of some ranges is kept before the next ones are looked at, so that an interruption loses little. Digests
come first, and everything else is asked later, in the same snapshot or in a later one: a row that goes or comes after
its range was digested shows as another digest, so that no moment falls between two looks. Holes are taken with the
digests of their ranges, since an event that comes late into a hole explains that its range changed.
"""

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from auditor.compare.recipe import Digest
from auditor.gather.log.notes import MOST_CARRIED
from auditor.gather.log.ranges import LogRanges
from auditor.gather.log.scene import Scene
from auditor.memory import VerifiedRange

MOST_HELD = 100_000
"""Holes that are held in memory; where there are more, all are read once more when they are judged."""
AT_ONCE, OF_A_LONG_LOG = 25, 6
"""Ranges that are looked at before what was found is kept; their number is a multiple of what works on them at once."""
LONG = 1_000_000
"""Positions of a log in which fewer ranges are looked at at once."""

Piece = tuple[int, int]
"""First and last position."""


@dataclass(slots=True)
class FoundHoles:
    """Holes in ascending order: all, as long as they are few, and those at either end."""

    most: int = MOST_CARRIED
    count: int = 0
    first: list[Piece] = field(default_factory=list)
    last: deque[Piece] = field(default_factory=deque)
    beyond: int | None = None
    _held: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, first: int, last: int) -> None:
        """Note one hole."""
        self.count += 1
        self.last.append((first, last))
        if len(self.last) > self.most:
            self.last.popleft()
        if len(self.first) < self.most:
            self.first.append((first, last))
        elif self.beyond is None:
            self.beyond = first
        if self.count <= MOST_HELD:
            self._held.extend((first, last))

    def count_through(self, position: int) -> int:
        """How many begin at or below a position; all, where they were too many to hold."""
        return bisect_right(self._held[::2], position) if self.count <= MOST_HELD else self.count

    def all(self) -> Iterator[Piece] | None:
        """Every one of them; ``None`` where they were too many to hold."""
        held = self._held
        return zip(held[::2], held[1::2], strict=True) if self.count <= MOST_HELD else None


@dataclass(slots=True, kw_only=True)
class Sweep:
    """What a full audit found from ``after`` (exclusive, ``None``: the beginning) on, as far as it came.

    ``through``: the last position that it looked at. ``last_row``: the highest one up to there that has a row.
    ``rows``: how many there are.
    """

    scene: Scene
    ranges: LogRanges
    after: int | None
    through: int | None = None
    last_row: int | None = None
    rows: int = 0
    holes: FoundHoles = field(default_factory=FoundHoles)

    def run(self, limit: int | None, reach: int, tell: Callable[[], None]) -> None:
        """Look at what lies beyond ``after``: at old ranges up to ``limit``, then at what is new, up to ``reach``.

        Where old ranges stay that lie beyond ``limit``, it ends there. ``tell`` is called whenever more is known.
        """
        self.last_row = self.begin
        extent = self.scene.extent
        span = 0 if extent.first is None or extent.last is None else extent.last - extent.first + 1
        at_once = OF_A_LONG_LOG if span > LONG else AT_ONCE
        places = self._counts_its_places()
        old = [one for one in self.ranges.ranges if self.after is None or one.first > self.after]
        old = [one for one in old if limit is not None and one.last <= limit]
        for start in range(0, len(old), at_once):
            self._take(self.ranges.renewed(old[start : start + at_once]), places=places, tell=tell)
        if self.ranges.ranges and self.ranges.ranges[-1].last != limit:
            return
        new = self.ranges.unseen(reach, span)
        for start in range(0, len(new), at_once):
            self._take(self.ranges.digested(new[start : start + at_once]), places=places, tell=tell)

    def _counts_its_places(self) -> bool:
        """Whether each position stands in one row, so that a range with as many rows as places has no holes."""
        log = self.scene.log
        return self.scene.snapshot.never_repeats(log.table, [log.position], {})

    def _take(self, some: Sequence[VerifiedRange], *, places: bool, tell: Callable[[], None]) -> None:
        floor = self.scene.extent.first
        doubtful: Piece | None = None
        for one in some:
            digest = one.digest or Digest(0, 0, ())
            first = one.first if floor is None else max(one.first, floor)
            self.rows += digest.rows
            if places and 0 < digest.rows == one.last - first + 1:
                self._look_for_holes(doubtful)
                doubtful = None
                self._note_row(first)
                self.last_row = one.last
            else:
                doubtful = (first if doubtful is None else doubtful[0], one.last)
        self._look_for_holes(doubtful)
        self.through = some[-1].last
        tell()

    def _look_for_holes(self, piece: Piece | None) -> None:
        if piece is None:
            return
        for hole in self.scene.snapshot.holes_within(self.scene.log, *piece, self.last_row):
            self.holes.add(*hole)
        last = self.scene.snapshot.last_through(self.scene.log, piece[1])
        if last is not None:
            self.last_row = last if self.last_row is None else max(last, self.last_row)

    def _note_row(self, first: int) -> None:
        """A row stands at ``first``: below it there may be a hole up to the last one before."""
        if self.last_row is not None and first - self.last_row > 1:
            self.holes.add(self.last_row + 1, first - 1)

    @property
    def begin(self) -> int | None:
        """From where on a position without a row is a hole; ``None``: nothing stands below what is looked at."""
        floor = self.scene.extent.first
        return None if self.after is None or floor is None or floor > self.after else self.after

    @property
    def total(self) -> int:
        """How many rows all ranges have, also those that are left out."""
        return sum(one.digest.rows for one in self.ranges.ranges if one.digest)

    def all_holes(self) -> Iterator[Piece]:
        """Every hole beyond ``after``, up to the head of the log."""
        held, log = self.holes.all(), self.scene.log
        if held is None:
            yield from ((first, last) for _, first, last in self.scene.snapshot.holes(log, self.begin))
            return
        yield from held
        yield from ((first, last) for _, first, last in self.scene.snapshot.holes(log, self.last_row))

    def open_end(self, through: int) -> Iterator[Piece]:
        """What is empty right below a position that was looked at, if nobody has seen yet what stands above."""
        if self.last_row is not None and self.through is not None and self.last_row < through <= self.through:
            yield self.last_row + 1, through
