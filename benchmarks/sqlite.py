"""The databases as SQLite files."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from uuid import UUID

from benchmarks.data import TYPES, Inbox, receipts, streams

_BEGAN = datetime(2024, 1, 1, tzinfo=UTC)


def write_log(file: Path, events: int) -> str:
    """The table ``events``; returns the file's URL."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "CREATE TABLE events (position INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, stream_id TEXT NOT NULL,"
            " version INTEGER NOT NULL, type TEXT NOT NULL, recorded_at TEXT NOT NULL, data TEXT NOT NULL,"
            " UNIQUE (stream_id, version))"
        )
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", _events(events))
        connection.execute("ANALYZE")
    return f"sqlite:///{file}"


def write_inbox(file: Path, events: int, inbox: Inbox) -> str:
    """The inbox, and a cursor that has passed everything; returns the file's URL."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "CREATE TABLE inbox"
            " (position INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, received_at TEXT NOT NULL)"
        )
        rows = ((n, _id(n), _time(n + 5)) for n in receipts(events, inbox))
        connection.executemany("INSERT INTO inbox VALUES (?, ?, ?)", rows)
        connection.execute("CREATE TABLE cursors (last_position INTEGER NOT NULL)")
        connection.execute("INSERT INTO cursors VALUES (?)", [events])
        connection.execute("ANALYZE")
    return f"sqlite:///{file}"


def _events(events: int) -> Iterator[tuple[int, str, str, int, str, str, str]]:
    turns = streams(events)
    for n in range(1, events + 1):
        data = f'{{"customer": "{n % 1000:032}", "amount": {n % 977}, "currency": "EUR"}}'
        yield n, _id(n), f"order-{n % turns}", (n - 1) // turns + 1, TYPES[n % len(TYPES)], _time(n), data


def _id(n: int) -> str:
    return str(UUID(bytes=md5(str(n).encode(), usedforsecurity=False).digest()))


def _time(second: int) -> str:
    return str(_BEGAN + timedelta(seconds=second))
