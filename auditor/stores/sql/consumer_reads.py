"""What is read of a consumer: its inbox, the events it set aside, and how far its cursor says it is."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    and_,
    case,
    func,
    null,
    select,
)

from auditor.compare.recipe import Recipe
from auditor.config import CursorConfig, InboxConfig, ParkedConfig
from auditor.identity import Kind
from auditor.stores.interface import (
    CursorRow,
    Identity,
    Match,
    ParkedRow,
    ReceiptRow,
)
from auditor.stores.sql.reading import AnySelect, Reading, key_of
from auditor.stores.sql.relation import Relation
from auditor.stores.sql.sides import SqlSide


class ConsumerReads(Reading):
    """The reads of a consumer's tables."""

    def _receipt_rows(self, relation: Relation, inbox: InboxConfig, match: Match) -> AnySelect:
        raws = self._raws(relation, inbox, match)
        done = case((relation.holds(inbox.done or {}), 1), else_=0)
        texts = [inbox.id, inbox.stream, inbox.type]
        said = [null() if name is None else relation.text(name) for name in texts]
        numbers = [null() if name is None else relation.integer(name) for name in (inbox.position, inbox.version)]
        received = null() if inbox.received is None else relation.column(inbox.received)
        columns = [*raws, done, received, numbers[0], said[0], said[1], numbers[1], said[2]]
        statement = select(*(column.label(f"c{n}") for n, column in enumerate(columns)))
        return statement.where(relation.holds(inbox.where), *(raw.is_not(None) for raw in raws))

    def _receipt_row(self, row: Sequence[Any], raws: int) -> ReceiptRow:
        values = tuple(row)
        raw = values[:raws]
        done, received, position, id_, stream, version, type_ = values[raws:]
        number = None if position is None else int(position)
        return ReceiptRow(
            key_of(raw),
            raw,
            bool(done),
            received,
            number,
            id_,
            stream,
            None if version is None else int(version),
            type_,
        )

    def receipts(self, inbox: InboxConfig, match: Match) -> Iterator[ReceiptRow]:
        """All receipts that have an identity, by the match's key."""
        relation = self._relation(inbox.table)
        statement = self._receipt_rows(relation, inbox, match).order_by(*self._sorts(relation, inbox, match))
        for row in self.stream(statement):
            yield self._receipt_row(row, len(match.words))

    def inbox_side(self, inbox: InboxConfig, match: Match, recipe: Recipe) -> SqlSide[ReceiptRow]:
        """All receipts of this consumer that have an identity."""
        relation = self._relation(inbox.table)
        return SqlSide(
            self,
            relation,
            recipe,
            {part.word: getattr(inbox, part.word) for part in recipe.parts},
            whole=self._receipt_rows(relation, inbox, match),
            built=lambda row: self._receipt_row(row, len(match.words)),
            present=and_(relation.holds(inbox.where), *self._identified(relation, inbox, match)),
            compared=None,
            done=case((relation.holds(inbox.done or {}), 1), else_=0) if recipe.done else None,
        )

    def stragglers(self, inbox: InboxConfig, most: int, *, after: int | None = None) -> Sequence[int]:
        """By one pass over the inbox in the order of receipt; what was received at the same time has no order.

        What is beyond a position is overtaken only by what is beyond it, too.
        """
        relation = self._relation(inbox.table)
        position, received = relation.integer(inbox.position or ""), relation.column(inbox.received or "")
        before = func.max(position).over(order_by=(received, position), rows=(None, -1))
        ordered = select(position.label("here"), before.label("before"))
        ordered = ordered.where(relation.holds(inbox.where), position.is_not(None), received.is_not(None))
        if after is not None:
            ordered = ordered.where(position > after)
        rows = ordered.subquery()
        return [int(row[0]) for row in self.all(select(rows.c.here).where(rows.c.here < rows.c.before).limit(most))]

    def lacks_position(self, inbox: InboxConfig) -> bool:
        """Asked only where the column may be NULL."""
        relation = self._relation(inbox.table)
        position, received = relation.integer(inbox.position or ""), relation.column(inbox.received or "")
        if inbox.position in relation.required:
            return False
        lacking = select(1).where(relation.holds(inbox.where), position.is_(None), received.is_not(None))
        return bool(self.all(lacking.select_from(relation.table).limit(1)))

    def sample_received(self, inbox: InboxConfig) -> object:
        """Some receipt's place in the order of receipts; ``None`` where no receipt has one."""
        relation = self._relation(inbox.table)
        if inbox.received is None:
            return None
        received = relation.column(inbox.received)
        rows = self.all(select(received).where(relation.holds(inbox.where), received.is_not(None)).limit(1))
        return rows[0][0] if rows else None

    def last_receipts_before(
        self, inbox: InboxConfig, match: Match, moment: datetime, most: int
    ) -> Iterator[ReceiptRow]:
        """The latest receipts, up to ``moment`` where the database knows a time from a text."""
        relation = self._relation(inbox.table)
        received = relation.column(inbox.received or "")
        statement = self._receipt_rows(relation, inbox, match).where(received.is_not(None))
        if relation.kind(inbox.received or "") is Kind.TIME:
            statement = statement.where(received <= moment)
        for row in self.all(statement.order_by(received.desc()).limit(most)):
            yield self._receipt_row(row, len(match.words))

    def count_receipts(self, inbox: InboxConfig) -> int:
        """How many rows the inbox has for this consumer, also those without an identity."""
        relation = self._relation(inbox.table)
        statement = select(func.count()).select_from(relation.table).where(relation.holds(inbox.where))
        return int(self.all(statement)[0][0])

    def find_receipts(self, inbox: InboxConfig, match: Match, identities: Sequence[Identity]) -> Iterator[ReceiptRow]:
        """The receipts with these identities. May yield others: compare by identity."""
        relation = self._relation(inbox.table)
        statement = self._receipt_rows(relation, inbox, match)
        for condition in self._matching(relation, inbox, match, identities):
            for row in self.stream(statement.where(condition)):
                yield self._receipt_row(row, len(match.words))

    def _parked_rows(self, relation: Relation, parked: ParkedConfig, match: Match) -> AnySelect:
        raws = self._raws(relation, parked, match)
        statement = select(*(raw.label(f"raw{n}") for n, raw in enumerate(raws)))
        return statement.where(relation.holds(parked.where), *(raw.is_not(None) for raw in raws))

    def parked(self, parked: ParkedConfig, match: Match) -> Iterator[ParkedRow]:
        """All parked events that have an identity, by the match's key."""
        relation = self._relation(parked.table)
        statement = self._parked_rows(relation, parked, match).order_by(*self._sorts(relation, parked, match))
        for row in self.stream(statement):
            yield ParkedRow(key_of(tuple(row)), tuple(row))

    def find_parked(self, parked: ParkedConfig, match: Match, identities: Sequence[Identity]) -> Iterator[ParkedRow]:
        """The parked events with these identities. May yield others: compare by identity."""
        relation = self._relation(parked.table)
        statement = self._parked_rows(relation, parked, match)
        for condition in self._matching(relation, parked, match, identities):
            for row in self.stream(statement.where(condition)):
                yield ParkedRow(key_of(tuple(row)), tuple(row))

    def cursors(self, cursor: CursorConfig) -> Iterator[CursorRow]:
        """The rows of the cursor table that are this consumer's, as text."""
        relation = self._relation(cursor.table)
        scope = cursor.partition or cursor.stream
        statement = select(
            (null() if scope is None else relation.text(scope)).label("scope"),
            *(relation.text(name).label(f"p{n}") for n, name in enumerate(cursor.position)),
        )
        for row in self.stream(statement.where(relation.holds(cursor.where))):
            yield CursorRow(row[0], tuple(row[1:]))
