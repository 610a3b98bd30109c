"""Digests and fingerprints of a log or an inbox, by SQL: what :mod:`auditor.compare.drill` asks of each side.

Along an axis with an index the rows are cut into ranges (:mod:`auditor.stores.sql.ranges`). Without such an index they
are grouped by bits of their fingerprint, in one pass.
"""

import sys
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import and_, case, func, select, true, union_all

from auditor.compare.recipe import Digest, Range, Recipe
from auditor.stores.sql import fingerprints, ranges
from auditor.stores.sql.relation import Expression, Relation

if TYPE_CHECKING:
    from auditor.stores.sql.reading import AnySelect, AnyStatement, Reading

SideRow = TypeVar("SideRow")
BUCKETS = 256
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
        self._whole, self._built = whole, built
        self._present = present
        self._compared = compared
        self._fingerprint, self._summands = fingerprints.fingerprint(relation, names, recipe, done)
        self._axis_name = names[recipe.axis.word] if recipe.axis else None
        self._bounds: tuple[int, int] | None = None

    def bounds(self) -> tuple[int, int] | None:
        """The lowest and the highest value along the axis, filters ignored."""
        if self._axis_name is None:
            return None
        if self._bounds is None:
            self._bounds = ranges.bounds(self._reading, self._relation, self._axis_name)
        return self._bounds

    def cut(self, pieces: int) -> list[Range]:
        """Along the axis, or one range for each bucket."""
        if self._axis_name is None:
            return [Range(number, number + 1) for number in range(BUCKETS)]
        ends = self.bounds()
        if ends is None:
            return [Range(None, None)]
        return ranges.cut(self._reading, self._relation, self._axis_name, ends, pieces)

    def digests(self, stretches: Sequence[Range]) -> list[Digest]:
        """One for each range, in their order."""
        sums = [func.coalesce(func.sum(self._only_compared(one)), 0) for one in self._summands]
        compared = func.count() if self._compared is None else func.count(case((self._compared, 1)))
        found: dict[int, Digest] = {}
        for number, rows, counted, *checksum in self._aggregated(stretches, [func.count(), compared, *sums]):
            found[int(number)] = Digest(int(rows), int(counted), tuple(int(one) for one in checksum))
        nothing = Digest(0, 0, tuple(0 for _ in sums))
        return [found.get(number, nothing) for number in range(len(stretches))]

    def fingerprints(self, stretches: Sequence[Range]) -> Sequence[int]:
        """Those of all compared rows in the ranges."""
        packed = self._relation.dialect.packed(self._fingerprint)
        if packed is None:
            plain = select(self._fingerprint.label("fingerprint")).select_from(self._relation.table)
            return array("q", (int(row[0]) for row in self._rows(stretches, plain)))
        found = array("q")
        for _, taken in self._aggregated(stretches, [packed], self._of_compared):
            found.frombytes(taken or b"")
        if sys.byteorder == "little":
            found.byteswap()
        return found

    def rows(self, stretches: Sequence[Range], wanted: frozenset[int]) -> Sequence[SideRow]:
        """The compared rows in the ranges that have one of these fingerprints."""
        if len(wanted) <= _MOST_BY_NAME:
            named = self._whole.where(self._relation.dialect.among(self._fingerprint, sorted(wanted)))
            return [self._built(row) for row in self._rows(stretches, named)]
        rows = self._rows(stretches, self._whole.add_columns(self._fingerprint.label("fingerprint")))
        return [self._built(row[:-1]) for row in rows if row[-1] in wanted]

    def cancel(self) -> None:
        """End whatever another thread is asking."""
        self._reading.cancel()

    @property
    def _of_compared(self) -> Expression:
        return true() if self._compared is None else self._compared

    def _only_compared(self, value: Expression) -> Expression:
        return value if self._compared is None else case((self._compared, value))

    def _aggregated(
        self, stretches: Sequence[Range], columns: Sequence[Expression], condition: Expression | None = None
    ) -> Iterator[Sequence[Any]]:
        """``(number of the range, …)`` for ranges that have rows, and maybe for others."""
        where = self._present if condition is None else and_(self._present, condition)
        if self._axis_name is None:
            yield from self._by_bucket(stretches, columns, where)
            return
        found = ranges.aggregated(self._reading, self._relation, self._axis_name, stretches, columns, where)
        yield from ((number, *values) for number, values in found)

    def _by_bucket(
        self, stretches: Sequence[Range], columns: Sequence[Expression], where: Expression
    ) -> Iterator[Sequence[Any]]:
        numbers = {one.low: number for number, one in enumerate(stretches)}
        bucket = self._bucket
        statement = select(bucket.label("n"), *columns).select_from(self._relation.table).where(where)
        if len(stretches) < BUCKETS:
            statement = statement.where(bucket.in_([one.low for one in stretches]))
        for number, *values in self._reading.all(statement.group_by(bucket)):
            if number in numbers:
                yield (numbers[number], *values)

    @property
    def _bucket(self) -> Expression:
        return fingerprints.bucket(self._fingerprint, BUCKETS)

    def _rows(self, stretches: Sequence[Range], statement: "AnySelect") -> Iterator[Sequence[Any]]:
        compared = statement.where(self._present, self._of_compared)
        for limited in self._limited(compared, stretches):
            yield from self._reading.stream(limited)

    def _limited(self, statement: "AnySelect", stretches: Sequence[Range]) -> "Iterator[AnyStatement]":
        """The statement for rows of these ranges only: each a select of its own, since OR would read everything."""
        if self._axis_name is None:
            yield (
                statement.where(self._bucket.in_([one.low for one in stretches]))
                if len(stretches) < BUCKETS
                else statement
            )
            return
        parts = [
            statement.where(ranges.within(self._relation, self._axis_name, one)) for one in ranges.joined(stretches)
        ]
        for start in range(0, len(parts), ranges.AT_ONCE):
            some = parts[start : start + ranges.AT_ONCE]
            yield some[0] if len(some) == 1 else union_all(*some)
