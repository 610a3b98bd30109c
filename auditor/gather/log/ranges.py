"""Digests of the verified part of a log, range by range: what changed there is found within as many runs as there are.

They are taken in the snapshot that was audited: later ones would vouch for rows that nobody has looked at.

Whatever the config names of an event goes into them, filters ignored, so that archiving changes nothing. A digest says
that rows changed, not which: that range's finding has no samples.
"""

import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise

from auditor.compare.recipe import Digest, Form, Part, Range, Recipe, Side
from auditor.config import LogConfig
from auditor.gather.consumer.order import BY_POSITION
from auditor.gather.log.notes import Changed
from auditor.gather.log.recollection import WORDS
from auditor.gather.log.witnessing import Run
from auditor.identity import Kind
from auditor.memory import Verified, VerifiedRange
from auditor.stores.interface import BIGGEST, EVERYTHING, LogRow, Snapshot
from auditor.verified import added, as_range, range_at, shortened, without

PIECES, ROWS_OF_A_PIECE = 100, 100
"""How many ranges the log is cut into at first, and how few rows are not worth a range."""
ROWS_AT_ONCE = 25_000
"""Of ranges that are digested by one look at the clock."""
MOST_OF_A_PIECE = 50_000
"""New rows in one range."""
_VERSION = 2
"""Of the way in which digests are made: another one makes all that are remembered worthless."""
ALL = None
"""No limit to the time for old ranges."""


@dataclass(slots=True)
class LogRanges:
    """The ranges of one log, in one snapshot. ``checked`` holds those that this run digested."""

    side: Side[LogRow]
    basis: str
    salt: int
    run: Run
    ranges: list[VerifiedRange] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    checked: set[int] = field(default_factory=set)
    _earlier: int = 0

    def __post_init__(self) -> None:
        """The first ranges are those of earlier runs."""
        self._earlier = len(self.ranges)

    def earlier(self) -> list[VerifiedRange]:
        """Those that earlier runs left, as they are now."""
        return self.ranges[: self._earlier]

    def recheck(self, through: int, seconds: float | None) -> None:
        """Take digests again of ranges up to a position, those longest unseen first."""
        due = [one for one in self.ranges if one.last <= through and one.first not in self.checked]
        due.sort(key=lambda one: one.at, reverse=True)
        began, is_first = time.monotonic(), True
        while due and (is_first or seconds is ALL or time.monotonic() - began < seconds):
            is_first = False
            some = [due.pop()]
            while due and sum(_rows(one) for one in (*some, due[-1])) <= ROWS_AT_ONCE:
                some.append(due.pop())
            self._recheck(some)

    def is_checked(self, position: int | None) -> bool:
        """Whether this run has digested the range in which a position lies, or it lies in none."""
        one = None if position is None else range_at(self.ranges, position)
        return one is None or one.first in self.checked

    def renewed(self, some: Sequence[VerifiedRange]) -> list[VerifiedRange]:
        """Take digests again of these ranges, unless this run has done so; the same ranges as they are now."""
        self._recheck([one for one in some if one.first not in self.checked])
        places = {one.first for one in some}
        return [one for one in self.ranges if one.first in places]

    def _recheck(self, some: Sequence[VerifiedRange]) -> None:
        if not some:
            return
        for one, digest in zip(some, self.side.digests([as_range(one) for one in some]), strict=True):
            if one.digest is not None and one.digest != digest:
                self.changed.append(Changed(one, digest))
            self.checked.add(one.first)
            at = self.ranges.index(one)
            self.ranges[at] = one._replace(digest=digest, run=self.run.name, at=self.run.started)

    def take_in(self, positions: Sequence[int], through: int) -> bool:
        """Take rows for new that stand in old ranges, which then have another digest; whether there are any.

        Only where nothing else in such a range changed: without them it has the digest that it had.
        """
        before = len(self.checked)
        for one in {range_at(self.ranges, position) for position in positions}:
            if one is not None and one.last <= through and self.is_alike_without(one, positions):
                renewed = one._replace(digest=self.digest(one), run=self.run.name, at=self.run.started)
                self.ranges[self.ranges.index(one)] = renewed
                self.checked.add(one.first)
        return len(self.checked) > before

    def is_alike_without(self, one: VerifiedRange, positions: Sequence[int]) -> bool:
        """Whether a range has the digest that it had but for what stands at these positions, ascending."""
        return self._without(one, positions) == one.digest

    def _without(self, one: VerifiedRange, positions: Sequence[int]) -> Digest:
        nothing = Range(one.first, one.first)
        pieces = (Range(first, last + 1) for first, last in without([(one.first, one.last)], positions))
        return reduce(added, self.side.digests([nothing, *pieces]))

    def digest(self, one: VerifiedRange) -> Digest:
        """What one range has now, whether it is one of these or was."""
        return self.side.digests([as_range(one)])[0]

    def boundary(self, position: int) -> int | None:
        """The highest end of a range that is not beyond a position; ``None`` where there is none."""
        return max((one.last for one in self.ranges if one.last <= position), default=None)

    def reach(self, through: int, rows: int) -> tuple[VerifiedRange, ...]:
        """All ranges as they are to be remembered, up to a position. ``rows``: how many may be new."""
        kept = [one for one in self.ranges if one.last <= through]
        if not kept:
            kept = self._cut(through, min(PIECES, 1 + rows // ROWS_OF_A_PIECE))
        elif kept[-1].last < through:
            kept += self._new(Range(kept[-1].last + 1, through + 1), rows)
        return shortened(kept)

    def unseen(self, through: int, span: int) -> list[Range]:
        """Beyond all ranges that there are, up to a position: about as large as if nothing were known of the log.

        ``span``: how many positions it has from its first to its last.
        """
        beyond = self.ranges[-1].last if self.ranges else -BIGGEST - 1
        pieces = self._pieces(through, min(PIECES, 1 + span // ROWS_OF_A_PIECE))
        highs = (one.high for one in pieces if one.high is not None and one.high > beyond + 1)
        return [Range(low, high) for low, high in pairwise([beyond + 1, *highs])]

    def digested(self, new: Sequence[Range]) -> list[VerifiedRange]:
        """Take the digests of ranges beyond all that there are, and count them among these."""
        found = self._digested(new)
        self.ranges += found
        self.checked.update(one.first for one in found)
        return found

    def _cut(self, through: int, most: int) -> list[VerifiedRange]:
        """The first time: about equal pieces, from the lowest position that there can be."""
        return self._digested(self._pieces(through, most))

    def _pieces(self, through: int, most: int) -> list[Range]:
        pieces = [one for one in self.side.cut(most) if one.low is None or one.low <= through]
        ends = [*(one.low - 1 for one in pieces[1:] if one.low is not None), through]
        begins = [-BIGGEST, *(end + 1 for end in ends[:-1])]
        return [Range(first, last + 1) for first, last in zip(begins, ends, strict=True)]

    def _new(self, new: Range, rows: int) -> list[VerifiedRange]:
        low, high = new.low or 0, new.high or 0
        return self._digested(new.split(1 + rows // MOST_OF_A_PIECE, low, high - 1))

    def _digested(self, pieces: Sequence[Range]) -> list[VerifiedRange]:
        found = zip(pieces, self.side.digests(pieces), strict=True)
        return [
            VerifiedRange(one.low or 0, (one.high or 0) - 1, digest, self.run.name, self.run.started)
            for one, digest in found
        ]


def _rows(one: VerifiedRange) -> int:
    return ROWS_AT_ONCE if one.digest is None else one.digest.rows


def ranges_of(snapshot: Snapshot, log: LogConfig, before: Verified | None, run: Run) -> LogRanges | None:
    """The ranges that ``before`` left, or none yet; ``None``: ranges of this log's positions cannot be digested."""
    if log.partition is not None or snapshot.kind(log.table, log.position) is not Kind.INTEGER:
        return None
    if not snapshot.is_indexed(log.table, log.position, {}):
        return None
    whole = log.model_copy(update={"where": {}})
    parts = tuple(_part(snapshot, log, word) for word in WORDS if getattr(log, word) is not None)
    basis = _basis(snapshot, log, parts)
    is_alike = before is not None and before.basis == basis
    salt = before.salt if before is not None and is_alike else secrets.randbits(48)
    place = Part("position", Form.INTEGER)
    recipe = Recipe(identity=(place,), shared=parts, native=_is_native(snapshot), salt=salt, axis=place)
    side = snapshot.log_side(whole, BY_POSITION, recipe, EVERYTHING)
    return LogRanges(side, basis, salt, run, list(before.ranges) if before is not None and is_alike else [])


def _is_native(snapshot: Snapshot) -> bool:
    return snapshot.family() == "postgresql"


def _part(snapshot: Snapshot, log: LogConfig, word: str) -> Part:
    """A text that may be a uuid is read by value; a stream that is named by a number has no limit."""
    kind = snapshot.kind(log.table, getattr(log, word))
    if word == "version":
        return Part(word, Form.INTEGER)
    if kind is Kind.UUID:
        return Part(word, Form.UUID if _is_native(snapshot) else Form.HEX)
    return Part(word, Form.HEX if word == "id" and kind is Kind.TEXT else Form.TEXT)


def _basis(snapshot: Snapshot, log: LogConfig, parts: Iterable[Part]) -> str:
    said = [f"{part.word} {getattr(log, part.word)!r} as {part.form}" for part in parts]
    return "; ".join([f"{snapshot.family()} {_VERSION}", f"position {log.position!r}", *said])
