"""The connection by which a target writes to a database of its owner's: one short transaction for what is sent at once.

A store's own connections can only read, and stay so. What is written here is found and described through them; this
one is opened for the transaction and given back after it. Either nothing was written, and that is a StoreError; or it
was committed; or nobody answered the commit, and then nothing is known (:class:`Written`).
"""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, Engine, Table, bindparam, event, inspect, null
from sqlalchemy.types import TypeEngine, UserDefinedType

from auditor.desk import Desk
from auditor.errors import AuditorError, StoreError
from auditor.observer import Observer
from auditor.stores.sql.relation import Relation
from auditor.stores.sql.store import SqlStore
from checks.wording import quoted

LOCK_TIMEOUT = timedelta(seconds=5)
"""How long to wait for rows that somebody else holds: a relay, a consumer at work."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Written(Generic[Result]):
    """What came of a transaction. ``doubt``: why nobody knows whether it was committed; ``None``: it was."""

    result: Result
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What the role must be allowed to do: ``right`` is SELECT, INSERT or UPDATE, on these columns."""

    right: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A column as whoever writes it must know it. ``default``: as SQL; ``filled``: a new row has a value by itself."""

    type: TypeEngine[Any]
    nullable: bool
    default: str | None
    filled: bool


class Database(ABC):
    """A store, for a role that may write there. Opened for each transaction, closed after it."""

    lock_timeout = LOCK_TIMEOUT

    def __init__(self, store: SqlStore, observer: Observer) -> None:
        self.store = store
        self._observer = observer
        self._engine: Engine | None = None

    @abstractmethod
    def create_engine(self) -> Engine:
        """An engine whose connections can write, and are not kept."""

    @abstractmethod
    def limit(self, connection: Connection) -> None:
        """Bound how long the transaction that has begun may take, and see that it is bound. Raises StoreError."""

    @abstractmethod
    def is_refused(self, error: Exception) -> bool:
        """Whether an answer to a commit says for certain that nothing was committed."""

    @abstractmethod
    def lacking(self, relation: Relation, needs: Sequence[Need]) -> str | None:
        """What the role may not do, and what would allow it; ``None``: it may do all of it. Raises StoreError."""

    @abstractmethod
    def is_at_the_table_of(self, other: SqlStore, table: str) -> bool:
        """Whether another store of the same kind leads to the very same table. Raises StoreError."""

    def explain(self, error: Exception) -> tuple[str, str]:
        """A driver's error as ``(reason, message)``."""
        return self.store.explain(error)

    def write(self, work: Callable[[Connection], Result]) -> Written[Result]:
        """What ``work`` returns, once it is committed. If it raises, nothing was written. Raises StoreError."""
        with self._connected() as connection:
            with self.errors():
                connection.begin()
                self.limit(connection)
                result = self._worked(work, connection)
            return Written(result, self._commit(connection))

    def _worked(self, work: Callable[[Connection], Result], connection: Connection) -> Result:
        """A value that a driver cannot say, half a surrogate pair or a number of 100 digits, is no fault of ours."""
        try:
            return work(connection)
        except (ArithmeticError, TypeError, ValueError) as error:
            text = f"a value cannot be written: {type(error).__name__}: {error}"
            raise StoreError(self.store.name, "wrong-type", text) from error

    def expect_writable(self) -> None:
        """Begin to write, and write nothing. Raises StoreError where that fails."""
        with self._connected() as connection, self.errors():
            connection.begin()
            self.limit(connection)

    def relation(self, table: str) -> Relation:
        """The table as the writing role sees it. Raises StoreError."""
        with self.store.transaction() as connection:
            return self.store.relation(connection, table)

    def fields(self, relation: Relation) -> Mapping[str, Field]:
        """Its columns, as the catalogue has them. Raises StoreError."""
        table = cast("Table", relation.table)
        with self.store.transaction() as connection, warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Did not recognize type")
            columns = inspect(connection).get_columns(table.name, schema=table.schema)
        return {str(column["name"]): _field(cast("Mapping[str, Any]", column)) for column in columns}

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Wrap what the driver raises, once."""
        try:
            yield
        except self.store.driver_errors() as error:
            raise StoreError(self.store.name, *self.explain(error)) from error

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Whatever was not committed when it ends never was."""
        if self._engine is None:
            self._engine = self.create_engine()
            event.listen(self._engine, "before_cursor_execute", self._show)
        with self.errors():
            connection = self._engine.connect()
        try:
            yield connection
        finally:
            with suppress(*self.store.driver_errors()):  # lost: its server forgets what was not committed
                connection.close()

    def _commit(self, connection: Connection) -> str | None:
        try:
            connection.commit()
        except self.store.driver_errors() as error:
            reason, message = self.explain(error)
            told = StoreError(self.store.name, reason, message)
            if self.is_refused(error):
                raise told from error
            return f"whether it was committed is not known: {told}"
        return None

    def _show(self, *told: object) -> None:
        """SQLAlchemy tells connection, cursor, statement, parameters, context, and whether there are many."""
        self._observer.statement(self.store.name, str(told[2]), told[3])


def open_database(desk: Desk, name: str) -> Database:
    """The store of that name, to be written to. Does not connect yet. Raises AuditorError where that cannot be."""
    from auditor.redelivery.targets.database_postgres import PostgresDatabase  # noqa: PLC0415 (it imports a driver)
    from auditor.redelivery.targets.database_sqlite import SqliteDatabase  # noqa: PLC0415 (as above)

    kinds: dict[str, type[Database]] = {"postgresql": PostgresDatabase, "sqlite": SqliteDatabase}
    store = desk.store(name)
    kind = kinds.get(desk.config.stores[name].kind)
    if kind is None or not isinstance(store, SqlStore):
        raise AuditorError(f"store {quoted(name)}: nothing is written to a store of this kind")
    return kind(store, desk.observer)


def expect_same_table(desk: Desk, database: Database, read: str, table: str) -> None:
    """Refuse to write to a table that is not the one that is read. Raises AuditorError."""
    write = database.store.name
    if read == write:
        return
    other = desk.store(read)
    same_kind = desk.config.stores[read].kind == desk.config.stores[write].kind
    if not (same_kind and isinstance(other, SqlStore) and database.is_at_the_table_of(other, table)):
        raise AuditorError(
            f"store {quoted(write)}: its table {table!r} is not proven to be the one that store {quoted(read)} reads"
        )


def expect_rights(database: Database, relation: Relation, needs: Sequence[Need]) -> None:
    """Raises StoreError ``denied`` with what lacks."""
    lacking = database.lacking(relation, needs)
    if lacking is not None:
        raise StoreError(database.store.name, "denied", lacking)


class _AsGiven(UserDefinedType[Any]):
    """No type: neither SQLAlchemy nor the driver says what a value is, and the database takes it for its column's."""

    cache_ok = True


def as_given(value: object) -> ColumnElement[Any]:
    """A value to be written. A text becomes what its column is: a uuid, a time, JSON, a type of its owner's."""
    return null() if value is None else bindparam(None, value, type_=_AsGiven())


def _field(column: Mapping[str, Any]) -> Field:
    default = column.get("default")
    counts_by_itself = bool(column.get("primary_key")) and str(column["type"]).upper() == "INTEGER"
    filled = default is not None or bool(column.get("identity") or column.get("computed")) or counts_by_itself
    return Field(column["type"], bool(column["nullable"]), default, filled)
