"""A ledger in a PostgreSQL database, for a team: tables of its own prefix, found along the search path.

Everything has a limit: a server that does not answer, or a lock that is not given, fails the ledger and not the audit.
Limits are set in each transaction, since a pooler may drop what stands in the options of a connection.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from auditor.ledger.advisory import held
from auditor.ledger.failures import LedgerError, told
from auditor.ledger.migrating import is_current, migrate, revision_of

CONNECT_SECONDS = 10
_TCP = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_READ_MS, _WRITE_MS = 10_000, 60_000
_CREATION_LOCK = 4_702_111_234_474_983_745
"""The key of the advisory lock under which tables are made and moved."""

_LIMITS = text("SELECT set_config('statement_timeout', :limit, true), set_config('lock_timeout', :limit, true)")
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")


class PostgresDatabase:
    """The database at ``url``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: Engine | None = None

    @property
    def label(self) -> str:
        """Its host and name."""
        url = make_url(self._url)
        place = URL.create(url.drivername, host=url.host, port=url.port, database=url.database)
        return repr(place.render_as_string())

    def prepare(self) -> None:
        """Look; if there is no ledger, or an old one, look again under a lock, and make or move it."""
        with self.reading() as connection:
            if revision_of(connection) is not None and is_current(connection):
                return
        with self.writing() as connection:
            connection.execute(_LOCK, {"key": _CREATION_LOCK})
            if revision_of(connection) is None or not is_current(connection):
                migrate(connection, self.label)

    def is_there(self) -> bool:
        """Whether the search path leads to a ledger."""
        with self.reading() as connection:
            return revision_of(connection) is not None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot, read-only."""
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with told(self.label), self._connect().execution_options(**options).connect() as connection:
            connection.execute(_LIMITS, {"limit": f"{_READ_MS}ms"})
            yield connection

    @contextmanager
    def writing(self, patience: timedelta | None = None) -> Iterator[Connection]:
        """Whoever writes locks rows of ``subjects``, by name, before anything else."""
        limit = _WRITE_MS if patience is None else patience // timedelta(milliseconds=1)
        with told(self.label), self._connect().begin() as connection:
            connection.execute(_LIMITS, {"limit": f"{limit}ms"})
            yield connection

    @contextmanager
    def holding(self, name: str, wait: timedelta) -> Iterator[Callable[[], None]]:
        """An advisory lock of a session that does nothing else: no transaction stays open, and it dies with us."""
        with held(self._connect(), self.label, name, wait) as still:
            yield still

    def shrink(self) -> None:
        """The server does it by itself."""

    def close(self) -> None:
        """Nothing stays open between transactions."""
        if self._engine is not None:
            self._engine.dispose()

    def _connect(self) -> Engine:
        if self._engine is None:
            self._engine = self._create_engine()
        return self._engine

    def _create_engine(self) -> Engine:
        url = make_url(self._url).set(drivername="postgresql+psycopg")
        given = {name: value for name, value in _TCP.items() if name not in url.query}
        if "connect_timeout" not in url.query:
            given["connect_timeout"] = CONNECT_SECONDS
        try:
            return create_engine(
                url, poolclass=NullPool, use_native_hstore=False, connect_args={"application_name": "auditor"} | given
            )
        except (SQLAlchemyError, ValueError) as error:
            raise LedgerError("ledger: its url cannot be understood") from error
