"""One row of a cursor table, moved from where it was seen to where it shall be, or not at all."""

from collections.abc import Iterator
from typing import cast

from sqlalchemy import ColumnElement, Connection, Table, select, update

from auditor.config import CursorConfig
from auditor.errors import AuditorError
from auditor.identity import Kind
from auditor.redelivery.targets.cursor_place import Back, shown
from auditor.redelivery.targets.database import Database, Written, as_given
from auditor.stores.interface import CursorRow
from auditor.stores.sql.lookup import as_read
from auditor.stores.sql.relation import Expression, Relation


class CursorTable:
    """The table in which a consumer stores its cursor."""

    def __init__(self, database: Database, relation: Relation, cursor: CursorConfig) -> None:
        self.relation = relation
        self._database, self._cursor = database, cursor

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that are read."""
        scope = () if self._cursor.partition is None else (self._cursor.partition,)
        return tuple(dict.fromkeys((*self._cursor.position, *scope, *self._cursor.where)))

    def put_back(self, back: Back) -> Written[None]:
        """Compare and set. Raises AuditorError where the cursor is not what was seen: nothing was written then."""
        return self._database.write(lambda connection: self._put(connection, back))

    def _put(self, connection: Connection, back: Back) -> None:
        values = {name: self._value(name, text) for name, text in zip(self._cursor.position, back.texts, strict=True)}
        mine = list(self._mine(back.seen))
        statement = update(cast("Table", self.relation.table)).where(*mine, *self._unmoved(back.seen)).values(values)
        moved = connection.execute(statement).rowcount
        if moved == 1:
            return
        if moved:
            raise AuditorError(f"{moved} cursor rows are this consumer's: which of them counts is not known")
        texts = [self.relation.text(name).label(f"c{n}") for n, name in enumerate(self._cursor.position)]
        rows = connection.execute(select(*texts).where(*mine)).all()
        now = CursorRow(None, tuple(rows[0])) if rows else None
        text = f"the cursor moved from {shown(back.seen)} to {shown(now)} meanwhile"
        raise AuditorError(f"{text}: the consumer is running")

    def _mine(self, seen: CursorRow) -> Iterator[Expression]:
        yield self.relation.holds(self._cursor.where)
        if self._cursor.partition is not None and seen.scope is not None:
            yield as_read(self.relation, self._cursor.partition, [seen.scope])

    def _unmoved(self, seen: CursorRow) -> Iterator[Expression]:
        """As text, as it was seen, whatever the column holds."""
        for name, text in zip(self._cursor.position, seen.positions, strict=True):
            column = self.relation.text(name)
            yield column.is_(None) if text is None else column == text

    def _value(self, name: str, text: str) -> ColumnElement[object]:
        """A text becomes what its column is, also where that is a type of a transaction's number."""
        is_number = self.relation.kind(name) is Kind.INTEGER
        return as_given(int(text) if is_number else text)
