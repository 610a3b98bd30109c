"""What is read of a log: by itself, and row by row against what its consumers have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    and_,
    case,
    distinct,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)

from auditor.compare.recipe import Recipe
from auditor.config import LogConfig
from auditor.errors import StoreError
from auditor.identity import Kind, as_integer
from auditor.stores.interface import (
    ELIGIBLE,
    EVERYTHING,
    EXCLUDED,
    OUTSIDE,
    DoubleRow,
    Identity,
    LogRow,
    Match,
    Wanted,
)
from auditor.stores.sql import lookup
from auditor.stores.sql.reading import AnySelect, Reading, key_of
from auditor.stores.sql.relation import Expression, Relation
from auditor.stores.sql.sides import SqlSide
from checks.model.result import Extent

POSITIONS_AT_FIRST = 50
"""Most who ask for positions in order want the first few."""
PAIRS_AT_ONCE = 1_000
"""Pairs of positions between which one statement looks for rows."""


def walked(positions: Iterator[int], pairs: Iterable[tuple[int, int]]) -> Iterator[bool]:
    """For each pair whether one of the positions lies between its two; both ascend."""
    here = next(positions, None)
    for low, high in pairs:
        while here is not None and here <= low:
            here = next(positions, None)
        yield here is not None and here < high


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
        rows = self.all(statement.group_by(*groups) if groups else statement)
        return {part: Extent(first=as_integer(first), last=as_integer(last)) for part, first, last in rows}

    def head_order(self, log: LogConfig) -> tuple[int, ...] | None:
        """The highest row by the log's ``order``, as numbers."""
        relation = self._relation(log.table)
        columns = [relation.column(name) for name in log.order]
        statement = select(*(relation.text(name) for name in log.order)).order_by(*(c.desc() for c in columns)).limit(1)
        rows = self.all(statement.where(*(column.is_not(None) for column in columns)))
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
        rows = self.all(statement.group_by(*groups) if groups else statement)
        return {partition: as_integer(lowest) for partition, lowest in rows}

    def counts(self, log: LogConfig) -> tuple[int, int]:
        """Rows that pass ``where``, and rows that do not."""
        relation = self._relation(log.table)
        passing = func.count(case((relation.holds(log.where), 1)))
        [(eligible, rows)] = self.all(select(passing, func.count()).select_from(relation.table))
        return int(eligible), int(rows) - int(eligible)

    def holes(self, log: LogConfig) -> Iterator[tuple[str | None, int, int]]:
        """Every ``(partition, first, last)`` of absent positions between two rows, filters ignored, in order."""
        relation = self._relation(log.table)
        position, partition = self._position(relation, log), self._partition(relation, log)
        before = func.lag(position).over(partition_by=self._by_partition(relation, log) or None, order_by=position)
        rows = select(partition.label("part"), position.label("here"), before.label("before"))
        inner = rows.where(position.is_not(None)).subquery()
        statement = select(inner.c.part, inner.c.before, inner.c.here).where(inner.c.here - inner.c.before > 1)
        for part, previous, here in self.stream(statement.order_by(inner.c.part, inner.c.here)):
            yield part, int(previous) + 1, int(here) - 1

    def gap_streams(self, log: LogConfig) -> Iterator[tuple[str | None, str]]:
        """Streams whose rows, as ``where`` shows them, have a hole in their versions. Only candidates."""
        relation = self._relation(log.table)
        stream, version = relation.exact(log.stream or ""), relation.integer(log.version or "")
        named = [name for name in (log.partition, log.stream, log.version) if name is not None]
        there = func.count() if relation.is_unique(named) else func.count(distinct(version))
        low, high = func.min(version), func.max(version)
        suspect = high - low + 1 != there
        if log.retention is None:
            suspect = or_(suspect, low > log.first_version)
        keys = [*self._by_partition(relation, log), stream]
        statement = select(self._partition(relation, log), func.min(relation.text(log.stream or "")))
        statement = statement.where(relation.holds(log.where), stream.is_not(None), version.is_not(None))
        for part, name in self.stream(statement.group_by(*keys).having(suspect)):
            yield part, str(name)

    def stream_rows(self, log: LogConfig, streams: Sequence[tuple[str | None, str]]) -> Iterator[LogRow]:
        """All rows of these streams, filters ignored, by partition, stream and version."""
        relation = self._relation(log.table)
        stream, version = relation.text(log.stream or ""), relation.integer(log.version or "")
        statement = self._log_rows(relation, log, (), EVERYTHING)
        statement = statement.where(lookup.as_read(relation, log.stream or "", [name for _, name in streams]))
        statement = statement.where(version.is_not(None))
        for row in self.stream(statement.order_by(*self._by_partition(relation, log), stream, version)):
            yield self._log_row(row, 0)

    def stream_heads(self, log: LogConfig) -> Iterator[tuple[str, int]]:
        """Every stream with its highest version, filters ignored."""
        relation = self._relation(log.table)
        stream, version = relation.text(log.stream or ""), relation.integer(log.version or "")
        statement = select(stream, func.max(version)).where(stream.is_not(None), version.is_not(None)).group_by(stream)
        for name, head in self.stream(statement):
            yield str(name), int(head)

    def doubles(self, log: LogConfig, words: Sequence[str]) -> Iterator[DoubleRow]:
        """Rows that agree in all of ``words`` (the contract's words) with another row, in groups, by position."""
        relation = self._relation(log.table)
        names = [getattr(log, word) for word in words]
        if relation.is_unique(names):
            return
        keys = [self._position(relation, log) if n == log.position else relation.exact(n) for n in names]
        passes = and_(relation.holds(log.where), *(key.is_not(None) for key in keys))
        repeated = select(*(key.label(f"k{n}") for n, key in enumerate(keys))).where(passes).group_by(*keys)
        repeated = repeated.having(func.count() > 1)
        if not self.all(repeated.limit(1)):
            return
        twice = repeated.subquery()
        rows = self._log_rows(relation, log, (), EVERYTHING, ranked=True)
        ranked = rows.add_columns(*(key.label(f"k{n}") for n, key in enumerate(keys))).subquery()
        same = and_(ranked.c.scope == ELIGIBLE, *(ranked.c[f"k{n}"] == twice.c[f"k{n}"] for n in range(len(keys))))
        ordered = select(ranked).join(twice, same)
        ordered = ordered.order_by(*(ranked.c[f"k{n}"] for n in range(len(keys))), ranked.c.position)
        group: tuple[object, ...] | None = None
        nth = 0
        for row in self.stream(ordered):
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
            if not self.all(select(exists(select(1).select_from(relation.table).where(matches))))[0][0]:
                found.append(pattern)
        return tuple(found)

    def _passes(self, relation: Relation, log: LogConfig, wanted: Wanted) -> Expression:
        """Whether a row passes ``where`` and the types; where it stands is another question."""
        return and_(relation.holds(log.where), relation.wanted(log.type, wanted.types))

    def _placed(self, relation: Relation, log: LogConfig, match: Match) -> list[Expression]:
        """Conditions for rows that have a position and an identity."""
        identified = self._identified(relation, log, match)
        if "position" in match.words or log.position in relation.required:
            return identified
        return [self._position(relation, log).is_not(None), *identified]

    def _eligible(self, relation: Relation, log: LogConfig, wanted: Wanted) -> Expression:
        """The same, and at or after ``start``."""
        passes = self._passes(relation, log, wanted)
        return passes if wanted.start is None else and_(passes, self._position(relation, log) >= wanted.start)

    def _log_rows(
        self,
        relation: Relation,
        log: LogConfig,
        raws: Sequence[Expression],
        wanted: Wanted,
        *,
        ranked: bool = False,
    ) -> AnySelect:
        position = self._position(relation, log)
        eligible = self._passes(relation, log, wanted)
        scope = case((eligible, ELIGIBLE), else_=EXCLUDED)
        if wanted.start is not None:
            scope = case((position < wanted.start, OUTSIDE), (eligible, ELIGIBLE), else_=EXCLUDED)
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

    def events(self, log: LogConfig, match: Match, wanted: Wanted) -> Iterator[LogRow]:
        """The whole log with every row's scope, by the match's key; rows whose identity is NULL are left out."""
        relation = self._relation(log.table)
        raws = self._raws(relation, log, match)
        sorts = self._sorts(relation, log, match)
        rows = self._log_rows(relation, log, raws, wanted)
        position = self._position(relation, log)
        placed = self._placed(relation, log, match)
        statement = rows.where(*placed).order_by(*sorts, position)
        for row in self.stream(statement):
            yield self._log_row(row, len(raws), len(log.order))

    def unidentified(self, log: LogConfig, match: Match, wanted: Wanted) -> Iterator[LogRow]:
        """The rows that :meth:`events` leaves out."""
        relation = self._relation(log.table)
        position, placed = self._position(relation, log), self._placed(relation, log, match)
        lacking = not_(and_(true(), *placed))
        if not placed or not self.all(select(exists(select(1).select_from(relation.table).where(lacking))))[0][0]:
            return
        statement = self._log_rows(relation, log, (), wanted).where(lacking).order_by(position)
        for row in self.stream(statement):
            yield self._log_row(row, 0, len(log.order))

    def log_side(self, log: LogConfig, match: Match, recipe: Recipe, wanted: Wanted) -> SqlSide[LogRow]:
        """Rows from ``start`` on; those that pass the filters are compared, and count as processed."""
        relation = self._relation(log.table)
        raws, position = self._raws(relation, log, match), self._position(relation, log)
        passes_all = not log.where and wanted.types is None
        return SqlSide(
            self,
            relation,
            recipe,
            {part.word: getattr(log, part.word) for part in recipe.parts},
            whole=self._log_rows(relation, log, raws, wanted),
            built=lambda row: self._log_row(row, len(raws), len(log.order)),
            present=and_(
                true() if wanted.start is None else position >= wanted.start, *self._placed(relation, log, match)
            ),
            compared=None if passes_all else self._passes(relation, log, wanted),
            done=literal(1, BigInteger) if recipe.done else None,
        )

    def eligible_positions(self, log: LogConfig, match: Match, wanted: Wanted, *, descending: bool) -> Iterator[int]:
        """Positions of wanted rows that have an identity."""
        relation = self._relation(log.table)
        position = self._position(relation, log)
        placed = self._placed(relation, log, match)
        statement = select(position).where(self._eligible(relation, log, wanted), *placed)
        ordered = statement.order_by(position.desc() if descending else position)
        few = [int(row[0]) for row in self.all(ordered.limit(POSITIONS_AT_FIRST))]
        yield from few
        if len(few) == POSITIONS_AT_FIRST:
            further = position < few[-1] if descending else position > few[-1]
            yield from (int(row[0]) for row in self.stream(ordered.where(further)))

    def contrary_streams(self, log: LogConfig, most: int) -> Sequence[str]:
        """By one pass over the log, stream by stream in the order of positions."""
        relation = self._relation(log.table)
        position, version = self._position(relation, log), relation.integer(log.version or "")
        stream = relation.exact(log.stream or "")
        before = func.lag(version).over(partition_by=stream, order_by=position)
        text = relation.text(log.stream or "")
        steps = select(text.label("stream"), version.label("here"), before.label("before"))
        rows = steps.where(stream.is_not(None), version.is_not(None), position.is_not(None)).subquery()
        contrary = select(rows.c.stream).where(rows.c.here < rows.c.before).distinct().limit(most)
        return [str(row[0]) for row in self.all(contrary)]

    def events_of_streams(
        self, log: LogConfig, match: Match, wanted: Wanted, streams: Sequence[str]
    ) -> Iterator[LogRow]:
        """All rows of these streams that have a position."""
        relation = self._relation(log.table)
        raws = self._raws(relation, log, match)
        statement = self._log_rows(relation, log, raws, wanted).where(self._position(relation, log).is_not(None))
        for row in self.stream(statement.where(lookup.as_read(relation, log.stream or "", streams))):
            yield self._log_row(row, len(raws), len(log.order))

    def separated(
        self, log: LogConfig, wanted: Wanted, partition: str | None, pairs: Iterable[tuple[int, int]]
    ) -> Iterator[bool]:
        """By one probe of the index for each pair; without an index by one walk along the log."""
        relation = self._relation(log.table)
        position, eligible = self._position(relation, log), self._eligible(relation, log, wanted)
        if partition is not None and log.partition is not None:
            eligible = and_(eligible, lookup.as_read(relation, log.partition, [partition]))
        if any(log.position in index.columns[:2] for index in relation.indexes):
            rest = iter(pairs)
            while batch := list(islice(rest, PAIRS_AT_ONCE)):
                yield from self._probed(relation, position, eligible, batch)
        else:
            plain = select(position).where(eligible, position.is_not(None)).order_by(position)
            yield from walked((int(row[0]) for row in self.stream(plain)), pairs)

    def _probed(
        self, relation: Relation, position: Expression, eligible: Expression, pairs: Sequence[tuple[int, int]]
    ) -> Iterator[bool]:
        given = relation.dialect.pairs(pairs)
        between = select(1).select_from(relation.table)
        between = between.where(position > given.c.low, position < given.c.high, eligible).correlate(given)
        apart = {int(row[0]) for row in self.all(select(given.c.n).where(exists(between)))}
        yield from (number in apart for number in range(len(pairs)))

    def find_events(
        self, log: LogConfig, match: Match, identities: Sequence[Identity], wanted: Wanted = EVERYTHING
    ) -> Iterator[LogRow]:
        """The rows with these identities, filters ignored. May yield others: compare by identity."""
        relation = self._relation(log.table)
        raws = self._raws(relation, log, match)
        statement = self._log_rows(relation, log, raws, wanted)
        for condition in self._matching(relation, log, match, identities):
            for row in self.stream(statement.where(condition)):
                yield self._log_row(row, len(raws), len(log.order))
