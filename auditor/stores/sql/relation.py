"""A table or view as the database describes it, and the expressions that make two databases comparable."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Text, and_, bindparam, false, or_, true
from sqlalchemy.sql.operators import in_op
from sqlalchemy.sql.selectable import NamedFromClause
from sqlalchemy.types import TypeEngine

from auditor.config import Condition, IsNull
from auditor.errors import StoreError
from auditor.identity import Kind

Expression = ColumnElement[Any]

NO_TEXTS = ("", "0", "f", "F", "false", "False", "FALSE")
"""What text holds that says no, where other databases have false or 0."""


def is_one_of(left: Expression, values: Sequence[object], type_: TypeEngine[Any] | None = None) -> Expression:
    """``left IN (values)``, bound as ``type_`` or as the column's own.

    The parameter has a name of its own: SQLAlchemy would call it as the column is called, and fails where that has a
    tab or a line break in it.
    """
    if not values:
        return false()
    bound = left.type.coerce_compared_value(in_op, values[0]) if type_ is None else type_
    return left.in_(bindparam(None, list(values), type_=bound, expanding=True))


class Dialect(Protocol):
    """What a database's SQL must be able to say. Every method returns an expression, nothing runs."""

    def as_text(self, column: Expression, kind: Kind) -> Expression:
        """The value as text, compared and sorted by code point; uuids with dashes, bytes as bare hex."""
        ...

    def as_integer(self, column: Expression, kind: Kind) -> Expression:
        """The value as a number, NULL where it holds none. Leaves a column of integers alone, so indexes serve."""
        ...

    def is_no_integer(self, column: Expression, kind: Kind) -> Expression | None:
        """Whether a value is there and no integer of 64 bits; ``None`` where the column's type rules that out."""
        ...

    def folded(self, text: Expression) -> Expression:
        """:func:`auditor.identity.fold` in SQL, sorted by code point."""
        ...

    def as_bigint(self, number: Expression) -> Expression:
        """A number as an integer of 64 bits."""
        ...

    def text_number(self, text: Expression) -> Expression:
        """A text as a number of 60 bits, the same in every dialect."""
        ...

    def packed(self, numbers: Expression) -> Expression | None:
        """An aggregate of many integers into bytes, eight for each, the highest first; ``None``: rows are cheaper."""
        ...

    def one_of(self, left: Expression, kind: Kind, values: Sequence[object]) -> Expression:
        """Whether a column holds one of these values, however many they are, so that an index serves."""
        ...

    def pairs(self, pairs: Sequence[tuple[int, int]]) -> FromClause:
        """Pairs of numbers as rows ``n``, ``low``, ``high``, of which ``n`` counts from 0."""
        ...

    def among(self, number: Expression, wanted: Sequence[int]) -> Expression:
        """Whether a number is one of these, however many they are."""
        ...

    def is_no(self, column: Expression, kind: Kind) -> Expression:
        """Whether a value says no: false, 0, or one of :data:`NO_TEXTS`."""
        ...

    def moment(self, column: Expression, kind: Kind) -> Expression | None:
        """A time as the database's own, or in microseconds since 1970; NULL where a value holds none.

        ``None``: the database cannot read what the column holds.
        """
        ...

    def plainly(self, column: Expression, *, exact: bool) -> Expression:
        """A column of text as a person would compare it. ``exact``: the catalogue vouches that it is so by itself."""
        ...

    def written(self, value: object, column: Expression) -> Expression:
        """A value of a column, to be written out in a statement: bytes have a spelling of their own everywhere."""
        ...

    def glob(self, text: Expression, pattern: str) -> Expression:
        """Whether ``text`` matches a type glob (``*`` and ``?``) as a whole, case-sensitive."""
        ...


@dataclass(frozen=True, slots=True)
class Index:
    """An index over whole columns of all rows, in this order. ``unique``: at every moment, not only at commit."""

    columns: tuple[str, ...]
    unique: bool


@dataclass(frozen=True)
class Relation:
    """A table or view, the kinds of its columns, and the dialect to speak about them.

    ``required``: the columns that are never NULL. ``indexes``: none where the catalogue cannot vouch for one (a view).
    ``exact_texts``: the columns of text in which only the same text is equal, as the catalogue vouches.
    """

    store: str
    name: str
    table: NamedFromClause[Any]
    kinds: Mapping[str, Kind]
    dialect: Dialect
    required: frozenset[str] = frozenset()
    indexes: tuple[Index, ...] = ()
    exact_texts: frozenset[str] = frozenset()

    def alias(self) -> "Relation":
        """The same once more, to be joined with itself."""
        return replace(self, table=self.table.alias())

    def leads_an_index(self, name: str, fixed: Collection[str] = ()) -> bool:
        """Whether a range of the column can be read without the rest of the table.

        ``fixed``: columns that are compared with one value each, and so may stand before it.
        """
        orders = (
            [column for column in index.columns if column == name or column not in fixed] for index in self.indexes
        )
        return any(order[:1] == [name] for order in orders)

    def is_unique(self, names: Collection[str]) -> bool:
        """Whether no two rows can agree in all of these columns; a NULL in one of them counts as agreeing."""
        return any(
            index.unique and set(index.columns) <= set(names) and self.required.issuperset(index.columns)
            for index in self.indexes
        )

    def column(self, name: str) -> Expression:
        """A column by its exact name. Raises StoreError ``missing-column`` with the nearest right one."""
        if name not in self.kinds:
            near = get_close_matches(name, list(self.kinds), n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise StoreError(self.store, "missing-column", f"table {self.name!r} has no column {name!r}{hint}")
        column: Expression = self.table.c[name]
        return column

    def kind(self, name: str) -> Kind:
        """What the column holds."""
        self.column(name)
        return self.kinds[name]

    def text(self, name: str) -> Expression:
        """The column as text."""
        return self.dialect.as_text(self.column(name), self.kind(name))

    def integer(self, name: str) -> Expression:
        """The column as a number."""
        return self.dialect.as_integer(self.column(name), self.kind(name))

    def is_no_integer(self, name: str) -> Expression | None:
        """Whether a value of the column cannot be read as a number; ``None`` where all can."""
        return self.dialect.is_no_integer(self.column(name), self.kind(name))

    def exact(self, name: str) -> Expression:
        """The column such that equal means the same value, whatever its collation."""
        return self._compared(name) if self.kind(name) is Kind.TEXT else self.column(name)

    def raw(self, name: str, kind: Kind) -> Expression:
        """The column's identity value under a joint kind: a number or text."""
        return self.integer(name) if kind is Kind.INTEGER else self.text(name)

    def sort(self, name: str, kind: Kind) -> Expression:
        """What to order by, so that every store yields the same order under a joint kind."""
        if kind is Kind.INTEGER:
            return self.integer(name)
        if self.kind(name) is Kind.UUID:
            return self.column(name)
        return self.dialect.folded(self.text(name))

    def holds(self, conditions: Mapping[str, Condition]) -> Expression:
        """All conditions of a ``where`` or ``done`` table. NULL equals nothing."""
        return and_(true(), *(self._holds(name, condition) for name, condition in conditions.items()))

    def _holds(self, name: str, condition: Condition) -> Expression:
        if isinstance(condition, IsNull):
            column = self.column(name)
            return column.is_(None) if condition.is_null else column.is_not(None)
        values = condition if isinstance(condition, tuple) else (condition,)
        if self.kind(name) is Kind.UUID:
            return is_one_of(self.column(name), [UUID(value) for value in map(str, values) if _is_uuid(value)])
        if self.kind(name) is Kind.TEXT:
            texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
            return is_one_of(self._compared(name), texts, Text())
        return is_one_of(self.column(name), values)

    def _compared(self, name: str) -> Expression:
        """A column of text as it is where it is exact by itself, so that an index serves."""
        return self.column(name) if name in self.exact_texts else self.text(name)

    def is_unset(self, name: str) -> Expression:
        """Whether a mark is not set: NULL, or a value that says no."""
        says_no = self.dialect.is_no(self.column(name), self.kind(name))
        return says_no if name in self.required else or_(self.column(name).is_(None), says_no)

    def moment(self, name: str) -> Expression | None:
        """The column as a time, as :meth:`Dialect.moment` has it."""
        return self.dialect.moment(self.column(name), self.kind(name))

    def wanted(self, name: str | None, types: Sequence[str] | None) -> Expression:
        """Whether a row's type matches one of the globs. No globs: every row; a NULL type matches none."""
        if types is None or name is None:
            return true()
        text = self.text(name)
        return or_(false(), *(self.dialect.glob(text, pattern) for pattern in types))


def _is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text).hex)
    except ValueError:
        return False
