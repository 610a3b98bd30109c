"""Writing to PostgreSQL: limits that are set in each transaction and read back, and the rights that a role has.

A pooler may drop what stands in the options of a connection, and a role may have a default of its own, so nothing is
taken for granted: not the limits, not the isolation, not that the server takes writes.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import psycopg
from psycopg import errors
from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from auditor.errors import StoreError
from auditor.redelivery.targets.database import Database, Need
from auditor.stores.postgres_settling import quoted_name
from auditor.stores.postgres_tables import quote
from auditor.stores.sql.relation import Relation
from auditor.stores.sql.store import SqlStore
from checks.wording import lasting, quoted

CONNECT_SECONDS = 10
APPLICATION = "auditor"
_TCP = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
"""A server that is gone without a word is noticed within seconds, for a commit waits for its answer."""
_UPDATABLE, _INSERTABLE = 4, 8
_PARTS_OF_A_SERVER = 4
"""A store's origin has the server, its timeline, the database and the table; without the right to it, the last two."""

_LIMIT = text("""
    SELECT set_config('statement_timeout', :statement, true), set_config('lock_timeout', :lock, true),
           set_config('application_name', :application, true)""")
_LIMITED = text("""
    SELECT (SELECT setting FROM pg_settings WHERE name = 'statement_timeout') || 'ms',
           (SELECT setting FROM pg_settings WHERE name = 'lock_timeout') || 'ms',
           current_setting('application_name'), pg_is_in_recovery(), current_setting('transaction_read_only')::bool""")
_PLACE = text("SELECT pg_is_in_recovery(), pg_postmaster_start_time()::text")
_TABLE = text("""
    SELECT current_user::text, n.nspname::text, c.relname::text, pg_relation_is_updatable(c.oid, true)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(:table)""")
_LACKING = text("""
    SELECT a.attname::text FROM pg_attribute a
    WHERE a.attrelid = to_regclass(:table) AND a.attname = ANY(CAST(:columns AS text[]))
      AND NOT has_column_privilege(a.attrelid, a.attnum, :right) ORDER BY a.attnum""")
_SEQUENCES = text("""
    SELECT n.nspname::text, s.relname::text
    FROM pg_attrdef d
    JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    JOIN pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid AND p.refclassid = 'pg_class'::regclass
    JOIN pg_class s ON s.oid = p.refobjid
    JOIN pg_namespace n ON n.oid = s.relnamespace
    WHERE d.adrelid = to_regclass(:table) AND a.attname <> ALL(CAST(:columns AS text[]))
      AND CASE WHEN s.relkind = 'S' THEN NOT has_sequence_privilege(s.oid, 'USAGE, UPDATE') END""")
"""Those that a new row draws from where the columns are not given. An identity needs no right of its own."""


class PostgresDatabase(Database):
    """A PostgreSQL database, 14 or later."""

    def create_engine(self) -> Engine:
        """Statements are not prepared on the server: behind a pooler the next one may go to another."""
        url = self.store.config.url.get_secret_value().replace("postgresql://", "postgresql+psycopg://", 1)
        try:
            query = make_url(url).query
            given = {name: value for name, value in _TCP.items() if name not in query}
            if "connect_timeout" not in query:
                given["connect_timeout"] = CONNECT_SECONDS
            return create_engine(
                url,
                isolation_level="READ COMMITTED",
                poolclass=NullPool,
                use_native_hstore=False,
                connect_args={"application_name": APPLICATION, "prepare_threshold": None} | given,
            )
        except (SQLAlchemyError, ValueError) as error:
            raise StoreError(self.store.name, "unreachable", "its url cannot be understood") from error

    def limit(self, connection: Connection) -> None:
        """For this transaction alone."""
        limits = {"statement": _written(self.store.config.statement_timeout), "lock": _written(self.lock_timeout)}
        connection.execute(_LIMIT, {**limits, "application": APPLICATION})
        statement, lock, application, is_standby, is_read_only = connection.execute(_LIMITED).one()
        if is_standby:
            raise StoreError(self.store.name, "denied", "the server is a standby (its primary takes writes)")
        if is_read_only:
            reason = "what this role begins is read-only (default_transaction_read_only)"
            raise StoreError(self.store.name, "denied", reason)
        if (statement, lock, application) != (limits["statement"], limits["lock"], APPLICATION):
            raise StoreError(self.store.name, "failed", "its limits of time cannot be set: nothing is written without")

    def is_refused(self, error: Exception) -> bool:
        """An error of the transaction. What ends the session instead may have come after the commit."""
        cause = getattr(error, "orig", None)
        if not isinstance(cause, psycopg.Error) or getattr(error, "connection_invalidated", False):
            return False
        return cause.sqlstate is not None and cause.diag.severity_nonlocalized == "ERROR"

    def explain(self, error: Exception) -> tuple[str, str]:
        """Locks are waited for as long as is said here, not as long as readers do."""
        if isinstance(getattr(error, "orig", None), errors.LockNotAvailable):
            return "timeout", f"another session kept what is to be written locked for {lasting(self.lock_timeout)}"
        return self.store.explain(error)

    def lacking(self, relation: Relation, needs: Sequence[Need]) -> str | None:
        """By the catalogue; a view passes on what it can."""
        with self.store.transaction() as connection:
            return next(self._lacking(connection, relation, needs), None)

    def _lacking(self, connection: Connection, relation: Relation, needs: Sequence[Need]) -> Iterator[str]:
        table = {"table": quoted_name(connection, relation.name)}
        role, schema, bare, possible = connection.execute(_TABLE, table).one()
        for need in needs:
            wanted = {"UPDATE": _UPDATABLE, "INSERT": _INSERTABLE}.get(need.right, 0)
            if possible & wanted != wanted:
                yield f"{relation.name!r} takes no {need.right}"
            asked = {"columns": list(need.columns), "right": need.right}
            columns = connection.execute(_LACKING, table | asked).scalars().all()
            if columns:
                on = f"({', '.join(map(quote, columns))}) ON {quote(schema, bare)}"
                told = ", ".join(map(quoted, columns))
                yield (
                    f"role {quoted(role)} may not {need.right} {told} of {relation.name!r}"
                    f" (GRANT {need.right} {on} TO {quote(role)})"
                )
            if need.right == "INSERT":
                for names in connection.execute(_SEQUENCES, table | {"columns": list(need.columns)}):
                    yield (
                        f"role {quoted(role)} may not draw from sequence {names[1]!r}"
                        f" (GRANT USAGE ON SEQUENCE {quote(*names)} TO {quote(role)})"
                    )

    def is_at_the_table_of(self, other: SqlStore, table: str) -> bool:
        """A copy of a server has the numbers of all its tables, but was not started at the same moment.

        What is read on a standby is told from a copy by the server's own number, which the roles must be able to see.
        """
        with self.store.transaction() as here, other.transaction() as there:
            mine, theirs = (self.store.origin(here, [table]).split("/"), other.origin(there, [table]).split("/"))
            (_, started), (is_standby, other_started) = here.execute(_PLACE).one(), there.execute(_PLACE).one()
        if not is_standby:
            return mine[-2:] == theirs[-2:] and started == other_started
        return len(mine) == _PARTS_OF_A_SERVER and mine == theirs


def _written(limit: timedelta) -> str:
    return f"{limit // timedelta(milliseconds=1)}ms"
