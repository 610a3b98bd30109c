"""Rows of an outbox marked unsent again: its relay finds them where it finds all that it has not sent.

Only rows that are marked sent are locked, in the order of their positions, as relays go through them: what waits to be
sent may be in a relay's hands, and is left there.
"""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Table, not_, select, update

from auditor.errors import AuditorError
from auditor.identity import as_integer
from auditor.redelivery.targets.database import Database, Need, expect_rights
from auditor.redelivery.targets.interface import Answer, Batch, Touched
from auditor.redelivery.targets.outbox_mark import WAITING, unsent_mark
from auditor.redelivery.targets.outbox_rows import Entry, OutboxRows, Place
from auditor.stores.interface import Identity
from checks.model.event import Event
from checks.model.redelivery import Outcome
from checks.wording import quoted

NO_ROW = 'the outbox has no row of it; mode = "insert" adds one'


class Unsent:
    """Marks rows of one outbox."""

    def __init__(self, database: Database, rows: OutboxRows) -> None:
        """Raises AuditorError where rows of the outbox cannot be marked unsent."""
        self._rows = rows
        if rows.box.sent is None:
            raise AuditorError(f"log {quoted(rows.box.name)} has no 'sent': nothing says there what was sent")
        self._sent = rows.relation.column(rows.box.sent)
        self._mark = unsent_mark(database.fields(rows.relation)[rows.box.sent], rows)
        needs = [Need("SELECT", rows.columns), Need("UPDATE", (rows.box.sent,))]
        expect_rights(database, rows.relation, needs)

    def write(self, connection: Connection, batch: Batch, named: Sequence[Identity | None]) -> list[Answer]:
        """Mark the first row of each event, and say what became of each."""
        events = [parcel.event.event for parcel in batch.parcels]
        firsts = self._firsts(connection, events, named)
        places = [entry.place for entry in firsts if entry is not None and entry.sent]
        marked = self._marked(connection, places)
        if len(marked) < len(set(places)):  # gone meanwhile, or somebody else has marked them
            firsts = [
                was if was is not None and was.place in marked else now
                for was, now in zip(firsts, self._firsts(connection, events, named), strict=True)
            ]
        return [self._answer(entry, marked) for entry in firsts]

    def _firsts(
        self, connection: Connection, events: Sequence[Event], named: Sequence[Identity | None]
    ) -> list[Entry | None]:
        return [next(iter(entries), None) for entries in self._rows.of(connection, events, named)]

    def _answer(self, entry: Entry | None, marked: set[Place]) -> Answer:
        if entry is None:
            return Answer(Outcome.REJECTED, NO_ROW)
        partition, position = entry.place
        if entry.place in marked:
            touched = Touched(self._rows.box.name, partition, position, "unsent")
            return Answer(Outcome.ACCEPTED, f"marked unsent at position {position}", touched)
        if entry.sent:
            return Answer(Outcome.REJECTED, f"the row at position {position} could not be marked unsent")
        return Answer(Outcome.ACCEPTED, WAITING)

    def _marked(self, connection: Connection, places: Sequence[Place]) -> set[Place]:
        return {place for condition in self._rows.at(places) for place in self._mark_some(connection, condition)}

    def _mark_some(self, connection: Connection, condition: ColumnElement[Any]) -> Iterator[Place]:
        table, place = cast("Table", self._rows.relation.table), self._rows.place()
        is_sent = not_(self._rows.relation.is_unset(self._sent.name))
        locked = select(*place).where(condition, is_sent).order_by(*self._rows.order()).with_for_update(key_share=True)
        connection.execute(locked).all()
        marked = update(table).where(condition, is_sent).values({self._sent: self._mark}).returning(*place)
        for partition, position in connection.execute(marked).all():
            yield partition, as_integer(position) or 0
