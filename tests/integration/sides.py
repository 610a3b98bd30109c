"""One text for the tables of two databases: what each calls its types, and how rows get into it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.integration.shop import Database, Execute


@dataclass(frozen=True, slots=True)
class Words:
    """What one database calls its types, and how it is given values."""

    types: dict[str, str]
    value: Callable[[object], object]

    def ddl(self, text: str) -> str:
        for word, meaning in self.types.items():
            text = text.replace(f"<{word}>", meaning)
        return text


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


SQLITE = Words(
    {
        "serial": "INTEGER PRIMARY KEY AUTOINCREMENT",
        "key": "INTEGER PRIMARY KEY",
        "big": "INTEGER",
        "uuid": "TEXT",
        "time": "TEXT",
        "now": "DEFAULT CURRENT_TIMESTAMP",
        "json": "TEXT",
        "bool": "INTEGER",
    },
    _plain,
)
POSTGRES = Words(
    {
        "serial": "bigserial PRIMARY KEY",
        "key": "bigint PRIMARY KEY",
        "big": "bigint",
        "uuid": "uuid",
        "time": "timestamptz",
        "now": "DEFAULT now()",
        "json": "jsonb",
        "bool": "boolean",
    },
    lambda value: value,
)


@dataclass(frozen=True, slots=True)
class Side:
    """A database that is being filled."""

    words: Words
    execute: Execute

    def create(self, *tables: str) -> None:
        for table in tables:
            self.execute(self.words.ddl(table))

    def insert(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """``table``: its name with the columns, as in ``events (id, type)``. Values are bound."""
        values = [tuple(self.words.value(value) for value in row) for row in rows]
        places = ", ".join("?" for _ in values[0])
        self.execute(f"INSERT INTO {table} VALUES ({places})", values)


def side(database: Database) -> Side:
    """The side of a database, by what its URL says it is."""
    return Side(SQLITE if database.url.startswith("sqlite") else POSTGRES, database.execute)
