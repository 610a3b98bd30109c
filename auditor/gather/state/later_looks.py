"""The later looks, at whatever the first would hold against the state: at once, and after ``max_delay``.

Rows that lack something are looked up once more, in a snapshot younger than the log's; rows that are ahead are looked
up first, and then the log, when its writers have ended. What is found in step was merely under way. Where nothing
shows that a difference has lasted for ``max_delay``, that time is waited for.
"""

import time
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from auditor.gather.state.case import StateCase
from auditor.gather.state.first_look import Pair, Seen, paired
from auditor.gather.state.placing import place
from auditor.gather.state.scratch import Note
from auditor.stores.interface import Identity, Snapshot
from auditor.stores.interface.mirrors import StateRow, StreamRow
from checks.mirroring import AHEAD
from checks.model.state import Fault

GONE = "gone-from-log"
AT_ONCE = "state and events are written in one transaction (max_delay = 0)"
OLD_EVENT = "the first event that the row lacks is older than max_delay"
OLD_CHANGE = "the row was changed longer ago than max_delay"
WAITED = "it was still so when max_delay had passed"


@dataclass(slots=True)
class Later:
    """What the later looks found, beside what became of the notes."""

    done: bool = False
    in_flight: tuple[str, ...] = ()
    on_standby: bool = False
    deletes: bool = False
    behind: str | None = None


class LaterLooks:
    """The later looks of one inquiry."""

    def __init__(self, case: StateCase, seen: Seen, later: Later) -> None:
        self._case = case
        self._seen = seen
        self._later = later
        self._undecided = 0

    def take(self) -> None:
        """Look at all notes again, and see what shows that they have lasted."""
        later, case = self._later, self._case
        later.done = True
        self._undecided = 0
        if case.scratch.is_empty(*Fault):
            return
        later.on_standby = case.log_store.is_standby()
        later.behind = later.behind or case.store.behind(case.sleep)
        waited = self._look_again()
        for batch in case.scratch.batches():
            shown = [(why, note.number) for note in batch if (why := self._shown(note, waited)) is not None]
            case.scratch.mark_lasted(shown)
            lasting = {number for _, number in shown}
            self._undecided += sum(self._may_wait(note) for note in batch if note.number not in lasting)

    def seconds_left(self) -> float | None:
        """How long until another look decides what is still open; ``None``: there is nothing that waiting decides."""
        if not self._undecided:
            return None
        due = self._seen.at + self._case.state.max_delay.total_seconds()
        return max(0.0, due - time.monotonic())

    def _look_again(self) -> timedelta:
        """Look all notes up. Returns for how long at least what is left has lasted."""
        case = self._case
        with case.snapshots() as (log_side, side):
            waited = timedelta(seconds=time.monotonic() - self._seen.at)
            for batch in case.scratch.batches():
                self._settle(batch, self._pairs(log_side, side, batch))
        if not case.scratch.is_empty(*AHEAD):
            writers = () if case.is_atomic else case.log_store.writers(case.log, case.sleep)
            self._later.in_flight = tuple(writer.describe() for writer in writers)
            with case.log_store.snapshot() as log_side:
                for batch in case.scratch.batches():
                    self._settle_ahead(log_side, [note for note in batch if note.fault in AHEAD])
                self._later.deletes = self._deletes(log_side)
        return waited

    def _pairs(self, log_side: Snapshot, side: Snapshot, notes: list[Note]) -> dict[Identity, Pair]:
        names, mirroring = [note.identity for note in notes], self._seen.mirroring
        streams = log_side.find_streams(self._case.log, mirroring, names)
        rows = side.find_state_rows(self._case.state, mirroring, names)
        return paired(chain[StreamRow | StateRow](streams, rows), mirroring.kind)

    def _settle(self, notes: list[Note], pairs: dict[Identity, Pair]) -> None:
        healed: list[int] = []
        moved: list[int] = []
        for note in notes:
            stream, row = pairs.get(note.identity, (None, None))
            placed = place(stream, row, self._seen.mirroring, self._seen.clocks)
            if note.fault in AHEAD:
                if placed.fault not in AHEAD:
                    healed.append(note.number)
                elif self._is_another(note, row):
                    moved.append(note.number)
            elif stream is None:
                self._take_off(note, GONE)
                healed.append(note.number)
            elif placed.doubt is not None:
                self._take_off(note, placed.doubt)
                healed.append(note.number)
            elif placed.fault in AHEAD or placed.fault is None:
                self._seen.received += 1
                healed.append(note.number)
            elif self._has_caught_up(note, row):
                moved.append(note.number)
        self._case.scratch.drop(healed)
        self._case.scratch.mark_moved(moved)

    def _take_off(self, note: Note, why: str) -> None:
        self._seen.unverifiable[why] += note.is_wanted

    def _is_another(self, note: Note, row: StateRow | None) -> bool:
        """Whether the row was put back meanwhile, and is ahead all the same: that has just begun."""
        return note.row is not None and row is not None and row.high is not None and row.high < note.row

    def _has_caught_up(self, note: Note, row: StateRow | None) -> bool:
        """Whether the row has the event by now that it lacked first, and lacks later ones."""
        if note.fault is Fault.MISSING and row is not None and row.rows > 0:
            return True
        return note.place is not None and row is not None and row.high is not None and row.high >= note.place

    def _settle_ahead(self, log_side: Snapshot, notes: list[Note]) -> None:
        """The whole log, read after the rows: what it has by now is no silent change."""
        if not notes:
            return
        mirroring, kind = self._seen.mirroring, self._seen.mirroring.kind
        names = [note.identity for note in notes]
        heads = {
            name: pair[0]
            for name, pair in paired(log_side.find_streams(self._case.log, mirroring, names), kind).items()
        }
        there = []
        for note in notes:
            stream = heads.get(note.identity)
            has_event = note.row is None or (stream is not None and stream.head is not None and stream.head >= note.row)
            if stream is not None and not note.by_clock and (note.fault is Fault.UNEXPECTED or has_event):
                there.append(note.number)
        self._case.scratch.drop(there)

    def _deletes(self, log_side: Snapshot) -> bool:
        """Whether the log is an outbox that seems to delete what it sent: rows lack their streams, or streams versions.

        Asked only where it decides something.
        """
        case = self._case
        if not case.lets_go or case.scratch.is_empty(Fault.SILENT_CHANGE) or not case.state.version:
            return False
        return not case.scratch.is_empty(Fault.UNEXPECTED) or next(log_side.gap_streams(case.log), None) is not None

    def _shown(self, note: Note, waited: timedelta) -> str | None:
        """What shows that a difference has lasted for ``max_delay``, if anything does."""
        if note.moved or note.by_clock:
            return None
        max_delay, clocks = self._case.state.max_delay, self._seen.clocks
        if max_delay <= timedelta(0):
            return AT_ONCE
        if note.fault in AHEAD:
            since, now, why = note.changed, clocks.side, OLD_CHANGE
        else:
            since, now, why = note.event.time, clocks.log, OLD_EVENT
        if since is not None and now - since > max_delay and not self._has_just_appeared(note):
            return why
        return WAITED if waited >= max_delay else None

    def _has_just_appeared(self, note: Note) -> bool:
        """Whether the first event that the row lacks was not there, for all its age: then the row is waited for."""
        case = self._case
        appeared = None if note.fault in AHEAD else case.late_commits.of(note.event, self._seen.clocks.log)
        return appeared is not None and appeared.visible_for <= case.state.max_delay

    def _may_wait(self, note: Note) -> bool:
        """Whether another look, after ``max_delay``, would decide."""
        if note.moved or note.by_clock:
            return False
        if note.fault in AHEAD:
            lets_go = self._case.log.retention is not None or self._case.lets_go
            is_purged = note.fault is Fault.UNEXPECTED and lets_go
            return not (is_purged or self._later.on_standby or self._later.in_flight)
        return self._later.behind is None
