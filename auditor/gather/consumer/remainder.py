"""What earlier runs left to look at: a comparison by digests need not begin at the beginning each time.

Ranges of positions in which log and inbox agreed are *verified*, and kept with their digest. A later run looks at what
lies outside of them, and takes the digests of some again, those longest unseen first, for as long as it may. What does
not have its old digest any more is looked at like the rest. So it claims nothing about a verified range but this: that
it agreed when its digest was last taken. The order of receipt is judged of what is looked at only.
"""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from auditor.compare.drill import at_once
from auditor.compare.recipe import ALL, Digest, Range, Side
from auditor.gather.upkeep import Upkeep
from auditor.memory import Verified, VerifiedRange
from auditor.stores.interface import LogRow, ReceiptRow
from auditor.verified import as_range, holds, oldest, range_at, rest, through
from checks.model.result import Extent

PIECE, MOST_PIECES = 50_000, 100
"""Positions in a piece of what is new, and how many pieces there are at most."""

_LOWEST = "lowest received"

BothSides = tuple[Side[LogRow], Side[ReceiptRow]]


@dataclass(slots=True, kw_only=True)
class Remainder:
    """What one comparison leaves out, because it is ``verified``, and how that is to be digested.

    ``upkeep``: ``None`` where nothing is remembered. ``finished``: every range has been looked at since ``begun_at``.
    """

    salt: int
    basis: str = ""
    upkeep: Upkeep | None = None
    begun_run: str = ""
    begun_at: datetime | None = None
    finished: bool = False
    verified: list[VerifiedRange] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    kept_at: float = field(default_factory=time.monotonic)

    def is_worth_keeping(self, every: float) -> bool:
        """Whether so many seconds have gone by since what is verified was kept last, or since the beginning."""
        now = time.monotonic()
        is_worth_it = now - self.kept_at >= every
        self.kept_at = now if is_worth_it else self.kept_at
        return is_worth_it

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return not self.verified

    @property
    def tail(self) -> int | None:
        """The last verified position: what is new lies beyond it."""
        return self.verified[-1].last if self.verified else None

    @property
    def rows_left_out(self) -> int:
        """Of the log, when they were last digested."""
        return sum(one.digest.rows for one in self.verified if one.digest is not None)

    @property
    def events_left_out(self) -> int:
        """Of those rows the ones that the consumer should have, and has."""
        return sum(one.digest.compared for one in self.verified if one.digest is not None)

    def doubt(self, positions: Iterable[int]) -> list[Range]:
        """Leave no range out any more in which one of these lies; returns those that were."""
        doubtful = {one for at in positions if (one := range_at(self.verified, at)) is not None}
        self.verified = [one for one in self.verified if one not in doubtful]
        return [as_range(one) for one in sorted(doubtful, key=lambda one: one.first)]

    def covers(self, position: int | None) -> bool:
        """Whether the comparison looks at this position."""
        return position is None or not holds(self.verified, position)

    def ranges(self, head: int | None) -> list[Range]:
        """What is to be looked at, what is new in pieces. ``head``: the last position of the log."""
        *known, new = rest(self.verified)
        if new.low is None or head is None or head <= new.low:
            return [*known, new]
        pieces = min(MOST_PIECES, 1 + (head - new.low) // PIECE)
        return [*known, *(new.split(pieces, new.low, head) if pieces > 1 else [new])]

    def gaps(self, lowest: int) -> list[Range]:
        """What is to be looked at from ``lowest`` on, below what is new."""
        gaps = rest(self.verified)[:-1] if self.verified else []
        return [Range(lowest if one.low is None else one.low, one.high) for one in gaps]

    @property
    def lowest_received(self) -> int | None:
        """The lowest position received, as far as is known."""
        return int(self.notes[_LOWEST]) if _LOWEST in self.notes else None

    @lowest_received.setter
    def lowest_received(self, position: int | None) -> None:
        self.notes.pop(_LOWEST, None)
        if position is not None:
            self.notes[_LOWEST] = str(position)

    def ranges_of_lowest(self) -> Iterator[Range]:
        """Where the lowest position received may be: what an inbox let go of since does not come back.

        So of what is verified nothing is asked below the one that was the lowest before.
        """
        before = self.lowest_received
        if self.is_everything or before is None:
            yield ALL
            return
        for one in rest(self.verified):
            if one.low is None or one.low < before:
                yield Range(one.low, before if one.high is None else min(one.high, before))
        yield Range(before, None)

    def snapshot(self, ranges: Sequence[VerifiedRange], *, complete: bool) -> Verified | None:
        """What a later run shall know; ``None`` where nothing is remembered."""
        if self.upkeep is None or self.begun_at is None:
            return None
        return Verified(
            basis=self.basis,
            salt=self.salt,
            begun_run=self.begun_run,
            begun_at=self.begun_at,
            complete=complete,
            ranges=tuple(ranges),
            notes=dict(self.notes),
        )

    def through(self, floor: int | None) -> int | None:
        """Up to which position earlier runs verified everything."""
        return through(self.verified, floor)

    def within_window(self, floor: int | None) -> tuple[int, int]:
        """How many rows of the log, and how many wanted events, were left out above the first that was not."""
        last = self.through(floor)
        inside = [one.digest for one in self.verified if one.digest and (last is None or one.first > last)]
        return sum(digest.rows for digest in inside), sum(digest.compared for digest in inside)

    def oldest(self) -> datetime | None:
        """When the range that is longest unseen was verified."""
        return oldest(self.verified)


def everything(upkeep: Upkeep | None, basis: str = "") -> Remainder:
    """Leave nothing out; ``basis``: what digests depend on, for a run that remembers them."""
    remainder = Remainder(salt=secrets.randbits(48), basis=basis, upkeep=upkeep)
    if upkeep is not None:
        remainder.begun_run, remainder.begun_at = upkeep.run, upkeep.started
    return remainder


def remainder_of(upkeep: Upkeep, basis: str, before: Verified | None) -> Remainder:
    """What ``before`` leaves to look at: everything, where it was digested differently, or is too old."""
    if before is None or upkeep.full or before.basis != basis or not before.ranges:
        return everything(upkeep, basis)
    if before.complete and upkeep.is_due(before.begun_at):
        return everything(upkeep, basis)
    return Remainder(
        salt=before.salt,
        basis=basis,
        upkeep=upkeep,
        begun_run=before.begun_run,
        begun_at=before.begun_at,
        finished=before.complete,
        verified=list(before.ranges),
        notes=dict(before.notes),
    )


def recheck(remainder: Remainder, sides: BothSides, is_expired: Callable[[VerifiedRange], bool]) -> None:
    """Take old digests again, for as long as the run may. What changed is no longer verified.

    The last range is always among them, and one other: a log that was restored and went on differently differs in the
    last one. If it does, nothing is believed any more. ``is_expired``: whether the inbox may have let go of a range.
    """
    upkeep = remainder.upkeep
    if upkeep is None or not remainder.verified:
        return
    _doubt_what_came_back(remainder, sides)
    until = time.monotonic() + upkeep.recheck
    waiting = _longest_unseen_last([one for one in remainder.verified if one.digest and not is_expired(one)])
    least, spent = 2, 0.0
    while waiting and (least or time.monotonic() + spent <= until):
        began = time.monotonic()
        some = _some_of(waiting, upkeep.rows_at_once, least)
        least = 0
        if not _recheck_some(remainder, upkeep, sides, some):
            remainder.verified.clear()
            remainder.finished = False
            remainder.begun_run, remainder.begun_at = upkeep.run, upkeep.started
            return
        spent = time.monotonic() - began


def _doubt_what_came_back(remainder: Remainder, sides: BothSides) -> None:
    """Where the log had let go of everything, and has rows now, no digest tells what they are."""
    bounds = sides[0].bounds()
    if bounds is not None:
        remainder.verified = [one for one in remainder.verified if one.digest or one.last < bounds[0]]


def _longest_unseen_last(ranges: list[VerifiedRange]) -> list[VerifiedRange]:
    """In the order in which they are to be popped: the last range first, then the one that is longest unseen."""
    by_age = sorted(ranges[:-1], key=lambda one: one.at, reverse=True)
    return [*by_age, *ranges[-1:]]


def _some_of(waiting: list[VerifiedRange], most: int, least: int) -> list[VerifiedRange]:
    """Ranges of ``most`` rows, but ``least`` or one."""
    some: list[VerifiedRange] = []
    rows = 0
    while waiting and (len(some) < max(least, 1) or rows + _rows_of(waiting[-1]) <= most):
        rows += _rows_of(waiting[-1])
        some.append(waiting.pop())
    return some


def _rows_of(one: VerifiedRange) -> int:
    return 0 if one.digest is None else one.digest.rows


def _recheck_some(remainder: Remainder, upkeep: Upkeep, sides: BothSides, some: Sequence[VerifiedRange]) -> bool:
    """Whether the log is, where it was seen last, what it was."""
    last = remainder.verified[-1]
    for one, (ours, theirs) in zip(some, digests(sides, [as_range(one) for one in some]), strict=True):
        at = remainder.verified.index(one)
        if one.digest is not None and ours == one.digest and theirs[1:] == one.digest[1:]:
            remainder.verified[at] = one._replace(run=upkeep.run, at=upkeep.started)
        elif one == last and ours != one.digest:
            return False
        else:
            del remainder.verified[at]
    return True


def digests(sides: BothSides, ranges: Sequence[Range]) -> list[tuple[Digest, Digest]]:
    """Of both sides, at once."""
    log, inbox = sides
    ours, theirs = at_once(lambda: log.digests(ranges), lambda: inbox.digests(ranges), inbox.cancel)
    return list(zip(ours, theirs, strict=True))


def window_of(remainder: Remainder, extent: Extent) -> Extent:
    """An extent of the log without what is verified at its beginning."""
    verified = remainder.through(extent.first)
    if verified is None or extent.first is None:
        return extent
    return Extent(first=verified + 1, last=extent.last, settled=extent.settled)
