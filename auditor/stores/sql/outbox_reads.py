"""What is read of an outbox: the rows that are not marked sent, and whether given ones are.

They are counted, and put together where they follow each other, by the database; rows are read one by one only as far
as somebody is to see them. Nothing below the first unsent row is looked at.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Subquery, and_, case, func, literal, not_, null, or_, select

from auditor.config import LogConfig
from auditor.identity import as_integer
from auditor.moment import from_microseconds, to_microseconds, to_moment
from auditor.stores.interface import EVERYTHING, Identity, LogRow, Match
from auditor.stores.outbox import Asked, UnsentCount, UnsentRow, UnsentSpan, Wait
from auditor.stores.sql.event_rows import EventRows
from auditor.stores.sql.relation import Expression, Relation

_SENT, _TOO_LONG, _NOT_LONG, _UNKNOWN = (wait.value for wait in Wait)


class OutboxReads(EventRows):
    """The reads of an outbox."""

    def first_unsent(self, log: LogConfig) -> int | None:
        """The lowest position of a row that is not marked sent; by an index, where one has the unsent rows."""
        relation = self._relation(log.table)
        lowest = select(func.min(self._position(relation, log)))
        [(position,)] = self.all(lowest.where(relation.is_unset(log.sent or ""), relation.holds(log.where)))
        return as_integer(position)

    def unsent_counts(self, log: LogConfig, asked: Asked) -> Sequence[UnsentCount]:
        """By one pass over what stands beyond the first unsent row."""
        rows = self._unsent(log, asked)
        kinds = (rows.c.part, rows.c.wait, rows.c.overtaken)
        ends = (func.min(rows.c.moment), func.max(rows.c.moment))
        counted = select(*kinds, func.count(), func.max(rows.c.sent_after), *ends).group_by(*kinds)
        return [
            UnsentCount(part, Wait(wait), bool(over), int(count), int(after), _moment(oldest), _moment(youngest))
            for part, wait, over, count, after, oldest, youngest in self.all(counted.order_by(*kinds))
        ]

    def unsent_spans(self, log: LogConfig, asked: Asked, most: int) -> Iterator[UnsentSpan]:
        """Rows that follow each other have the same distance between their number and their number among their like."""
        rows = self._unsent(log, asked)
        kinds = (rows.c.part, rows.c.wait, rows.c.overtaken)
        first = func.min(rows.c.position)
        ends = (first, func.max(rows.c.position), func.max(rows.c.nth_from_end), func.min(rows.c.nth_from_end))
        spans = select(*kinds, *ends, func.count()).group_by(*kinds, rows.c.island)
        for part, wait, over, low, high, nth_low, nth_high, count in self.stream(
            spans.order_by(rows.c.part, first).limit(most)
        ):
            numbers = (int(low), int(high), -int(nth_low), -int(nth_high), int(count))
            yield UnsentSpan(part, Wait(wait), bool(over), *numbers)

    def unsent_rows(self, log: LogConfig, asked: Asked, most: int | None, ageless: int) -> Iterator[UnsentRow]:
        """Numbered within their like, so that one statement has the first of each."""
        relation = self._relation(log.table)
        found = self._log_rows(relation, log, (), EVERYTHING).add_columns(*self._numbered(relation, log, asked))
        rows = found.where(*self._looked_at(relation, log, asked)).subquery()
        overtaken = case((rows.c.sent_after > 0, 1), else_=0)
        kinds = [rows.c.partition, rows.c.wait, overtaken]
        nth = func.row_number().over(partition_by=kinds, order_by=rows.c.position)
        unsent = select(rows, overtaken.label("overtaken"), nth.label("nth")).where(rows.c.wait != _SENT).subquery()
        statement = select(unsent)
        if most is not None:
            many = and_(unsent.c.wait == _UNKNOWN, unsent.c.nth <= max(most, ageless))
            statement = statement.where(or_(unsent.c.nth <= most, many))
        for row in self.stream(statement.order_by(unsent.c.partition, unsent.c.position, unsent.c.nth_from_end.desc())):
            wait, nth_from_end, _, over, _ = row[-5:]
            yield UnsentRow(Wait(wait), bool(over), -int(nth_from_end), self._log_row(row, 0))

    def find_marked(
        self, log: LogConfig, match: Match, identities: Sequence[Identity]
    ) -> Iterator[tuple[LogRow, bool]]:
        """The rows with these identities, each with its mark. May yield others: compare by identity."""
        relation = self._relation(log.table)
        marked = case((relation.is_unset(log.sent or ""), 0), else_=1)
        raws = self._raws(relation, log, match)
        statement = self._log_rows(relation, log, raws, EVERYTHING).add_columns(marked.label("marked"))
        for condition in self._matching(relation, log, match, identities):
            for row in self.stream(statement.where(condition)):
                yield self._log_row(row, len(match.words)), bool(row[-1])

    def _unsent(self, log: LogConfig, asked: Asked) -> Subquery:
        """One row for each unsent one, with its place among all and among its like."""
        relation = self._relation(log.table)
        rows = (
            select(
                self._partition(relation, log).label("part"),
                self._position(relation, log).label("position"),
                self._time(relation, log).label("moment"),
                *self._numbered(relation, log, asked),
            )
            .where(*self._looked_at(relation, log, asked))
            .subquery()
        )
        by = [rows.c.wait] if log.partition is None else [rows.c.part, rows.c.wait]
        among_like = func.row_number().over(partition_by=by, order_by=(rows.c.position, rows.c.nth_from_end.desc()))
        return (
            select(
                rows,
                case((rows.c.sent_after > 0, 1), else_=0).label("overtaken"),
                (rows.c.nth_from_end + among_like).label("island"),
            )
            .where(rows.c.wait != _SENT)
            .subquery()
        )

    def _looked_at(self, relation: Relation, log: LogConfig, asked: Asked) -> Sequence[Expression]:
        return (relation.holds(log.where), self._position(relation, log) >= asked.first)

    def _numbered(self, relation: Relation, log: LogConfig, asked: Asked) -> Sequence[Expression]:
        """How long each row waits, its number from the end of its partition, and how many were sent beyond it."""
        wait = self._wait(relation, log, asked)
        groups, position = self._by_partition(relation, log) or None, self._position(relation, log).desc()
        number = func.row_number().over(partition_by=groups, order_by=position)
        sent = func.count(case((wait == _SENT, 1))).over(partition_by=groups, order_by=position)
        return (wait.label("wait"), number.label("nth_from_end"), sent.label("sent_after"))

    def _wait(self, relation: Relation, log: LogConfig, asked: Asked) -> Expression:
        is_sent = not_(relation.is_unset(log.sent or ""))
        moment = self._time(relation, log)
        if log.time is None or relation.moment(log.time) is None:
            return case((is_sent, _SENT), else_=_UNKNOWN)
        return case(
            (is_sent, _SENT),
            (moment > _same(moment, asked.now), _UNKNOWN),
            (moment >= _same(moment, asked.late), _NOT_LONG),
            (moment < _same(moment, asked.late), _TOO_LONG),
            else_=_UNKNOWN,
        )

    def _time(self, relation: Relation, log: LogConfig) -> Expression:
        moment = None if log.time is None else relation.moment(log.time)
        return null() if moment is None else moment


def _same(expression: Expression, moment: datetime) -> Expression:
    """A moment in the way in which the expression holds one."""
    if isinstance(expression.type, DateTime):
        utc = moment.astimezone(UTC)
        return literal(utc if expression.type.timezone else utc.replace(tzinfo=None), expression.type)
    return literal(to_microseconds(moment), BigInteger)


def _moment(value: object) -> datetime | None:
    """What a database says of the time that it was asked for."""
    if value is None or isinstance(value, datetime):
        return to_moment(value)
    number = as_integer(value)
    try:
        return None if number is None else from_microseconds(number)
    except OverflowError:
        return None
