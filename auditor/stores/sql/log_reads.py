"""What is read of a log: by itself, and row by row against what its consumers have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    and_,
    case,
    distinct,
    exists,
    func,
    null,
    or_,
    select,
)

from auditor.config import LogConfig
from auditor.errors import StoreError
from auditor.identity import Kind, as_integer
from auditor.stores.interface import (
    ELIGIBLE,
    EXCLUDED,
    OUTSIDE,
    DoubleRow,
    Identity,
    LogRow,
    Match,
)
from auditor.stores.sql import lookup
from auditor.stores.sql.reading import AnySelect, Reading, key_of
from auditor.stores.sql.relation import Expression, Relation
from checks.model.result import Extent


class LogReads(Reading):
    """The reads of a log."""

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
            None if raw is None else key_of(raw),
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

    def events(self, log: LogConfig, match: Match, types: Sequence[str] | None, start: int | None) -> Iterator[LogRow]:
        """The whole log with every row's scope, by the match's key; rows whose identity is NULL are left out."""
        relation = self._relation(log.table)
        raws = self._raws(relation, log, match)
        sorts = [sort.label(f"sort{n}") for n, sort in enumerate(self._sorts(relation, log, match))]
        ranked = self._log_rows(relation, log, raws, types, start, ranked=True).add_columns(*sorts).subquery()
        # Ranks count every eligible row, so rows without an identity are left out only after ranking.
        identified = (ranked.c[f"raw{n}"].is_not(None) for n in range(len(raws)))
        statement = select(ranked).where(ranked.c.position.is_not(None), *identified)
        for row in self._stream(statement.order_by(*(ranked.c[sort.name] for sort in sorts), ranked.c.position)):
            yield self._log_row(row, len(raws), len(log.order))

    def unidentified(
        self, log: LogConfig, match: Match, types: Sequence[str] | None, start: int | None
    ) -> Iterator[LogRow]:
        """The rows that :meth:`events` leaves out."""
        relation = self._relation(log.table)
        raws = self._raws(relation, log, match)
        position = self._position(relation, log)
        inner = self._log_rows(relation, log, (), types, start, ranked=True)
        lacking = or_(position.is_(None), *(raw.is_(None) for raw in raws))
        if not self._all(select(exists(select(1).select_from(relation.table).where(lacking))))[0][0]:
            return
        rows = inner.add_columns(case((lacking, 1), else_=0).label("lacking")).subquery()
        statement = select(rows).where(rows.c.lacking == 1).order_by(rows.c.position)
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
