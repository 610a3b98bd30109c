"""The streams and rows that differ, on scratch paper."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditor.scratch import ScratchDatabase, moment_of, number_of
from auditor.stores.interface import Identity
from checks.model.event import Event
from checks.model.state import Fault

AT_ONCE = 2_000
"""Notes read, and names looked up, at a time."""
_SCHEMA = """
    CREATE TABLE note (number INTEGER PRIMARY KEY, identity TEXT, fault TEXT, stream TEXT, row INTEGER,
        head INTEGER, after INTEGER, wanted INTEGER, by_clock INTEGER, changed INTEGER, place INTEGER, position INTEGER,
        partition TEXT, id TEXT, version INTEGER, type TEXT, time INTEGER, lasted TEXT, moved INTEGER DEFAULT 0);
    CREATE INDEX note_by_identity ON note (identity);
    CREATE INDEX note_by_stream ON note (stream);
    CREATE INDEX note_by_after ON note (after, number);
"""
_COLUMNS = (
    "number, identity, fault, stream, row, head, after, wanted, by_clock, changed, place, position, partition, id,"
    " version, type, time, lasted, moved"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A difference as the looks so far left it.

    ``identity`` names the stream. ``place``: of the first event that the row lacks, in its stream; ``event`` is that
    event, or what the row says of itself. ``moved``: a later look saw another difference than the first one.
    """

    number: int = 0
    identity: Identity
    fault: Fault
    event: Event
    row: int | None
    head: int | None
    after: int | None
    is_wanted: bool
    by_clock: bool
    changed: datetime | None
    place: int | None = None
    lasted: str | None = None
    moved: bool = False


class StateScratch(ScratchDatabase):
    """Notes of one comparison."""

    def __init__(self) -> None:
        super().__init__(_SCHEMA)

    def note(self, notes: Iterable[Note]) -> None:
        """Write down differences."""
        self._database.executemany(
            "INSERT INTO note (identity, fault, stream, row, head, after, wanted, by_clock, changed, version, time)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    json.dumps(note.identity),
                    note.fault.value,
                    note.event.stream,
                    note.row,
                    note.head,
                    note.after,
                    note.is_wanted,
                    note.by_clock,
                    number_of(note.changed),
                    note.event.version,
                    number_of(note.event.time),
                )
                for note in notes
            ),
        )

    def add_events(self, found: Iterable[tuple[int, int, Event]]) -> None:
        """Of notes, by their numbers, the first event that the row lacks, and its place in the stream."""
        self._database.executemany(
            "UPDATE note SET place = ?, position = ?, partition = ?, id = ?, version = ?, type = ?, time = ?"
            " WHERE number = ?",
            ((place, e.position, e.partition, e.id, e.version, e.type, number_of(e.time), n) for n, place, e in found),
        )

    def batches(self) -> Iterator[list[Note]]:
        """All notes that are left, a batch at a time; a batch may be changed or dropped before the next is read."""
        last = 0
        query = f"SELECT {_COLUMNS} FROM note WHERE number > ? ORDER BY number LIMIT ?"
        while rows := self._database.execute(query, (last, AT_ONCE)).fetchall():
            yield [_note(row) for row in rows]
            last = int(rows[-1][0])

    def lacking(self) -> Iterator[list[Note]]:
        """Notes of rows that lack events, by what they lack them beyond, a batch with one such place at a time."""
        faults = (Fault.BEHIND.value, Fault.MISSING.value)
        query = (
            f"SELECT {_COLUMNS} FROM note WHERE fault IN (?, ?) AND NOT by_clock AND after IS ? AND number > ?"
            " ORDER BY number LIMIT ?"
        )
        places = "SELECT DISTINCT after FROM note WHERE fault IN (?, ?) AND NOT by_clock ORDER BY after"
        for (after,) in self._database.execute(places, faults).fetchall():
            last = 0
            while rows := self._database.execute(query, (*faults, after, last, AT_ONCE)).fetchall():
                yield [_note(row) for row in rows]
                last = int(rows[-1][0])

    def notes(self) -> Iterator[Note]:
        """All that are left, by the stream's name."""
        return map(_note, self._database.execute(f"SELECT {_COLUMNS} FROM note ORDER BY stream, number"))

    def has_doubles(self) -> bool:
        """Whether two notes are of one stream, whose name is written in two ways."""
        query = "SELECT 1 FROM note GROUP BY identity HAVING count(*) > 1 LIMIT 1"
        return self._database.execute(query).fetchone() is not None

    def forget(self) -> None:
        """Drop all notes: another comparison begins."""
        self._database.execute("DELETE FROM note")

    def is_empty(self, *faults: Fault) -> bool:
        """Whether no note tells of any of these faults."""
        query = f"SELECT 1 FROM note WHERE fault IN ({', '.join('?' * len(faults))}) LIMIT 1"
        return self._database.execute(query, [fault.value for fault in faults]).fetchone() is None

    def drop(self, numbers: Iterable[int]) -> None:
        """What turned out to be no difference."""
        self._database.executemany("DELETE FROM note WHERE number = ?", [(number,) for number in numbers])

    def mark_moved(self, numbers: Iterable[int]) -> None:
        """What differs in another way than before: it has begun anew."""
        self._database.executemany(
            "UPDATE note SET moved = 1, lasted = NULL WHERE number = ?", [(number,) for number in numbers]
        )

    def mark_lasted(self, shown: Sequence[tuple[str, int]]) -> None:
        """What shows that differences have lasted, each with the number of its note."""
        self._database.executemany("UPDATE note SET lasted = ? WHERE number = ?", shown)


def _note(values: Sequence[Any]) -> Note:
    number, identity, fault, stream, row, head, after, wanted, by_clock, changed, place, *rest = values
    position, partition, id_, version, type_, time, lasted, moved = rest
    return Note(
        number=number,
        identity=tuple(json.loads(identity)),
        fault=Fault(fault),
        event=Event(
            position=position,
            partition=partition,
            id=id_,
            stream=stream,
            version=version,
            type=type_,
            time=moment_of(time),
        ),
        row=row,
        head=head,
        after=after,
        is_wanted=bool(wanted),
        by_clock=bool(by_clock),
        changed=moment_of(changed),
        place=place,
        lasted=lasted,
        moved=bool(moved),
    )
