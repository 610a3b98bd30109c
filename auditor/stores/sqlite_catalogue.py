"""What a SQLite file says about itself, for ``auditor doctor`` and ``auditor init``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause, text

from auditor.stores.catalogue import Server
from auditor.stores.sqlite import SqliteStore


class SqliteCatalogue:
    """SQLite's side of :class:`auditor.stores.catalogue.Catalogue`."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def server(self) -> Server:
        """The library's version, and how readers and writers get along in this file."""
        [(version,)] = self._rows(text("SELECT sqlite_version()"))
        with self._store.transaction() as connection:
            mode = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one())
        offer = None if mode == "wal" else "with PRAGMA journal_mode = WAL nobody waits to write while it is read"
        return Server(described=f"SQLite {version}, journal mode {mode}", offer=offer)

    def clock(self) -> datetime:
        """The clock of this machine: SQLite has no other."""
        with self._store.transaction() as connection:
            return self._store.now(connection)

    def _rows(self, statement: TextClause, **parameters: object) -> Sequence[Row[*tuple[Any, ...]]]:
        with self._store.transaction() as connection:
            return connection.execute(statement, parameters).all()
