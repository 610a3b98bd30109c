"""The log was purged beyond the point that the consumer had reached.

What it means
    The log begins above the consumer's cursor: what lay in between was purged
    before the consumer came to it, and it cannot get it from the log any
    more. It will go on with the first event that is left as if nothing had
    happened.

How it is proven
    The cursor and the lowest position of the whole log were read. That events
    were purged in between is certain where the log is gapless. Elsewhere the
    cursor must stand at an event that is gone now, or streams of the log must
    lack their first versions, and the range must be longer than any hole that
    the log has anyway: otherwise the positions may never have been used, and
    the verdict is unknown. So it is where the consumer has processed nothing
    and the config does not declare with `start` that it needs the beginning.

What it cannot know
    How many events there were, and whether any was of a kind that the
    consumer wants: the count is that of the positions, the most that can have
    been lost, and where the consumer wants few of the events that are left
    the verdict is unknown. A cursor of several parts, and one on a standby,
    says too little for a verdict.

What to do
    Halt the purge. Look for the events elsewhere: an archive, a backup, an
    integration log, another consumer's inbox. If they cannot be had, rebuild
    the consumer from the producer's present state. Then let the purge wait
    for the slowest cursor, or make the retention longer than the longest
    outage that you plan to survive.
"""

from collections.abc import Iterator

from checks.grounds import no_cursor
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence, Cursor
from checks.model.finding import Finding, Verdict
from checks.ruling import Doubt
from checks.wording import counted, first_of, in_partition, lasting

SURELY_WANTED = 7
"""Where so many wanted events are to be expected in the range, the odds that there was none are below 1 in 1,000."""


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition and for how sure it is. It counts positions, at the most."""
    purged: dict[tuple[Doubt | None, str | None], tuple[int, int]] = {}
    for cursor in evidence.cursors or ():
        if (span := _span(cursor, evidence.start)) is not None:
            key = _doubt(cursor, span, evidence), cursor.partition
            # Several rows for one partition share its floor: the lowest cursor's span holds the others.
            purged[key] = min(span, purged.get(key, span))
    for (doubt, partition), span in purged.items():
        yield _finding(doubt, partition, span, evidence)


def _span(cursor: Cursor, start: int | None) -> tuple[int, int] | None:
    if cursor.stream is not None or cursor.position is None or cursor.floor is None:
        return None
    needed = cursor.position + 1 if start is None else max(cursor.position + 1, start)
    return (needed, cursor.floor - 1) if needed < cursor.floor else None


def _doubt(cursor: Cursor, span: tuple[int, int], evidence: ConsumerEvidence) -> Doubt | None:
    if evidence.inbox_behind is not None:
        return Doubt(Verdict.UNKNOWN, "standby")
    if evidence.cursor_rows_disagree:
        return Doubt(Verdict.UNKNOWN, "cursor-rows-disagree")
    if cursor.order is not None and len(cursor.order) > 1:
        # By such an order the consumer may have processed higher positions before this one.
        return Doubt(Verdict.UNKNOWN, "composite-cursor")
    has_begun = (cursor.position or 0) > 0
    if not has_begun and not evidence.start_declared:
        return Doubt(Verdict.UNKNOWN, "start-not-declared")
    if (length := span[1] - span[0] + 1) * _share_wanted(evidence) < SURELY_WANTED:
        return Doubt(Verdict.UNKNOWN, "may-have-wanted-none")
    is_purged = has_begun or evidence.streams_begin_late
    if evidence.gapless or (is_purged and length > evidence.longest_hole):
        return None
    return Doubt(Verdict.UNKNOWN, "holes-or-purged")


def _share_wanted(evidence: ConsumerEvidence) -> float:
    """Of the events that are left, the share that the consumer surely wants; no bound where it wants all.

    Two standard deviations below what is seen: a single wanted event among many says little of how many there were.
    """
    wanted = evidence.produced
    return max(0.0, wanted - 2 * wanted**0.5) / (wanted + evidence.excluded) if evidence.excluded else float("inf")


def _finding(doubt: Doubt | None, partition: str | None, span: tuple[int, int], evidence: ConsumerEvidence) -> Finding:
    first, last = span
    retention = evidence.log_retention
    return Finding(
        check="out-of-retention",
        verdict=Verdict.CONFIRMED if doubt is None else doubt.verdict,
        count=last - first + 1,
        message=_message(doubt, partition, span, evidence),
        partition=partition,
        reason=None if doubt is None else doubt.reason,
        ranges=(span,),
        evidence={
            "first_needed": first,
            "floor": last + 1,
            "retention_seconds": None if retention is None else retention.total_seconds(),
        },
    )


def _message(doubt: Doubt | None, partition: str | None, span: tuple[int, int], evidence: ConsumerEvidence) -> str:
    first, last = span
    events = f"at most {counted(last - first + 1, 'event')}{first_of([span])}"
    begins = f"{evidence.upstream} begins{in_partition(partition)} at {last + 1}"
    said = f"{begins}, {evidence.name} needs what comes from {first} on"
    match None if doubt is None else doubt.reason:
        case "standby":
            return f"{said}, as far as a standby shows ({evidence.inbox_behind}): audit its primary"
        case "cursor-rows-disagree":
            return f"{said} by the lowest of several cursor rows: name the partition or stream of each"
        case "composite-cursor":
            return f"{said}: its cursor goes by more than the position, so what it still needed is not known"
        case "start-not-declared":
            return f"{said} if it needs the beginning: declare its start"
        case "may-have-wanted-none":
            return f"{said}: {events} in between purged, perhaps none of a kind that it wants"
        case "holes-or-purged":
            return f"{said}: {events} in between purged, unless these positions were never used"
        case _:
            kept = "" if evidence.log_retention is None else f" (retention {lasting(evidence.log_retention)})"
            return f"{said}: {events} in between purged{kept} before it came to that; halt the purge"


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """The log must be one that is purged, and the consumer must say how far it got."""
    if evidence.log_retention is None:
        return Lack("no-retention", f"the log {evidence.upstream} names no retention, so nothing is purged from it")
    return no_cursor(evidence)
