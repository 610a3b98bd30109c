"""A folder with small databases in it, for ``auditor init`` to look at."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.cli.program import run
from tests.integration.happened import Happened
from tests.integration.shop import sqlite_at

EVENTS = (
    "CREATE TABLE events (position INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE, "
    "stream_id TEXT NOT NULL, version INTEGER NOT NULL, type TEXT NOT NULL, recorded_at TEXT NOT NULL, "
    "UNIQUE (stream_id, version))"
)
Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with a database in it, and what is to be written beside it."""

    path: Path

    def fill(self, *statements: str | tuple[str, Rows], file: str = "shop.db") -> None:
        with sqlite_at(self.path / file) as database:
            for statement in statements:
                if isinstance(statement, str):
                    database.execute(statement)
                elif statement[1]:
                    database.execute(*statement)

    def init(self, *arguments: str) -> int:
        files = [str(file) for file in sorted(self.path.glob("*.db"))]
        return run(["init", *files, "--output", str(self.config), *arguments])

    @property
    def config(self) -> Path:
        return self.path / "auditor.toml"

    @property
    def text(self) -> str:
        return self.config.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """The text with every comment on one line."""
        return re.sub(r"\n# ", " ", self.text)

    @property
    def written(self) -> dict[str, Any]:
        return tomllib.loads(self.text)

    @property
    def consumers(self) -> dict[str, Any]:
        found: dict[str, Any] = self.written.get("consumers", {})
        return found


def log(events: Sequence[Happened]) -> list[str | tuple[str, Rows]]:
    rows = [(e.position, str(e.id), str(e.stream), e.version, e.type, e.time.isoformat()) for e in events]
    return [EVENTS, ("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", rows)]


def inbox(events: Sequence[Happened], table: str = "inbox") -> list[str | tuple[str, Rows]]:
    rows = [(str(e.id), e.received.isoformat()) for e in events]
    return [
        f"CREATE TABLE {table} (event_id TEXT PRIMARY KEY, received_at TEXT NOT NULL)",
        (f"INSERT INTO {table} VALUES (?, ?)", rows),
    ]


def cursor(position: int, table: str = "cursor") -> list[str | tuple[str, Rows]]:
    return [f"CREATE TABLE {table} (position INTEGER NOT NULL)", (f"INSERT INTO {table} VALUES (?)", [(position,)])]
