"""What is read of a log of which the beginning was looked at before: what lies beyond a position, and single places."""

from collections.abc import Iterator, Sequence

from sqlalchemy import BigInteger, case, exists, func, literal, select

from auditor.config import LogConfig
from auditor.identity import as_integer
from auditor.stores.interface import EVERYTHING, LogRow
from auditor.stores.sql import lookup
from auditor.stores.sql.event_rows import EventRows


class TailReads(EventRows):
    """The reads of the end of a log, and of places in it. Positions count the whole log, not a partition."""

    def counts_after(self, log: LogConfig, after: int) -> tuple[int, int]:
        """Rows beyond a position that pass ``where``, and rows that do not."""
        relation = self._relation(log.table)
        passing = func.count(case((relation.holds(log.where), 1)))
        statement = select(passing, func.count()).select_from(relation.table)
        [(eligible, rows)] = self.all(statement.where(self._position(relation, log) > after))
        return int(eligible), int(rows) - int(eligible)

    def holes_after(self, log: LogConfig, after: int) -> Iterator[tuple[int, int]]:
        """Absent positions beyond a position and below the head, filters ignored, also right behind it."""
        relation = self._relation(log.table)
        position = self._position(relation, log)
        before = func.lag(position, 1, literal(after, BigInteger)).over(order_by=position)
        rows = select(position.label("here"), before.label("before")).select_from(relation.table)
        inner = rows.where(position > after).subquery()
        statement = select(inner.c.before, inner.c.here).where(inner.c.here - inner.c.before > 1)
        for previous, here in self.stream(statement.order_by(inner.c.here)):
            yield int(previous) + 1, int(here) - 1

    def unpreceded_streams(self, log: LogConfig, after: int) -> Iterator[str]:
        """Streams of rows beyond a position of which the version before does not exist, by one probe a row."""
        relation = self._relation(log.table)
        other = relation.alias()
        stream, version = relation.exact(log.stream or ""), relation.integer(log.version or "")
        preceding = select(1).select_from(other.table)
        preceding = preceding.where(
            other.exact(log.stream or "") == stream, other.integer(log.version or "") == version - 1
        )
        rows = select(relation.text(log.stream or "")).select_from(relation.table).distinct()
        rows = rows.where(
            self._position(relation, log) > after,
            stream.is_not(None),
            version > log.first_version,
            ~exists(preceding.correlate(relation.table)),
        )
        for (name,) in self.stream(rows):
            yield str(name)

    def standing_in(
        self, log: LogConfig, partition: str | None, spans: Sequence[tuple[int, int]], most: int
    ) -> Sequence[LogRow]:
        """Rows in any of these closed spans of positions, filters ignored, by position, at most that many."""
        relation = self._relation(log.table)
        position = self._position(relation, log)
        given = relation.dialect.pairs(spans)
        rows = self._log_rows(relation, log, (), EVERYTHING)
        rows = rows.select_from(relation.table.join(given, position.between(given.c.low, given.c.high)))
        if log.partition is not None:
            column = relation.column(log.partition)
            same = lookup.as_read(relation, log.partition, [partition]) if partition is not None else column.is_(None)
            rows = rows.where(same)
        return [self._log_row(row, 0) for row in self.all(rows.order_by(position).limit(most))]

    def first_from(self, log: LogConfig, position: int) -> LogRow | None:
        """The first row at or beyond a position, filters ignored."""
        relation = self._relation(log.table)
        here = self._position(relation, log)
        rows = self._log_rows(relation, log, (), EVERYTHING).where(here >= position).order_by(here).limit(1)
        return next((self._log_row(row, 0) for row in self.all(rows)), None)

    def last_through(self, log: LogConfig, position: int) -> int | None:
        """The highest position that is not beyond this one."""
        relation = self._relation(log.table)
        here = self._position(relation, log)
        rows = self.all(select(here).where(here <= position).order_by(here.desc()).limit(1))
        return as_integer(rows[0][0]) if rows else None
