"""What a run says that a consumer lacks, looked at again: which of it is still to be had in the log, and lacking.

A finding that names all of its events is looked at event by event. Of a greater one the ranges are the truth: every
wanted row within them was absent when the run looked, but for rows that came into the log since.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from auditor.compare.merge import event_of
from auditor.gather.consumer.case import in_batches
from auditor.redelivery.look import View
from auditor.redelivery.planning.scratch import PAGE, PlanScratch
from auditor.stores.interface import LogRow
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.redelivery import Standing, Why
from checks.model.result import Audit

Span = tuple[int, int]
CHECKS = (Why.MISSING.value, Why.BACKFILL.value)
"""The checks whose confirmed findings are losses that can be mended."""

_REASONS = {
    Standing.RECEIVED: "arrived",
    Standing.UNFINISHED: "arrived",
    Standing.PARKED: "parked",
    Standing.GONE: "gone",
    Standing.CHANGED: "changed",
}


def losses(audit: Audit, *, known: bool) -> list[Finding]:
    """The confirmed findings of events that never came; with ``known`` also what the baseline hides of them."""
    hidden = [each.finding for each in audit.known] if known else []
    return [
        finding
        for finding in (*audit.findings, *hidden)
        if finding.check in CHECKS and finding.verdict is Verdict.CONFIRMED
    ]


def is_listed(finding: Finding) -> bool:
    """Whether it names all of its events."""
    return len(finding.events) == finding.count and all(event.position is not None for event in finding.events)


def note_losses(view: View, finding: Finding, started: datetime, paper: PlanScratch) -> Counter[str]:
    """Put on the paper what the consumer lacks by now as well. Returns how many of the others there are, by reason.

    ``started``: when the run began that found them.
    """
    left: Counter[str] = Counter()
    seen = 0
    for events in in_batches(finding.events) if is_listed(finding) else _walked(view, finding):
        asked = [event for event in events if is_listed(finding) or event.time is None or event.time <= started]
        left["new"] += len(events) - len(asked)
        seen += len(asked)
        _note(view, asked, Why(finding.check), paper, left)
    absent = finding.count - seen
    if absent > 0:
        left["unlisted" if finding.ranges_truncated else "gone"] += absent
    return left


def _note(view: View, events: Sequence[Event], why: Why, paper: PlanScratch, left: Counter[str]) -> None:
    lacking = []
    for each in view.look(events):
        if each.standing is Standing.LACKING:
            lacking.append(each.row or each.event)
        else:
            left[_REASONS[each.standing]] += 1
    left["twin"] += len(lacking) - paper.note(view.consumer.name, why, lacking)


def _walked(view: View, finding: Finding) -> Iterator[list[Event]]:
    """The wanted rows within its ranges, by position, some at a time."""
    for rows in _rows(view, finding.partition, finding.ranges):
        if rows:
            yield [event_of(row) for row in rows]


def _rows(view: View, partition: str | None, spans: Sequence[Span]) -> Iterator[Sequence[LogRow]]:
    few: list[Span] = []
    for first, last in spans:
        if last - first >= PAGE:
            yield from _in_one(view, partition, first, last)
            continue
        if sum(high - low + 1 for low, high in few) + last - first >= PAGE:
            yield view.log_side.rows_in(view.log, view.wanted, partition, few)
            few = []
        few.append((first, last))
    if few:
        yield view.log_side.rows_in(view.log, view.wanted, partition, few)


def _in_one(view: View, partition: str | None, first: int, last: int) -> Iterator[Sequence[LogRow]]:
    """Rows of one long span. Two at one position stay together, since the next batch begins beyond it."""
    while True:
        rows = view.log_side.rows_in(view.log, view.wanted, partition, [(first, last)], PAGE)
        if len(rows) < PAGE:
            yield rows
            return
        whole = [row for row in rows if row.position != rows[-1].position] or rows
        yield whole
        first = (whole[-1].position or 0) + 1
