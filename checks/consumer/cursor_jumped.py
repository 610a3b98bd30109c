"""Since the run before, the cursor moved past events that left no trace.

What it means
    Of the events that the cursor passed since the run before, none was
    received; or a long row of them, a hundred at least, without one in
    between. Nothing was processed there, the cursor was merely moved: by
    hand, by a reset to the end of the log, by a consumer that acknowledges
    what it drops, or by a retention that it had fallen behind.

How it is proven
    The run before left a note of where the cursor stood. Each of the events
    was looked up as for consumer/missing, which counts them too: this finding
    is about the cursor that went past them, and adds nothing to the totals.
    It is confirmed where their absence is, and pending while that is. A row
    counts as one where no eligible event stands between two of its events.

What it cannot know
    Who moved the cursor, and when between the two runs. A consumer that lost
    the only event that there was looks the same as one whose cursor was
    moved. With a cursor of several parts only long rows are told, since
    what lies between two such places is not counted. Cursors by stream are
    not compared. What the inbox cannot tell (see consumer/missing) is no
    part of a jump.

What to do
    Find out who or what moved the cursor: deployments, resets and manual
    changes between the two moments in the evidence. Then decide whether the
    events are still wanted, and redeliver them; the cursor itself must not be
    put back if the consumer cannot tolerate events twice.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.cursors import describe
from checks.grounds import no_inbox, no_move
from checks.model.check import Lack
from checks.model.consumer import Absence, ConsumerEvidence, Standing
from checks.model.finding import Finding, Verdict
from checks.moves import Direction, Move, moves
from checks.ruling import Ruling, rule
from checks.tally import Tally
from checks.wording import counted, first_of, in_partition, moment

LONG_ROW = 100
"""So many events in a row without one receipt are no accident of a consumer that otherwise works."""
ABSENT = (Standing.MISSING, Standing.BACKFILL_INCOMPLETE)
Certainty = tuple[Verdict, str | None]


@dataclass(slots=True, kw_only=True)
class Crossing:
    """The events of one partition that a cursor passed and that left no trace: all of them, and those in long rows."""

    limit: int | None
    count: int = 0
    every: dict[Certainty, Tally] = field(default_factory=dict)
    in_rows: dict[Certainty, Tally] = field(default_factory=dict)
    _row: list[tuple[Absence, Certainty]] = field(default_factory=list)
    _last_rank: int | None = None
    _length: int = 0

    def add(self, absence: Absence, ruling: Ruling) -> None:
        """Take in one event, by position. A row is held back until it is long enough."""
        certainty = ruling.verdict, ruling.reason
        self.count += 1
        self._tally(self.every, absence, certainty)
        if self._last_rank is None or absence.rank - self._last_rank > 1:
            self._row.clear()
            self._length = 0
        self._last_rank = absence.rank
        self._length += 1
        self._row.append((absence, certainty))
        if self._length >= LONG_ROW:
            for one, how_sure in self._row:
                self._tally(self.in_rows, one, how_sure)
            self._row.clear()

    def _tally(self, tallies: dict[Certainty, Tally], absence: Absence, certainty: Certainty) -> None:
        tallies.setdefault(certainty, Tally(limit=self.limit)).add(absence.event, absence.rank)


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition and for how sure it is."""
    moved = {move.cursor.partition: move for move in moves(evidence) if move.direction is Direction.ON}
    if not moved:
        return
    for partition, crossing in _crossings(evidence).items():
        move = moved.get(partition)
        if move is None:
            continue
        passed_none = crossing.count == move.cursor.crossed
        for (verdict, reason), tally in (crossing.every if passed_none else crossing.in_rows).items():
            yield tally.finding(
                "cursor-jumped",
                verdict,
                _message(move, tally, reason, evidence),
                partition=partition,
                reason=reason,
                evidence={
                    "cursors": [describe(move.cursor)],
                    "previous": [move.described()],
                    "passed": move.cursor.crossed,
                },
            )


def _crossings(evidence: ConsumerEvidence) -> dict[str | None, Crossing]:
    crossings: defaultdict[str | None, Crossing] = defaultdict(lambda: Crossing(limit=evidence.sample_limit))
    for absence in evidence.absences:
        if absence.crossed and (ruling := rule(absence, evidence)).standing in ABSENT:
            crossings[absence.event.partition].add(absence, ruling)
    return dict(crossings)


def _message(move: Move, tally: Tally, reason: str | None, evidence: ConsumerEvidence) -> str:
    since = f"run {move.run_before.run} ({moment(move.run_before.at)})"
    then = "the beginning" if move.before.position is None else str(move.before.position)
    said = (
        f"{evidence.name}: since {since} the cursor{in_partition(move.cursor.partition)} moved from {then} to "
        f"{move.cursor.position}, past {counted(tally.count, 'event')} that left no trace"
        f"{first_of(tally.ranges.build())}"
    )
    match reason:
        case "within-grace":
            return f"{said}: receipts may still come"
        case "not-confirmed":
            return f"{said}: not looked at twice, so not decided"
        case "standby":
            return f"{said}, as far as a standby shows ({evidence.inbox_behind}): audit its primary"
        case _:
            return f"{said}: find out who moved it, then redeliver"


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """What was received must be on record, and an earlier run must have seen the cursor."""
    return no_inbox(evidence) or no_move(evidence)
