"""What a SQLite file says about itself, for ``auditor doctor`` and ``auditor init``.

There are no roles and no statistics that matter; what a table has is read from its schema and from its two ends.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from difflib import get_close_matches

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from auditor.config import Conditions, LogConfig
from auditor.stores.catalogue import SAMPLE, Index, Part, Server, Table, Values, Whereabouts
from auditor.stores.sqlite import SqliteStore

_MOST_VALUES = 100
_ROW_IDS = ("rowid", "_rowid_", "oid")
_quote = SQLiteDialect().identifier_preparer.quote_identifier

_NAMES = text(
    "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
)
_INDEX_NAMES = text("SELECT name FROM sqlite_master WHERE type = 'index'")


class SqliteCatalogue:
    """SQLite's side of :class:`auditor.stores.catalogue.Catalogue`."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def server(self) -> Server:
        """The library's version, and how readers and writers get along in this file."""
        with self._store.transaction() as connection:
            version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
            mode = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one())
        offer = None if mode == "wal" else "with PRAGMA journal_mode = WAL nobody waits to write while it is read"
        return Server(described=f"SQLite {version}, journal mode {mode}", offer=offer)

    def clock(self) -> datetime:
        """The clock of this machine: SQLite has no other."""
        with self._store.transaction() as connection:
            return self._store.now(connection)

    def table(self, name: str) -> Table | None:
        """A table or view of the file itself."""
        bare = name.removeprefix("main.")
        with self._store.transaction() as connection:
            info = connection.exec_driver_sql(f"PRAGMA table_xinfo({_quote(bare)})").all()
            if not info:
                return None
            # SQLite finds a table whatever the case of its letters.
            kinds = {str(each).lower(): str(kind) for each, kind in connection.execute(_NAMES)}
            kind = kinds.get(bare.lower(), "table")
            keys = [str(row[1]) for row in info if row[5] and str(row[2]).upper() == "INTEGER"]
            is_rowid = keys if sum(bool(row[5]) for row in info) == 1 else []
            parts = (_part(connection, bare, is_rowid),) if kind == "table" else ()
        columns = tuple(str(row[1]) for row in info)
        return Table(schema="", name=bare, quoted=_quote(bare), kind=kind, columns=columns, parts=parts)

    def whereabouts(self, name: str) -> Whereabouts:
        """Names that are nearly the same. A file has one schema."""
        schema, _, bare = name.rpartition(".")
        with self._store.transaction() as connection:
            names = [str(other) for other, _ in connection.execute(_NAMES)]
        near = tuple(get_close_matches(bare, names, n=3))
        return Whereabouts(schema=schema in ("", "main"), near=near)

    def values(self, table: str, column: str, where: Conditions) -> Values:
        """From both ends of the table, or from all of it where it is small."""
        with self._store.transaction() as connection:
            relation = self._store.relation(connection, table)
            value = relation.text(column).label("value")
            passing = select(value).where(relation.holds(where))
            ends = [passing.limit(SAMPLE)]
            row_id = _row_id(connection, relation.table.name)
            if row_id in relation.kinds:  # which views have none of
                ends.append(passing.order_by(relation.column(str(row_id)).desc()).limit(SAMPLE))
            seen: set[str] = set()
            read = 0
            for end in ends:
                rows = list(connection.execute(end).scalars())
                read = max(read, len(rows))
                seen.update(row for row in rows if row is not None)
        return Values(seen=tuple(sorted(seen)[:_MOST_VALUES]), whole=read < SAMPLE)

    def has_row(self, table: str, where: Conditions) -> bool:
        """Whether any row passes ``where``."""
        with self._store.transaction() as connection:
            relation = self._store.relation(connection, table)
            statement = select(1).select_from(relation.table).where(relation.holds(where)).limit(1)
            return connection.execute(statement).one_or_none() is not None

    def obstacles(self, log: LogConfig) -> tuple[str, ...]:
        """None: one writer commits at a time."""
        return ()

    def hidden_sequence(self, log: LogConfig) -> tuple[str, ...]:
        """None: there are no rights."""
        return ()

    def index_statements(
        self, table: Table, parts: Sequence[Part], keys: Sequence[str], included: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """One statement; further columns stand behind the keys, since SQLite knows no INCLUDE."""
        columns = [*keys, *included]
        with self._store.transaction() as connection:
            taken = {str(name) for (name,) in connection.execute(_INDEX_NAMES)}
        name = base = "_".join((table.name, *columns))
        number = 1
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        return (f"CREATE INDEX {_quote(name)} ON {table.quoted} ({', '.join(map(_quote, columns))})",)

    def drop_statement(self, index: str) -> str:
        """What removes an index."""
        return f"DROP INDEX {index}"

    def analyse_statement(self, table: Table) -> str:
        """What gives the planner statistics of a table."""
        return f"ANALYZE {table.quoted}"

    def vacuum_statement(self, table: Table) -> str | None:
        """There is no visibility map."""
        return None


def _part(connection: Connection, table: str, keys: Sequence[str]) -> Part:
    """``keys``: the column that is another name of the rowid, if there is one."""
    indexes = list(_indexes(connection, table))
    row_id, rows = _row_id(connection, table), 0
    if row_id is not None:
        indexes += [Index(name="rowid", quoted="rowid", keys=(name,), unique=True) for name in (row_id, *keys)]
        rows = connection.exec_driver_sql(f"SELECT max({row_id}) FROM {_quote(table)}").scalar_one() or 0  # noqa: S608
    return Part(quoted=_quote(table), rows=int(rows), indexes=tuple(indexes))


def _row_id(connection: Connection, table: str) -> str | None:
    """A name of the rowid that no column has taken; ``None`` where there is no rowid."""
    if connection.exec_driver_sql(f"PRAGMA index_info({_quote(table)})").all():  # only of a table without one
        return None
    info = connection.exec_driver_sql(f"PRAGMA table_xinfo({_quote(table)})").all()
    taken = {str(row[1]).lower() for row in info}
    return next((name for name in _ROW_IDS if name not in taken), None)


def _indexes(connection: Connection, table: str) -> Iterator[Index]:
    for row in connection.exec_driver_sql(f"PRAGMA index_list({_quote(table)})").all():
        name = str(row[1])
        columns = connection.exec_driver_sql(f"PRAGMA index_xinfo({_quote(name)})").all()
        keys = tuple(None if each[2] is None else str(each[2]) for each in columns if each[5])
        partial = "some rows" if row[4] else None
        yield Index(name=name, quoted=_quote(name), keys=keys, unique=bool(row[2]), predicate=partial)
