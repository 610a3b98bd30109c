"""The events of a plan while it is made, on scratch paper.

An event stays on the paper when it is left out, with the reason; what is planned is what has none.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from auditor.moment import to_microseconds
from auditor.scratch import EVENT_COLUMNS, ScratchDatabase, event_columns, event_of, event_row, moment_of
from checks.identities import key_of
from checks.model.event import Event
from checks.model.redelivery import PlannedEvent, Why

PAGE = 2_000
"""Events held at a time."""

_SCHEMA = """
    CREATE TABLE event (number INTEGER PRIMARY KEY, consumer TEXT, key TEXT, why TEXT, partition TEXT, position INTEGER,
        id TEXT, stream TEXT, version INTEGER, type TEXT, time INTEGER, reason TEXT, since INTEGER,
        superseded INTEGER DEFAULT 0, attempts INTEGER DEFAULT 0, received INTEGER DEFAULT 0);
    CREATE UNIQUE INDEX event_by_key ON event (consumer, key);
    CREATE INDEX event_by_place ON event (consumer, partition, position);
    CREATE INDEX event_by_stream ON event (consumer, stream, partition);
    CREATE TABLE place (number INTEGER PRIMARY KEY, position INTEGER, nth INTEGER);
    CREATE TABLE stream (number INTEGER PRIMARY KEY, partition TEXT, name TEXT, lowest INTEGER);
    CREATE TABLE follower (number INTEGER PRIMARY KEY);
    CREATE TABLE shared (consumer TEXT, key TEXT, number INTEGER, PRIMARY KEY (consumer, key)) WITHOUT ROWID;
    CREATE INDEX shared_by_number ON shared (number);
"""
_IN_ORDER = "ORDER BY e.partition, p.position, p.nth"
_PLANNED = "FROM event e JOIN place p ON p.number = e.number WHERE e.consumer = ? AND e.reason IS NULL"


@dataclass(frozen=True, slots=True)
class Noted:
    """An event that is not left out so far. ``number`` names it on the paper."""

    number: int
    event: Event
    attempts: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream of planned events; ``lowest``: the version, else the position, of the first of them."""

    partition: str | None
    name: str
    lowest: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many events are planned, of how many streams, how many were superseded, and how many are there already."""

    events: int
    streams: int
    superseded: int
    received: int


class PlanScratch(ScratchDatabase):
    """All notes of one plan."""

    def __init__(self) -> None:
        super().__init__(_SCHEMA)

    def note(self, consumer: str, why: Why, events: Iterable[Event]) -> int:
        """Events that a consumer lacks. Returns how many were new: each place in the log is noted once."""
        statement = (
            f"INSERT OR IGNORE INTO event (consumer, key, why, {EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        rows = ((consumer, key_of(event), why.value, *event_row(event)) for event in events)
        return self._database.executemany(statement, rows).rowcount

    def note_order(self, consumer: str, events: Iterable[tuple[Event, bool, int]]) -> None:
        """``(event, whether the consumer has it, attempts)``: sent for the sake of order, also if left out before."""
        statement = (
            f"INSERT INTO event (consumer, key, why, {EVENT_COLUMNS}, received, attempts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (consumer, key) DO UPDATE"
            " SET reason = NULL, why = excluded.why, received = excluded.received, attempts = excluded.attempts"
            " WHERE reason IS NOT NULL AND reason != 'shared'"
        )
        rows = (
            (consumer, key_of(event), Why.ORDER.value, *event_row(event), received, attempts)
            for event, received, attempts in events
        )
        self._database.executemany(statement, rows)

    def forget(self, consumer: str) -> None:
        """Nothing of a consumer is planned."""
        self._database.execute("DELETE FROM event WHERE consumer = ?", (consumer,))

    def pages(self, consumer: str) -> Iterator[list[Noted]]:
        """What is not left out, page by page; it may be left out meanwhile."""
        last = 0
        query = (
            f"SELECT number, attempts, {EVENT_COLUMNS} FROM event WHERE consumer = ? AND reason IS NULL AND number > ?"
            " ORDER BY number LIMIT ?"
        )
        while rows := self._database.execute(query, (consumer, last, PAGE)).fetchall():
            last = rows[-1][0]
            yield [Noted(number, event_of(event), attempts) for number, attempts, *event in rows]

    def leave_out(self, reasons: Mapping[int, str]) -> None:
        """Why events are left out, by their numbers."""
        rows = ((reason, number) for number, reason in reasons.items())
        self._database.executemany("UPDATE event SET reason = ? WHERE number = ?", rows)

    def left_out(self, consumer: str) -> dict[str, int]:
        """How many of the noted events are left out, by reason."""
        query = "SELECT reason, count(*) FROM event WHERE consumer = ? AND reason IS NOT NULL GROUP BY reason"
        return dict(self._database.execute(query, (consumer,)))

    def sight(
        self,
        consumer: str,
        partition: str | None,
        spans: Iterable[tuple[int, int]],
        since: datetime,
        reason: str | None = None,
    ) -> None:
        """A run that began then confirmed what stands in these spans, too. ``reason``: of what is left out for it."""
        statement = (
            "UPDATE event SET since = ? WHERE consumer = ? AND reason IS ? AND partition IS ?"
            " AND position BETWEEN ? AND ?"
        )
        moment = to_microseconds(since)
        self._database.executemany(statement, ((moment, consumer, reason, partition, *span) for span in spans))

    def sight_events(self, consumer: str, events: Iterable[Event], since: datetime, reason: str | None = None) -> None:
        """A run that began then confirmed these, too; another event that stood in the place of one says nothing."""
        statement = (
            "UPDATE event SET since = ? WHERE consumer = ? AND reason IS ? AND partition IS ? AND position = ?"
            " AND (id IS NULL OR ifnull(?, id) = id)"
        )
        moment = to_microseconds(since)
        rows = ((moment, consumer, reason, event.partition, event.position, event.id) for event in events)
        self._database.executemany(statement, rows)

    def sighted_since(self, consumer: str, reason: str) -> datetime | None:
        """When the first run began that confirmed any of what is left out so, as far as it was noted."""
        query = "SELECT min(since) FROM event WHERE consumer = ? AND reason = ?"
        return moment_of(self._database.execute(query, (consumer, reason)).fetchone()[0])

    def has_unsighted(self, consumer: str) -> bool:
        """Whether there is an event that no earlier run is known to have confirmed."""
        query = "SELECT 1 FROM event WHERE consumer = ? AND reason IS NULL AND since IS NULL LIMIT 1"
        return self._database.execute(query, (consumer,)).fetchone() is not None

    def decide_unsighted(self, consumer: str, reason: str | None, since: datetime) -> None:
        """Leave them out with the reason; without one they are seen since this run."""
        where = "WHERE consumer = ? AND reason IS NULL AND since IS NULL"
        if reason is None:
            self._database.execute(f"UPDATE event SET since = ? {where}", (to_microseconds(since), consumer))
        else:
            self._database.execute(f"UPDATE event SET reason = ? {where}", (reason, consumer))

    def count_attempts(self, attempts: Mapping[int, int]) -> None:
        """How often events were sent before, by their numbers."""
        rows = ((count, number) for number, count in attempts.items())
        self._database.executemany("UPDATE event SET attempts = ? WHERE number = ?", rows)

    def streams(self, consumer: str, word: str, *, superseded: bool = False, shared: bool = False) -> Iterator[Stream]:
        """The streams of what is not left out. ``word``: ``version`` or ``position``, by which they are ordered.

        ``superseded``: only those that went on without. ``shared``: also of what is sent with another one's events.
        """
        run = self._database.execute
        run("DELETE FROM stream")
        run(
            f"INSERT INTO stream (partition, name, lowest) SELECT partition, stream, min({word}) FROM event"
            f" WHERE consumer = ? AND (reason IS NULL OR reason = ?) AND stream IS NOT NULL AND {word} IS NOT NULL"
            " GROUP BY stream, partition HAVING max(superseded) >= ?",
            (consumer, "shared" if shared else None, int(superseded)),
        )
        yield from (Stream(*row) for row in run("SELECT partition, name, lowest FROM stream ORDER BY number"))

    def is_planned(self, consumers: Iterable[str], event: Event) -> bool:
        """Whether it is sent for one of these."""
        query = "SELECT 1 FROM event WHERE consumer = ? AND key = ? AND reason IS NULL"
        key = key_of(event)
        return any(self._database.execute(query, (consumer, key)).fetchone() is not None for consumer in consumers)

    def supersede(self, consumer: str, stream: Stream, word: str, below: int) -> None:
        """The consumer processed a later event of the stream than those below that version (or position)."""
        self._below("superseded = 1", consumer, stream, word, below)

    def end(self, consumer: str, stream: Stream, word: str, below: int) -> None:
        """The stream ended after the events below that version (or position)."""
        self._below("reason = 'ended'", consumer, stream, word, below)

    def _below(self, change: str, consumer: str, stream: Stream, word: str, below: int) -> None:
        self._database.execute(
            f"UPDATE event SET {change} WHERE consumer = ? AND stream = ? AND partition IS ? AND reason IS NULL"
            f" AND {word} < ?",
            (consumer, stream.name, stream.partition, below),
        )

    def share(self, first: str, other: str) -> None:
        """What both lack is sent once, with the first one's events."""
        run = self._database.execute
        run(
            "INSERT INTO shared SELECT b.consumer, b.key, a.number FROM event a JOIN event b ON b.key = a.key"
            " WHERE a.consumer = ? AND b.consumer = ? AND a.reason IS NULL AND b.reason IS NULL",
            (first, other),
        )
        run(
            "UPDATE event SET superseded = 1 WHERE number IN (SELECT s.number FROM shared s JOIN event b"
            " ON b.consumer = s.consumer AND b.key = s.key WHERE s.consumer = ? AND b.superseded)",
            (other,),
        )
        run(
            "UPDATE event SET reason = 'shared' WHERE consumer = ? AND reason IS NULL"
            " AND key IN (SELECT key FROM shared WHERE consumer = ?)",
            (other, other),
        )

    def arrange(self, consumer: str) -> None:
        """Give each event its place: its own position, but within a stream versions ascend."""
        run = self._database.execute
        planned = "FROM event WHERE consumer = ? AND reason IS NULL"
        run("DELETE FROM place WHERE number IN (SELECT number FROM event WHERE consumer = ?)", (consumer,))
        alone = "(stream IS NULL OR version IS NULL)"
        run(f"INSERT INTO place SELECT number, position, number {planned} AND {alone}", (consumer,))
        query = f"SELECT number, position {planned} AND NOT {alone} ORDER BY stream, partition, "
        turns = run(f"{query} version, position, number", (consumer,))
        slots = run(f"{query} position, number", (consumer,))
        rows = ((turn[0], slot[1], slot[0]) for turn, slot in zip(turns, slots, strict=True))
        self._database.executemany("INSERT INTO place VALUES (?, ?, ?)", rows)

    def keep_first(self, consumer: str, most: int) -> int:
        """Leave out what comes after so many events. Returns how many are kept."""
        self._database.execute(
            "UPDATE event SET reason = 'limit' WHERE number IN"
            f" (SELECT e.number {_PLANNED} {_IN_ORDER} LIMIT -1 OFFSET ?)",
            (consumer, most),
        )
        self._unshare()
        return self.counts(consumer).events

    def _unshare(self) -> None:
        """What was to be sent with another one's events, and is not, is left out as those are."""
        self._database.execute(
            "UPDATE event SET reason = (SELECT a.reason FROM shared s JOIN event a ON a.number = s.number"
            " WHERE s.consumer = event.consumer AND s.key = event.key) WHERE reason = 'shared' AND (consumer, key) IN"
            " (SELECT s.consumer, s.key FROM shared s JOIN event a ON a.number = s.number WHERE a.reason IS NOT NULL)"
        )

    def places(self, consumer: str) -> Iterator[tuple[int, str | None, int]]:
        """``(number, partition, position)`` of what is planned, in the order of the plan."""
        query = f"SELECT e.number, e.partition, e.position {_PLANNED} {_IN_ORDER}"
        yield from self._database.execute(query, (consumer,))

    def note_followers(self, numbers: Iterable[int]) -> None:
        """Events that follow the one before them in the plan."""
        self._database.executemany("INSERT INTO follower VALUES (?)", ((number,) for number in numbers))

    def counts(self, consumer: str) -> Counts:
        """Of what is planned."""
        where = "FROM event WHERE consumer = ? AND reason IS NULL"
        query = f"SELECT count(*), ifnull(sum(superseded), 0), ifnull(sum(received), 0) {where}"
        events, superseded, received = self._database.execute(query, (consumer,)).fetchone()
        streams = f"SELECT count(*) FROM (SELECT DISTINCT partition, stream {where} AND stream IS NOT NULL)"
        return Counts(events, self._database.execute(streams, (consumer,)).fetchone()[0], superseded, received)

    def first(self, consumer: str) -> list[tuple[str | None, int, int, datetime | None]]:
        """By partition the lowest position that is planned, how many events are, and the time of that first one."""
        query = (
            "SELECT partition, min(position), count(*), time FROM event WHERE consumer = ? AND reason IS NULL"
            " GROUP BY partition"
        )
        return [(each[0], each[1], each[2], moment_of(each[3])) for each in self._database.execute(query, (consumer,))]

    def leave_all_out(self, consumer: str, reason: str) -> None:
        """Nothing of what is planned so far stays in the plan."""
        self._database.execute("UPDATE event SET reason = ? WHERE consumer = ? AND reason IS NULL", (reason, consumer))
        self._unshare()

    def planned(self, consumer: str, target: str) -> Iterator[PlannedEvent]:
        """What is planned for a consumer, in the order of the plan."""
        query = (
            "SELECT e.why, e.since, e.superseded, e.attempts,"
            " (SELECT group_concat(s.consumer, char(31)) FROM shared s WHERE s.number = e.number),"
            f" EXISTS (SELECT 1 FROM follower f WHERE f.number = e.number), {event_columns('e')} {_PLANNED} {_IN_ORDER}"
        )
        for why, since, superseded, attempts, also, follows, *event in self._database.execute(query, (consumer,)):
            yield PlannedEvent(
                event=event_of(event),
                consumer=consumer,
                target=target,
                why=Why(why),
                since=moment_of(since),
                also_for=() if also is None else tuple(also.split("\x1f")),
                follows=bool(follows),
                superseded=bool(superseded),
                attempts=attempts,
            )
