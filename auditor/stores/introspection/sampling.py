"""A few rows of a table: never all of them, whatever its size, and never for longer than the store's time limit.

Values come as the auditor compares them: whole numbers as numbers, uuids and text as text, times as times; what is
none of these (JSON, bytes that are no identity, truth values) comes as the driver gives it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from auditor.errors import StoreError
from auditor.identity import Kind, as_integer
from auditor.stores.interface import Store
from auditor.stores.sql.relation import Expression, Relation
from auditor.stores.sql.store import SqlStore

Value = int | str | bool | float | datetime | None
"""A value of a sampled row."""


class Sampler:
    """Reads a few rows at a time from one store. Every look is a transaction of its own."""

    def __init__(self, store: Store) -> None:
        """TypeError: a store without tables."""
        if not isinstance(store, SqlStore):
            message = f"store {store.name!r} has no tables"
            raise TypeError(message)
        self._store = store
        self.failures: list[StoreError] = []
        """Looks that the store refused, or did not answer in time."""

    def rows(
        self,
        table: str,
        columns: Sequence[str],
        *,
        limit: int,
        order: str | None = None,
        descending: bool = False,
        since: int | None = None,
    ) -> list[tuple[Value, ...]]:
        """At most ``limit`` rows, by ``order`` where one is given and from its value ``since`` on.

        Empty where the store does not give them in time, or not at all: a look that fails shows nothing.
        """
        try:
            with self._store.transaction() as connection:
                relation = self._store.relation(connection, table)
                statement = select(*(_shown(relation, name).label(f"c{n}") for n, name in enumerate(columns)))
                if order is not None:
                    by = relation.integer(order) if relation.kind(order) is Kind.TEXT else relation.column(order)
                    statement = statement.where(by.is_not(None)).order_by(by.desc() if descending else by)
                    statement = statement if since is None else statement.where(by >= since)
                found = connection.execute(statement.limit(limit)).all()
        except StoreError as error:
            self.failures.append(error)
            return []
        kinds = [relation.kind(name) for name in columns]
        return [tuple(_value(value, kind) for value, kind in zip(row, kinds, strict=True)) for row in found]

    def ends(self, table: str, column: str) -> tuple[int, int] | None:
        """The lowest and the highest of a column of whole numbers, ``None`` where there are none."""
        try:
            with self._store.transaction() as connection:
                relation = self._store.relation(connection, table)
                number = relation.integer(column)
                low, high = connection.execute(select(func.min(number), func.max(number))).one()
        except StoreError as error:
            self.failures.append(error)
            return None
        first, last = as_integer(low), as_integer(high)
        return None if first is None or last is None else (first, last)

    def distinct(self, table: str, column: str, *, limit: int, looked_at: int) -> list[Value]:
        """The different values of a column, at most ``limit``, among the first ``looked_at`` rows."""
        try:
            with self._store.transaction() as connection:
                relation = self._store.relation(connection, table)
                some = select(_shown(relation, column).label("c")).limit(looked_at).subquery()
                found = connection.execute(select(some.c.c).distinct().limit(limit)).scalars().all()
        except StoreError as error:
            self.failures.append(error)
            return []
        return [_value(value, relation.kind(column)) for value in found]


def _shown(relation: Relation, name: str) -> Expression:
    kind = relation.kind(name)
    if kind in (Kind.UUID, Kind.TEXT, Kind.BYTES):
        return relation.text(name)
    return relation.column(name)


def _value(value: object, kind: Kind) -> Value:
    if kind is Kind.INTEGER and not isinstance(value, float):
        number = as_integer(value)
        return number if number is not None or value is None else str(value)
    return value if isinstance(value, int | str | bool | float | datetime) else None
