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

from collections.abc import Iterator

from checks.accounting import account_of
from checks.crossing import Crossing
from checks.cursors import describe
from checks.grounds import no_inbox, no_move
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence
from checks.model.finding import Finding
from checks.moves import Direction, Move, moves
from checks.tally import Tally
from checks.wording import counted, first_of, in_partition, moment


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition and for how sure it is."""
    crossings = account_of(evidence).crossings
    for move in moves(evidence):
        crossing = crossings.get(move.cursor.partition)
        if crossing is not None and move.direction is Direction.ON:
            yield from _findings(move, crossing, evidence)


def _findings(move: Move, crossing: Crossing, evidence: ConsumerEvidence) -> Iterator[Finding]:
    passed = move.cursor.crossed
    seen = {"cursors": [describe(move.cursor)], "previous": [move.described()], "passed": passed}
    for (verdict, reason), tally in crossing.without_trace(passed).items():
        yield tally.finding(
            "cursor-jumped",
            verdict,
            _message(move, tally, reason, evidence),
            partition=move.cursor.partition,
            reason=reason,
            evidence=seen,
        )


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
