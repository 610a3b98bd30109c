"""The consumer's cursor stands beyond the end of the log.

What it means
    The consumer says that it processed a position that the log has not
    reached. The producer was restored from a backup, the consumer points at
    another database, or its cursor was written by hand. Until the log has
    caught up with the cursor, every new event is skipped without a word.

How it is proven
    The cursor was read first and the head of the whole log after it. It is
    confirmed only beyond the last value that the log's sequence ever gave
    out, with no transaction in flight that could still bring the position.
    Below that value it is pending. The lag is signed: negative is ahead.
    A cursor of several parts is compared as a whole. On a standby of the
    log's store it is unknown.

What it cannot know
    Which of the three causes it is. If the log is empty and has `retention`,
    everything may simply have been purged: unknown. A cursor at 0 on an empty
    log is where a consumer begins.

What to do
    Stop the consumer before the producer writes on. Compare the samples of
    consumer/unexpected and consumer/conflict: they show from which position
    on the histories part. Then set the cursor back to that position, or
    rebuild the consumer from the log as it is now.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from checks.cursors import describe
from checks.grounds import no_cursor
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence, Cursor
from checks.model.finding import Finding, Verdict
from checks.ruling import ABOUT_THE_LOG, Doubt, doubt_about_log
from checks.wording import counted, in_partition


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition, for how sure it is, and why. It counts cursors."""
    ahead: dict[tuple[Doubt | None, str | None], list[Cursor]] = {}
    for cursor in evidence.cursors or ():
        if _is_ahead(cursor):
            ahead.setdefault((_doubt(cursor, evidence), cursor.partition), []).append(cursor)
    for (doubt, partition), cursors in ahead.items():
        yield Finding(
            check="cursor-ahead",
            verdict=Verdict.CONFIRMED if doubt is None else doubt.verdict,
            count=len(cursors),
            message=_message(doubt, partition, cursors, evidence),
            partition=partition,
            reason=None if doubt is None else doubt.reason,
            evidence={
                "cursors": [_described(cursor) for cursor in islice(cursors, evidence.sample_limit)],
                "in_flight": list(evidence.in_flight),
            },
        )


def _is_ahead(cursor: Cursor) -> bool:
    if cursor.position is None:
        return False
    if cursor.head is None:
        return cursor.position > 0
    if cursor.order is not None and cursor.head_order is not None:
        return cursor.order > cursor.head_order
    return cursor.position > cursor.head


def _doubt(cursor: Cursor, evidence: ConsumerEvidence) -> Doubt | None:
    if (doubt := doubt_about_log(evidence)) is not None:
        return doubt
    if _was_drawn(cursor):
        return Doubt(Verdict.PENDING, "drawn-not-visible")
    if cursor.head is None and evidence.log_retention is not None:
        return Doubt(Verdict.UNKNOWN, "all-purged")
    return None


def _was_drawn(cursor: Cursor) -> bool:
    """Whether the position was given out already: then it may only not be visible, or have been rolled back."""
    if cursor.position is None or cursor.stream is not None:
        return False
    # A cursor of several parts can be beyond the head although its position is not.
    heads = (cursor.highest_drawn, cursor.head if cursor.order is not None else None)
    return any(head is not None and cursor.position <= head for head in heads)


def _described(cursor: Cursor) -> dict[str, object]:
    lag = None if cursor.head is None or cursor.position is None else cursor.head - cursor.position
    return describe(cursor) | {"lag": lag, "highest_drawn": cursor.highest_drawn}


def _message(doubt: Doubt | None, partition: str | None, cursors: Sequence[Cursor], evidence: ConsumerEvidence) -> str:
    first = cursors[0]
    stands = "the cursor stands" if len(cursors) == 1 else f"{counted(len(cursors), 'cursor')} stand"
    end = "which is empty" if first.head is None else f"whose head is {first.head}"
    said = (
        f"{evidence.name}: {stands} beyond the end of {evidence.upstream}{in_partition(partition)} "
        f"({'first: ' if len(cursors) > 1 else ''}at {first.position} in a log {end})"
    )
    match None if doubt is None else doubt.reason:
        case str(why) if why in ABOUT_THE_LOG:
            return f"{said}{ABOUT_THE_LOG[why]}"
        case "drawn-not-visible":
            return f"{said}: the position was given out, but no event stands there (yet)"
        case "all-purged":
            return f"{said}: the log has a retention, everything may have been purged"
        case _:
            return f"{said}: stop the consumer, new events are being skipped"


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """A cursor must be named."""
    return no_cursor(evidence)
