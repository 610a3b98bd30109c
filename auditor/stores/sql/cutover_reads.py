"""What is read for a cutover, and the one statement that the auditor writes for others to execute."""

from collections.abc import Iterator
from typing import cast
from uuid import UUID

from sqlalchemy import Table, case, literal, null, select, update

from auditor.config import Condition, CursorConfig, IsNull, LogConfig
from auditor.identity import Kind, as_integer
from auditor.stores.interface import Wanted
from auditor.stores.interface.cutover import NamedRow
from auditor.stores.sql.event_rows import EventRows
from auditor.stores.sql.relation import Expression, Relation


class CutoverReads(EventRows):
    """The questions of :class:`auditor.stores.interface.cutover.CutoverQuestions`."""

    def named_rows(
        self,
        log: LogConfig,
        column: str,
        kind: Kind,
        *,
        types: tuple[str, ...] | None = None,
        start: int | None = None,
        timed: bool = False,
    ) -> Iterator[NamedRow]:
        """By one walk along the log."""
        relation = self._relation(log.table)
        position = self._position(relation, log)
        eligible = case((self._eligible(relation, log, Wanted(types, start)), 1), else_=0)
        time: Expression = relation.column(log.time) if timed and log.time is not None else null()
        columns = [relation.raw(column, kind), position, eligible, time]
        statement = select(*(each.label(f"c{n}") for n, each in enumerate(columns))).order_by(position)
        for name, place, passes, moment in self.stream(statement):
            yield NamedRow(name, None if place is None else int(place), bool(passes), moment)

    def cursor_update(self, cursor: CursorConfig, seen: str | None, position: int) -> tuple[str, str]:
        """With every value written out, since nobody binds any where it is pasted."""
        relation = self._relation(cursor.table)
        name = cursor.position[0]
        column, is_text = relation.column(name), relation.kind(name) is Kind.TEXT
        after = _in_the_form_of(seen, position) if is_text else str(position)
        value = literal(after if is_text else position, column.type)
        statement = update(cast("Table", relation.table)).values({column: value})
        for other, condition in cursor.where.items():
            statement = statement.where(_holds(relation, other, condition))
        if seen is None:
            statement = statement.where(column.is_(None))
        else:
            statement = statement.where(column == literal(seen if is_text else _number(seen), column.type))
        dialect = self._connection.dialect
        with self._store.errors():
            text = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        doubled = (
            "%%" if dialect.paramstyle in ("format", "pyformat") else "%"
        )  # for a driver that looks for parameters
        return text.replace(doubled, "%"), after


def _in_the_form_of(seen: str | None, position: int) -> str:
    """Zero-padded to the same width, where it is."""
    is_padded = seen is not None and len(seen) > 1 and seen.lstrip("-").startswith("0")
    return str(position).zfill(len(seen)) if seen is not None and is_padded else str(position)


def _number(seen: str) -> int | None:
    """What a column of numbers holds, also as ``numeric`` columns write it: ``5.00``."""
    return as_integer(seen.partition(".")[0])


def _holds(relation: Relation, name: str, condition: Condition) -> Expression:
    """A condition of ``where``, as a person would write it."""
    column = relation.column(name)
    if isinstance(condition, IsNull):
        return column.is_(None) if condition.is_null else column.is_not(None)
    values = condition if isinstance(condition, tuple) else (condition,)
    held = [literal(_as_held(relation.kind(name), value), column.type) for value in values]
    return column == held[0] if len(held) == 1 else column.in_(held)


def _as_held(kind: Kind, value: object) -> object:
    if kind is Kind.TEXT:
        return str(value).lower() if isinstance(value, bool) else str(value)
    return UUID(str(value)) if kind is Kind.UUID else value
