"""Writing to a SQLite file, which has one writer at a time and no roles: whoever may write it may write all of it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from auditor.redelivery.targets.database import Database, Need
from auditor.stores.sql.relation import Relation
from auditor.stores.sql.store import SqlStore
from auditor.stores.sqlite import READABLE
from checks.wording import lasting

_REFUSALS = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_CONSTRAINT", "SQLITE_READONLY"})
"""What SQLite says of a commit that it has not begun to carry out."""


class SqliteDatabase(Database):
    """A SQLite file, which is never created here."""

    def create_engine(self) -> Engine:
        """The write lock is taken at once: whoever reads first and writes later could not wait for it."""
        file = f"file:{quote(str(self.store.config.file))}"
        engine = create_engine(
            URL.create("sqlite", database=file, query={"mode": "rw", "uri": "true"}),
            poolclass=NullPool,
            connect_args={"timeout": self.lock_timeout.total_seconds(), "isolation_level": None},
        )
        event.listen(engine, "connect", _read_as_readers_do)
        event.listen(engine, "begin", _begin)
        return engine

    def limit(self, connection: Connection) -> None:
        """Nobody else writes once the lock is there, and what is to be written is found by its key."""

    def is_refused(self, error: Exception) -> bool:
        """By the name of SQLite's own error."""
        name = getattr(getattr(error, "orig", None), "sqlite_errorname", "")
        return isinstance(error, DBAPIError) and any(name.startswith(refusal) for refusal in _REFUSALS)

    def explain(self, error: Exception) -> tuple[str, str]:
        """Who holds the file is not known to SQLite."""
        reason, message = self.store.explain(error)
        if "is locked" in message:
            return "timeout", f"somebody else kept the file locked for {lasting(self.lock_timeout)}"
        if "readonly" in message or "read-only" in message:
            return "denied", "the file cannot be written"
        return reason, message

    def lacking(self, relation: Relation, needs: Sequence[Need]) -> str | None:
        """A view takes no writes; there is nothing else to be allowed."""
        return None

    def is_at_the_table_of(self, other: SqlStore, table: str) -> bool:
        """The file itself, by whatever name."""
        with self.store.transaction() as here, other.transaction() as there:
            return self.store.origin(here, [table]) == other.origin(there, [table])


def _read_as_readers_do(connected: Any, _record: object) -> None:
    """What a row says of itself must be what an audit reads there."""
    connected.text_factory = READABLE


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
