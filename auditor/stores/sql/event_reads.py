"""What is read of a log to be compared with what its consumers have: all of it, some of it, or digests of it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from sqlalchemy import BigInteger, and_, case, exists, func, literal, not_, null, select, true, type_coerce
from sqlalchemy.types import NullType

from auditor.compare.recipe import ALL, Range, Recipe
from auditor.config import LogConfig
from auditor.stores.interface import EVERYTHING, Identity, LogRow, Match, Wanted
from auditor.stores.sql import lookup
from auditor.stores.sql.event_rows import EventRows
from auditor.stores.sql.relation import Expression, Relation
from auditor.stores.sql.sides import SqlSide

POSITIONS_AT_FIRST = 50
"""Most who ask for positions in order want the first few."""
PAIRS_AT_ONCE = 1_000
"""Pairs of positions between which one statement looks for rows."""


class EventReads(EventRows):
    """The reads of a log against a consumer."""

    def events(self, log: LogConfig, match: Match, wanted: Wanted, *, after: int | None = None) -> Iterator[LogRow]:
        """The whole log with every row's scope, by the match's key; rows whose identity is NULL are left out."""
        relation = self._relation(log.table)
        raws = self._raws(relation, log, match)
        sorts = self._sorts(relation, log, match)
        rows = self._log_rows(relation, log, raws, wanted)
        position = self._position(relation, log)
        placed = self._placed(relation, log, match)
        beyond = true() if after is None else position > after
        statement = rows.where(beyond, *placed).order_by(*sorts, position)
        for row in self.stream(statement):
            yield self._log_row(row, len(raws), len(log.order))

    def counts_through(self, log: LogConfig, match: Match, wanted: Wanted, last: int) -> tuple[int, int]:
        """In one range of positions, where there is an index on them."""
        relation = self._relation(log.table)
        position = self._position(relation, log)
        inside = position <= last if wanted.start is None else position.between(wanted.start, last)
        passing = func.count(case((self._passes(relation, log, wanted), 1)))
        statement = select(func.count(), passing).select_from(relation.table)
        [(rows, passed)] = self.all(statement.where(inside, *self._placed(relation, log, match)))
        return int(rows), int(passed)

    def time_at(self, log: LogConfig, position: int) -> object:
        """By one look into the index on positions."""
        if log.time is None:
            return None
        relation = self._relation(log.table)
        place = self._position(relation, log)
        rows = self.all(select(relation.column(log.time)).where(place >= position).order_by(place).limit(1))
        return rows[0][0] if rows else None

    def count_within(self, log: LogConfig, wanted: Wanted, partition: str | None, after: int, through: int) -> int:
        """In one range of positions, where there is an index on them."""
        relation = self._relation(log.table)
        position, eligible = self._position(relation, log), self._wanted_of(relation, log, wanted, partition)
        statement = select(func.count()).select_from(relation.table)
        [(rows,)] = self.all(statement.where(eligible, position > after, position <= through))
        return int(rows)

    def rows_in(
        self,
        log: LogConfig,
        wanted: Wanted,
        partition: str | None,
        spans: Sequence[tuple[int, int]],
        most: int | None = None,
    ) -> Sequence[LogRow]:
        """One range of an index where there is one span; for many of them each is probed."""
        relation = self._relation(log.table)
        position, eligible = self._position(relation, log), self._wanted_of(relation, log, wanted, partition)
        rows = self._log_rows(relation, log, (), wanted).where(eligible).order_by(position).limit(most)
        if len(spans) == 1:
            rows = rows.where(position.between(*spans[0]))
        else:
            given = relation.dialect.pairs(spans)
            rows = rows.select_from(relation.table.join(given, position.between(given.c.low, given.c.high)))
        return [self._log_row(row, 0, len(log.order)) for row in self.all(rows)]

    def _wanted_of(self, relation: Relation, log: LogConfig, wanted: Wanted, partition: str | None) -> Expression:
        eligible = self._eligible(relation, log, wanted)
        if log.partition is None:
            return eligible
        column = relation.column(log.partition)
        same = column.is_(None) if partition is None else lookup.as_read(relation, log.partition, [partition])
        return and_(eligible, same)

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
        passes_all = not log.where and wanted.types is None and wanted.also is None
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

    def eligible_positions(
        self, log: LogConfig, match: Match, wanted: Wanted, *, descending: bool, within: Range = ALL
    ) -> Iterator[int]:
        """Positions of wanted rows that have an identity, the first few by themselves."""
        relation = self._relation(log.table)
        position = self._position(relation, log)
        placed = self._placed(relation, log, match)
        statement = select(position).where(self._eligible(relation, log, wanted), *placed)
        if within.low is not None:
            statement = statement.where(position >= within.low)
        if within.high is not None:
            statement = statement.where(position < within.high)
        ordered = statement.order_by(position.desc() if descending else position)
        few = [int(row[0]) for row in self.all(ordered.limit(POSITIONS_AT_FIRST))]
        yield from few
        if len(few) == POSITIONS_AT_FIRST:
            further = position < few[-1] if descending else position > few[-1]
            yield from (int(row[0]) for row in self.stream(ordered.where(further)))

    def contrary_streams(self, log: LogConfig, most: int, *, after: int | None = None) -> Sequence[str]:
        """By one pass over the log, stream by stream in the order of positions; of a part by one probe a row."""
        relation = self._relation(log.table)
        if after is not None:
            return self._contrary_beyond(relation, log, most, after)
        position, version = self._position(relation, log), relation.integer(log.version or "")
        stream = relation.exact(log.stream or "")
        before = func.lag(version).over(partition_by=stream, order_by=position)
        text = relation.text(log.stream or "")
        steps = select(text.label("stream"), version.label("here"), before.label("before"))
        rows = steps.where(stream.is_not(None), version.is_not(None), position.is_not(None)).subquery()
        contrary = select(rows.c.stream).where(rows.c.here < rows.c.before).distinct().limit(most)
        return [str(row[0]) for row in self.all(contrary)]

    def _contrary_beyond(self, relation: Relation, log: LogConfig, most: int, after: int) -> Sequence[str]:
        other = relation.alias()
        stream, version = relation.exact(log.stream or ""), relation.integer(log.version or "")
        below = select(1).select_from(other.table)
        below = below.where(
            other.exact(log.stream or "") == stream,
            other.integer(log.version or "") > version,
            self._position(other, log) < self._position(relation, log),
        )
        text = relation.text(log.stream or "")
        rows = select(text).select_from(relation.table).where(self._position(relation, log) > after)
        contrary = rows.where(exists(below.correlate(relation.table))).distinct().limit(most)
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
        position, eligible = self._position(relation, log), self._wanted_of(relation, log, wanted, partition)
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

    def contents(self, log: LogConfig, match: Match, identities: Sequence[Identity]) -> Iterator[tuple[LogRow, object]]:
        """The log's ``data`` as it comes, whatever the column was declared for: in SQLite it may hold anything."""
        relation = self._relation(log.table)
        raws = self._raws(relation, log, match)
        data = null() if log.data is None else type_coerce(relation.column(log.data), NullType())
        statement = self._log_rows(relation, log, raws, EVERYTHING).add_columns(data.label("content"))
        for condition in self._matching(relation, log, match, identities):
            for *row, content in self.stream(statement.where(condition)):
                yield self._log_row(row, len(raws), len(log.order)), content


def walked(positions: Iterator[int], pairs: Iterable[tuple[int, int]]) -> Iterator[bool]:
    """For each pair whether one of the positions lies between its two; both ascend."""
    here = next(positions, None)
    for low, high in pairs:
        while here is not None and here <= low:
            here = next(positions, None)
        yield here is not None and here < high
