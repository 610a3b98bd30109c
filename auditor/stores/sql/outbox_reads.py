"""What is read of an outbox: the rows that are not marked sent, and whether given ones are.

They are counted, and put together where they follow each other, by the database; rows are read one by one only as far
as somebody is to see them. Where an index has the positions, the sent rows between unsent ones are not read but asked
for; nothing below the first unsent row is looked at.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Subquery, and_, case, exists, func, literal, not_, null, or_, select

from auditor.config import LogConfig
from auditor.identity import Kind, as_integer
from auditor.moment import from_microseconds, to_microseconds, to_moment
from auditor.stores.interface import EVERYTHING, Identity, LogRow, Match
from auditor.stores.interface.outbox import Asked, Lately, UnsentCount, UnsentRow, UnsentSpan, Wait
from auditor.stores.sql.event_rows import EventRows
from auditor.stores.sql.reading import AnySelect
from auditor.stores.sql.relation import Expression, Relation
from checks.model.sent_again import Stretch

_SENT, _TOO_LONG, _NOT_LONG, _UNKNOWN, _LATELY_THERE = (wait.value for wait in Wait)
_OWN = frozenset(
    {"part", "place", "wait", "moment", "before", "gap", "nth", "sent_after", "overtaken", "among_like", "again"}
)
"""What stands beside the columns of a row of the log."""


class OutboxReads(EventRows):
    """The reads of an outbox."""

    def first_unsent(self, log: LogConfig) -> int | None:
        """The lowest position of a row that is not marked sent; by an index, where one has the unsent rows."""
        relation = self._relation(log.table)
        lowest = select(func.min(self._position(relation, log)))
        [(position,)] = self.all(lowest.where(relation.is_unset(log.sent or ""), relation.holds(log.where)))
        return as_integer(position)

    def unsent_counts(self, log: LogConfig, asked: Asked) -> Sequence[UnsentCount]:
        """Of the unsent rows; those that were sent beyond the first of them are counted beside."""
        relation = self._relation(log.table)
        rows = self._unsent(relation, log, asked, select())
        kinds = (rows.c.part, rows.c.wait, rows.c.overtaken, rows.c.again)
        ends = (func.min(rows.c.moment), func.max(rows.c.moment))
        if self._asks_between(relation, log):
            sent = select(func.count()).select_from(relation.table).where(*self._sent(relation, log, asked))
            after: Expression = sent.scalar_subquery()
        else:
            after = func.max(rows.c.sent_after)
        counted = select(*kinds, func.count(), after, *ends).group_by(*kinds)
        return [
            UnsentCount(
                part, Wait(wait), bool(over), int(count), int(after), _moment(oldest), _moment(youngest), bool(again)
            )
            for part, wait, over, again, count, after, oldest, youngest in self.all(counted.order_by(*kinds))
        ]

    def unsent_spans(self, log: LogConfig, asked: Asked, most: int) -> Iterator[UnsentSpan]:
        """Rows that follow each other have the same distance between their number and their number among their like."""
        unsent = self._unsent(self._relation(log.table), log, asked, select())
        alike = [unsent.c.wait, unsent.c.again]
        by = alike if log.partition is None else [unsent.c.part, *alike]
        among_like = func.row_number().over(partition_by=by, order_by=unsent.c.nth)
        rows = select(unsent, (unsent.c.nth - among_like).label("island")).subquery()
        kinds = (rows.c.part, rows.c.wait, rows.c.overtaken, rows.c.again)
        first = func.min(rows.c.place)
        ends = (first, func.max(rows.c.place), func.min(rows.c.nth), func.max(rows.c.nth))
        spans = select(*kinds, *ends, func.count()).group_by(*kinds, rows.c.island)
        for part, wait, over, again, *numbers in self.stream(spans.order_by(rows.c.part, first).limit(most)):
            low, high, nth_first, nth_last, count = (int(number) for number in numbers)
            yield UnsentSpan(part, Wait(wait), bool(over), low, high, nth_first, nth_last, count, bool(again))

    def unsent_rows(self, log: LogConfig, asked: Asked, most: int | None, ageless: int) -> Iterator[UnsentRow]:
        """Numbered within their like, so that one statement has the first of each."""
        relation = self._relation(log.table)
        rows = self._unsent(relation, log, asked, self._log_rows(relation, log, (), EVERYTHING))
        alike = [rows.c.part, rows.c.wait, rows.c.overtaken, rows.c.again]
        like = func.row_number().over(partition_by=alike, order_by=rows.c.nth)
        unsent = select(rows, like.label("among_like")).subquery()
        told = (unsent.c.wait, unsent.c.overtaken, unsent.c.again, unsent.c.nth)
        columns = [column for column in unsent.c if column.name not in _OWN]
        statement = select(*told, *columns)
        if most is not None:
            many = and_(unsent.c.wait == _UNKNOWN, unsent.c.among_like <= max(most, ageless))
            statement = statement.where(or_(unsent.c.among_like <= most, many))
        for row in self.stream(statement.order_by(unsent.c.part, unsent.c.nth)):
            wait, over, again, nth = row[: len(told)]
            yield UnsentRow(Wait(wait), bool(over), int(nth), self._log_row(row[len(told) :], 0), bool(again))

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

    def _unsent(self, relation: Relation, log: LogConfig, asked: Asked, rows: AnySelect) -> Subquery:
        """``rows``, the unsent ones of them, each with its place, how long it waits, and a number.

        The numbers of two rows of a partition differ by one where no other row that counts stands between them.
        """
        known = rows.add_columns(
            self._partition(relation, log).label("part"),
            self._position(relation, log).label("place"),
            self._wait(relation, log, asked).label("wait"),
            self._since(relation, log, asked).label("moment"),
            self._again(relation, log, asked.again).label("again"),
        )
        looked_at = known.where(*self._looked_at(relation, log, asked))
        if self._asks_between(relation, log):
            return self._numbered_by_asking(relation, log, asked, looked_at)
        groups, position = self._by_partition(relation, log) or None, self._position(relation, log)
        sent = case((self._wait(relation, log, asked) == _SENT, 1))
        numbered = looked_at.add_columns(
            func.row_number().over(partition_by=groups, order_by=position).label("nth"),
            func.count(sent).over(partition_by=groups, order_by=position.desc()).label("sent_after"),
        ).subquery()
        overtaken = case((numbered.c.again == 1, 0), (numbered.c.sent_after > 0, 1), else_=0)
        return select(numbered, overtaken.label("overtaken")).where(numbered.c.wait != _SENT).subquery()

    def _asks_between(self, relation: Relation, log: LogConfig) -> bool:
        """Whether it takes no time to find out if a row stands between two positions."""
        is_plain = log.partition is None and relation.kind(log.position) is Kind.INTEGER
        return is_plain and relation.leads_an_index(log.position)

    def _numbered_by_asking(self, relation: Relation, log: LogConfig, asked: Asked, rows: AnySelect) -> Subquery:
        """Only unsent rows are read. A number is left out where some other row stands before a row."""
        position = self._position(relation, log)
        unsent = rows.where(relation.is_unset(log.sent or ""))
        unsent = unsent.add_columns(func.lag(position).over(order_by=position).label("before"))
        here, other = unsent.subquery(), relation.alias()
        at = self._position(other, log)
        stands_between = exists(
            select(1).select_from(other.table).where(at > here.c.before, at < here.c.place, other.holds(log.where))
        )
        gap = case((here.c.place - here.c.before <= 1, 0), (stands_between, 1), else_=0)
        apart = select(here, gap.label("gap")).subquery()
        order = (apart.c.place,)
        nth = func.row_number().over(order_by=order) + func.sum(apart.c.gap).over(order_by=order)
        highest = select(func.max(position)).where(*self._sent(relation, log, asked)).scalar_subquery()
        overtaken = case((apart.c.again == 1, 0), (apart.c.place < highest, 1), else_=0)
        return select(apart, nth.label("nth"), overtaken.label("overtaken")).subquery()

    def _looked_at(self, relation: Relation, log: LogConfig, asked: Asked) -> Sequence[Expression]:
        return (relation.holds(log.where), self._position(relation, log) >= asked.first)

    def _sent(self, relation: Relation, log: LogConfig, asked: Asked) -> Sequence[Expression]:
        return (*self._looked_at(relation, log, asked), not_(relation.is_unset(log.sent or "")))

    def _wait(self, relation: Relation, log: LogConfig, asked: Asked) -> Expression:
        is_sent = not_(relation.is_unset(log.sent or ""))
        moment = self._time(relation, log)
        lately = [each for each in asked.again if each.at >= asked.late]
        known = [
            (is_sent, _SENT),
            *((self._is_in(relation, log, each), _NOT_LONG) for each in lately),
            *((self._is_in(relation, log, each), _TOO_LONG) for each in asked.again if each not in lately),
        ]
        if log.time is None or relation.moment(log.time) is None:
            return case(*known, else_=_UNKNOWN)
        return case(
            *known,
            (moment > _same(moment, asked.now), _UNKNOWN),
            (moment >= _same(moment, asked.late), _NOT_LONG),
            *((self._is_late_there(relation, log, moment, each), _LATELY_THERE) for each in asked.lately),
            (moment < _same(moment, asked.late), _TOO_LONG),
            else_=_UNKNOWN,
        )

    def _is_late_there(self, relation: Relation, log: LogConfig, moment: Expression, each: Lately) -> Expression:
        """Whether a row appeared where nothing had stood at a moment after its own time, ``moment``."""
        return and_(self._is_in(relation, log, each), moment < _same(moment, each.after))

    def _is_in(self, relation: Relation, log: LogConfig, stretch: Stretch | Lately) -> Expression:
        inside = self._position(relation, log).between(stretch.first, stretch.last)
        return inside if log.partition is None else and_(self._partition(relation, log) == stretch.partition, inside)

    def _again(self, relation: Relation, log: LogConfig, again: Sequence[Stretch]) -> Expression:
        return case(*((self._is_in(relation, log, each), 1) for each in again), else_=0) if again else literal(0)

    def _since(self, relation: Relation, log: LogConfig, asked: Asked) -> Expression:
        """Since when a row waits: what was sent again, since then; what appeared late, since somebody saw it."""
        moment = self._time(relation, log)
        known = [(self._is_in(relation, log, each), _same(moment, each.at)) for each in asked.again]
        if log.time is not None and relation.moment(log.time) is not None:
            is_old = moment < _same(moment, asked.late)
            there = ((self._is_late_there(relation, log, moment, each), each.since) for each in asked.lately)
            known += [(and_(is_old, condition), _same(moment, since)) for condition, since in there]
        return case(*known, else_=moment) if known else moment

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
