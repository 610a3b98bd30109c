"""On SQLite, an incremental run says of what it looks at what a full run says, whatever happens in between."""

import sqlite3
from typing import Any

from hypothesis import settings

from tests.histories.shop_machine import Shop

TABLES = """
PRAGMA synchronous = OFF;
PRAGMA journal_mode = MEMORY;
CREATE TABLE events (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, stream TEXT NOT NULL, version INT NOT NULL,
    type TEXT, at TEXT);
CREATE TABLE inbox (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, pos INTEGER NOT NULL, type TEXT, status TEXT);
CREATE INDEX by_position ON inbox (pos);
CREATE INDEX by_id ON inbox (id);
CREATE TABLE cursors (position INT);
CREATE TABLE parked (pos INT);
INSERT INTO cursors VALUES (0);
"""


class ShopOnSqlite(Shop):
    """In a file."""

    def create(self) -> str:
        self._database = sqlite3.connect(self.folder / "shop.db", isolation_level=None)
        self._database.executescript(TABLES)
        return "sqlite:///shop.db"

    def drop(self) -> None:
        self._database.close()

    def _all(self, query: str, *values: Any) -> list[Any]:
        return self._database.execute(query, values).fetchall()


ShopOnSqlite.TestCase.settings = settings(max_examples=10, stateful_step_count=25, deadline=None)
test_an_incremental_run_says_what_a_full_one_says = ShopOnSqlite.TestCase
