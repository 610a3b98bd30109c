"""From where on an outbox still has what was sent, where nothing says what it lets go of.

An outbox may delete what was sent, mostly the oldest rows first, and what it has not sent it keeps. So below the lowest
event of which a row remains that was sent, nothing is proven by absence. Two things may put such a row too low: it was
stuck while later ones were sent and deleted, or it was left over. Therefore it counts only where the next event has a
row, too, or where it is of the very first one; and where the outbox says *when* a row was sent, nothing is proven of
what was written before the earliest of these moments either: whatever it has let go of had been sent by then.

A relay that dies between its mark and its deletion leaves a whole batch over, and a purge by portions takes them in no
order. So what remains counts only as long as, from there on, at least three times as many events have a row as have
none; as many, where the very first event has one and nothing shows that anything was let go of. Where more are absent,
they were.
"""

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from auditor.compare.merge import event_of
from auditor.compare.scratch import Scratch
from auditor.config import LogConfig
from auditor.gather.consumer.case import Case, in_batches
from auditor.gather.consumer.matching import match_by_position
from auditor.gather.derived.rows import Rows
from auditor.moment import to_moment
from auditor.stores.interface import BIGGEST, ELIGIBLE, LogRow, Match, Snapshot
from checks.model.consumer import Absence
from checks.model.derived import Remains
from checks.model.event import Event
from checks.sent_again import SentAgain

ROWS_FOR_EACH_ABSENT = 3
MOST_COUNTS = 1_000
"""So often it is counted how many events stand before a run of absent ones; if that does not do, nothing is proven."""


def remains(
    case: Case, match: Match, log: LogConfig, absences: Iterable[Absence], copied: SentAgain
) -> dict[str | None, Remains] | None:
    """By partition of the upstream; ``None`` where absence proves all that it proves elsewhere.

    ``copied``: rows of it that redeliveries inserted, which say nothing of what it has let go of.

    Asked once, after the look that found what is absent: what the outbox has deleted since makes it prove less.
    """
    if log.sent is None or log.retention is not None or not case.scratch.has_absences():
        return None
    found: dict[str | None, Remains] = {}
    runs = _runs(case, absences)
    with case.store.snapshot() as side, case.log_store.snapshot() as log_side:
        since, rows = to_moment(side.earliest_sent(log)), Rows(case, match, log, side, copied)
        events = log_side.events(case.log, match_by_position(case.log), case.wanted)
        for partition, group in groupby(events, key=lambda row: row.partition):
            eligible = (row for row in group if row.scope == ELIGIBLE)
            let_go = _LetGo(case, log_side, partition, runs.get(partition, _Runs()))
            lowest = _lowest(eligible, rows, case.scratch, let_go.beyond)
            if lowest is not None:
                found[partition] = Remains(position=lowest, since=since)
            if case.log.partition is None:
                break
    return found


class _Runs:
    """Absent events that follow each other: where each run of them begins and ends, and how many they are."""

    def __init__(self) -> None:
        self.firsts, self.lasts, self.lengths = array("q"), array("q"), array("q")
        self._rank = 0

    def add(self, position: int, rank: int) -> None:
        """In the order of positions."""
        if self.firsts and rank == self._rank + 1:
            self.lasts[-1] = position
            self.lengths[-1] += 1
        else:
            for each, value in ((self.firsts, position), (self.lasts, position), (self.lengths, 1)):
                each.append(value)
        self._rank = rank


def _runs(case: Case, absences: Iterable[Absence]) -> dict[str | None, _Runs]:
    """By partition. What a cursor has not come to was never there."""
    runs: defaultdict[str | None, _Runs] = defaultdict(_Runs)
    for absence in absences:
        event = absence.event
        if event.position is not None and (case.consumer.cursor is None or absence.past is not False):
            runs[event.partition].add(event.position, absence.rank)
    return runs


class _LetGo:
    """Tells from where on more events of one partition are absent than have a row."""

    def __init__(self, case: Case, log_side: Snapshot, partition: str | None, runs: _Runs) -> None:
        self._case, self._log_side, self._partition, self._runs = case, log_side, partition, runs
        self._left = MOST_COUNTS

    def beyond(self, floor: int, rows_each: int) -> int | None:
        """The end of the first run before which, from ``floor`` on, fewer rows remain for each that is absent."""
        runs, rows, absent = self._runs, 0, 0
        for n in range(bisect_right(runs.firsts, floor), len(runs.firsts)):
            if rows < rows_each * (absent + runs.lengths[n]):
                if not self._left:
                    return runs.lasts[-1]
                rows = self._count(floor, runs.firsts[n]) - absent
            absent += runs.lengths[n]
            if rows < rows_each * absent:
                return runs.lasts[n]
        return None

    def _count(self, first: int, end: int) -> int:
        self._left -= 1
        case = self._case
        return self._log_side.count_within(case.log, case.wanted, self._partition, first - 1, end - 1)


def _lowest(
    eligible: Iterator[LogRow], rows: Rows, scratch: Scratch, let_go: Callable[[int, int], int | None]
) -> int | None:
    """The position of the first event that was sent and is still there, and so is the one after it.

    ``let_go``: up to which position too much is absent from there on for what remains, if so.
    """
    candidate, is_first, absent_through = None, True, -BIGGEST
    for batch in in_batches(eligible):
        events = [event for event in map(event_of, batch) if (event.position or 0) > absent_through]
        found = rows.of(event for event in events if not _is_absent(event, scratch))
        for event in events:
            if (event.position or 0) <= absent_through:
                continue
            copies = found[event]
            was_sent = any(copy.sent for copy in copies)
            here = event.position if was_sent else None
            floor = candidate if candidate is not None and copies else here if is_first else None
            rows_each = 1 if is_first else ROWS_FOR_EACH_ABSENT
            candidate, is_first = here, False
            if floor is not None:
                end = let_go(floor, rows_each)
                if end is None:
                    return floor
                candidate, absent_through = None, end
    return candidate


def _is_absent(event: Event, scratch: Scratch) -> bool:
    """Whether the look has found no row of what stands there: of most of what was purged nobody needs to ask again."""
    position = event.position
    return position is not None and scratch.has_absence_within(event.partition, position - 1, position)
