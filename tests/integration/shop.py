"""A shop: one small log and one consumer that has all of it, in any database, and the auditor.toml to audit them.

Tests start from what is healthy and break one thing of it.
"""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from tests.auditor.cli.prepared import PATIENCE, Outcome, called, environment

Settings = dict[str, dict[str, dict[str, Any]]]
"""What auditor.toml says: section, name, keys."""
Execute = Callable[..., None]
"""Runs a statement with ``?`` parameters once for each of the rows; without rows, once without parameters."""

LONG_AGO = datetime.now(UTC) - timedelta(days=1)
EVENTS = "position bigint, event_id text, stream_id text, version bigint, type text, recorded_at {time}"
TABLES = (
    f"CREATE TABLE events ({EVENTS})",
    "CREATE TABLE cursors (name text, last_position text)",
    "CREATE TABLE inbox (seq bigint, event_id text)",
)
COMMAND = [sys.executable, "-c", "from auditor.cli import main; main()"]


@dataclass(frozen=True, slots=True)
class Row:
    """An event as the log has it. What is left out says that nothing is wrong with it."""

    position: object = 1
    stream: object = "order-1"
    version: object = 1
    type: object = "OrderPlaced"
    id: object = None
    time: object = LONG_AGO.isoformat()


@dataclass(frozen=True, slots=True)
class Database:
    """A database of the test's own."""

    url: str
    execute: Execute
    time_type: str

    def write(self, rows: Sequence[Row], received: Iterable[int] | None = None, cursor: object = "last") -> None:
        """Create the tables, and fill them: ``received`` are the ordinals (from 0) of the events in the inbox."""
        for table in TABLES:
            self.execute(table.format(time=self.time_type))
        ids = [str(UUID(int=n)) if row.id is None else row.id for n, row in enumerate(rows)]
        events = [(r.position, i, r.stream, r.version, r.type, r.time) for i, r in zip(ids, rows, strict=True)]
        self.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", events)
        arrived = range(len(rows)) if received is None else received
        self.execute("INSERT INTO inbox VALUES (?, ?)", [(seq, ids[n]) for seq, n in enumerate(arrived)])
        if cursor == "last":
            cursor = max((row.position for row in rows if isinstance(row.position, int)), default=None)
        self.execute("INSERT INTO cursors VALUES ('orders', ?)", [(None if cursor is None else str(cursor),)])


def rows(count: int) -> list[Row]:
    """So many healthy events, in two streams."""
    return [Row(position=n + 1, stream=f"order-{n % 2}", version=n // 2 + 1) for n in range(count)]


@contextmanager
def sqlite_at(path: Path) -> Iterator[Database]:
    """A SQLite file to write to. It is closed afterwards."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:

        def execute(statement: str, parameters: Iterable[Sequence[object]] | None = None) -> None:
            if parameters is None:
                connection.execute(statement)
            else:
                connection.execute("BEGIN")
                connection.executemany(statement, parameters)
                connection.execute("COMMIT")

        yield Database(f"sqlite:///{path}", execute, "text")


@contextmanager
def postgres_at(url: str) -> Iterator[Database]:
    """A PostgreSQL database to write to."""
    with psycopg.connect(url, autocommit=True) as connection:

        def execute(statement: str, parameters: Iterable[Sequence[object]] | None = None) -> None:
            if parameters is None:
                connection.execute(statement.encode())
            else:
                connection.cursor().executemany(statement.replace("?", "%s").encode(), list(parameters))

        yield Database(url, execute, "timestamptz")


def settings(
    url: str, log: Mapping[str, object] | None = None, consumer: Mapping[str, object] | None = None
) -> Settings:
    """What auditor.toml says of a shop; ``None`` as a key's value leaves the key out."""
    return {
        "stores": {"shop": {"url": url}},
        "logs": {"orders": log_keys(**(log or {}))},
        "consumers": {"billing": consumer_keys(**(consumer or {}))},
    }


def log_keys(**changes: object) -> dict[str, Any]:
    """The keys of the shop's log, with changes."""
    columns = {"id": "event_id", "stream": "stream_id", "version": "version", "type": "type", "time": "recorded_at"}
    return {"store": "shop", "table": "events", "position": "position", **columns, **changes}


def consumer_keys(**changes: object) -> dict[str, Any]:
    """The keys of the shop's consumer, with changes."""
    cursor = {"table": "cursors", "where": {"name": "orders"}, "position": "last_position"}
    inbox = {"table": "inbox", "id": "event_id", "received": "seq"}
    keys = {"log": "orders", "store": "shop", "start": "first", "grace": "0s"}
    return {**keys, "cursor": cursor, "inbox": inbox, **changes}


def write_config(folder: Path, said: Settings) -> Path:
    """Make an auditor.toml of it."""
    lines = []
    for section, entries in said.items():
        for name, keys in entries.items():
            lines.append(f"[{section}.{_toml(name)}]")
            lines += [f"{key} = {_toml(value)}" for key, value in keys.items() if value is not None]
    path = folder / "auditor.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(member)}" for key, member in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(member) for member in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def command(folder: Path, *arguments: str) -> Outcome:
    """The program in a folder, called within this process."""
    return called(*arguments, folder=folder)


def check(config: Path, *arguments: str) -> Outcome:
    """``auditor check``, called within this process."""
    return called("check", "--config", str(config), *arguments)


def check_aside(config: Path, *arguments: str) -> Outcome:
    """``auditor check`` as a process of its own, to its end."""
    done = subprocess.run(
        [*COMMAND, "check", "--config", str(config), *arguments],
        env=environment({}),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@contextmanager
def started(config: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """``auditor check`` as a process that is under way, with pipes; gone afterwards."""
    with subprocess.Popen(
        [*COMMAND, "check", "--config", str(config), *arguments],
        env=environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
