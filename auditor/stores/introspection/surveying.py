"""The survey of one database, of whichever kind it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from auditor.errors import StoreError
from auditor.identity import Kind
from auditor.stores.interface import Store
from auditor.stores.introspection import catalogue_postgres, catalogue_sqlite
from auditor.stores.introspection.raw import RawTable
from auditor.stores.introspection.tables import ColumnInfo, ForeignKey, Survey, TableInfo
from auditor.stores.sql.store import SqlStore
from auditor.stores.sqlite import SqliteStore

NOT_READABLE = "the role may not read it"
UNSPEAKABLE = "auditor.toml cannot say its name"
NO_COLUMNS = "none of its columns can be named in auditor.toml"


def survey(store: Store) -> Survey:
    """The tables of a database. Raises StoreError where it cannot be read, TypeError for a store without tables."""
    if not isinstance(store, SqlStore):
        message = f"store {store.name!r} has no tables"
        raise TypeError(message)
    with store.transaction() as connection:
        raw = list(_raw_tables(store, connection))
        views = _views(store, connection)
    names = {(table.schema, table.bare): table.name for table in raw}
    found = _Found()
    for table in raw:
        with store.transaction() as connection:
            _describe(store, connection, table, names, found)
    return Survey(tables=tuple(found.tables), left_out=tuple(found.left_out), views=tuple(sorted(views)))


@dataclass(slots=True)
class _Found:
    tables: list[TableInfo] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def _raw_tables(store: SqlStore, connection: Connection) -> Iterator[RawTable]:
    if isinstance(store, SqliteStore):
        return catalogue_sqlite.tables(connection)
    return catalogue_postgres.tables(connection)


def _views(store: SqlStore, connection: Connection) -> list[str]:
    catalogue = catalogue_sqlite if isinstance(store, SqliteStore) else catalogue_postgres
    return list(catalogue.views(connection))


def _describe(
    store: SqlStore, connection: Connection, raw: RawTable, names: dict[tuple[str, str], str], found: _Found
) -> None:
    if not raw.readable:
        found.left_out.append((raw.name, NOT_READABLE))
        return
    if not is_speakable_table(raw):
        found.left_out.append((raw.name, UNSPEAKABLE))
        return
    try:
        kinds = store.relation(connection, raw.name).kinds
    except StoreError:
        return  # dropped since the catalogue was read
    columns = tuple(_columns(raw, kinds))
    if not columns:
        found.left_out.append((raw.name, NO_COLUMNS))
        return
    found.tables.append(_table(store.name, raw, columns, names))


def _columns(raw: RawTable, kinds: Mapping[str, Kind]) -> Iterator[ColumnInfo]:
    for column in raw.columns:
        if column.name in kinds and is_speakable(column.name):
            yield ColumnInfo(
                name=column.name,
                kind=kinds[column.name],
                declared=column.declared,
                nullable=column.nullable,
                draws=column.draws,
                default=column.default,
            )


def _table(store: str, raw: RawTable, columns: tuple[ColumnInfo, ...], names: dict[tuple[str, str], str]) -> TableInfo:
    known = {column.name for column in columns}
    return TableInfo(
        store=store,
        name=raw.name,
        bare=raw.bare,
        columns=columns,
        keys=tuple(dict.fromkeys(key for key in raw.keys if known.issuperset(key))),
        indexed=tuple(dict.fromkeys(column for column in raw.indexed if column in known)),
        foreign_keys=tuple(
            ForeignKey(columns=key.columns, table=names[key.schema, key.table], referred=key.referred)
            for key in raw.foreign_keys
            if (key.schema, key.table) in names and known.issuperset(key.columns)
        ),
        row_id=raw.row_id,
    )


def is_speakable(name: str) -> bool:
    """Whether a config can name a column so: not blank, and nothing in it that would be taken for a variable."""
    return bool(name.strip()) and "\0" not in name and "${" not in name


def is_speakable_table(raw: RawTable) -> bool:
    """The same of a table, whose name and schema are parted by a dot."""
    parts = raw.name.split(".")
    expected = [raw.bare] if raw.name == raw.bare else [raw.schema, raw.bare]
    return parts == expected and all(map(is_speakable, parts))
