"""What a PostgreSQL says about itself, for ``auditor doctor`` and ``auditor init``.

From the system catalogues, as any role may read them, and from samples of a few thousand rows. The statements that it
offers are for the owner of the tables; nobody here runs them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, func, select, text

from auditor.config import Conditions, LogConfig
from auditor.stores import postgres_settling as settling
from auditor.stores import postgres_tables as tables
from auditor.stores.catalogue import SAMPLE, Part, Server, Table, Values, Whereabouts
from auditor.stores.postgres import PostgresStore
from auditor.stores.postgres_tables import quote
from checks.wording import quoted

_MOST_VALUES = 100
_MOST_SAMPLED = 10 * SAMPLE
"""The last pages of a sample must not be cut off: newer consumers stand there. It bounds a grossly wrong estimate."""
_WHOLE = 0.9999
"""From this share of all rows on, the most common values are taken to be all of them."""

_SERVER = text("""
    SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000,
           current_database()::text, current_user::text,
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
           (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl)""")

_COMMON = text("""
    SELECT most_common_vals::text::text[], n_distinct,
           null_frac + (SELECT coalesce(sum(f), 0) FROM unnest(most_common_freqs) AS f)
    FROM pg_stats
    WHERE schemaname = CAST(:schema AS text) AND tablename = CAST(:table AS text) AND attname = CAST(:column AS text)
      AND most_common_vals IS NOT NULL
    ORDER BY inherited DESC LIMIT 1""")

_HIDDEN = text("""
    SELECT n.nspname::text, c.relname::text, current_user::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = ANY(CAST(:sequences AS oid[])) AND NOT has_sequence_privilege(c.oid, 'SELECT, USAGE')""")


class PostgresCatalogue:
    """PostgreSQL's side of :class:`auditor.stores.catalogue.Catalogue`."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    def server(self) -> Server:
        """Version, database, role, and whether the connection is encrypted."""
        with self._store.transaction() as connection:
            version, major, database, role, superuser, tls = connection.execute(_SERVER).one()
        encrypted = f"encrypted ({tls})" if tls else "not encrypted"
        return Server(
            described=f"PostgreSQL {version}, database {quoted(database)} as role {quoted(role)}, {encrypted}",
            role=role,
            major=major,
            superuser=bool(superuser),
        )

    def clock(self) -> datetime:
        """The server's wall clock."""
        with self._store.transaction() as connection:
            return self._store.now(connection)

    def table(self, name: str) -> Table | None:
        """Found as a statement would find it: a bare name along the search path."""
        with self._store.transaction() as connection:
            return tables.find(connection, name)

    def whereabouts(self, name: str) -> Whereabouts:
        """Other schemas, and names that are nearly the same."""
        with self._store.transaction() as connection:
            return tables.whereabouts(connection, name)

    def values(self, table: str, column: str, where: Conditions) -> Values:
        """From the planner's statistics where there are some, else from a sample of pages."""
        with self._store.transaction() as connection:
            known = tables.find(connection, table)
            if known is None:
                return Values(seen=(), whole=False)
            place = {"schema": known.schema, "table": known.name, "column": column}
            common = None if where else connection.execute(_COMMON, place).one_or_none()
            if common is not None:
                seen, distinct, share = common
                return Values(seen=tuple(seen), whole=distinct == len(seen) and share > _WHOLE)
            return self._sampled(connection, table, column, where, known.rows)

    def _sampled(self, connection: Connection, table: str, column: str, where: Conditions, rows: int | None) -> Values:
        relation = self._store.relation(connection, table)
        whole = rows is not None and rows <= SAMPLE
        if rows is not None and not whole:
            pages = func.system(min(100.0, 100.0 * SAMPLE / rows))
            relation = replace(relation, table=cast("Any", relation.table.tablesample(pages)))
        value = relation.text(column).label("value")
        sample = select(value).where(relation.holds(where)).limit(_MOST_SAMPLED).subquery()
        statement = select(sample.c.value).where(sample.c.value.is_not(None)).distinct().limit(_MOST_VALUES)
        return Values(seen=tuple(sorted(connection.execute(statement).scalars())), whole=whole)

    def has_row(self, table: str, where: Conditions) -> bool:
        """Whether any row passes ``where``."""
        with self._store.transaction() as connection:
            relation = self._store.relation(connection, table)
            statement = select(1).select_from(relation.table).where(relation.holds(where)).limit(1)
            return connection.execute(statement).one_or_none() is not None

    def obstacles(self, log: LogConfig) -> tuple[str, ...]:
        """What stands against a proof by the locks of writers."""
        heads = {}
        if log.partition is None:  # which alone stands against it, and whose heads would take a scan
            with self._store.snapshot() as snapshot:
                heads = {key: extent.last for key, extent in snapshot.extents(log).items()}
        with self._store.transaction() as connection:
            return settling.obstacles(connection, log, heads)

    def hidden_sequence(self, log: LogConfig) -> tuple[str, ...]:
        """Rights on the sequence of the log's positions."""
        with self._store.transaction() as connection:
            sequences = settling.sequences(connection, log)
            hidden = connection.execute(_HIDDEN, {"sequences": sequences}).all()
        return tuple(
            f"GRANT SELECT ON SEQUENCE {quote(schema, name)} TO {quote(role)}" for schema, name, role in hidden
        )

    def index_statements(
        self, table: Table, parts: Sequence[Part], keys: Sequence[str], included: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """An index a part, and where all parts lack it one of the whole, which then takes in those of the parts."""
        return tuple(_index_statements(table, parts, keys, included))

    def drop_statement(self, index: str) -> str:
        """What removes an index while others go on writing to its table."""
        return f"DROP INDEX CONCURRENTLY {index}"

    def analyse_statement(self, table: Table) -> str:
        """Of the whole table, partitions included."""
        return f"ANALYZE {table.quoted}"

    def vacuum_statement(self, table: Table) -> str | None:
        """As above."""
        return f"VACUUM (ANALYZE) {table.quoted}"


def _index_statements(
    table: Table, parts: Sequence[Part], keys: Sequence[str], included: Sequence[str]
) -> Iterator[str]:
    columns = f"({', '.join(map(quote, keys))})"
    if included:
        columns += f" INCLUDE ({', '.join(map(quote, included))})"
    for part in parts:
        yield f"CREATE INDEX CONCURRENTLY ON {part.quoted} {columns}"
    if table.kind == "partitioned table" and len(parts) == len(table.parts):
        yield f"CREATE INDEX ON {table.quoted} {columns}"
