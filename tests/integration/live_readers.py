"""Readers of a live log: one that loses late commits, and three that are right, though they may not look it."""

import time
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]
Row = tuple[Any, ...]

BATCH = 20


@dataclass(frozen=True, slots=True)
class Feed:
    """``next`` gives the batch after a consumer's cursor, ``left`` a row as long as anything stands after it."""

    next: LiteralString
    left: LiteralString


BY_POSITION = Feed(
    next="""
        SELECT e.transaction_id, e.position, e.event_id, e.stream_id, e.version FROM events e, cursors c
        WHERE c.name = %s AND e.position > c.position
        ORDER BY e.position LIMIT %s""",
    left="""
        SELECT FROM events e, cursors c
        WHERE c.name = %s AND e.position > c.position LIMIT 1""",
)
"""Never shows what commits below the cursor later on: the fault."""

BY_TRANSACTION = Feed(
    next="""
        SELECT e.transaction_id, e.position, e.event_id, e.stream_id, e.version FROM events e, cursors c
        WHERE c.name = %s AND (e.transaction_id, e.position) > (c.transaction_id, c.position)
            AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY e.transaction_id, e.position LIMIT %s""",
    left="""
        SELECT FROM events e, cursors c
        WHERE c.name = %s AND (e.transaction_id, e.position) > (c.transaction_id, c.position) LIMIT 1""",
)
"""Shows only transactions below which all have ended, so nothing can appear behind the pair that was read last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One consumer. ``threads`` of them call ``step`` at once, each with a connection of its own, in autocommit.

    With ``handling``, the cursor is committed first and the inbox that many seconds later, in another transaction:
    nothing is lost as long as nobody dies in between, yet whoever looks then sees a cursor past events without a
    receipt. With several threads, receipts come in another order than the events too.
    """

    name: str
    feed: Feed = BY_TRANSACTION
    threads: int = 1
    handling: float | None = None

    def step(self, connection: Connection) -> int:
        """Receive at most one batch and return its size."""
        with connection.transaction():
            batch = self._claim(connection)
            if self.handling is None:
                self._receive(connection, batch)
        if self.handling is not None and batch:
            time.sleep(self.handling)
            with connection.transaction():
                self._receive(connection, batch)
        return len(batch)

    def is_through(self, connection: Connection) -> bool:
        """Whether nothing stands after the cursor."""
        return connection.execute(self.feed.left, (self.name,)).fetchone() is None

    def _claim(self, connection: Connection) -> list[Row]:
        """Move the cursor over the next batch. Threads take turns: the lock comes first, the snapshot after it."""
        connection.execute("SELECT FROM cursors WHERE name = %s FOR UPDATE", (self.name,))
        batch = connection.execute(self.feed.next, (self.name, BATCH)).fetchall()
        if batch:
            connection.execute(
                "UPDATE cursors SET transaction_id = %s::text::xid8, position = %s WHERE name = %s",
                (str(batch[-1][0]), batch[-1][1], self.name),
            )
        return batch

    def _receive(self, connection: Connection, batch: list[Row]) -> None:
        connection.cursor().executemany(
            "INSERT INTO inbox (consumer, position, event_id, stream_id, version) VALUES (%s, %s, %s, %s, %s)",
            [(self.name, *row[1:]) for row in batch],
        )


NAIVE = Reader(name="naive", feed=BY_POSITION)
ATOMIC = Reader(name="atomic")
CURSOR_FIRST = Reader(name="cursor-first", handling=0.02)
THREADED = Reader(name="threaded", threads=3, handling=0.03)

READERS = (NAIVE, ATOMIC, CURSOR_FIRST, THREADED)
