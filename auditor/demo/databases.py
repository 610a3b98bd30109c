"""Writing the demo's SQLite files. The auditor itself never writes to a store; this is the shop's side of the story."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

Row = tuple[int | str | bytes | None, ...]


def create(file: Path, schema: str, inserts: Mapping[str, Iterable[Row]]) -> None:
    """Add tables, and for each INSERT statement its rows, to a database that is there or not. Raises sqlite3.Error."""
    with closing(sqlite3.connect(file)) as database, database:
        database.executescript(schema)
        for statement, rows in inserts.items():
            database.executemany(statement, rows)
