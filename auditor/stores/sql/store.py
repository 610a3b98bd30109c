"""What SQL stores have in common: an engine opened late, read-only transactions, errors that are wrapped once."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from sqlalchemy import (
    Connection,
    Dialect,
    Engine,
    event,
)

from auditor.config import LogConfig, StoreConfig
from auditor.deadline import Deadline
from auditor.errors import StoreError
from auditor.identity import Kind
from auditor.observer import Observer
from auditor.stores.interface import (
    Bounds,
    Snapshot,
)
from auditor.stores.interface.showing import Showing
from auditor.stores.sql.consumer_reads import ConsumerReads
from auditor.stores.sql.cutover_reads import CutoverReads
from auditor.stores.sql.derived_reads import DerivedReads
from auditor.stores.sql.event_reads import EventReads
from auditor.stores.sql.log_reads import LogReads
from auditor.stores.sql.mirror_reads import MirrorReads
from auditor.stores.sql.outbox_reads import OutboxReads
from auditor.stores.sql.redelivery_reads import RedeliveryReads
from auditor.stores.sql.relation import Relation
from auditor.stores.sql.stream_reads import StreamReads
from auditor.stores.sql.tail_reads import TailReads
from checks.model.settled import Holder

# What SQLAlchemy meets when it cleans up after a lost connection has been told already, as the audit's problem.
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())


class SqlSnapshot(
    LogReads,
    StreamReads,
    TailReads,
    OutboxReads,
    RedeliveryReads,
    EventReads,
    DerivedReads,
    ConsumerReads,
    MirrorReads,
    CutoverReads,
):
    """All reads of :class:`auditor.stores.interface.Snapshot`, on one connection."""


class SqlStore(ABC):
    """A database behind SQLAlchemy. Opened lazily, closed by :meth:`close`."""

    joins_in_full = True
    """Whether a join may keep the rows of both sides that have no match."""

    def __init__(self, config: StoreConfig, observer: Observer, deadline: Deadline) -> None:
        self.name = config.name
        self.config = config
        self.deadline = deadline
        self._observer = observer
        self._engine: Engine | None = None
        self._connected: list[object] = []
        self._relations: dict[str, Relation] = {}
        self._dialect: Dialect | None = None
        self._readable: Dialect | None = None

    @abstractmethod
    def create_engine(self) -> Engine:
        """An engine whose connections can only read."""

    @abstractmethod
    def begin(self, connection: Connection) -> None:
        """Begin one read-only transaction with one snapshot, and bound how long it may take."""

    @abstractmethod
    def describe(self, connection: Connection, name: str) -> Relation | None:
        """The table or view, or ``None`` where there is none."""

    @abstractmethod
    def explain(self, error: Exception) -> tuple[str, str]:
        """A driver's error as ``(reason, message)``: one line, lower case, what and why."""

    def restart_timeout(self) -> None:
        """Another batch begins: where the database does not count ``statement_timeout`` by batch, count anew."""
        self.deadline.check()

    @abstractmethod
    def settle(self, log: LogConfig, sleep: Callable[[float], None]) -> Bounds:
        """How far the log is settled, before a snapshot is opened (see :class:`Bounds`)."""

    @abstractmethod
    def now(self, connection: Connection) -> datetime:
        """The store's clock, aware."""

    def writers(self, log: LogConfig, sleep: Callable[[float], None]) -> Sequence[Holder]:
        """Unfinished writers of the log that did not end within ``settle``; none where a snapshot shows them all."""
        return ()

    def highest_drawn(self, log: LogConfig) -> int | None:
        """The last position that was ever drawn, where the database remembers it."""
        return None

    def behind(self, sleep: Callable[[float], None]) -> str | None:
        """Why this server may lack what its primary has, or ``None`` where it does not."""
        return None

    def is_standby(self) -> bool:
        """Whether this server is in recovery."""
        return False

    def quantiles(self, connection: Connection, relation: Relation, column: str) -> Sequence[object]:
        """Values of a column with about as many rows between each two, from statistics that are there already."""
        return ()

    def needs_no_rows(self, connection: Connection, relation: Relation) -> bool:
        """Whether what an index has is read without a look at the rows of the table."""
        return True

    @abstractmethod
    def end(self, connected: object, *, cut: bool) -> None:
        """End, from another thread, what a connection of the driver waits for; ``cut``: and the connection itself."""

    def cancel(self, connection: Connection) -> None:
        """End, from another thread, the statement that the connection is waiting for."""
        self.end(connection.connection.driver_connection, cut=False)

    def end_all(self, *, cut: bool) -> None:
        """End, from another thread, whatever is being waited for on any connection."""
        for connected in tuple(self._connected):
            with suppress(Exception):  # closed meanwhile, or a server that cannot be told
                self.end(connected, cut=cut)

    @abstractmethod
    def origin(self, connection: Connection, tables: Sequence[str]) -> str:
        """Names the very database and tables, whatever they are called."""

    def mark(self, connection: Connection, tables: Sequence[str]) -> str | None:
        """What differs between two snapshots unless nothing was committed in between; ``None``: it cannot be told."""
        return None

    def oldest_transaction(self, connection: Connection) -> int | None:
        """The snapshot's xmin, where the database has transaction ids."""
        return None

    def _connect(self) -> Connection:
        if self._engine is None:
            self._engine = self.create_engine()
            self._dialect = self._engine.dialect
            event.listen(self._engine, "before_cursor_execute", self._show)
            event.listen(self._engine, "connect", self._note, insert=True)  # SQLAlchemy asks the server things, too
            event.listen(self._engine, "close", self._forget)
        return self.deadline.within(self._engine.connect, _discard)

    def _note(self, connected: object, _record: object) -> None:
        self._connected.append(connected)

    def _forget(self, connected: object, _record: object) -> None:
        if connected in self._connected:
            self._connected.remove(connected)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One read-only transaction that sees one moment. Driver errors come out as StoreError."""
        with self.errors(), self._connect() as connection:
            self.begin(connection)
            try:
                yield connection
            finally:
                self._leave(connection)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The same, as the questions that a gatherer may ask."""
        with self.transaction() as connection:
            snapshot = SqlSnapshot(self, connection)
            try:
                yield snapshot
            except BaseException:
                connection.invalidate()  # lost, or in the middle of an answer that nobody will read
                raise
            finally:
                snapshot.close()

    def _leave(self, connection: Connection) -> None:
        """End the transaction; a connection that is already broken has nothing to end."""
        try:
            connection.rollback()
        except Exception:
            connection.invalidate()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Wrap what the driver raises, once."""
        try:
            yield
        except StoreError:
            raise
        except self.driver_errors() as error:
            reason, message = self.explain(error)
            raise StoreError(self.name, reason, message) from error

    @abstractmethod
    def driver_errors(self) -> tuple[type[Exception], ...]:
        """The exceptions that come from the driver or from SQLAlchemy."""

    def relation(self, connection: Connection, name: str) -> Relation:
        """A table's description, read once a run."""
        if name not in self._relations:
            found = self.describe(connection, name)
            if found is None:
                raise StoreError(self.name, "missing-table", f"there is no table or view {name!r}")
            self._relations[name] = found
        return self._relations[name]

    def kinds(self, table: str) -> Mapping[str, Kind]:
        """What the columns of a table hold, as this run has read it; empty where it has not. Asks nobody."""
        relation = self._relations.get(table)
        return {} if relation is None else relation.kinds

    def statement(self, showing: Showing) -> str | None:
        """What would show it, from what this run has read of the table: no connection is opened for it."""
        from auditor.stores.sql.showing import readable, written  # noqa: PLC0415 (a run without findings needs none)

        relation = self._relations.get(showing.table)
        if relation is None or self._dialect is None:
            return None
        self._readable = self._readable or readable(self._dialect)
        return written(showing, relation, self._readable)

    def close(self) -> None:
        """Give all connections back."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _show(self, *told: object) -> None:
        """SQLAlchemy tells connection, cursor, statement, parameters, context, and whether there are many."""
        self._observer.statement(self.name, str(told[2]), told[3])


def _discard(connection: Connection) -> None:
    """Close a connection that came too late, not give it back."""
    connection.invalidate()
    connection.close()
