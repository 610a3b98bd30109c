"""The consumer's cursor stands lower than the run before saw it.

What it means
    The consumer had come further than its cursor says now. Somebody put it
    back, the consumer's database was restored from a backup, or its row was
    deleted or emptied. It will receive the events in between again, unless
    its inbox refuses them; and if its database was restored, what it had done
    in the meantime is gone from there while the world outside has seen it.

How it is proven
    The run before left a note of where the cursor stood. A composite cursor
    is compared by all of its parts. A row that was there, with a position,
    and is not there any more counts as put back to nothing if two looks do
    not find it. The evidence has both places, the run that saw the earlier
    one and when, on the clock of the log's store. Where a redelivery since
    that run sent again everything between the two, it is benign: that is how
    a cursor is put back on purpose.

What it cannot know
    Who moved it, and whether on purpose. It is told by the one run that sees
    it happen: the next one compares with the lower place, and only a note says
    that the cursor has not come again to where it was. One that was put back
    and has caught up again between two runs is not seen. Cursors by stream are
    not compared. On a standby of the consumer's store, which may show an older
    state, the verdict is unknown.

What to do
    Ask whether it was put back on purpose, to receive events again. If not,
    compare the inbox with the log above the lower place: receipts beyond it
    mean that only the cursor went back, none means that all of the database
    did. Stop the consumer first if it must not process an event twice. If the
    row is gone, find out from the inbox how far it came before it starts anew.
"""

from collections.abc import Iterator

from checks.cursors import describe
from checks.grounds import no_move
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence
from checks.model.finding import Finding, Verdict
from checks.model.sent_again import MOST_SKEW, Stretch
from checks.moves import Direction, Move, moves
from checks.ruling import Doubt
from checks.sent_again import SentAgain
from checks.wording import in_partition, moment


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition. It counts cursors."""
    for move in moves(evidence):
        if move.direction is Direction.BACK:
            doubt = _doubt(move, evidence)
            yield Finding(
                check="cursor-rewound",
                verdict=Verdict.CONFIRMED if doubt is None else doubt.verdict,
                count=1,
                message=_message(move, doubt, evidence),
                partition=move.cursor.partition,
                reason=None if doubt is None else doubt.reason,
                evidence={"cursors": [describe(move.cursor)], "previous": [move.described()]} | _seen(move, evidence),
            )


def _doubt(move: Move, evidence: ConsumerEvidence) -> Doubt | None:
    if _redelivery(move, evidence) is not None:
        return Doubt(Verdict.BENIGN, "redelivery")
    if evidence.inbox_behind is not None:
        return Doubt(Verdict.UNKNOWN, "standby")
    if move.cursor.absent and not evidence.confirmed_reads:
        # Some consumers delete their row and write a new one.
        return Doubt(Verdict.PENDING, "not-confirmed")
    return None


def _seen(move: Move, evidence: ConsumerEvidence) -> dict[str, object]:
    sent = _redelivery(move, evidence)
    return {} if sent is None else {"redelivery": {"at": sent.at.isoformat(), "by": sent.by}}


def _redelivery(move: Move, evidence: ConsumerEvidence) -> Stretch | None:
    """The last redelivery since the run before that sent again all that lies between the two places, if any did."""
    now, then = move.cursor.position, move.before.position
    first = move.cursor.floor if now is None else now + 1
    if not evidence.sent_again or first is None or then is None or move.cursor.absent:
        return None
    # Of a cursor over more than the position, what lies between has any positions: the two ends have to do.
    found = SentAgain(evidence.sent_again).covering(move.cursor.partition, first, max(first, then))
    since = move.run_before.at - MOST_SKEW
    return max(found, key=lambda each: each.at) if found and all(each.at >= since for each in found) else None


def _message(move: Move, doubt: Doubt | None, evidence: ConsumerEvidence) -> str:
    run, at, then = move.run_before.run, moment(move.run_before.at), _told(move.before.position, move.before.order)
    if move.cursor.absent:
        now = "has no row"
    elif move.cursor.position is None:
        now = "has a row without a position"
    else:
        now = f"stands at {_told(move.cursor.position, move.cursor.order)}"
    cursor = f"the cursor{in_partition(move.cursor.partition)}"
    said = f"{evidence.name}: {cursor} {now}, where run {run} saw it at {then} ({at})"
    match None if doubt is None else doubt.reason:
        case "redelivery" if (sent := _redelivery(move, evidence)) is not None:
            by = "" if sent.by is None else f" by {sent.by}"
            return f"{said}: put back by a redelivery{by} at {moment(sent.at)}, which sent again what lies between"
        case "standby":
            return f"{said}, as far as a standby shows ({evidence.inbox_behind}): audit its primary"
        case "not-confirmed":
            return f"{said}: not looked at twice, so not decided"
        case _:
            return f"{said}: ask who put it back, before it processes events a second time"


def _told(position: int | None, order: tuple[int, ...] | None) -> str:
    return str(position) if order is None else ":".join(str(part) for part in order)


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """A cursor, and an earlier run that saw it."""
    return no_move(evidence)
