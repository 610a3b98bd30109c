"""Statements to be pasted into a client: every value is written out, and each clause has a line.

Names are quoted and values written by SQLAlchemy's own compiler for the database. What it cannot write as a text that
somebody could paste, a NUL above all, makes no statement.
"""

from collections.abc import Callable, Iterator

from sqlalchemy import ClauseElement, Dialect, and_, func, literal_column, not_
from sqlalchemy.exc import CompileError
from sqlalchemy.sql.operators import and_ as and_op

from auditor.stores.interface.showing import Showing, Tallied
from auditor.stores.sql import spelling
from auditor.stores.sql.relation import Expression, Relation


def readable(dialect: Dialect) -> Dialect:
    """The same database, without the signs that a driver wants doubled because it looks for parameters."""
    kind: Callable[..., Dialect] = type(dialect)
    return kind(paramstyle="named")


def written(showing: Showing, relation: Relation, dialect: Dialect) -> str | None:
    """The statement, or ``None`` where it cannot be written so that it could be pasted. ``dialect``: a readable one.

    Raises StoreError where the table lacks a column.
    """
    try:
        text = "\n".join(_Writer(relation, dialect).lines(showing))
    except CompileError:
        return None
    return text if _can_be_pasted(text) else None


def _can_be_pasted(text: str) -> bool:
    """A client would end at a NUL; half of a surrogate pair is no text at all."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


_OR = "\n    OR "


class _Writer:
    """Writes the clauses of one statement about one table."""

    def __init__(self, relation: Relation, dialect: Dialect) -> None:
        self._relation, self._dialect = relation, dialect
        self._compiler = dialect.statement_compiler(dialect, None)

    def _spelt(self, element: ClauseElement, *, within_columns_clause: bool = False) -> str:
        return self._compiler.process(
            element, literal_binds=True, include_table=False, within_columns_clause=within_columns_clause
        )

    def lines(self, showing: Showing) -> Iterator[str]:
        """One for each clause, and for each condition."""
        yield f"SELECT {', '.join(self._spelt(each, within_columns_clause=True) for each in self._columns(showing))}"
        yield f"FROM {self._compiler.process(self._relation.table, asfrom=True)}"
        for number, condition in enumerate(self._conditions(showing)):
            yield f"{'  AND' if number else 'WHERE'} {condition}"
        if showing.tallied is not None and showing.tallied.by:
            yield f"GROUP BY {', '.join(self._spelt(self._relation.column(name)) for name in showing.tallied.by)}"
        if showing.order:
            columns = (self._relation.column(name) for name in showing.order)
            ordered = (column.desc() if showing.descending else column for column in columns)
            yield f"ORDER BY {', '.join(self._spelt(each) for each in ordered)}"
        if showing.limit is not None:
            yield f"LIMIT {showing.limit:d}"

    def _columns(self, showing: Showing) -> list[Expression]:
        if showing.tallied is not None:
            return self._tallied(showing.tallied)
        return [self._relation.column(name) for name in showing.columns] or [literal_column("*")]

    def _tallied(self, tallied: Tallied) -> list[Expression]:
        found: list[Expression] = [self._relation.column(name) for name in tallied.by]
        found.append(func.count().label("events"))
        if tallied.ends is not None:
            number = self._relation.integer(tallied.ends)
            found += [func.min(number).label("first"), func.max(number).label("last")]
        return found

    def _conditions(self, showing: Showing) -> Iterator[str]:
        relation = self._relation
        for condition in spelling.conditions(relation, showing.where):
            yield self._spelt(condition)
        if showing.partition is not None:
            yield self._spelt(spelling.same(relation, *showing.partition))
        if showing.mark is not None:
            name, is_set = showing.mark
            unset = relation.is_unset(name)
            yield self._spelt((not_(unset) if is_set else unset).self_group(against=and_op))
        for name in set(showing.present) - relation.required:
            yield self._spelt(relation.column(name).is_not(None))
        for among in showing.among:
            either = [and_(*every) for every in spelling.alternatives(relation, among)]
            spelt = [self._spelt(each) for each in either]
            yield spelt[0] if len(spelt) == 1 else f"({_OR.join(spelt)})"
