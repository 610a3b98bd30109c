"""From the looks at a derived log as a consumer to what its own checks judge.

What is doubled, strange or overtaken was found by the upstream's events. Readers of the derived log know its rows by
*its* positions, so the rows are looked up there once more: what is not found again is no finding.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from auditor.compare.merge import event_of
from auditor.config import LogConfig
from auditor.gather.consumer.case import in_batches
from auditor.gather.consumer.inquiry import Inquiry
from auditor.gather.derived.rows import Rows
from auditor.gather.derived.scratch import DerivedScratch, Located
from auditor.gather.rereadable import Rereadable
from auditor.stores.interface import LogRow
from checks.model.consumer import ConsumerEvidence, Inversion, Repeat, Stranger
from checks.model.derived import Copy, DerivedEvidence, Overtaken, Stray
from checks.sent_again import SentAgain

EXTRAS, OVERTAKEN, STRAYS = "extras", "overtaken", "strays"


def derived_evidence(inquiry: Inquiry, log: LogConfig, paper: DerivedScratch) -> DerivedEvidence:
    """What the checks of a derived log judge. Good until the inquiry, or the paper, is closed."""
    evidence = inquiry.evidence()
    with inquiry.case.store.snapshot() as side:
        now = side.clock()
        # Asked anew: what was copied since the first look stands in this snapshot, too.
        match, copied = inquiry.known.seen.matching.match, inquiry.case.sent_again().rows
        rows = Rows(inquiry.case, match, log, side, copied)
        if log.per_event == "one":
            paper.note(EXTRAS, _extras(evidence.repeats, rows))
        paper.note(OVERTAKEN, _overtaken(evidence.inversions, rows))
        paper.note(STRAYS, _strays(evidence.strangers, Rows(inquiry.case, match, log, side, SentAgain())))
    return DerivedEvidence(
        follower=evidence,
        one_each=log.per_event == "one",
        extras=Rereadable(lambda: (located.copy for located in paper.of(EXTRAS))),
        overtaken=Rereadable(lambda: _as_overtaken(paper)),
        strays=Rereadable(lambda: _as_strays(paper, now)),
        remains=inquiry.known.later.remains,
        reached=_reached(inquiry, evidence),
        types=log.types,
    )


def _extras(repeats: Iterable[Repeat], rows: Rows) -> Iterator[Located]:
    for batch in in_batches(repeats):
        found = rows.of(repeat.event for repeat in batch)
        for repeat in batch:
            for extra in found[repeat.event][1:]:
                yield Located(Copy(event=event_of(extra.row), of=repeat.event))


def _overtaken(inversions: Iterable[Inversion], rows: Rows) -> Iterator[Located]:
    for batch in in_batches(inversions):
        found = rows.of(event for inversion in batch for event in (inversion.event, inversion.overtaken_by))
        for inversion in batch:
            late, before = found[inversion.event], found[inversion.overtaken_by]
            if late and before and _stands_behind(late[0].row, before[0].row):
                yield Located(
                    Copy(event=event_of(late[0].row), of=inversion.event),
                    Copy(event=event_of(before[0].row), of=inversion.overtaken_by),
                )


def _stands_behind(late: LogRow, before: LogRow) -> bool:
    """Rows of two partitions of the derived log have no order."""
    if late.partition != before.partition or late.position is None or before.position is None:
        return False
    return late.position > before.position


def _strays(strangers: Iterable[Stranger], rows: Rows) -> Iterator[Located]:
    for batch in in_batches(strangers):
        found = rows.of(stranger.event for stranger in batch)
        for stranger in batch:
            for stray in found[stranger.event]:
                copy = Copy(event=event_of(stray.row), of=stranger.event)
                yield Located(copy, below_floor=stranger.below_floor)


def _as_overtaken(paper: DerivedScratch) -> Iterator[Overtaken]:
    return (Overtaken(copy=copy, by=by) for copy, by, _ in paper.of(OVERTAKEN) if by is not None)


def _as_strays(paper: DerivedScratch, now: datetime) -> Iterator[Stray]:
    for copy, _, below_floor in paper.of(STRAYS):
        age = None if copy.event.time is None else now - copy.event.time
        yield Stray(copy=copy, age=age, below_floor=below_floor)


def _reached(inquiry: Inquiry, evidence: ConsumerEvidence) -> dict[str | None, int | None]:
    """By partition, where the publisher's cursor stands; without one, the highest upstream position that has a row."""
    seen, log = inquiry.known.seen, inquiry.case.log
    highest = {partition: seen.comparison.highest.get(partition) for partition in seen.extents}
    reading = seen.reading
    if reading is None or reading.streams or log.order or evidence.cursor_rows_disagree:
        return dict(highest)
    return {
        partition: (low[-1] if (low := reading.bounds[partition][0]) else None) if partition in reading.rows else last
        for partition, last in highest.items()
    }
