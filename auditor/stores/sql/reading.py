"""Reading through one connection: statements that stream, and what is asked about any table."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Connection,
    Result,
    Row,
    Select,
    case,
    func,
    select,
)

from auditor.identity import Key, Kind, as_integer, fold
from auditor.stores.interface import (
    Identity,
    Match,
)
from auditor.stores.sql import lookup
from auditor.stores.sql.relation import Expression, Relation

if TYPE_CHECKING:
    from auditor.stores.sql.store import SqlStore

AnySelect = Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]
BATCH = 5_000
"""Rows held of one stream at a time."""


class Reading:
    """A connection in the middle of a read-only transaction."""

    def __init__(self, store: "SqlStore", connection: Connection) -> None:
        self._store = store
        self._connection = connection
        self._unfinished: set[Result[*tuple[Any, ...]]] = set()

    def close(self) -> None:
        """End what nobody read to its end, while there is still a connection to end it on."""
        for result in tuple(self._unfinished):
            result.close()

    def _stream(self, statement: AnySelect) -> Iterator[AnyRow]:
        with self._store.errors():
            self._store.restart_timeout()
            result = self._connection.execute(statement, execution_options={"yield_per": BATCH})
            self._unfinished.add(result)
            try:
                for rows in result.partitions():
                    yield from rows
                    self._store.restart_timeout()
            finally:
                self._unfinished.discard(result)
                result.close()

    def _all(self, statement: AnySelect) -> Sequence[AnyRow]:
        with self._store.errors():
            self._store.restart_timeout()
            return self._connection.execute(statement).all()

    def _relation(self, name: str) -> Relation:
        with self._store.errors():
            return self._store.relation(self._connection, name)

    def clock(self) -> datetime:
        """The store's clock now, aware."""
        with self._store.errors():
            return self._store.now(self._connection)

    def oldest_transaction(self) -> int | None:
        """The snapshot's xmin, or ``None`` where there is no such thing."""
        with self._store.errors():
            return self._store.oldest_transaction(self._connection)

    def kind(self, table: str, column: str) -> Kind:
        """What a column holds. Raises StoreError for a missing table or column."""
        return self._relation(table).kind(column)

    def no_integer(self, table: str, columns: Sequence[str]) -> tuple[str, str] | None:
        """One of the columns and a value in it that is neither NULL nor an integer of 64 bits, if there is any."""
        relation = self._relation(table)
        doubts = {name: doubt for name in columns if (doubt := relation.is_no_integer(name)) is not None}
        samples = [func.min(case((doubt, relation.text(name)))) for name, doubt in doubts.items()]
        values = self._all(select(*samples).select_from(relation.table))[0] if samples else ()
        found = ((name, value) for name, value in zip(doubts, values, strict=True) if value is not None)
        return next(found, None)

    def _raws(self, relation: Relation, config: object, match: Match) -> list[Expression]:
        names = (getattr(config, word) for word in match.words)
        return [relation.raw(name, kind) for name, kind in zip(names, match.kinds, strict=True)]

    def _matching(
        self, relation: Relation, config: object, match: Match, identities: Sequence[Identity]
    ) -> Iterator[Expression]:
        return lookup.conditions(relation, [getattr(config, word) for word in match.words], match, identities)

    def _sorts(self, relation: Relation, config: object, match: Match) -> list[Expression]:
        names = (getattr(config, word) for word in match.words)
        return [relation.sort(name, kind) for name, kind in zip(names, match.kinds, strict=True)]


def key_of(raw: tuple[object, ...]) -> Key:
    """The merge key of raw identity columns: numbers as they are, text folded."""
    return tuple(_key_part(part) for part in raw)


def _key_part(part: object) -> int | str:
    if isinstance(part, int):
        return part
    if isinstance(part, str):
        return fold(part)
    number = as_integer(part)
    if number is None:
        raise ValueError(f"{part!r} is no integer, although its column is compared by number")
    return number
