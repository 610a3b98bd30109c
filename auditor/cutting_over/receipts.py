"""Which rows of the old log the consumer is not proven to have processed.

They are what an audit would call absent at its first look, and what it would find contradicted. A second look would
heal some of them; here that is not needed: whatever is processed meanwhile only comes twice.
"""

from collections.abc import Iterable, Iterator

from auditor.config import LogConfig
from auditor.cutting_over.scratch import CutoverScratch
from auditor.gather.consumer.case import Case
from auditor.gather.consumer.inquiry import Inquiry
from auditor.gather.consumer.matching import match_receipts
from auditor.stores.interface import DoubleRow, Match, Snapshot
from checks.model.cutover import Doubt

Place = tuple[int, Doubt]


def note_unproven(case: Case, paper: CutoverScratch) -> None:
    """Compare, and note on the paper the rows that lack a proof. The old log's rows stand there already.

    A row that was read and is gone by the time of the comparison would not be absent there; so positions are read once
    more after it.
    """
    inquiry = Inquiry(case)
    try:
        paper.note_absent(_absences(case))
        paper.note_absent(
            (conflict.event.position, Doubt.CONTRADICTED)
            for conflict in case.scratch.conflicts()
            if conflict.event.position is not None
        )
    finally:
        inquiry.close()
    with case.log_store.snapshot() as snapshot, case.store.snapshot() as side:
        match = match_receipts(snapshot, side, case.log, case.consumer).match
        paper.note_absent(_of_one_identity(snapshot, case.log, match, paper))
        there = snapshot.eligible_positions(case.log, match, case.wanted, descending=False)
        paper.note_absent(gone(paper.wanted_positions(), there))


def _absences(case: Case) -> Iterator[Place]:
    for note in case.scratch.absences():
        if note.event.position is not None:
            doubt = Doubt.PARKED if note.parked else Doubt.UNFINISHED if note.received else Doubt.NO_RECEIPT
            yield note.event.position, doubt


def _of_one_identity(snapshot: Snapshot, log: LogConfig, match: Match, paper: CutoverScratch) -> Iterator[Place]:
    """Rows that share the identity of a receipt are proven by it together, or not at all: a look notes only one."""
    group: list[DoubleRow] = []
    for double in snapshot.doubles(log, match.words):
        if double.nth == 1:
            yield from _if_one_is_absent(group, paper)
            group = []
        group.append(double)
    yield from _if_one_is_absent(group, paper)


def _if_one_is_absent(group: Iterable[DoubleRow], paper: CutoverScratch) -> Iterator[Place]:
    positions = [double.row.position for double in group if double.row.position is not None]
    if any(map(paper.is_absent, positions)):
        yield from ((position, Doubt.NO_RECEIPT) for position in positions)


def gone(before: Iterable[int], after: Iterable[int]) -> Iterator[Place]:
    """The positions, both ascending, that are no longer there."""
    rest = iter(after)
    here = next(rest, None)
    for position in before:
        while here is not None and here < position:
            here = next(rest, None)
        if here != position:
            yield position, Doubt.CHANGED
