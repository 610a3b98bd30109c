"""SQLite's catalogue: its schema table, and the pragmas that take a table apart."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

from auditor.stores.introspection.raw import RawColumn, RawForeignKey, RawTable

_TABLES = text("""
    SELECT name, sql FROM sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql IS NOT NULL ORDER BY name
""")
_VIEWS = text("""
    SELECT name FROM sqlite_master WHERE type = 'view'
    OR type = 'table' AND upper(ltrim(sql)) LIKE 'CREATE VIRTUAL%' ORDER BY name
""")
_COLUMNS = text('SELECT name, type, "notnull", pk, dflt_value FROM pragma_table_xinfo(:table) WHERE hidden <> 1')
_INDEXES = text('SELECT name, "unique", partial, origin FROM pragma_index_list(:table) ORDER BY seq DESC')
_INDEX = text("SELECT name FROM pragma_index_info(:index) ORDER BY seqno")
_FOREIGN_KEYS = text("""
    SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(:table) ORDER BY id, seq
""")
_WITHOUT_ROWID = text("SELECT wr FROM pragma_table_list(:table) WHERE schema = 'main'")


def tables(connection: Connection) -> Iterator[RawTable]:
    """Every table that is somebody's, not SQLite's own."""
    for name, sql in connection.execute(_TABLES).all():
        if not str(sql).upper().lstrip().startswith("CREATE VIRTUAL"):
            yield _table(connection, str(name))


def views(connection: Connection) -> Iterator[str]:
    """The names of views and virtual tables, which :func:`tables` leaves out."""
    return (str(name) for name in connection.execute(_VIEWS).scalars())


def _table(connection: Connection, name: str) -> RawTable:
    rows = connection.execute(_COLUMNS, {"table": name}).all()
    without_row_id = bool(connection.execute(_WITHOUT_ROWID, {"table": name}).scalar_one_or_none())
    primary = tuple(str(row[0]) for row in sorted((row for row in rows if row[3]), key=lambda row: int(row[3])))
    alias = _row_id_alias(rows, primary, without_row_id=without_row_id)
    keys, indexed = _indexes(connection, name)
    return RawTable(
        schema="main",
        bare=name,
        name=name,
        readable=True,
        columns=tuple(
            RawColumn(str(column), str(type_), not notnull, column == alias, None if default is None else str(default))
            for column, type_, notnull, _, default in rows
        ),
        keys=((primary,) if primary else ()) + keys,
        indexed=primary[:1] + indexed,
        foreign_keys=tuple(_foreign_keys(connection, name)),
        row_id=not without_row_id,
    )


def _row_id_alias(
    rows: Sequence[Row[*tuple[Any, ...]]], primary: tuple[str, ...], *, without_row_id: bool
) -> str | None:
    """The column that is another name of the row id: one that is declared INTEGER PRIMARY KEY, to the letter."""
    if len(primary) != 1 or without_row_id:
        return None
    declared = {str(row[0]): str(row[1]).upper() for row in rows}
    return primary[0] if declared[primary[0]] == "INTEGER" else None


def _indexes(connection: Connection, table: str) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    keys, indexed = [], []
    for index, unique, partial, origin in connection.execute(_INDEXES, {"table": table}).all():
        columns = [name for (name,) in connection.execute(_INDEX, {"index": index}).all()]
        if partial or not columns or columns[0] is None:
            continue
        indexed.append(str(columns[0]))
        if unique and origin != "pk" and None not in columns:
            keys.append(tuple(map(str, columns)))
    return tuple(keys), tuple(indexed)


def _foreign_keys(connection: Connection, table: str) -> Iterator[RawForeignKey]:
    found: dict[int, list[tuple[str, str, str | None]]] = {}
    for number, target, ours, theirs in connection.execute(_FOREIGN_KEYS, {"table": table}).all():
        found.setdefault(int(number), []).append((str(target), str(ours), theirs))
    for parts in found.values():
        # Without columns of its own it means the primary key, which is found by whoever knows that table.
        referred = tuple(str(theirs) for _, _, theirs in parts if theirs is not None)
        yield RawForeignKey(tuple(ours for _, ours, _ in parts), "main", parts[0][0], referred)
