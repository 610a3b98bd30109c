"""PostgreSQL's catalogue: tables and partitioned tables of every schema that is not the system's own.

Only what every role may read is asked for. A partition is left to the table that it is a part of.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

from auditor.stores.introspection.raw import RawColumn, RawForeignKey, RawTable

_SOMEBODYS = """
    NOT c.relispartition AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('information_schema', 'pg_catalog', 'pg_toast') AND n.nspname !~ '^pg_(temp|toast)'
"""
_OURS = f"c.relkind IN ('r', 'p', 'f') AND {_SOMEBODYS}"
_NO_EXTENSIONS = """
    NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
"""
_TABLES = text(f"""
    SELECT c.oid::bigint, n.nspname::text, c.relname::text, pg_table_is_visible(c.oid),
           has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {_OURS} AND {_NO_EXTENSIONS} ORDER BY n.nspname, c.relname
""")  # noqa: S608 (a constant of this module)
_VIEWS = text(f"""
    SELECT CASE WHEN pg_table_is_visible(c.oid) THEN c.relname::text ELSE n.nspname || '.' || c.relname END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') AND {_SOMEBODYS} AND {_NO_EXTENSIONS}
""")  # noqa: S608 (a constant of this module)
_COLUMNS = text(f"""
    SELECT a.attrelid::bigint, a.attnum::int, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           a.attidentity <> '' OR COALESCE(pg_get_expr(d.adbin, d.adrelid) ~ '^nextval\\([^()]*\\)$', false),
           CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped AND {_OURS} ORDER BY a.attrelid, a.attnum
""")  # noqa: S608 (a constant of this module)
_INDEXES = text(f"""
    SELECT i.indrelid::bigint, i.indkey::int[], i.indnkeyatts::int, i.indisunique AND i.indimmediate, i.indisprimary
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE i.indpred IS NULL AND i.indisvalid AND {_OURS} ORDER BY i.indrelid, NOT i.indisprimary, i.indexrelid
""")  # noqa: S608 (a constant of this module)
_FOREIGN_KEYS = text(f"""
    SELECT k.conrelid::bigint, k.conkey::int[], k.confrelid::bigint, k.confkey::int[]
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype = 'f' AND {_OURS} ORDER BY k.oid
""")  # noqa: S608 (a constant of this module)

_ByTable = dict[int, list[Row[*tuple[Any, ...]]]]


def tables(connection: Connection) -> Iterator[RawTable]:
    """Every table that is somebody's, by schema and name."""
    found = connection.execute(_TABLES).all()
    columns = _by_table(connection.execute(_COLUMNS).all())
    indexes = _by_table(connection.execute(_INDEXES).all())
    foreign = _by_table(connection.execute(_FOREIGN_KEYS).all())
    names = {oid: (schema, bare) for oid, schema, bare, *_ in found}
    numbers = {oid: {row[1]: row[2] for row in rows} for oid, rows in columns.items()}
    for oid, schema, bare, visible, readable in found:
        known = numbers.get(oid, {})
        keys, indexed = _keys(indexes.get(oid, ()), known)
        yield RawTable(
            schema=schema,
            bare=bare,
            name=bare if visible else f"{schema}.{bare}",
            readable=bool(readable),
            columns=tuple(
                RawColumn(name, declared, not notnull, bool(draws), default)
                for _, _, name, declared, notnull, draws, default in columns.get(oid, ())
            ),
            keys=keys,
            indexed=indexed,
            foreign_keys=tuple(_foreign_keys(foreign.get(oid, ()), known, names, numbers)),
            row_id=False,
        )


def views(connection: Connection) -> Iterator[str]:
    """The names of views, materialized or not, as a config would call them."""
    return (str(name) for name in connection.execute(_VIEWS).scalars())


def _by_table(rows: Sequence[Row[*tuple[Any, ...]]]) -> _ByTable:
    found: _ByTable = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found


def _keys(
    indexes: Sequence[Row[*tuple[Any, ...]]], known: dict[int, str]
) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """The unique keys and the columns that indexes begin with; an expression has the number 0 and no name."""
    keys, indexed = [], []
    for _, numbers, width, unique, _ in indexes:
        columns = [known.get(number) for number in numbers[:width]]
        if columns and columns[0] is not None:
            indexed.append(columns[0])
        if unique and None not in columns:
            keys.append(tuple(column for column in columns if column is not None))
    return tuple(keys), tuple(indexed)


def _foreign_keys(
    rows: Sequence[Row[*tuple[Any, ...]]],
    known: dict[int, str],
    names: dict[int, tuple[str, str]],
    numbers: dict[int, dict[int, str]],
) -> Iterator[RawForeignKey]:
    for _, ours, target, theirs in rows:
        if target in names:
            schema, table = names[target]
            columns = tuple(known[number] for number in ours)
            yield RawForeignKey(columns, schema, table, tuple(numbers[target][number] for number in theirs))
