"""What is read of a log by itself."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, and_, case, distinct, exists, func, literal, or_, select, true

from auditor.config import LogConfig
from auditor.identity import Kind, as_integer
from auditor.stores.interface import ALL_STREAMS, ELIGIBLE, EVERYTHING, DoubleRow, LogRow, StreamRange
from auditor.stores.sql import lookup, ranges
from auditor.stores.sql.event_rows import EventRows
from auditor.stores.sql.relation import Expression, Relation
from auditor.stores.sql.stream_reads import in_range
from checks.model.result import Extent

_FIRST_STRETCH, _LONGER = 10_000, 4
"""Rows at the head of a log among which young ones are looked for; below a stretch with some, so many times as many."""


class LogReads(EventRows):
    """The reads of a log by itself."""

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
        if log.partition is None and relation.leads_an_index(log.position):
            return {None: self._lowest_young(relation, position, young)}
        groups = self._by_partition(relation, log)
        statement = select(self._partition(relation, log), func.min(position)).where(young)
        rows = self.all(statement.group_by(*groups) if groups else statement)
        return {partition: as_integer(lowest) for partition, lowest in rows}

    def _lowest_young(self, relation: Relation, position: Expression, young: Expression) -> int | None:
        """From the head down, until a long stretch has no young row: only what was just written is young."""
        below: Expression = true()
        lowest, most = None, _FIRST_STRETCH
        while True:
            rows = select(position.label("position"), case((young, 1)).label("young")).where(
                below, position.is_not(None)
            )
            stretch = rows.order_by(position.desc()).limit(most).subquery()
            youngest = func.min(case((stretch.c.young == 1, stretch.c.position)))
            [(end, found)] = self.all(select(func.min(stretch.c.position), youngest))
            if found is None:
                return lowest
            below, lowest, most = position < int(end), int(found), most * _LONGER

    def counts(self, log: LogConfig) -> tuple[int, int]:
        """Rows that pass ``where``, and rows that do not."""
        relation = self._relation(log.table)
        passing = func.count(case((relation.holds(log.where), 1)))
        [(eligible, rows)] = self.all(select(passing, func.count()).select_from(relation.table))
        return int(eligible), int(rows) - int(eligible)

    def holes(self, log: LogConfig, after: int | None = None) -> Iterator[tuple[str | None, int, int]]:
        """Every ``(partition, first, last)`` of absent positions between two rows, filters ignored, in order.

        ``after``: only beyond this position, also right behind it.
        """
        relation = self._relation(log.table)
        if log.partition is None and self._counts_its_places(relation, log):
            yield from ((None, first, last) for first, last in self._holes_by_range(relation, log, after))
            return
        position, partition = self._position(relation, log), self._partition(relation, log)
        known = () if after is None else (1, literal(after, BigInteger))
        groups = self._by_partition(relation, log) or None
        before = func.lag(position, *known).over(partition_by=groups, order_by=position)
        rows = select(partition.label("part"), position.label("here"), before.label("before"))
        inner = rows.where(position.is_not(None), true() if after is None else position > after).subquery()
        statement = select(inner.c.part, inner.c.before, inner.c.here).where(inner.c.here - inner.c.before > 1)
        for part, previous, here in self.stream(statement.order_by(inner.c.part, inner.c.here)):
            yield part, int(previous) + 1, int(here) - 1

    def _counts_its_places(self, relation: Relation, log: LogConfig) -> bool:
        """Whether each position stands in one row, so that a range with as many rows as places has no holes."""
        return relation.kind(log.position) is Kind.INTEGER and relation.is_unique([log.position])

    def _holes_by_range(self, relation: Relation, log: LogConfig, after: int | None) -> Iterator[tuple[int, int]]:
        """Ranges are counted, and only where there are fewer rows than places each row is looked at."""
        ends = ranges.bounds(self, relation, log.position)
        if ends is None or (after is not None and ends[1] <= after):
            return
        cut = ranges.cut(self, relation, log.position, ends, ranges.PIECES)
        cut = cut if after is None else list(ranges.beyond(cut, after))
        counted = [func.count(), func.min(relation.integer(log.position)), func.max(relation.integer(log.position))]
        before = after
        for _, (rows, low, high) in ranges.aggregated(self, relation, log.position, cut, counted):
            if low is None:
                continue
            first, last = int(low), int(high)
            if before is not None and first - before > 1:
                yield before + 1, first - 1
            if last - first + 1 != rows:
                yield from self.holes_within(log, first, last, None)
            before = last

    def holes_within(self, log: LogConfig, first: int, last: int, before: int | None) -> Iterator[tuple[int, int]]:
        """Absent positions below a row of these positions; ``before``: where the last row below them stands."""
        relation = self._relation(log.table)
        position = self._position(relation, log)
        known = () if before is None else (1, literal(before, BigInteger))
        previous = func.lag(position, *known).over(order_by=position)
        rows = select(position.label("here"), previous.label("before")).select_from(relation.table)
        inner = rows.where(position >= first, position <= last).subquery()
        statement = select(inner.c.before, inner.c.here).where(inner.c.here - inner.c.before > 1)
        for last_before, here in self.stream(statement.order_by(inner.c.here)):
            yield int(last_before) + 1, int(here) - 1

    def gap_streams(
        self, log: LogConfig, among: Sequence[str] | None = None, within: StreamRange = ALL_STREAMS
    ) -> Iterator[tuple[str | None, str]]:
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
        name = relation.text(log.stream or "")
        # What is grouped by as it is needs no aggregate to be shown, and so no look at the text of every row.
        statement = select(
            self._partition(relation, log), name if log.stream in relation.exact_texts else func.min(name)
        )
        statement = statement.where(relation.holds(log.where), stream.is_not(None), version.is_not(None))
        if among is not None:
            statement = statement.where(lookup.as_read(relation, log.stream or "", among))
        statement = statement.where(*in_range(relation, log, within))
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

    def unmatched_types(self, log: LogConfig, types: Sequence[str], *, after: int | None = None) -> tuple[str, ...]:
        """One look for each glob, which ends at the first row that matches."""
        relation = self._relation(log.table)
        found = []
        for pattern in types:
            matches = relation.wanted(log.type, [pattern])
            if after is not None:
                matches = and_(matches, self._position(relation, log) > after)
            if not self.all(select(exists(select(1).select_from(relation.table).where(matches))))[0][0]:
                found.append(pattern)
        return tuple(found)
