"""What keeps an audit from being consistent although no finding says so, and what its reader should know.

Sentences only: whether an event is missing, late or doubled is for the checks to say.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from checks.accounting import account_of
from checks.model.consumer import ConsumerEvidence, Cursor
from checks.model.previous import FurtherOn
from checks.model.result import Extent, Problem, Totals, Window
from checks.model.settled import Settlement
from checks.moves import not_caught_up, place_of
from checks.sent_again import SentAgain
from checks.wording import counted, in_partition, moment

LONGEST_UNSETTLED = timedelta(minutes=5)
"""How long a log may stay unsettled before its own audit is in doubt; consumers have their ``max_lag``."""

UNVERIFIABLE = {
    "no-identity": "the identity by which receipts are found is NULL",
    "gone-from-log": "gone from the log between two looks",
    "cursor-rows-disagree": "they lie between cursor rows that disagree",
    "no-inbox": "the cursor is beyond them, and there is no inbox to show what was processed",
    "before-first-receipt": "they lie below the first receipt, and `start` is not declared",
    "inbox-retention": "older than the inbox's retention, or of unknown age",
    "standby": "the consumer was read on a standby that is not proven caught up",
}
"""Why nothing can be said of an event, in words."""


def nothing_compared(counts: Totals, excluded: int, nameless: int) -> Iterator[Problem]:
    """An audit of nothing. ``nameless``: how many produced events have NULL where it takes a value to compare them."""
    if counts.produced == 0:
        why = f"all {excluded} rows of the log are excluded" if excluded else "the log has no rows"
        yield Problem(reason="nothing-compared", message=f"nothing was compared: {why}")
    elif nameless == counts.produced:
        why = "no event of the log has a position and the identity by which events are compared"
        yield Problem(reason="nothing-compared", message=f"nothing was compared: {why}")


def has_positions(window: Window) -> bool:
    """Whether the log has any event with a position."""
    return window.last is not None or bool(window.partitions)


def unsettled(window: Window, settlement: Settlement, longest: timedelta) -> Iterator[Problem]:
    """A writer that has not ended for longer than ``longest`` while the settled position lags the head."""
    extents: Iterable[Extent] = [window] if window.partitions is None else [one for _, one in window.partitions]
    lags = any(extent.settled is not None and extent.settled < (extent.last or 0) for extent in extents)
    old = [holder for holder in settlement.holders if holder.age is not None and holder.age > longest]
    if lags and old:
        who = "; ".join(holder.describe() for holder in old)
        yield Problem(reason="unsettled", message=f"positions below the head may still appear: {who} has not ended")


def doubts_about(evidence: ConsumerEvidence, counts: Totals, *, verified: int) -> Iterator[Problem]:
    """What keeps an audit from being consistent although no finding says so.

    ``verified``: events that earlier runs compared, and this one did not look at.
    """
    nameless = account_of(evidence).unverifiable().get("no-identity", 0)
    if not verified:
        yield from nothing_compared(counts, evidence.excluded, nameless)
    if evidence.cursor_rows_disagree:
        text = "its cursor rows disagree, or do not say of which partition they are: give it `where` or `partition`"
        yield Problem(reason="several-cursor-rows", message=text)
    elif account_of(evidence).unverifiable().get("cursor-rows-disagree"):
        text = "events without a place in the order that the consumer goes by: a column of `order` is NULL or no number"
        yield Problem(reason="no-order", message=text)
    if evidence.has_inbox and counts.produced and counts.produced == counts.unverifiable and not verified:
        text = "nothing was compared: every event is unverifiable"
        yield Problem(reason="nothing-compared", message=text)
    if evidence.uncovered and account_of(evidence).unverifiable().get("before-first-receipt"):
        where = ", ".join(str(partition) for partition in evidence.uncovered if partition is not None)
        text = f"nothing was received{f' in partition {where}' if where else ''}, and `start` is not declared"
        yield Problem(reason="no-receipt", message=f"{text}: whether events are missing cannot be known")
    yield from unsettled(evidence.window, evidence.settlement, evidence.max_lag)


def notes_on_settling(settlement: Settlement) -> Iterator[str]:
    """On what ground holes were judged, where it is not the best one."""
    if settlement.standby:
        yield "the log was read on a standby"
    if settlement.against and not settlement.standby:
        yield f"the settled position is known {settlement.how} only: {'; '.join(settlement.against)}"


def notes_on(evidence: ConsumerEvidence) -> Iterator[str]:
    """What a reader of a consumer's audit should know, and what changes nothing."""
    yield from notes_on_settling(evidence.settlement)
    if evidence.unmatched_types:
        names = ", ".join(repr(pattern) for pattern in evidence.unmatched_types)
        yield f"no event of the log has a type that matches {names}"
    if evidence.unidentified_receipts:
        yield f"{counted(evidence.unidentified_receipts, 'receipt')} without an identity: matched with nothing"
    if evidence.inbox_behind:
        yield f"the consumer's store: {evidence.inbox_behind}"
    sent = SentAgain(evidence.sent_again)
    if sent.last_at is not None:
        said = f"{counted(sent.count, 'position')} of {evidence.upstream} sent again, last at {moment(sent.last_at)}"
        yield f"{said}: in which order these were received is not judged, and they are no first or last receipt"
    yield from _behind_themselves(list(not_caught_up(evidence)))
    for reason, count in account_of(evidence).unverifiable().items():
        yield f"{counted(count, 'event')} unverifiable: {UNVERIFIABLE.get(reason, reason)}"
    if evidence.unseen:
        yield f"{counted(evidence.unseen, 'event')} unverifiable: {UNVERIFIABLE['no-inbox']}"


def _behind_themselves(found: Sequence[tuple[Cursor, FurtherOn]]) -> Iterator[str]:
    """That cursors went back is a finding of the one run that saw it; who reads a later one should know it, too."""
    for cursor, seen in found[:1]:
        then = ":".join(str(part) for part in place_of(seen))
        others = f"; likewise {counted(len(found) - 1, 'other cursor')}" if len(found) > 1 else ""
        said = f"the cursor{in_partition(cursor.partition)} went back after run {seen.run} had seen it at {then}"
        yield f"{said} ({moment(seen.at)}), and has not come there again{others}"
