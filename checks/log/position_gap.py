"""There are holes in the positions of a log.

What it means
    By itself nothing: positions come from a sequence, and whoever rolls back,
    crashes or draws without writing leaves a hole. It matters where a hole is
    not dead yet (a transaction that is still open will fill it, and readers
    that went past it will lose that event), and where the log is `gapless`
    and every hole is a loss.

How it is proven
    On PostgreSQL whoever draws a position holds a lock on the sequence until
    the end of the transaction. The holders were listed, waited for, and only
    then were the holes read: without a holder left a hole is dead (rolled
    back or deleted, benign), with one it is pending and the holder is named.
    In a `gapless` log a hole that nobody holds is confirmed. So is one where
    an earlier run saw an event: that was not rolled back (see
    log/head-regressed).
    SQLite has one writer at a time, and a snapshot shows all that it has
    committed: no transaction is left to fill a hole below the head.

What it cannot know
    What stood in a dead hole, and whether a row was deleted there; on SQLite,
    whether somebody will insert a row with that very position later, by hand
    (the next run tells of it: log/head-regressed). Where on PostgreSQL
    positions are not drawn by the inserting transaction itself, or nothing
    shows the writers, a hole is unknown; unless the log is `gapless` that
    changes no verdict, because stream versions tell of losses better. A
    standby does not show its primary's transactions.

What to do
    Pending for long: end the named session or prepared transaction, or find
    out what it waits for; its events will appear below the cursors of readers
    that go by position alone. Confirmed: look for the rows in a backup.
    Unknown: the evidence lists what stands against a proof.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from checks.model.check import Lack
from checks.model.finding import Finding, Verdict
from checks.model.log import Hole, LogEvidence
from checks.model.ranges import RangeBuilder
from checks.wording import counted, first_of, in_partition, listed


class Hold(NamedTuple):
    """What the holes of a log amount to, why, and whether that may weigh on the verdict."""

    verdict: Verdict
    reason: str | None
    harmless: bool = False


@dataclass(slots=True)
class HoleTally:
    """The holes of one partition."""

    positions: int = 0
    ranges: RangeBuilder = field(default_factory=RangeBuilder)

    def add(self, first: int, last: int) -> None:
        """Count one hole."""
        self.positions += last - first + 1
        self.ranges.add_interval(first, last)


SEEN = Hold(Verdict.CONFIRMED, "seen-before")
"""Where an earlier run saw an event."""


def judge(evidence: LogEvidence) -> Iterator[Finding]:
    """One finding for each partition, and one for holes where an earlier run saw events. It counts positions."""
    usual = _hold(evidence)
    tallies: dict[tuple[Hold, str | None], HoleTally] = {}
    for hold, partition, first, last in _parted(evidence, usual):
        tallies.setdefault((hold, partition), HoleTally()).add(first, last)
    settlement = evidence.settlement
    for (hold, partition), tally in tallies.items():
        ranges = tally.ranges.build()
        yield Finding(
            check="position-gap",
            verdict=hold.verdict,
            count=tally.positions,
            message=_message(hold, partition, tally, evidence),
            partition=partition,
            reason=hold.reason,
            harmless=hold.harmless,
            ranges=ranges,
            ranges_truncated=tally.ranges.truncated,
            evidence={
                "settled": settlement.how.value,
                "holders": [holder.describe() for holder in settlement.holders],
                "against": list(settlement.against),
            },
        )


def _parted(evidence: LogEvidence, usual: Hold) -> Iterator[tuple[Hold, str | None, int, int]]:
    """All holes, cut where an earlier run saw an event; on a standby that proves nothing."""
    seen: dict[str | None, list[int]] = {}
    for partition, position in sorted(evidence.seen, key=lambda place: place[1]):
        seen.setdefault(partition, []).append(position)
    for hole in evidence.holes or ():
        first = hole.first
        for position in () if evidence.settlement.standby else _between(seen.get(hole.partition, ()), hole):
            if first < position:
                yield usual, hole.partition, first, position - 1
            yield SEEN, hole.partition, position, position
            first = position + 1
        if first <= hole.last:
            yield usual, hole.partition, first, hole.last


def _between(ascending: Sequence[int], hole: Hole) -> Sequence[int]:
    return ascending[bisect_left(ascending, hole.first) : bisect_left(ascending, hole.last + 1)]


def _hold(evidence: LogEvidence) -> Hold:
    """All holes of a log share one fate: which transaction would fill which hole, nothing shows."""
    settlement = evidence.settlement
    if settlement.holders:
        return Hold(Verdict.PENDING, "in-flight")
    if evidence.gapless:
        # The primary's transactions do not show on a standby, so a hole may be about to be filled.
        return Hold(Verdict.UNKNOWN, "standby") if settlement.standby else Hold(Verdict.CONFIRMED, None)
    if settlement.provable and not settlement.standby:
        return Hold(Verdict.BENIGN, "rolled-back")
    return Hold(Verdict.UNKNOWN, "not-provable", harmless=True)


def _message(hold: Hold, partition: str | None, tally: HoleTally, evidence: LogEvidence) -> str:
    settlement = evidence.settlement
    said = (
        f"{evidence.name} has no event at {counted(tally.positions, 'position')}{in_partition(partition)} below its "
        f"head{first_of(tally.ranges.build())}"
    )
    match hold.reason:
        case "in-flight":
            return f"{said}, which may still be filled by {listed([who.describe() for who in settlement.holders])}"
        case "standby":
            return f"{said}; a standby does not show who may still fill them: audit its primary"
        case "seen-before":
            return f"{said}, where earlier runs saw events: they were deleted, or the log was restored"
        case "rolled-back":
            return f"{said}; no transaction is left to fill them: rolled back or deleted"
        case "not-provable":
            against = listed(settlement.against) if settlement.against else "nothing shows its writers"
            return f"{said}; whether they can still be filled cannot be proven: {against}"
        case _:
            return f"{said}, though it is gapless: look for the rows in a backup"


def lacks(evidence: LogEvidence) -> Lack | None:
    """Positions must be comparable."""
    if evidence.holes is not None:
        return None
    return Lack("no-order", f"the positions of {evidence.name} do not follow one another, so holes mean nothing")
