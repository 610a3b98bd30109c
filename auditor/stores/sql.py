"""Every question to a SQL database, said once for all of them (SQLAlchemy Core).

The dialects differ in how they connect, in a handful of expressions (:class:`auditor.stores.relation.Dialect`), and
in how they know what is settled; those stand in ``postgres`` and ``sqlite``. Everything here reads, streams, and
holds no more than a batch of rows in memory.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Result,
    Row,
    Select,
    and_,
    case,
    distinct,
    event,
    exists,
    func,
    null,
    or_,
    select,
)

from auditor.config import CursorConfig, InboxConfig, LogConfig, ParkedConfig, StoreConfig
from auditor.errors import StoreError
from auditor.identity import Key, Kind, as_integer, fold
from auditor.observer import Observer
from auditor.stores import lookup
from auditor.stores.interface import (
    ELIGIBLE,
    EXCLUDED,
    OUTSIDE,
    Bounds,
    CursorRow,
    DoubleRow,
    Identity,
    LogRow,
    Match,
    ParkedRow,
    ReceiptRow,
    Snapshot,
)
from auditor.stores.relation import Expression, Relation
from checks.model.result import Extent
from checks.model.settled import Holder

AnySelect = Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]
# What SQLAlchemy meets when it cleans up after a lost connection has been told already, as the audit's problem.
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())

BATCH = 5_000
"""Rows held of one stream at a time."""


class SqlStore(ABC):
    """A database behind SQLAlchemy. Opened lazily, closed by :meth:`close`."""

    def __init__(self, config: StoreConfig, observer: Observer) -> None:
        self.name = config.name
        self.config = config
        self._observer = observer
        self._engine: Engine | None = None
        self._relations: dict[str, Relation] = {}

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

    def oldest_transaction(self, connection: Connection) -> int | None:
        """The snapshot's xmin, where the database has transaction ids."""
        return None

    def _connect(self) -> Connection:
        if self._engine is None:
            self._engine = self.create_engine()
            event.listen(self._engine, "before_cursor_execute", self._show)
        return self._engine.connect()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One read-only transaction that sees one moment. Driver errors come out as StoreError."""
        with self.errors():
            with self._connect() as connection:
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

    def close(self) -> None:
        """Give all connections back."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _show(self, _c: object, _cursor: object, statement: str, parameters: object, _x: object, _m: bool) -> None:
        self._observer.statement(self.name, statement, parameters)


class SqlSnapshot:
    """The reads of :class:`auditor.stores.interface.Snapshot` on one connection."""

    def __init__(self, store: SqlStore, connection: Connection) -> None:
        self._store = store
        self._connection = connection
        self._unfinished: set[Result[*tuple[Any, ...]]] = set()

    def close(self) -> None:
        """End what nobody read to its end, while there is still a connection to end it on."""
        for result in tuple(self._unfinished):
            result.close()

    # -- running -----------------------------------------------------------------------------------------------

    def _stream(self, statement: AnySelect) -> Iterator[AnyRow]:
        with self._store.errors():
            self._store.restart_timeout()
            result = self._connection.execute(statement, execution_options={"yield_per": BATCH})
            self._unfinished.add(result)
            try:
                for rows in result.partitions():
                    yield from rows
                    self._store.restart_timeout()
            finally:
                self._unfinished.discard(result)
                result.close()

    def _all(self, statement: AnySelect) -> Sequence[AnyRow]:
        with self._store.errors():
            self._store.restart_timeout()
            return self._connection.execute(statement).all()

    def _relation(self, name: str) -> Relation:
        with self._store.errors():
            return self._store.relation(self._connection, name)

    def clock(self) -> datetime:
        """The store's clock now, aware."""
        with self._store.errors():
            return self._store.now(self._connection)

    def oldest_transaction(self) -> int | None:
        """The snapshot's xmin, or ``None`` where there is no such thing."""
        with self._store.errors():
            return self._store.oldest_transaction(self._connection)

    def kind(self, table: str, column: str) -> Kind:
        """What a column holds. Raises StoreError for a missing table or column."""
        return self._relation(table).kind(column)

    def no_integer(self, table: str, columns: Sequence[str]) -> tuple[str, str] | None:
        """One of the columns and a value in it that is neither NULL nor an integer of 64 bits, if there is any."""
        relation = self._relation(table)
        doubts = {name: doubt for name in columns if (doubt := relation.is_no_integer(name)) is not None}
        samples = [func.min(case((doubt, relation.text(name)))) for name, doubt in doubts.items()]
        values = self._all(select(*samples).select_from(relation.table))[0] if samples else ()
        found = ((name, value) for name, value in zip(doubts, values, strict=True) if value is not None)
        return next(found, None)

    # -- a log by itself ---------------------------------------------------------------------------------------

    def _position(self, relation: Relation, log: LogConfig) -> Expression:
        if relation.kind(log.position) not in (Kind.INTEGER, Kind.TEXT):
            kind = relation.kind(log.position)
            text = f"column {log.position!r} of {log.table!r} holds {kind} values; a position must be an integer"
            raise StoreError(self._store.name, "wrong-type", text)
        return relation.integer(log.position)

    def _partition(self, relation: Relation, log: LogConfig) -> Expression:
        return null() if log.partition is None else relation.text(log.partition)

    def _by_partition(self, relation: Relation, log: LogConfig) -> list[Expression]:
        return [] if log.partition is None else [relation.text(log.partition)]

    def extents(self, log: LogConfig) -> Mapping[str | None, Extent]:
        """First and last position of the whole table, filters ignored, by partition (``None`` without one)."""
        relation = self._relation(log.table)
        position = self._position(relation, log)
        groups = self._by_partition(relation, log)
        statement = select(self._partition(relation, log), func.min(position), func.max(position))
        rows = self._all(statement.group_by(*groups) if groups else statement)
        return {part: Extent(first=as_integer(first), last=as_integer(last)) for part, first, last in rows}

    def head_order(self, log: LogConfig) -> tuple[int, ...] | None:
        """The highest row by the log's ``order``, as numbers."""
        relation = self._relation(log.table)
        columns = [relation.column(name) for name in log.order]
        statement = select(*(relation.text(name) for name in log.order)).order_by(*(c.desc() for c in columns)).limit(1)
        rows = self._all(statement.where(*(column.is_not(None) for column in columns)))
        return self._numbers(rows[0]) if rows else None

    def settled_by_age(self, log: LogConfig, now: datetime) -> Mapping[str | None, int | None] | None:
        """By partition the lowest position that is younger than ``settle``; ``None`` where rows have no time."""
        relation = self._relation(log.table)
        if log.time is None or relation.kind(log.time) is not Kind.TIME:
            return None
        position = self._position(relation, log)
        young = relation.column(log.time) > now - log.settle
        groups = self._by_partition(relation, log)
        statement = select(self._partition(relation, log), func.min(position)).where(young)
        rows = self._all(statement.group_by(*groups) if groups else statement)
        return {partition: as_integer(lowest) for partition, lowest in rows}

    def counts(self, log: LogConfig) -> tuple[int, int]:
        """Rows that pass ``where``, and rows that do not."""
        relation = self._relation(log.table)
        passing = func.count(case((relation.holds(log.where), 1)))
        [(eligible, rows)] = self._all(select(passing, func.count()).select_from(relation.table))
        return int(eligible), int(rows) - int(eligible)

    def holes(self, log: LogConfig) -> Iterator[tuple[str | None, int, int]]:
        """Every ``(partition, first, last)`` of absent positions between two rows, filters ignored, in order."""
        relation = self._relation(log.table)
        position, partition = self._position(relation, log), self._partition(relation, log)
        before = func.lag(position).over(partition_by=self._by_partition(relation, log) or None, order_by=position)
        rows = select(partition.label("part"), position.label("here"), before.label("before"))
        inner = rows.where(position.is_not(None)).subquery()
        statement = select(inner.c.part, inner.c.before, inner.c.here).where(inner.c.here - inner.c.before > 1)
        for part, previous, here in self._stream(statement.order_by(inner.c.part, inner.c.here)):
            yield part, int(previous) + 1, int(here) - 1

    def gap_streams(self, log: LogConfig) -> Iterator[tuple[str | None, str]]:
        """Streams whose rows, as ``where`` shows them, have a hole in their versions. Only candidates."""
        relation = self._relation(log.table)
        stream, version = relation.exact(log.stream or ""), relation.integer(log.version or "")
        low, high, there = func.min(version), func.max(version), func.count(distinct(version))
        suspect = high - low + 1 != there
        if log.retention is None:
            suspect = or_(suspect, low > log.first_version)
        keys = [*self._by_partition(relation, log), stream]
        statement = select(self._partition(relation, log), func.min(relation.text(log.stream or "")))
        statement = statement.where(relation.holds(log.where), stream.is_not(None), version.is_not(None))
        for part, name in self._stream(statement.group_by(*keys).having(suspect)):
            yield part, str(name)

    def stream_rows(self, log: LogConfig, streams: Sequence[tuple[str | None, str]]) -> Iterator[LogRow]:
        """All rows of these streams, filters ignored, by partition, stream and version."""
        relation = self._relation(log.table)
        stream, version = relation.text(log.stream or ""), relation.integer(log.version or "")
        statement = self._log_rows(relation, log, (), None, None, ranked=False)
        statement = statement.where(lookup.as_read(relation, log.stream or "", [name for _, name in streams]))
        statement = statement.where(version.is_not(None))
        for row in self._stream(statement.order_by(*self._by_partition(relation, log), stream, version)):
            yield self._log_row(row, 0)

    def stream_heads(self, log: LogConfig) -> Iterator[tuple[str, int]]:
        """Every stream with its highest version, filters ignored."""
        relation = self._relation(log.table)
        stream, version = relation.text(log.stream or ""), relation.integer(log.version or "")
        statement = select(stream, func.max(version)).where(stream.is_not(None), version.is_not(None)).group_by(stream)
        for name, head in self._stream(statement):
            yield str(name), int(head)

    def doubles(self, log: LogConfig, words: Sequence[str]) -> Iterator[DoubleRow]:
        """Rows that agree in all of ``words`` (the contract's words) with another row, in groups, by position."""
        relation = self._relation(log.table)
        names = [getattr(log, word) for word in words]
        keys = [self._position(relation, log) if n == log.position else relation.exact(n) for n in names]
        passes = and_(relation.holds(log.where), *(key.is_not(None) for key in keys))
        repeated = select(*(key.label(f"k{n}") for n, key in enumerate(keys))).where(passes).group_by(*keys)
        repeated = repeated.having(func.count() > 1)
        if not self._all(repeated.limit(1)):
            return
        twice = repeated.subquery()
        rows = self._log_rows(relation, log, (), None, None, ranked=True)
        ranked = rows.add_columns(*(key.label(f"k{n}") for n, key in enumerate(keys))).subquery()
        same = and_(ranked.c.scope == ELIGIBLE, *(ranked.c[f"k{n}"] == twice.c[f"k{n}"] for n in range(len(keys))))
        ordered = select(ranked).join(twice, same)
        ordered = ordered.order_by(*(ranked.c[f"k{n}"] for n in range(len(keys))), ranked.c.position)
        group: tuple[object, ...] | None = None
        nth = 0
        for row in self._stream(ordered):
            here = tuple(row[-len(keys) :])
            nth = nth + 1 if here == group else 1
            group = here
            yield DoubleRow(here, nth, self._log_row(row, 0))

    def unmatched_types(self, log: LogConfig, types: Sequence[str]) -> tuple[str, ...]:
        """The globs that no row's type matches."""
        relation = self._relation(log.table)
        found = []
        for pattern in types:
            matches = relation.wanted(log.type, [pattern])
            if not self._all(select(exists(select(1).select_from(relation.table).where(matches))))[0][0]:
                found.append(pattern)
        return tuple(found)

    # -- a log against its consumers ---------------------------------------------------------------------------

    def _log_rows(
        self,
        relation: Relation,
        log: LogConfig,
        raws: Sequence[Expression],
        types: Sequence[str] | None,
        start: int | None,
        *,
        ranked: bool,
    ) -> AnySelect:
        position = self._position(relation, log)
        eligible = and_(relation.holds(log.where), relation.wanted(log.type, types))
        scope = case((eligible, ELIGIBLE), else_=EXCLUDED)
        if start is not None:
            scope = case((position < start, OUTSIDE), (eligible, ELIGIBLE), else_=EXCLUDED)
        rank: Expression = null()
        if ranked:
            counted = func.sum(case((eligible, 1), else_=0))
            rank = counted.over(partition_by=self._by_partition(relation, log) or None, order_by=position)
        texts = {word: getattr(log, word) for word in ("id", "stream", "type")}
        said = {word: null() if name is None else relation.text(name) for word, name in texts.items()}
        version: Expression = null() if log.version is None else relation.integer(log.version)
        return select(
            *(raw.label(f"raw{n}") for n, raw in enumerate(raws)),
            scope.label("scope"),
            rank.label("rank"),
            position.label("position"),
            self._partition(relation, log).label("partition"),
            said["id"].label("id"),
            said["stream"].label("stream"),
            version.label("version"),
            said["type"].label("type"),
            (null() if log.time is None else relation.column(log.time)).label("time"),
            *(relation.text(name).label(f"order{n}") for n, name in enumerate(log.order)),
        )

    def _log_row(self, row: Sequence[Any], raws: int, orders: int = 0) -> LogRow:
        values = tuple(row)
        raw = values[:raws] if raws and None not in values[:raws] else None
        scope, rank, position, partition, id_, stream, version, type_, time = values[raws : raws + 9]
        order = self._numbers(values[raws + 9 : raws + 9 + orders]) if orders else None
        return LogRow(
            None if raw is None else _key(raw),
            raw,
            scope,
            0 if rank is None else int(rank),
            None if position is None else int(position),
            partition,
            id_,
            stream,
            None if version is None else int(version),
            type_,
            time,
            order,
        )

    def _numbers(self, values: Iterable[object]) -> tuple[int, ...] | None:
        numbers = tuple(as_integer(value) for value in values)
        return None if None in numbers else tuple(number for number in numbers if number is not None)

    def _raws(self, relation: Relation, config: object, match: Match) -> list[Expression]:
        names = (getattr(config, word) for word in match.words)
        return [relation.raw(name, kind) for name, kind in zip(names, match.kinds, strict=True)]

    def _matching(
        self, relation: Relation, config: object, match: Match, identities: Sequence[Identity]
    ) -> Iterator[Expression]:
        return lookup.conditions(relation, [getattr(config, word) for word in match.words], match, identities)

    def _sorts(self, relation: Relation, config: object, match: Match) -> list[Expression]:
        names = (getattr(config, word) for word in match.words)
        return [relation.sort(name, kind) for name, kind in zip(names, match.kinds, strict=True)]

    def events(
        self, log: LogConfig, match: Match, types: Sequence[str] | None, start: int | None
    ) -> Iterator[LogRow]:
        """The whole log with every row's scope, by the match's key; rows whose identity is NULL are left out."""
        relation = self._relation(log.table)
        raws = self._raws(relation, log, match)
        sorts = [sort.label(f"sort{n}") for n, sort in enumerate(self._sorts(relation, log, match))]
        ranked = self._log_rows(relation, log, raws, types, start, ranked=True).add_columns(*sorts).subquery()
        # Ranks count every eligible row, so rows without an identity are left out only after ranking.
        identified = (ranked.c[f"raw{n}"].is_not(None) for n in range(len(raws)))
        statement = select(ranked).where(ranked.c.position.is_not(None), *identified)
        for row in self._stream(statement.order_by(*(ranked.c[sort.name] for sort in sorts))):
            yield self._log_row(row, len(raws), len(log.order))

    def unidentified(
        self, log: LogConfig, match: Match, types: Sequence[str] | None, start: int | None
    ) -> Iterator[LogRow]:
        """The eligible rows that :meth:`events` leaves out."""
        relation = self._relation(log.table)
        raws = self._raws(relation, log, match)
        position = self._position(relation, log)
        inner = self._log_rows(relation, log, (), types, start, ranked=True)
        lacking = or_(position.is_(None), *(raw.is_(None) for raw in raws))
        if not self._all(select(exists(select(1).select_from(relation.table).where(lacking))))[0][0]:
            return
        rows = inner.add_columns(case((lacking, 1), else_=0).label("lacking")).subquery()
        statement = select(rows).where(rows.c.lacking == 1, rows.c.scope == ELIGIBLE).order_by(rows.c.position)
        for row in self._stream(statement):
            yield self._log_row(row, 0, len(log.order))

    def find_events(self, log: LogConfig, match: Match, identities: Sequence[Identity]) -> Iterator[LogRow]:
        """The rows with these identities, filters ignored. May yield others: compare by identity."""
        relation = self._relation(log.table)
        raws = self._raws(relation, log, match)
        statement = self._log_rows(relation, log, raws, None, None, ranked=False)
        for condition in self._matching(relation, log, match, identities):
            for row in self._stream(statement.where(condition)):
                yield self._log_row(row, len(raws), len(log.order))

    # -- inboxes, parked events, cursors -----------------------------------------------------------------------

    def _receipt_rows(self, relation: Relation, inbox: InboxConfig, match: Match) -> AnySelect:
        raws = self._raws(relation, inbox, match)
        done = case((relation.holds(inbox.done or {}), 1), else_=0)
        texts = [inbox.id, inbox.stream, inbox.type]
        said = [null() if name is None else relation.text(name) for name in texts]
        numbers = [null() if name is None else relation.integer(name) for name in (inbox.position, inbox.version)]
        received = null() if inbox.received is None else relation.column(inbox.received)
        columns = [*raws, done, received, numbers[0], said[0], said[1], numbers[1], said[2]]
        statement = select(*(column.label(f"c{n}") for n, column in enumerate(columns)))
        return statement.where(relation.holds(inbox.where), *(raw.is_not(None) for raw in raws))

    def _receipt_row(self, row: Sequence[Any], raws: int) -> ReceiptRow:
        values = tuple(row)
        raw = values[:raws]
        done, received, position, id_, stream, version, type_ = values[raws:]
        number = None if position is None else int(position)
        return ReceiptRow(
            _key(raw), raw, bool(done), received, number, id_, stream, None if version is None else int(version), type_
        )

    def receipts(self, inbox: InboxConfig, match: Match) -> Iterator[ReceiptRow]:
        """All receipts that have an identity, by the match's key."""
        relation = self._relation(inbox.table)
        statement = self._receipt_rows(relation, inbox, match).order_by(*self._sorts(relation, inbox, match))
        for row in self._stream(statement):
            yield self._receipt_row(row, len(match.words))

    def count_receipts(self, inbox: InboxConfig) -> int:
        """How many rows the inbox has for this consumer, also those without an identity."""
        relation = self._relation(inbox.table)
        statement = select(func.count()).select_from(relation.table).where(relation.holds(inbox.where))
        return int(self._all(statement)[0][0])

    def find_receipts(self, inbox: InboxConfig, match: Match, identities: Sequence[Identity]) -> Iterator[ReceiptRow]:
        """The receipts with these identities. May yield others: compare by identity."""
        relation = self._relation(inbox.table)
        statement = self._receipt_rows(relation, inbox, match)
        for condition in self._matching(relation, inbox, match, identities):
            for row in self._stream(statement.where(condition)):
                yield self._receipt_row(row, len(match.words))

    def _parked_rows(self, relation: Relation, parked: ParkedConfig, match: Match) -> AnySelect:
        raws = self._raws(relation, parked, match)
        statement = select(*(raw.label(f"raw{n}") for n, raw in enumerate(raws)))
        return statement.where(relation.holds(parked.where), *(raw.is_not(None) for raw in raws))

    def parked(self, parked: ParkedConfig, match: Match) -> Iterator[ParkedRow]:
        """All parked events that have an identity, by the match's key."""
        relation = self._relation(parked.table)
        statement = self._parked_rows(relation, parked, match).order_by(*self._sorts(relation, parked, match))
        for row in self._stream(statement):
            yield ParkedRow(_key(tuple(row)), tuple(row))

    def find_parked(self, parked: ParkedConfig, match: Match, identities: Sequence[Identity]) -> Iterator[ParkedRow]:
        """The parked events with these identities. May yield others: compare by identity."""
        relation = self._relation(parked.table)
        statement = self._parked_rows(relation, parked, match)
        for condition in self._matching(relation, parked, match, identities):
            for row in self._stream(statement.where(condition)):
                yield ParkedRow(_key(tuple(row)), tuple(row))

    def cursors(self, cursor: CursorConfig) -> Iterator[CursorRow]:
        """The rows of the cursor table that are this consumer's, as text."""
        relation = self._relation(cursor.table)
        scope = cursor.partition or cursor.stream
        statement = select(
            (null() if scope is None else relation.text(scope)).label("scope"),
            *(relation.text(name).label(f"p{n}") for n, name in enumerate(cursor.position)),
        )
        for row in self._stream(statement.where(relation.holds(cursor.where))):
            yield CursorRow(row[0], tuple(row[1:]))


def _key(raw: tuple[object, ...]) -> Key:
    """The merge key of raw identity columns: numbers as they are, text folded."""
    return tuple(_key_part(part) for part in raw)


def _key_part(part: object) -> int | str:
    if isinstance(part, int):
        return part
    if isinstance(part, str):
        return fold(part)
    number = as_integer(part)
    if number is None:
        raise ValueError(f"{part!r} is no integer, although its column is compared by number")
    return number


