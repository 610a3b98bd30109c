"""Tables, partitions and indexes as PostgreSQL's catalogues show them to any role, and where a missing table could be.

No audited table is opened for it: its size is that of its files, its rows are what the planner would take them for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, Row, TextClause, make_url, text

from auditor.stores.catalogue import Index, Part, Table, Whereabouts

_KINDS = {"r": "table", "p": "partitioned table", "v": "view", "m": "materialized view", "f": "foreign table"}
_ROWS_PER_PAGE = 80
"""What a page is taken to hold where nothing is known of it yet."""
_MOST_ROWS_PER_PAGE = 1_000
_MOST_NAMES = 5_000
_MOST_HINTS = 3
_PREPARER = make_url("postgresql+psycopg://").get_dialect()().identifier_preparer

_TABLE = text("""
    SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text, row_security_active(c.oid),
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                   AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY a.attnum),
           has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
           AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
           current_user::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = CAST(:name AS text) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND has_schema_privilege(n.oid, 'USAGE')
      AND CASE WHEN CAST(:schema AS text) = '' THEN n.nspname = ANY(current_schemas(true))
               ELSE n.nspname = CAST(:schema AS text) END
    ORDER BY array_position(current_schemas(true), n.nspname) LIMIT 1""")

_PARTS = text("""
    WITH RECURSIVE family(relation) AS (
        SELECT CAST(:table AS oid)
        UNION SELECT i.inhrelid FROM pg_inherits i JOIN family f ON i.inhparent = f.relation)
    SELECT c.oid, n.nspname::text, c.relname::text, c.reltuples::float8, c.relpages, c.relallvisible,
           (coalesce(pg_relation_size(c.oid), 0) / current_setting('block_size')::int)::int,
           s.n_live_tup, s.n_mod_since_analyze,
           greatest(s.last_analyze, s.last_autoanalyze) IS NOT NULL
           OR EXISTS (SELECT 1 FROM pg_stats p WHERE p.schemaname = n.nspname AND p.tablename = c.relname)
    FROM family f JOIN pg_class c ON c.oid = f.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
    WHERE c.relkind IN ('r', 'm') ORDER BY c.oid""")
"""A standby counts no changes of its own, and a server forgets its counts when it crashes: the statistics stay."""

_INDEXES = text("""
    SELECT x.indrelid, i.relname::text, m.amname::text, x.indisunique, x.indisvalid AND x.indisready AND x.indislive,
           pg_get_expr(x.indpred, x.indrelid), x.indnkeyatts,
           ARRAY(SELECT a.attname::text FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k(number, place)
                 LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number AND k.number > 0
                 ORDER BY k.place), format('%I.%I', n.nspname, i.relname)
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
    JOIN pg_namespace n ON n.oid = i.relnamespace
    WHERE x.indrelid = ANY(CAST(:tables AS oid[])) ORDER BY i.relname""")

_SCHEMA = text("""
    SELECT n.oid IS NOT NULL, coalesce(has_schema_privilege(n.oid, 'USAGE'), false), current_user::text
    FROM (SELECT 1) AS one LEFT JOIN pg_namespace n ON n.nspname = CAST(:schema AS text)""")

_NAMES = text("""
    SELECT n.nspname::text AS schema, c.relname::text AS name, n.nspname = ANY(current_schemas(false)) AS on_path,
           has_schema_privilege(n.oid, 'USAGE') AS usable
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY c.relname = CAST(:name AS text) DESC, n.nspname, c.relname LIMIT :most""")


@dataclass(frozen=True, slots=True)
class _Named:
    schema: str
    name: str
    on_path: bool
    usable: bool

    @property
    def written(self) -> str:
        """As a config would have it."""
        return self.name if self.on_path else f"{self.schema}.{self.name}"


def find(connection: Connection, name: str) -> Table | None:
    """Found as a statement would find it: a bare name along the search path."""
    schema, _, bare = name.rpartition(".")
    found = _rows(connection, _TABLE, schema=schema, name=bare)
    if not found:
        return None
    [(oid, schema, bare, kind, filtered, columns, unreadable, writable, role)] = found
    return Table(
        schema=schema,
        name=bare,
        quoted=quote(schema, bare),
        kind=_KINDS[kind],
        columns=tuple(columns),
        parts=_parts(connection, oid),
        filtered=bool(filtered),
        writable=bool(writable),
        unreadable=tuple(unreadable),
        grants=_grants(role, schema, bare) if unreadable else (),
    )


def _parts(connection: Connection, table: int) -> tuple[Part, ...]:
    rows = _rows(connection, _PARTS, table=table)
    indexes = _indexes(connection, [row[0] for row in rows])
    return tuple(
        Part(
            quoted=quote(schema, name),
            rows=_estimated(tuples, counted_pages, pages, alive),
            pages=pages,
            all_visible=visible,
            analysed=bool(analysed),
            changed=changed,
            indexes=indexes.get(oid, ()),
        )
        for oid, schema, name, tuples, counted_pages, visible, pages, alive, changed, analysed in rows
    )


def _estimated(tuples: float, counted_pages: int, pages: int, alive: int | None) -> int:
    """The planner's way: as dense as when it was counted last, as long as it is now. ``alive``: what writers reported.

    On a standby, and after a crash, nothing was reported.
    """
    if tuples < 0 or counted_pages <= 0:
        return min(alive, pages * _MOST_ROWS_PER_PAGE) if alive else pages * _ROWS_PER_PAGE
    return round(tuples / counted_pages * pages)


def _indexes(connection: Connection, tables: Sequence[int]) -> dict[int, tuple[Index, ...]]:
    found: dict[int, tuple[Index, ...]] = {}
    for row in _rows(connection, _INDEXES, tables=list(tables)):
        table, name, method, unique, valid, predicate, keys, columns, quoted = row
        index = Index(
            name=name,
            quoted=quoted,
            keys=tuple(columns[:keys]),
            included=tuple(columns[keys:]),
            unique=unique,
            valid=valid,
            predicate=predicate,
            method=method,
        )
        found[table] = (*found.get(table, ()), index)
    return found


def whereabouts(connection: Connection, name: str) -> Whereabouts:
    """The schema that lacks or is closed, the same name in other schemas, and names that are nearly the same."""
    schema, _, bare = name.rpartition(".")
    [(exists, usable, role)] = _rows(connection, _SCHEMA, schema=schema)
    if schema and not (exists and usable):
        return Whereabouts(schema=exists, usable=usable, grants=_grants(role, schema, bare) if exists else ())
    names = [_Named(*row) for row in _rows(connection, _NAMES, name=bare, most=_MOST_NAMES)]
    same = [named for named in names if named.name == bare]
    closed = [named for named in same if not named.usable]
    others = {named.written: named.name for named in names if named.name != bare}
    close = get_close_matches(bare, list(dict.fromkeys(others.values())), n=_MOST_HINTS)
    return Whereabouts(
        elsewhere=tuple(f"{named.schema}.{bare}" for named in same),
        near=tuple(written for written, other in others.items() if other in close)[:_MOST_HINTS],
        grants=_grants(role, closed[0].schema, bare) if len(closed) == len(same) == 1 else (),
    )


def _grants(role: str, schema: str, table: str) -> tuple[str, ...]:
    whom = quote(role)
    return (f"GRANT USAGE ON SCHEMA {quote(schema)} TO {whom}", f"GRANT SELECT ON {quote(schema, table)} TO {whom}")


def quote(*names: str) -> str:
    """Names as SQL writes them, whatever they are, with dots between."""
    return ".".join(_PREPARER.quote_identifier(name) for name in names).replace("%%", "%")


def _rows(connection: Connection, statement: TextClause, **parameters: object) -> Sequence[Row[*tuple[Any, ...]]]:
    return connection.execute(statement, parameters).all()
