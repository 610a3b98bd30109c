"""PostgreSQL, through psycopg: how to connect, to read one moment, to name what went wrong.

Timeouts are set inside each transaction and read back: a pooler may drop what stands in the connection's options. What
is settled, and how that is proven, stands in :mod:`auditor.stores.postgres_settling`.
"""

import math
import socket
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import errors
from psycopg.adapt import Buffer
from psycopg.types.datetime import TimestampLoader, TimestamptzLoader
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    Enum,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Uuid,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.dialects.postgresql import CITEXT, DOMAIN
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError
from sqlalchemy.types import TypeEngine

from auditor.config import LogConfig
from auditor.errors import StoreError
from auditor.identity import Kind, as_integer
from auditor.stores import postgres_settling as settling
from auditor.stores.interface import Bounds
from auditor.stores.postgres_dialect import PostgresDialect
from auditor.stores.postgres_settling import quoted_name
from auditor.stores.sql.relation import Index, Relation
from auditor.stores.sql.store import SqlStore
from checks.model.settled import Holder
from checks.wording import lasting

CONNECT_TIMEOUT_SECONDS = 10
CANCEL_TIMEOUT_SECONDS = 2
LOCK_TIMEOUT = timedelta(seconds=2)
_AFTERWARDS = 1.0
"""Seconds past the end of a run's time after which the server ends its statements by itself."""
_INDEXES = text("""
    SELECT array_agg(a.attname::text ORDER BY k.place), bool_and(i.indisunique AND i.indimmediate
        AND (t.relkind = 'p' OR NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = t.oid)))
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_am m ON m.oid = c.relam AND m.amname = 'btree'
    CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
    WHERE i.indrelid = to_regclass(:table) AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
      AND k.place <= i.indnkeyatts
    GROUP BY i.indexrelid""")
"""Valid, complete indexes over plain columns.

What they merely include is no key, and tables that inherit repeat what they like.
"""
_REQUIRED = text("""
    WITH RECURSIVE family AS (
        SELECT to_regclass(:table)::oid AS oid
        UNION SELECT h.inhrelid FROM family f JOIN pg_inherits h ON h.inhparent = f.oid)
    SELECT a.attname::text
    FROM family f
    JOIN pg_class t ON t.oid = f.oid
    JOIN pg_attribute a ON a.attrelid = f.oid AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY a.attname
    HAVING count(*) = (SELECT count(*) FROM family) AND bool_and(
        a.attnotnull AND t.relkind <> 'f' AND NOT EXISTS (
            SELECT FROM pg_constraint n WHERE n.conrelid = a.attrelid AND n.contype = 'n' AND NOT n.convalidated
                AND a.attnum = ANY (n.conkey)))""")
"""Columns without a NULL in the table and in all that inherit from it. What a foreign table or a domain says of NULLs
binds nobody, nor does, since PostgreSQL 18, a constraint that was not validated."""
_EXACT_TEXTS = text("""
    SELECT a.attname::text
    FROM pg_attribute a
    JOIN pg_collation c ON c.oid = a.attcollation
    WHERE a.attrelid = to_regclass(:table) AND a.attnum > 0 AND NOT a.attisdropped
      AND a.atttypid IN ('pg_catalog.text'::regtype, 'pg_catalog.varchar'::regtype) AND c.collisdeterministic""")
"""Columns of plain text whose collation may sort as it likes, but holds only the same bytes for equal."""
_HISTOGRAM = text("""
    SELECT s.histogram_bounds::text::text[]
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = :column
    WHERE c.oid = to_regclass(:table)
    ORDER BY s.inherited DESC LIMIT 1""")
_MOSTLY_VISIBLE = text("""
    SELECT coalesce(sum(c.relpages) FILTER (WHERE c.relpages > 0) <= 1.25 * sum(c.relallvisible), false)
    FROM pg_class c
    WHERE c.relkind IN ('r', 'm') AND (
        c.oid = to_regclass(:table) OR c.oid IN (SELECT relid FROM pg_partition_tree(to_regclass(:table))))""")
_MARK = text("""
    SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text,
        pg_is_in_recovery() OR EXISTS (SELECT FROM pg_foreign_table) OR EXISTS (
            SELECT FROM unnest(CAST(:tables AS text[])) AS asked(name)
            JOIN pg_class c ON c.oid = to_regclass(asked.name)
            WHERE c.relkind NOT IN ('r', 'p'))
    FROM pg_current_snapshot() AS s""")
"""A foreign table, or a view of what another server or the clock says, changes without a transaction of this server."""
_ORIGIN = text("""
    SELECT d.oid::text,
        array(SELECT to_regclass(asked.name)::oid::text FROM unnest(CAST(:tables AS text[])) AS asked(name)),
        has_function_privilege('pg_control_system()', 'EXECUTE')
            AND has_function_privilege('pg_control_checkpoint()', 'EXECUTE')
    FROM pg_database d WHERE d.datname = current_database()""")
_SERVER = text("""
    SELECT s.system_identifier::text, c.timeline_id::text
    FROM pg_control_system() AS s, pg_control_checkpoint() AS c""")
"""The cluster, and its timeline: another one after every promotion and every restore to a point in time."""
_REASONS: tuple[tuple[type[psycopg.Error], str], ...] = (
    (errors.UndefinedTable, "missing-table"),
    (errors.InvalidSchemaName, "missing-table"),
    (errors.UndefinedColumn, "missing-column"),
    (errors.InsufficientPrivilege, "denied"),
    (errors.InvalidPassword, "unreachable"),
    (errors.InvalidAuthorizationSpecification, "unreachable"),
    (errors.AdminShutdown, "unreachable"),
    (errors.CrashShutdown, "unreachable"),
    (errors.CannotConnectNow, "unreachable"),
    (errors.QueryCanceled, "timeout"),
    (errors.LockNotAvailable, "timeout"),
    (errors.DatatypeMismatch, "wrong-type"),
    (errors.UndefinedFunction, "wrong-type"),
    (errors.DataError, "wrong-type"),
)


class _LenientTimestamptz(TimestamptzLoader):
    """``infinity`` and years that Python has no date for become None: no evidence of age, and no failure."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError:
            return None


class _LenientTimestamp(TimestampLoader):
    """As above, for times without a zone."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError:
            return None


class PostgresStore(SqlStore):
    """A PostgreSQL database, 14 or later."""

    def create_engine(self) -> Engine:
        """Connections named ``auditor``, read-only, one moment a transaction."""
        url = self.config.url.get_secret_value().replace("postgresql://", "postgresql+psycopg://", 1)
        try:
            engine = create_engine(
                url,
                isolation_level="REPEATABLE READ",
                use_native_hstore=False,  # no such column is read; SQLAlchemy would ask every server for the type
                connect_args={"application_name": "auditor"} | _patience(url),
            )
        except (SQLAlchemyError, ValueError) as error:
            raise StoreError(self.name, "unreachable", "its url cannot be understood") from error
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "do_connect", self._hurry)
        return engine

    def _hurry(self, _dialect: object, _record: object, _arguments: object, parameters: dict[str, Any]) -> None:
        """Connecting takes no longer than the run has left, whatever else was said; psycopg knows no less than 2 s."""
        if self.deadline.limit is not None:
            said = as_integer(parameters.get("connect_timeout"))
            left = math.ceil(self.deadline.left()) or 1
            if said is not None:
                parameters["connect_timeout"] = min(said, left) if said > 0 else left

    def begin(self, connection: Connection) -> None:
        """A read-only transaction with timeouts of its own.

        Where a run's time is short the server itself ends what nobody waits for any more, should nobody get to tell it.
        """
        self.deadline.check()
        limits = {"statement": self._statement_timeout, "lock": self._lock_timeout}
        connection.execute(
            text("SELECT set_config('statement_timeout', :statement, true), set_config('lock_timeout', :lock, true)"),
            {name: f"{limit // timedelta(milliseconds=1)}ms" for name, limit in limits.items()},
        )

    def describe(self, connection: Connection, name: str) -> Relation | None:
        """Columns from the catalogue. A bare name is looked up along the search path."""
        schema, _, table = name.rpartition(".")
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Did not recognize type")
            try:
                columns = inspect(connection).get_columns(table, schema=schema or None)
            except NoSuchTableError:
                return None
        kinds = {column["name"]: _kind(column["type"]) for column in columns}
        described = Table(
            table, MetaData(), *(Column(c["name"], _plain(c["type"])) for c in columns), schema=schema or None
        )
        table_name = {"table": quoted_name(connection, name)}
        indexes = connection.execute(_INDEXES, table_name)
        return Relation(
            self.name,
            name,
            described,
            kinds,
            PostgresDialect(),
            required=frozenset(connection.execute(_REQUIRED, table_name).scalars()),
            indexes=tuple(Index(tuple(names), unique) for names, unique in indexes),
            exact_texts=frozenset(connection.execute(_EXACT_TEXTS, table_name).scalars()),
        )

    def now(self, connection: Connection) -> datetime:
        """The server's wall clock."""
        moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return moment.astimezone(UTC)

    def origin(self, connection: Connection, tables: Sequence[str]) -> str:
        """The cluster and its timeline where the role may see them, and the numbers of the database and the tables."""
        names = [quoted_name(connection, table) for table in tables]
        database, relations, may_see_server = connection.execute(_ORIGIN, {"tables": names}).one()
        server = connection.execute(_SERVER).one() if may_see_server else ()
        return "/".join([*server, database, *(relation or "" for relation in relations)])

    def mark(self, connection: Connection, tables: Sequence[str]) -> str | None:
        """A snapshot without a transaction under way; every later writer takes the number that it ends with."""
        xmin, xmax, changes_elsewhere = connection.execute(
            _MARK, {"tables": [quoted_name(connection, table) for table in tables]}
        ).one()
        return None if changes_elsewhere or xmin != xmax else str(xmax)

    def oldest_transaction(self, connection: Connection) -> int | None:
        """The oldest transaction that was unfinished when the snapshot was taken, in any database."""
        return int(connection.execute(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")).scalar_one())

    def settle(self, log: LogConfig, sleep: Callable[[float], None]) -> Bounds:
        """Heads first, then the writers, then wait for those; the caller opens its snapshot only after this."""
        return settling.settle(self, log, sleep)

    def writers(self, log: LogConfig, sleep: Callable[[float], None]) -> Sequence[Holder]:
        """Writers of the log that were there now and did not end within ``settle``."""
        return settling.wait_for_writers(self, log, sleep)

    def highest_drawn(self, log: LogConfig) -> int | None:
        """``last_value`` of the sequence behind the positions; ``None`` where there is none, or no right to read it."""
        with self.transaction() as connection:
            return settling.highest_drawn(connection, log)

    def quantiles(self, connection: Connection, relation: Relation, column: str) -> Sequence[object]:
        """The bounds of the column's histogram, as text; there are none before the first ANALYZE."""
        found = connection.execute(_HISTOGRAM, {"table": quoted_name(connection, relation.name), "column": column})
        return found.scalar_one_or_none() or ()

    def needs_no_rows(self, connection: Connection, relation: Relation) -> bool:
        """Where a vacuum has seen most pages since they changed."""
        found = connection.execute(_MOSTLY_VISIBLE, {"table": quoted_name(connection, relation.name)})
        return bool(found.scalar_one())

    def end(self, connected: object, *, cut: bool) -> None:
        """The server ends the statement with an error of its own, or hears no more of it."""
        if isinstance(connected, psycopg.Connection):
            if cut:
                _hang_up(connected)
            else:
                connected.cancel_safe(timeout=CANCEL_TIMEOUT_SECONDS)

    def is_standby(self) -> bool:
        """Whether the server is in recovery."""
        with self.transaction() as connection:
            return bool(connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one())

    def behind(self, sleep: Callable[[float], None]) -> str | None:
        """For a standby: why it is not proven to have all that its primary has."""
        return settling.standby_behind(self, sleep)

    def driver_errors(self) -> tuple[type[Exception], ...]:
        """Those of psycopg, as SQLAlchemy passes them on, and SQLAlchemy's."""
        return (SQLAlchemyError, psycopg.Error)

    def explain(self, error: Exception) -> tuple[str, str]:
        """The driver's first line, and which of the known reasons it is."""
        cause = getattr(error, "orig", None) or error
        line = next((part.strip() for part in str(cause).splitlines() if part.strip()), type(cause).__name__)
        for kind, reason in _REASONS:
            if isinstance(cause, kind):
                return reason, f"{line}{self._limit(cause)}"
        lost = isinstance(cause, psycopg.OperationalError) or getattr(error, "connection_invalidated", False)
        return ("unreachable" if lost else "failed"), line

    def _limit(self, cause: Exception) -> str:
        """Which limit ended a wait, for whoever wants to move it."""
        if isinstance(cause, errors.LockNotAvailable):
            return f" (another session kept it locked for {lasting(self._lock_timeout)})"
        if isinstance(cause, errors.QueryCanceled):
            return f" (statement_timeout = {lasting(self.config.statement_timeout)})"
        return ""

    @property
    def _statement_timeout(self) -> timedelta:
        left = self.deadline.left() + _AFTERWARDS
        configured = self.config.statement_timeout
        return configured if left >= configured.total_seconds() else timedelta(seconds=left)

    @property
    def _lock_timeout(self) -> timedelta:
        return min(LOCK_TIMEOUT, self.config.statement_timeout)


def _patience(url: str) -> dict[str, int]:
    """How long to wait for a server that does not answer, where the URL does not say it."""
    return {} if "connect_timeout" in make_url(url).query else {"connect_timeout": CONNECT_TIMEOUT_SECONDS}


def _hang_up(connection: psycopg.Connection[Any]) -> None:
    """Shut our end of the socket: whoever waits for an answer on it learns at once that there will be none."""
    same = socket.socket(fileno=connection.fileno())
    try:
        same.shutdown(socket.SHUT_RDWR)
    finally:
        same.detach()


def _prepare(connection: psycopg.Connection[Any], _record: object) -> None:
    """What every new connection gets before its first transaction."""
    connection.read_only = True
    connection.adapters.register_loader("timestamptz", _LenientTimestamptz)
    connection.adapters.register_loader("timestamp", _LenientTimestamp)


def _plain(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """What a domain is made of: by its own name, nothing could be compared with it."""
    return _plain(type_.data_type) if isinstance(type_, DOMAIN) else type_


def _kind(type_: TypeEngine[Any]) -> Kind:
    type_ = _plain(type_)
    if isinstance(type_, Boolean):
        return Kind.OTHER
    if isinstance(type_, Uuid):
        return Kind.UUID
    if isinstance(type_, Integer | Numeric | Float):
        return Kind.INTEGER
    if isinstance(type_, String | Enum | CITEXT):
        return Kind.TEXT
    if isinstance(type_, LargeBinary):
        return Kind.BYTES
    if isinstance(type_, DateTime | Date):
        return Kind.TIME
    return Kind.OTHER
