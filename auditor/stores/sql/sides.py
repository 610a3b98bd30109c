"""Digests and fingerprints of a log or an inbox, by SQL: what :mod:`auditor.compare.drill` asks of each side.

Along an axis with an index each range is an aggregate of its own, all of them in one ``UNION ALL``, which PostgreSQL
runs as parallel index scans; grouping by range would be one scan on one core, and one condition for many ranges a scan
of everything. Without such an index the rows are grouped by bits of their fingerprint, in one pass.
"""

import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, and_, case, func, literal, select, true, union_all

from auditor.compare.recipe import Digest, Form, Range, Recipe
from auditor.stores.sql import fingerprints
from auditor.stores.sql.relation import Expression, Relation

if TYPE_CHECKING:
    from auditor.stores.sql.reading import AnySelect, AnyStatement, Reading

SideRow = TypeVar("SideRow")
BUCKETS = 256
RANGES_AT_ONCE = 64
"""Ranges in one statement: enough for every core, and few enough to end within a statement's time limit."""
_MOST_BY_NAME = 5_000
"""Fingerprints that a statement names; beyond it all rows of the ranges are read and told apart here."""


class SqlSide(Generic[SideRow]):
    """One side, as rows of one table. ``present``: which rows are in the window; ``compared``: which of them count."""

    def __init__(
        self,
        reading: "Reading",
        relation: Relation,
        recipe: Recipe,
        names: Mapping[str, str],
        *,
        whole: "AnySelect",
        built: Callable[[Sequence[Any]], SideRow],
        present: Expression,
        compared: Expression | None,
        done: Expression | None,
    ) -> None:
        """``whole``: the select of whole rows, and how one is ``built``. ``compared``: ``None`` for all present."""
        self._reading = reading
        self._relation = relation
        self._recipe = recipe
        self._whole, self._built = whole, built
        self._present = present
        self._compared = compared
        self._fingerprint = fingerprints.fingerprint(relation, names, recipe, done)
        self._axis_name = names[recipe.axis.word] if recipe.axis else None
        self._bounds: tuple[int, int] | None = None

    def bounds(self) -> tuple[int, int] | None:
        """The lowest and the highest value along the axis, filters ignored."""
        if self._axis_name is None:
            return None
        if self._bounds is None:
            axis = self._axis
            ends = [
                self._reading.all(select(axis).where(axis.is_not(None)).order_by(order).limit(1))
                for order in (axis.asc(), axis.desc())
            ]
            if not ends[0] or not ends[1]:
                return None
            self._bounds = self._as_number(ends[0][0][0]), self._as_number(ends[1][0][0])
        return self._bounds

    def cut(self, pieces: int) -> list[Range]:
        """By the database's own statistics where it keeps any, so that sparse stretches get few ranges."""
        if self._axis_name is None:
            return [Range(number, number + 1) for number in range(BUCKETS)]
        bounds = self.bounds()
        if bounds is None:
            return [Range(None, None)]
        known = self._reading.quantiles(self._relation, self._axis_name)
        inner = sorted({self._as_number(value) for value in known} - set(bounds))
        inner = inner[:: max(1, round(len(inner) / pieces))]
        ends = [bounds[0], *(cut for cut in inner if bounds[0] < cut < bounds[1]), bounds[1] + 1]
        each = max(1, round(pieces / (len(ends) - 1)))
        finer = [Range(low, high).split(each, low, high) for low, high in pairwise(ends)]
        cuts = [one.low for one in chain.from_iterable(finer)][1:]
        return [Range(low, high) for low, high in zip([None, *cuts], [*cuts, None], strict=True)]

    def digests(self, ranges: Sequence[Range]) -> list[Digest]:
        """One for each range, in their order."""
        sums = [
            func.coalesce(func.sum(self._only_compared(one)), 0)
            for one in fingerprints.halves(self._fingerprint, self._recipe)
        ]
        compared = func.count() if self._compared is None else func.count(case((self._compared, 1)))
        found: dict[int, Digest] = {}
        for number, rows, counted, *checksum in self._aggregated(ranges, [func.count(), compared, *sums]):
            found[int(number)] = Digest(int(rows), int(counted), tuple(int(one) for one in checksum))
        nothing = Digest(0, 0, tuple(0 for _ in sums))
        return [found.get(number, nothing) for number in range(len(ranges))]

    def fingerprints(self, ranges: Sequence[Range]) -> Sequence[int]:
        """Those of all compared rows in the ranges."""
        packed = self._relation.dialect.packed(self._fingerprint)
        if packed is None:
            plain = select(self._fingerprint.label("fingerprint")).select_from(self._relation.table)
            return array("q", (int(row[0]) for row in self._rows(ranges, plain)))
        found = array("q")
        for _, taken in self._aggregated(ranges, [packed], self._of_compared):
            found.frombytes(taken or b"")
        if sys.byteorder == "little":
            found.byteswap()
        return found

    def rows(self, ranges: Sequence[Range], wanted: frozenset[int]) -> Sequence[SideRow]:
        """The compared rows in the ranges that have one of these fingerprints."""
        if len(wanted) <= _MOST_BY_NAME:
            named = self._whole.where(self._relation.dialect.among(self._fingerprint, sorted(wanted)))
            return [self._built(row) for row in self._rows(ranges, named)]
        rows = self._rows(ranges, self._whole.add_columns(self._fingerprint.label("fingerprint")))
        return [self._built(row[:-1]) for row in rows if row[-1] in wanted]

    def cancel(self) -> None:
        """End whatever another thread is asking."""
        self._reading.cancel()

    @property
    def _axis(self) -> Expression:
        name = self._axis_name or ""
        return self._relation.column(name) if self._cuts_uuids else self._relation.integer(name)

    @property
    def _of_compared(self) -> Expression:
        return true() if self._compared is None else self._compared

    def _only_compared(self, value: Expression) -> Expression:
        return value if self._compared is None else case((self._compared, value))

    def _within(self, one: Range) -> Expression:
        return and_(
            true() if one.low is None else self._axis >= self._bound(one.low),
            true() if one.high is None else self._axis < self._bound(one.high),
        )

    @property
    def _cuts_uuids(self) -> bool:
        return self._recipe.axis is not None and self._recipe.axis.form is Form.UUID

    def _bound(self, value: int) -> Any:
        return UUID(int=value) if self._cuts_uuids else literal(value, BigInteger)

    def _as_number(self, value: object) -> int:
        return UUID(str(value)).int if self._cuts_uuids else int(str(value))

    def _aggregated(
        self, ranges: Sequence[Range], columns: Sequence[Expression], condition: Expression | None = None
    ) -> Iterator[Sequence[Any]]:
        """``(number of the range, …)`` for ranges that have rows, and maybe for others."""
        where = self._present if condition is None else and_(self._present, condition)
        if self._axis_name is None:
            yield from self._by_bucket(ranges, columns, where)
            return
        numbered = list(enumerate(ranges))
        for start in range(0, len(numbered), RANGES_AT_ONCE):
            parts = [
                select(literal(number).label("n"), *columns)
                .select_from(self._relation.table)
                .where(where, self._within(one))
                for number, one in numbered[start : start + RANGES_AT_ONCE]
            ]
            yield from self._reading.all(parts[0] if len(parts) == 1 else union_all(*parts))

    def _by_bucket(
        self, ranges: Sequence[Range], columns: Sequence[Expression], where: Expression
    ) -> Iterator[Sequence[Any]]:
        numbers = {one.low: number for number, one in enumerate(ranges)}
        bucket = self._bucket
        statement = select(bucket.label("n"), *columns).select_from(self._relation.table).where(where)
        if len(ranges) < BUCKETS:
            statement = statement.where(bucket.in_([one.low for one in ranges]))
        for number, *values in self._reading.all(statement.group_by(bucket)):
            if number in numbers:
                yield (numbers[number], *values)

    @property
    def _bucket(self) -> Expression:
        return fingerprints.bucket(self._fingerprint, BUCKETS)

    def _rows(self, ranges: Sequence[Range], statement: "AnySelect") -> Iterator[Sequence[Any]]:
        compared = statement.where(self._present, self._of_compared)
        for limited in self._limited(compared, ranges):
            yield from self._reading.stream(limited)

    def _limited(self, statement: "AnySelect", ranges: Sequence[Range]) -> "Iterator[AnyStatement]":
        """The statement for rows of these ranges only: each a select of its own, since OR would read everything."""
        if self._axis_name is None:
            yield statement.where(self._bucket.in_([one.low for one in ranges])) if len(ranges) < BUCKETS else statement
            return
        parts = [statement.where(self._within(one)) for one in joined(ranges)]
        for start in range(0, len(parts), RANGES_AT_ONCE):
            some = parts[start : start + RANGES_AT_ONCE]
            yield some[0] if len(some) == 1 else union_all(*some)


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
