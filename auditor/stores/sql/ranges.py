"""Ranges of a column with an index: how a table is cut into them, and how all of them are aggregated at once.

Each range is an aggregate of its own, all of them in one ``UNION ALL``, which PostgreSQL runs as parallel index scans;
grouping by range would be one scan on one core, and one condition for many ranges a scan of everything.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import BigInteger, Integer, and_, literal, select, true

from auditor.compare.recipe import Range
from auditor.identity import Kind
from auditor.stores.sql.branches import Branches, Place
from auditor.stores.sql.relation import Expression, Relation

if TYPE_CHECKING:
    from auditor.stores.sql.reading import Reading

PIECES = 64
"""Ranges of a whole table: enough for every core."""
AT_ONCE = 25
"""Ranges in one statement: enough for every core, and a part of the table that ends within a statement's time limit."""
_BOUND, _NUMBER = BigInteger(), Integer()
"""One object for all values: SQLAlchemy works out for each object anew what the driver makes of it."""


def bounds(reading: "Reading", relation: Relation, name: str) -> tuple[int, int] | None:
    """The lowest and the highest value of a column, uuids as numbers; ``None`` where there is none."""
    column = relation.column(name)
    ends = [
        reading.all(select(column).where(column.is_not(None)).order_by(order).limit(1))
        for order in (column.asc(), column.desc())
    ]
    return (_as_number(ends[0][0][0]), _as_number(ends[1][0][0])) if ends[0] and ends[1] else None


def cut(reading: "Reading", relation: Relation, name: str, ends: tuple[int, int], pieces: int) -> list[Range]:
    """About that many ranges that cover everything, by the database's own statistics where it keeps any.

    So sparse stretches get few ranges. The first and the last range are open.
    """
    known = reading.quantiles(relation, name)
    is_uuid = relation.kind(name) is Kind.UUID
    inner = sorted({UUID(str(value)).int if is_uuid else int(Decimal(str(value))) for value in known} - set(ends))
    inner = inner[:: max(1, round(len(inner) / pieces))]
    low, high = ends
    stops = [low, *(stop for stop in inner if low < stop < high), high + 1]
    each = max(1, round(pieces / (len(stops) - 1)))
    finer = (Range(first, last).split(each, first, last) for first, last in pairwise(stops))
    cuts = [one.low for one in chain.from_iterable(finer)][1:]
    return [Range(first, last) for first, last in zip([None, *cuts], [*cuts, None], strict=True)]


def beyond(ascending: Iterable[Range], after: int) -> Iterator[Range]:
    """What of ranges lies beyond a value."""
    for one in ascending:
        if one.high is None or one.high > after + 1:
            yield Range(after + 1 if one.low is None else max(one.low, after + 1), one.high)


def within(relation: Relation, name: str, one: Range) -> Expression:
    """Whether a row lies in a range of the column."""
    column = relation.column(name)
    return and_(
        true() if one.low is None else column >= _bound(relation, name, one.low),
        true() if one.high is None else column < _bound(relation, name, one.high),
    )


def aggregated(
    reading: "Reading",
    relation: Relation,
    name: str,
    ranges: Sequence[Range],
    columns: Sequence[Expression],
    where: Expression | None = None,
) -> Iterator[tuple[int, Sequence[Any]]]:
    """``(number of the range, aggregates)``, ascending."""
    number, inside = Place("number", _NUMBER), Place("inside")
    pattern = select(number.label("n"), *columns).select_from(relation.table)
    pattern = pattern.where(true() if where is None else where, inside)
    numbered = list(enumerate(ranges))
    for start in range(0, len(numbered), AT_ONCE):
        branches = [
            {number: literal(nth, _NUMBER), inside: within(relation, name, one)}
            for nth, one in numbered[start : start + AT_ONCE]
        ]
        rows = reading.all(Branches(pattern, branches))
        yield from sorted(((int(row[0]), row[1:]) for row in rows), key=lambda found: found[0])


def joined(ranges: Iterable[Range]) -> Iterator[Range]:
    """Ascending ranges, those that touch made one."""
    last: Range | None = None
    for one in ranges:
        if last is not None and last.high is not None and last.high == one.low:
            last = Range(last.low, one.high)
        else:
            if last is not None:
                yield last
            last = one
    if last is not None:
        yield last


def _bound(relation: Relation, name: str, value: int) -> Any:
    return UUID(int=value) if relation.kind(name) is Kind.UUID else literal(value, _BOUND)


def _as_number(value: object) -> int:
    """Also of a column of another kind of numbers, which writes 5 as 5.00."""
    return value.int if isinstance(value, UUID) else int(Decimal(str(value)))
