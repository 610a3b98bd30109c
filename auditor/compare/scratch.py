"""The differences of one comparison, on scratch paper.

It holds no log, only what could not be matched (and, where receipts are to be checked for order, one small row a
receipt).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from auditor.moment import from_microseconds, to_moment
from auditor.scratch import (
    EVENT_COLUMNS,
    EVENT_TYPES,
    ScratchDatabase,
    event_columns,
    event_of,
    event_row,
    moment_of,
    number_of,
)
from auditor.stores.interface import Identity, LogRow
from checks.model.consumer import Conflict, Repeat, Stranger
from checks.model.event import Event
from checks.model.result import Extent

BATCH = 2_000
_OVERTAKER = ", ".join(f"overtaker_{column}" for column in EVENT_TYPES.split(", "))
_BY_PLACE = "WINDOW place AS (PARTITION BY partition ORDER BY position, number)"
PLACED = ("absence", "repeat", "conflict", "inversion")
"""The lists whose events have a place in the log, and so a rank."""
_SCHEMA = f"""
    CREATE TABLE absence (number INTEGER PRIMARY KEY, {EVENT_TYPES}, rank INTEGER DEFAULT 0, identity TEXT,
        ordering TEXT, stream_key TEXT, parked INTEGER, received INTEGER, received_at INTEGER, gone INTEGER DEFAULT 0,
        lasted TEXT);
    CREATE INDEX absence_by_place ON absence (partition, position, number);
    CREATE TABLE repeat (number INTEGER PRIMARY KEY, {EVENT_TYPES}, rank INTEGER DEFAULT 0, extra INTEGER,
        brought INTEGER);
    CREATE TABLE stranger (number INTEGER PRIMARY KEY, {EVENT_TYPES}, identity TEXT, received_at INTEGER);
    CREATE TABLE conflict (number INTEGER PRIMARY KEY, {EVENT_TYPES}, rank INTEGER DEFAULT 0, identity TEXT,
        receipt TEXT, differs TEXT);
    CREATE TABLE receipt ({EVENT_TYPES}, step INTEGER, received INTEGER);
    CREATE TABLE inversion (number INTEGER PRIMARY KEY, {EVENT_TYPES}, rank INTEGER DEFAULT 0, {_OVERTAKER},
        later INTEGER);
    CREATE TABLE nominee (identity TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE separated (number INTEGER PRIMARY KEY);
    CREATE TABLE cursor (stream TEXT PRIMARY KEY, low INTEGER, high INTEGER) WITHOUT ROWID;
    CREATE TABLE head (stream TEXT PRIMARY KEY, version INTEGER) WITHOUT ROWID;
"""


class Distance(NamedTuple):
    """Two events of one list that follow each other there, but not by position. ``number``: that of the higher one."""

    number: int
    partition: str | None
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class AbsenceNote:
    """An eligible event without a processed receipt, as the comparison left it."""

    number: int
    event: Event
    rank: int
    identity: Identity | None
    ordering: tuple[int, ...] | None
    parked: bool
    received: bool
    received_at: datetime | None
    gone: bool
    lasted: str | None
    stream_cursor: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Received:
    """A receipt that is not done, and when it came, where that is known."""

    at: datetime | None


class Scratch(ScratchDatabase):
    """Notes of one comparison. Rows are buffered and written in batches; reading writes what is buffered first."""

    def __init__(self) -> None:
        super().__init__(_SCHEMA)
        self._buffers: dict[str, list[Sequence[object]]] = {}

    def _write(self, statement: str, row: Sequence[object]) -> None:
        buffer = self._buffers.setdefault(statement, [])
        buffer.append(row)
        if len(buffer) >= BATCH:
            self._database.executemany(statement, buffer)
            buffer.clear()

    def _flush(self) -> None:
        for statement, buffer in self._buffers.items():
            self._database.executemany(statement, buffer)
            buffer.clear()

    def _read(self, query: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        self._flush()
        return self._database.execute(query, parameters)

    def note_absence(
        self,
        event: Event,
        *,
        identity: Identity | None,
        ordering: tuple[int, ...] | None = None,
        stream_key: str | None = None,
        parked: bool = False,
        received: Received | None = None,
    ) -> None:
        """An eligible event that no processed receipt was found for; ``received``: it has another one."""
        told = None if identity is None else json.dumps(identity)
        sorted_by = None if ordering is None else json.dumps(ordering)
        received_at = None if received is None else number_of(received.at)
        row = (*event_row(event), told, sorted_by, stream_key, parked, received is not None, received_at)
        self._write(
            f"INSERT INTO absence ({EVENT_COLUMNS}, identity, ordering, stream_key, parked, received, received_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )

    def absences(self) -> Iterator[AbsenceNote]:
        """All that are left, by partition, then position."""
        query = (
            f"SELECT number, {event_columns('a')}, rank, identity, ordering, parked, received, received_at, gone,"
            " lasted, c.low, c.high FROM absence a LEFT JOIN cursor c ON c.stream = a.stream_key"
            " ORDER BY partition, position, number"
        )
        for number, *rest in self._read(query):
            rank, identity, ordering, parked, received, received_at, gone, lasted, low, high = rest[7:]
            yield AbsenceNote(
                int(number),
                event_of(rest[:7]),
                int(rank),
                None if identity is None else tuple(json.loads(identity)),
                None if ordering is None else tuple(json.loads(ordering)),
                bool(parked),
                bool(received),
                moment_of(received_at),
                bool(gone),
                lasted,
                None if low is None else (int(low), int(high)),
            )

    def heal(self, numbers: Iterable[int]) -> None:
        """Absences that turned out to be none."""
        self._each("DELETE FROM absence WHERE number = ?", numbers)

    def mark_parked(self, numbers: Iterable[int]) -> None:
        """Absences that meanwhile stand among the parked events."""
        self._each("UPDATE absence SET parked = 1 WHERE number = ?", numbers)

    def mark_received(self, moments: Mapping[int, datetime | None]) -> None:
        """Absences that meanwhile have a receipt that is not done, and when it came."""
        rows = [(number_of(moment), number) for number, moment in moments.items()]
        self._database.executemany("UPDATE absence SET received = 1, received_at = ? WHERE number = ?", rows)

    def mark_gone(self, numbers: Iterable[int]) -> None:
        """Absences whose event is no longer in the log."""
        self._each("UPDATE absence SET gone = 1 WHERE number = ?", numbers)

    def mark_lasted(self, numbers: Iterable[int], by: str) -> None:
        """Absences that are shown to have lasted for ``grace``, and by what."""
        self._database.executemany("UPDATE absence SET lasted = ? WHERE number = ?", [(by, n) for n in numbers])

    def _each(self, statement: str, numbers: Iterable[int]) -> None:
        self._database.executemany(statement, [(number,) for number in numbers])

    def note_repeat(self, event: Event, extra: int, brought: int = 0) -> None:
        """An event with ``extra`` receipts beyond the first; a redelivery may have ``brought`` so many of them."""
        statement = f"INSERT INTO repeat ({EVENT_COLUMNS}, extra, brought) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        self._write(statement, (*event_row(event), extra, brought))

    def repeats(self) -> Iterator[Repeat]:
        """By partition, then position."""
        query = f"SELECT {EVENT_COLUMNS}, rank, extra, brought FROM repeat ORDER BY partition, position, number"
        for row in self._read(query):
            yield Repeat(event=event_of(row[:7]), rank=int(row[7]), extra=int(row[8]), brought=int(row[9]))

    def note_stranger(self, event: Event, identity: Identity, received_at: datetime | None) -> None:
        """A receipt without an event in the log; ``event`` is what it says of it."""
        self._write(
            f"INSERT INTO stranger ({EVENT_COLUMNS}, identity, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*event_row(event), json.dumps(identity), number_of(received_at)),
        )

    def stranger_identities(self) -> Iterator[tuple[int, Identity]]:
        """Each with the number by which :meth:`drop_strangers` knows it."""
        for number, identity in self._read("SELECT number, identity FROM stranger ORDER BY number"):
            yield int(number), tuple(json.loads(identity))

    def drop_strangers(self, numbers: Iterable[int]) -> None:
        """Strangers that the log has after all."""
        self._each("DELETE FROM stranger WHERE number = ?", numbers)

    def strangers(self, now: datetime, extents: Mapping[str | None, Extent]) -> Iterator[Stranger]:
        """By partition, then position. ``extents``: where the log begins and ends, by partition."""
        query = f"SELECT {EVENT_COLUMNS}, received_at FROM stranger ORDER BY partition, position, identity"
        for row in self._read(query):
            age = None if row[7] is None else now - from_microseconds(int(row[7]))
            event = event_of(row[:7])
            floor = extents[event.partition].first if event.partition in extents else None
            below = None if event.position is None or floor is None else event.position < floor
            yield Stranger(event=event, received_age=age, below_floor=below)

    def note_conflict(self, event: Event, identity: Identity, receipt: Event, differs: Sequence[str]) -> None:
        """A receipt that agrees in identity and differs in the words of ``differs``."""
        self._write(
            f"INSERT INTO conflict ({EVENT_COLUMNS}, identity, receipt, differs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*event_row(event), json.dumps(identity), json.dumps(event_row(receipt)), json.dumps(differs)),
        )

    def conflict_identities(self) -> Iterator[tuple[int, Identity, Event]]:
        """Each with its number and what the receipt says."""
        for number, identity, receipt in self._read("SELECT number, identity, receipt FROM conflict ORDER BY number"):
            yield int(number), tuple(json.loads(identity)), event_of(json.loads(receipt))

    def drop_conflicts(self, numbers: Iterable[int]) -> None:
        """Conflicts that a later look does not show."""
        self._each("DELETE FROM conflict WHERE number = ?", numbers)

    def conflicts(self) -> Iterator[Conflict]:
        """By partition, then position."""
        query = f"SELECT {EVENT_COLUMNS}, rank, receipt, differs FROM conflict ORDER BY partition, position, number"
        for row in self._read(query):
            receipt, differs = event_of(json.loads(row[8])), tuple(json.loads(row[9]))
            yield Conflict(event=event_of(row[:7]), rank=int(row[7]), receipt=receipt, differs=differs)

    def note_receipt(self, row: LogRow, step: int, received: int) -> None:
        """The first receipt of an event of a stream: ``step`` is its place there, ``received`` a number either way."""
        time = row.time if isinstance(row.time, str) else number_of(to_moment(row.time))
        self._write(
            f"INSERT INTO receipt ({EVENT_COLUMNS}, step, received) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (row.partition, row.position, row.id, row.stream, row.version, row.type, time, step, received),
        )

    def find_inversions(self) -> None:
        """Keep, of the noted receipts, the events that were received after a later one of their stream."""
        if next(self._read("SELECT 1 FROM receipt LIMIT 1"), None) is None:
            return
        self._database.execute("CREATE INDEX by_receipt ON receipt (received)")
        overtaker = ", ".join(f"overtaker_{column}" for column in EVENT_COLUMNS.split(", "))
        self._database.execute(
            f"INSERT INTO inversion ({EVENT_COLUMNS}, {overtaker}, later)"
            " WITH late AS (SELECT * FROM (SELECT *, rowid AS number, min(received) OVER"
            " (PARTITION BY partition, stream ORDER BY step DESC"
            " RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS first FROM receipt)"
            " WHERE received > first)"
            f" SELECT {event_columns('late')}, {event_columns('earliest')}, late.received - late.first"
            " FROM late CROSS JOIN receipt AS earliest ON earliest.received = late.first"
            " AND earliest.partition IS late.partition AND earliest.stream = late.stream AND earliest.step > late.step"
            " GROUP BY late.number ORDER BY late.partition, late.stream, late.step DESC, late.position DESC"
        )

    def overtaken(self) -> Iterator[tuple[Event, int, Event, int]]:
        """What :meth:`find_inversions` kept: ``(event, rank, the later event, how much later)``.

        The difference is one of receipt numbers. By stream within its partition, the last event of a stream first.
        """
        overtaker = ", ".join(f"overtaker_{column}" for column in EVENT_COLUMNS.split(", "))
        query = f"SELECT {EVENT_COLUMNS}, rank, {overtaker}, later FROM inversion ORDER BY number"
        for row in self._read(query):
            yield event_of(row[:7]), int(row[7]), event_of(row[8:15]), int(row[15])

    def distances(self, kept: str) -> Iterator[Distance]:
        """Of one of the :data:`PLACED` lists, by partition, then position: where positions do not simply follow."""
        query = (
            "SELECT number, partition, low, high FROM (SELECT number, partition, position AS high,"
            f" lag(position) OVER place AS low FROM {kept} WHERE position IS NOT NULL {_BY_PLACE})"
            " WHERE high - low > 1 ORDER BY partition, high, number"
        )
        for number, partition, low, high in self._read(query):
            yield Distance(int(number), partition, int(low), int(high))

    def rank(self, kept: str, separated: Iterable[int]) -> None:
        """Rank one of the :data:`PLACED` lists. ``separated``: who is no neighbour of the one before."""
        self._database.executemany("INSERT INTO separated VALUES (?)", ((number,) for number in separated))
        self._database.execute(
            f"UPDATE {kept} SET rank = ranked.rank FROM (SELECT {kept}.number AS number, row_number() OVER place"
            f" + count(s.number) OVER place AS rank FROM {kept} LEFT JOIN separated s ON s.number = {kept}.number"
            f" WHERE position IS NOT NULL {_BY_PLACE.replace('number', f'{kept}.number')}) AS ranked"
            f" WHERE ranked.number = {kept}.number"
        )
        self._database.execute("DELETE FROM separated")

    def noted_positions(self, lowest: int, highest: int, most: int) -> list[int]:
        """Where there is anything to be said of an event or a receipt: ascending, each once, at most that many."""
        lists = " UNION ".join(f"SELECT position FROM {kept}" for kept in (*PLACED, "stranger"))
        query = (
            f"SELECT position FROM ({lists} UNION SELECT json_extract(receipt, '$[1]') FROM conflict)"
            " WHERE position BETWEEN ? AND ? ORDER BY position LIMIT ?"
        )
        return [int(position) for (position,) in self._read(query, (lowest, highest, most))]

    def nominate(self, identities: Iterable[Identity]) -> None:
        """Identities at which the two sides may differ, each kept once."""
        rows = ((json.dumps(identity),) for identity in identities)
        self._database.executemany("INSERT OR IGNORE INTO nominee VALUES (?)", rows)

    def nominees(self) -> Iterator[Identity]:
        """What was nominated."""
        return (tuple(json.loads(identity)) for (identity,) in self._read("SELECT identity FROM nominee"))

    def forget(self) -> None:
        """Drop what a comparison noted that came to nothing: another one begins. Cursors and heads are kept."""
        self._flush()
        for table in (*PLACED, "stranger", "receipt", "nominee"):
            self._database.execute(f"DELETE FROM {table}")

    def conflicting_streams(self) -> Iterator[str]:
        """The streams of events that a receipt contradicts."""
        query = "SELECT DISTINCT stream FROM conflict WHERE stream IS NOT NULL"
        return (str(stream) for (stream,) in self._read(query))

    def has_absences(self) -> bool:
        """Whether any event was noted as one without a processed receipt."""
        return next(self._read("SELECT 1 FROM absence LIMIT 1"), None) is not None

    def has_absence_within(self, partition: str | None, after: int, through: int) -> bool:
        """Whether any such event stands beyond the first of two positions, and not beyond the second."""
        query = "SELECT 1 FROM absence WHERE partition IS ? AND position > ? AND position <= ? LIMIT 1"
        return next(self._read(query, (partition, after, through)), None) is not None

    def lacks_receipt(self, position: int) -> bool:
        """Whether an event at this position of the log was noted as one without any receipt."""
        query = "SELECT 1 FROM absence WHERE partition IS NULL AND position = ? AND received = 0 LIMIT 1"
        return next(self._read(query, (position,)), None) is not None

    def absence_at(self, partition: str | None, position: int) -> int | None:
        """The number of the event at a place that was noted as one without a processed receipt."""
        query = "SELECT min(number) FROM absence WHERE partition IS ? AND position = ?"
        [(number,)] = self._read(query, (partition, position))
        return None if number is None else int(number)

    def note_stream_cursor(self, stream_key: str, version: int) -> None:
        """How far a consumer is in one stream; several rows of one stream keep the lowest and the highest."""
        self._write(
            "INSERT INTO cursor VALUES (?, ?, ?) ON CONFLICT (stream) DO UPDATE"
            " SET low = min(low, excluded.low), high = max(high, excluded.high)",
            (stream_key, version, version),
        )

    def note_stream_head(self, stream_key: str, version: int) -> None:
        """The last version of one stream in the log."""
        self._write(
            "INSERT INTO head VALUES (?, ?) ON CONFLICT (stream) DO UPDATE"
            " SET version = max(version, excluded.version)",
            (stream_key, version),
        )

    def stream_cursors_ahead(self) -> Iterator[tuple[str, int, int | None]]:
        """Streams in which the consumer is further than the log: ``(stream key, cursor, head or None)``."""
        query = (
            "SELECT c.stream, c.high, h.version FROM cursor c LEFT JOIN head h USING (stream)"
            " WHERE h.version IS NULL OR c.high > h.version ORDER BY c.stream"
        )
        for stream, cursor, head in self._read(query):
            yield str(stream), int(cursor), None if head is None else int(head)

    def stream_cursor_counts(self) -> tuple[int, int]:
        """How many streams have a cursor, and how many of those have rows that disagree."""
        [(rows, disagreeing)] = self._read("SELECT count(*), count(CASE WHEN low < high THEN 1 END) FROM cursor")
        return int(rows), int(disagreeing)
