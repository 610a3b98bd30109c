"""Writers of a live log: they commit late, roll back, draw positions in vain, and hold others up."""

import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from random import Random
from threading import Event as Signal
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]

APPEND = "INSERT INTO events (stream_id, version, type) VALUES (%s, %s, %s) RETURNING position"
TYPES = ("OrderPlaced", "OrderPaid", "OrderShipped")

STREAMS = 5
"""Streams a writer. No two writers share one, so that versions have no holes and never collide."""


class Writer:
    """Appends in short transactions, each of a kind that its own random numbers choose."""

    def __init__(self, url: str, seed: int, number: int) -> None:
        """``seed`` and ``number`` decide all that this writer does, though not when."""
        self._url = url
        self._number = number
        self._chance = Random(f"{seed}/{number}")
        self._versions: Counter[str] = Counter()

    def run(self, transactions: int, end: float, released: Signal) -> None:
        """Write that many transactions, or until the monotonic clock shows ``end``, but not less than wanted."""
        kinds: dict[Callable[[Connection], None], int] = {
            self._commit: 8,
            self._commit_late: 3,
            self._roll_back: 2,
            self._roll_back_to_savepoint: 2,
            self._draw_in_vain: 1,
        }
        with psycopg.connect(self._url, autocommit=True) as connection:
            for number in count():
                if released.is_set() and (number >= transactions or time.monotonic() > end):
                    return
                [write] = self._chance.choices(list(kinds), list(kinds.values()))
                write(connection)

    def _commit(self, connection: Connection) -> None:
        with connection.transaction():
            written = self._append(connection, self._chance.randint(1, 3))
        self._versions.update(written)

    def _commit_late(self, connection: Connection) -> None:
        with connection.transaction():
            written = self._append(connection, 1)
            self._dawdle()
        self._versions.update(written)

    def _roll_back(self, connection: Connection) -> None:
        with connection.transaction():
            self._append(connection, 2)
            self._dawdle()
            raise psycopg.Rollback

    def _roll_back_to_savepoint(self, connection: Connection) -> None:
        with connection.transaction():
            with connection.transaction():
                self._append(connection, 2)
                raise psycopg.Rollback
            written = self._append(connection, 2)
            self._dawdle()
        self._versions.update(written)

    def _draw_in_vain(self, connection: Connection) -> None:
        with connection.transaction():
            connection.execute("SELECT nextval('events_position_seq')")
            self._dawdle()

    def _append(self, connection: Connection, count: int) -> Counter[str]:
        """Insert ``count`` events of one stream; return what to add to the versions once they are committed."""
        stream = f"order-{self._number}-{self._chance.randrange(STREAMS)}"
        last = self._versions[stream]
        for version in range(last + 1, last + count + 1):
            connection.execute(APPEND, (stream, version, self._chance.choice(TYPES)))
        return Counter({stream: count})

    def _dawdle(self) -> None:
        time.sleep(self._chance.uniform(0, 0.06))


def prepared_transaction(url: str, hold: float, end: float, reader: str) -> None:
    """Append an event in two phases; commit after ``hold`` seconds and once ``reader`` has gone past it.

    TimeoutError if it has not by ``end``, on the monotonic clock: the loss that was to happen cannot.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("BEGIN")
        row = connection.execute(APPEND, ("prepared-1", 1, "OrderPlaced")).fetchone()
        connection.execute("PREPARE TRANSACTION 'load'")
    with psycopg.connect(url, autocommit=True) as another:
        try:
            time.sleep(hold)
            past = "SELECT FROM cursors WHERE name = %s AND position > %s"
            while another.execute(past, (reader, *(row or ()))).fetchone() is None:
                if time.monotonic() > end:
                    raise TimeoutError(f"{reader} did not go past the prepared event")
                time.sleep(0.005)
        finally:
            another.execute("COMMIT PREPARED 'load'")


def idle_in_transaction(url: str, hold: float) -> None:
    """Append an event, sit on it for ``hold`` seconds, and give it up."""
    with psycopg.connect(url, application_name="forgotten-shell") as connection:
        connection.execute(APPEND, ("forgotten-1", 1, "OrderPlaced"))
        time.sleep(hold)
        connection.rollback()
