"""What keeps a ledger: a SQLite file, or a PostgreSQL database. Both are asked in SQLAlchemy's words."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Connection


class Database(Protocol):
    """Where the tables are. ``label`` names it to people, without user and password."""

    @property
    def label(self) -> str:
        """The file, or the server and its database."""
        ...

    def prepare(self) -> None:
        """Make the tables, or move them to the newest revision, where that has not been done. Raises LedgerError."""
        ...

    def is_there(self) -> bool:
        """Whether there is anything to read. Makes nothing. Raises LedgerError."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """One moment of it, in a transaction that ends without writing."""
        ...

    def writing(self, patience: timedelta | None = None) -> AbstractContextManager[Connection]:
        """A short transaction that is committed at the end, or, after an exception, never was.

        ``patience``: how long to wait for another writer, where the caller keeps others waiting meanwhile.
        """
        ...

    def holding(self, name: str, wait: timedelta) -> AbstractContextManager[Callable[[], None]]:
        """Let nobody else hold ``name``, on whatever machine, as far as the database can do that without a file.

        What it gives raises LedgerError once it is not held any more. Raises LedgerError: it is held elsewhere.
        """
        ...

    def shrink(self) -> None:
        """Give back the room of what was removed, where that does not happen by itself."""
        ...

    def close(self) -> None:
        """Give all connections back."""
        ...
