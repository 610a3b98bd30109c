"""Reading through one connection: statements that stream, and what is asked about any table."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Result,
    Row,
    Select,
    case,
    func,
    select,
)

from auditor.config import Condition, IsNull
from auditor.identity import Key, Kind, as_integer, fold
from auditor.stores.interface import (
    Identity,
    Match,
)
from auditor.stores.sql import lookup, ranges
from auditor.stores.sql.branches import Branches
from auditor.stores.sql.relation import Expression, Relation

if TYPE_CHECKING:
    from auditor.stores.sql.store import SqlStore

AnySelect = Select[*tuple[Any, ...]]
AnyStatement = AnySelect | CompoundSelect[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]
BATCH = 5_000
"""Rows held of one stream at a time."""


class Reading:
    """A connection in the middle of a read-only transaction."""

    def __init__(self, store: "SqlStore", connection: Connection) -> None:
        self._store = store
        self._connection = connection
        self._unfinished: set[Result[*tuple[Any, ...]]] = set()

    def cancel(self) -> None:
        """End the statement that another thread is waiting for, if there is one."""
        self._store.cancel(self._connection)

    def quantiles(self, relation: Relation, column: str) -> Sequence[object]:
        """Values of a column with about as many rows between each two; none where the database has not counted."""
        with self._store.errors():
            return self._store.quantiles(self._connection, relation, column)

    def close(self) -> None:
        """End what nobody read to its end, while there is still a connection to end it on."""
        for result in tuple(self._unfinished):
            result.close()

    def stream(self, statement: AnyStatement) -> Iterator[AnyRow]:
        """The rows of a statement, a batch in memory at a time."""
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

    def all(self, statement: AnyStatement | Branches) -> Sequence[AnyRow]:
        """The rows of a statement that has few."""
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

    def mark(self, tables: Sequence[str]) -> str | None:
        """What changes with every commit that a later snapshot shows, where there is such a thing."""
        with self._store.errors():
            return self._store.mark(self._connection, tables)

    def origin(self, tables: Sequence[str]) -> str:
        """The database's own identity, and those of its tables."""
        with self._store.errors():
            return self._store.origin(self._connection, tables)

    def kind(self, table: str, column: str) -> Kind:
        """What a column holds. Raises StoreError for a missing table or column."""
        return self._relation(table).kind(column)

    def family(self) -> str:
        """The database system behind this connection."""
        return self._connection.dialect.name

    def sample(self, table: str, column: str) -> str | None:
        """Whatever value comes first."""
        relation = self._relation(table)
        rows = self.all(select(relation.text(column)).where(relation.column(column).is_not(None)).limit(1))
        return str(rows[0][0]) if rows else None

    def is_required(self, table: str, column: str) -> bool:
        """Whether the column is declared so."""
        return column in self._relation(table).required

    def is_indexed(self, table: str, column: str, where: Mapping[str, Condition]) -> bool:
        """By an index that begins with the column, or with columns that ``where`` ties to one value."""
        relation = self._relation(table)
        return column in relation.required and relation.leads_an_index(column, _fixed(where))

    def bounds(self, table: str, column: str) -> tuple[int, int] | None:
        """By the ends of an index."""
        return ranges.bounds(self, self._relation(table), column)

    def never_repeats(self, table: str, columns: Collection[str], where: Mapping[str, Condition]) -> bool:
        """A unique index over these columns and maybe some that ``where`` ties to one value."""
        return self._relation(table).is_unique({*columns, *_fixed(where)})

    def no_integer(self, table: str, columns: Sequence[str]) -> tuple[str, str] | None:
        """One of the columns and a value in it that is neither NULL nor an integer of 64 bits, if there is any."""
        relation = self._relation(table)
        doubts = {name: doubt for name in columns if (doubt := relation.is_no_integer(name)) is not None}
        samples = [func.min(case((doubt, relation.text(name)))) for name, doubt in doubts.items()]
        values = self.all(select(*samples).select_from(relation.table))[0] if samples else ()
        found = ((name, value) for name, value in zip(doubts, values, strict=True) if value is not None)
        return next(found, None)

    def _raws(self, relation: Relation, config: object, match: Match) -> list[Expression]:
        names = (getattr(config, word) for word in match.words)
        return [relation.raw(name, kind) for name, kind in zip(names, match.kinds, strict=True)]

    def _identified(self, relation: Relation, config: object, match: Match) -> list[Expression]:
        """Conditions for rows with an identity; none for columns that the catalogue vouches for."""
        names = [getattr(config, word) for word in match.words]
        raws = zip(names, self._raws(relation, config, match), strict=True)
        return [raw.is_not(None) for name, raw in raws if name not in relation.required]

    def _matching(
        self, relation: Relation, config: object, match: Match, identities: Sequence[Identity]
    ) -> Iterator[Expression]:
        return lookup.conditions(relation, [getattr(config, word) for word in match.words], match, identities)

    def _sorts(self, relation: Relation, config: object, match: Match) -> list[Expression]:
        names = (getattr(config, word) for word in match.words)
        return [relation.sort(name, kind) for name, kind in zip(names, match.kinds, strict=True)]


def _fixed(where: Mapping[str, Condition]) -> set[str]:
    """The columns that must have one value."""
    return {name for name, condition in where.items() if not isinstance(condition, IsNull | tuple)}


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
