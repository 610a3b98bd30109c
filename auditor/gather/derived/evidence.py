"""From the looks at a derived log as a consumer to what its own checks judge.

What is doubled, strange or overtaken was found by the upstream's events. Readers of the derived log know its rows by
*its* positions, so the rows are looked up there once more: what is not found again is no finding.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from auditor.compare.merge import event_of
from auditor.config import LogConfig
from auditor.gather.consumer.case import in_batches
from auditor.gather.consumer.first_look import identity_by
from auditor.gather.consumer.inquiry import Inquiry
from auditor.gather.derived.paper import Located, Paper
from auditor.gather.rereadable import Rereadable
from auditor.identity import canonical_all
from auditor.stores.interface import Identity, LogRow, Match, Snapshot
from checks.model.consumer import ConsumerEvidence, Inversion, Repeat, Stranger
from checks.model.derived import Copy, DerivedEvidence, Overtaken, Stray
from checks.model.event import Event

EXTRAS, OVERTAKEN, STRAYS = "extras", "overtaken", "strays"


def derived_evidence(inquiry: Inquiry, log: LogConfig, paper: Paper) -> DerivedEvidence:
    """What the checks of a derived log judge. Good until the inquiry, or the paper, is closed."""
    evidence = inquiry.evidence()
    with inquiry.case.store.snapshot() as side:
        now = side.clock()
        rows = _Rows(inquiry, log, side)
        if log.per_event == "one":
            paper.note(EXTRAS, _extras(evidence.repeats, rows))
        paper.note(OVERTAKEN, _overtaken(evidence.inversions, rows))
        paper.note(STRAYS, _strays(evidence.strangers, rows))
    return DerivedEvidence(
        follower=evidence,
        one_each=log.per_event == "one",
        extras=Rereadable(lambda: (located.copy for located in paper.of(EXTRAS))),
        overtaken=Rereadable(lambda: _as_overtaken(paper)),
        strays=Rereadable(lambda: _as_strays(paper, now)),
        reached=_reached(inquiry, evidence),
        types=log.types,
    )


class _Rows:
    """Finds the rows of a derived log by the upstream events that they name."""

    def __init__(self, inquiry: Inquiry, log: LogConfig, side: Snapshot) -> None:
        self._inquiry, self._log, self._side = inquiry, log, side

    @property
    def match(self) -> Match:
        """By what rows and upstream events are matched."""
        return self._inquiry.known.seen.matching.match

    def of(self, events: Iterable[Event]) -> Mapping[Identity, list[LogRow]]:
        """The rows of each of these upstream events, the lowest positions first."""
        inbox = self._inquiry.case.consumer.inbox
        wanted = {identity for event in events if (identity := identity_by(event, self.match)) is not None}
        found: dict[Identity, list[LogRow]] = {}
        if inbox is None or not wanted:
            return found
        for row, _ in self._side.find_copies(self._log, inbox, self.match, list(wanted)):
            if (identity := canonical_all(row.raw or (), self.match.kinds)) in wanted:
                found.setdefault(identity, []).append(row)
        for rows in found.values():
            rows.sort(key=lambda row: (row.position is None, row.position or 0))
        return found

    def named(self, found: Mapping[Identity, list[LogRow]], event: Event) -> list[LogRow]:
        """Those of one event, out of many that were found."""
        identity = identity_by(event, self.match)
        return [] if identity is None else found.get(identity, [])


def _extras(repeats: Iterable[Repeat], rows: _Rows) -> Iterator[Located]:
    for batch in in_batches(repeats):
        found = rows.of(repeat.event for repeat in batch)
        for repeat in batch:
            for row in rows.named(found, repeat.event)[1:]:
                yield Located(Copy(event=event_of(row), of=repeat.event))


def _overtaken(inversions: Iterable[Inversion], rows: _Rows) -> Iterator[Located]:
    for batch in in_batches(inversions):
        found = rows.of(event for inversion in batch for event in (inversion.event, inversion.overtaken_by))
        for inversion in batch:
            late, before = rows.named(found, inversion.event), rows.named(found, inversion.overtaken_by)
            if late and before and _stands_behind(late[0], before[0]):
                yield Located(
                    Copy(event=event_of(late[0]), of=inversion.event),
                    Copy(event=event_of(before[0]), of=inversion.overtaken_by),
                )


def _stands_behind(late: LogRow, before: LogRow) -> bool:
    """Rows of two partitions of the derived log have no order."""
    if late.partition != before.partition or late.position is None or before.position is None:
        return False
    return late.position > before.position


def _strays(strangers: Iterable[Stranger], rows: _Rows) -> Iterator[Located]:
    for batch in in_batches(strangers):
        found = rows.of(stranger.event for stranger in batch)
        for stranger in batch:
            for row in rows.named(found, stranger.event):
                copy = Copy(event=event_of(row), of=stranger.event)
                yield Located(copy, below_floor=stranger.below_floor)


def _as_overtaken(paper: Paper) -> Iterator[Overtaken]:
    return (Overtaken(copy=copy, by=by) for copy, by, _ in paper.of(OVERTAKEN) if by is not None)


def _as_strays(paper: Paper, now: datetime) -> Iterator[Stray]:
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
