"""Rows added to an outbox: for relays that go by the position, and never look back at what they have passed.

A copy keeps the event's id, or whoever hears it could not tell that it is the same event. Where it comes to stand is
the database's business, and is told for the journal, so that no audit takes the copy for a second event.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Table, insert, select
from sqlalchemy.types import JSON

from auditor.config.targets import OutboxTargetConfig
from auditor.errors import AuditorError
from auditor.identity import Kind, as_integer
from auditor.redelivery.targets.database import Database, Need, as_given, expect_rights
from auditor.redelivery.targets.interface import Answer, Batch, Parcel, Touched
from auditor.redelivery.targets.outbox_mark import WAITING, unsent_mark
from auditor.redelivery.targets.outbox_rows import Entry, OutboxRows
from auditor.redelivery.targets.templates import (
    as_json,
    fill_value,
    of_batch,
    of_event,
    placeholders,
    spelt,
)
from auditor.stores.interface import Identity
from checks.model.event import Event
from checks.model.redelivery import Outcome
from checks.wording import quoted

NO_ROW = "the outbox has no row of it to copy from"


def needs_data(target: OutboxTargetConfig) -> bool:
    """Whether an inserted row holds the event's content, other than as a copy."""
    return target.mode == "insert" and "data" in placeholders(target.columns)


class Insertion:
    """Adds rows to one outbox."""

    def __init__(self, database: Database, rows: OutboxRows, target: OutboxTargetConfig, *, json_data: bool) -> None:
        """``json_data``: the events' content is JSON. Raises AuditorError where no row can be added."""
        self._rows, self._target, self._json_data = rows, target, json_data
        self._fields = database.fields(rows.relation)
        box = rows.box
        self._mark = {} if box.sent is None else {box.sent: unsent_mark(self._fields[box.sent], rows)}
        self._expect_columns()
        given = (*target.copied, *target.columns, *self._mark)
        read = (*rows.columns, *target.copied) if self._looks else rows.place_columns
        expect_rights(database, rows.relation, [Need("SELECT", read), Need("INSERT", given)])
        names = Need("SELECT", tuple(name for name in (box.id, box.stream, box.version) if name is not None))
        self._tells = database.lacking(rows.relation, [names]) is None

    def write(self, connection: Connection, batch: Batch, named: Sequence[Identity | None]) -> list[Answer]:
        """Add one row for each event, in their order; none where one waits to be sent, maybe by an earlier attempt."""
        there: list[list[Entry]] = [[] for _ in batch.parcels]
        if self._looks:
            there = self._rows.of(connection, [parcel.event.event for parcel in batch.parcels], named)
        pairs = zip(batch.parcels, there, strict=True)
        return [self._added(connection, batch, parcel, entries) for parcel, entries in pairs]

    @property
    def _looks(self) -> bool:
        """Whether it matters which rows the events have already."""
        return bool(self._target.copied or self._rows.box.sent)

    def _added(self, connection: Connection, batch: Batch, parcel: Parcel, entries: Sequence[Entry]) -> Answer:
        if self._rows.box.sent is not None and any(not entry.sent for entry in entries):
            return Answer(Outcome.ACCEPTED, WAITING)
        entry = entries[0] if entries and self._target.copied else None
        if entry is None and self._target.copied:
            return Answer(Outcome.REJECTED, NO_ROW)
        table = cast("Table", self._rows.relation.table)
        values = self._values(batch, parcel)
        if entry is None:
            statement = insert(table).values(values)
        else:
            [at] = self._rows.at([entry.place])
            copied = {name: self._rows.relation.column(name) for name in self._target.copied}
            row = select(*copied.values(), *values.values()).where(at).limit(1)
            statement = insert(table).from_select([*copied, *values], row)
        told = self._rows.naming() if self._tells else ()
        added = connection.execute(statement.returning(*self._rows.place(), *told)).one_or_none()
        if added is None:
            return Answer(Outcome.REJECTED, NO_ROW)
        partition, position = added[0], as_integer(added[1]) or 0
        says = Event(id=added[2], stream=added[3], version=as_integer(added[4])) if told else None
        touched = Touched(self._rows.box.name, partition, position, "copied", says)
        return Answer(Outcome.ACCEPTED, f"inserted at position {position}", touched)

    def _values(self, batch: Batch, parcel: Parcel) -> dict[str, ColumnElement[Any]]:
        words = of_batch(batch, self._target.name, [parcel]) | of_event(parcel)
        is_json = self._json_data and words["data"] is not None
        filled = {name: fill_value(value, words) for name, value in self._target.columns.items()}
        json_data = {name for name, value in self._target.columns.items() if is_json and value == "{data}"}
        bound = {name: self._bound(name, value, as_text=name in json_data) for name, value in filled.items()}
        return bound | {name: as_given(value) for name, value in self._mark.items()}

    def _bound(self, name: str, value: object, *, as_text: bool) -> ColumnElement[Any]:
        """As text where that is what the column holds, else as the driver says it; the database reads what it needs."""
        if isinstance(value, memoryview | bytearray):
            value = bytes(value)
        if as_text or isinstance(value, Mapping | list | tuple):
            return as_given(json.dumps(value, ensure_ascii=False, default=as_json))
        is_text = self._rows.relation.kind(name) is Kind.TEXT
        takes_text = is_text or isinstance(self._fields[name].type, JSON)
        if isinstance(value, bytes) and takes_text:
            return as_given(value.decode())
        if isinstance(value, bytes | str) or value is None:
            return as_given(value)
        return as_given(spelt(value) if is_text else value)

    def _expect_columns(self) -> None:
        """What may not be given, and what must be."""
        box, target = self._rows.box, self._target
        names = (*target.copied, *target.columns)
        for given in names:
            self._rows.relation.column(given)
        ours = {box.position: "the database gives each row its own", box.sent: "a new row is unsent"}
        for name, why in ours.items():
            if name in names:
                raise AuditorError(f"column {name!r} of {box.table!r} is not to be given: {why}")
        kept = {box.id: "the event's id", box.source: "the event that it names"}
        for name, what in kept.items():
            if name is not None and name not in names:
                text = f"a row inserted into {box.table!r} would not keep {what}"
                raise AuditorError(f"{text}: name column {name!r} in 'copied' or 'columns'")
        self._expect_no_hole({*names, *self._mark})
        for index in self._rows.relation.indexes:
            if index.unique and set(index.columns) <= set(target.copied):
                shown = ", ".join(map(quoted, index.columns))
                text = f"{box.table!r} holds no two rows with the same {shown}"
                raise AuditorError(f'{text}: only mode = "unsent" can serve')

    def _expect_no_hole(self, given: set[str]) -> None:
        inserted, position = f"a row inserted into {self._rows.box.table!r}", self._rows.box.position
        if position in self._fields and not self._fields[position].filled:
            raise AuditorError(f"{inserted} would have no {position!r}: the database gives none by itself")
        for name, field in self._fields.items():
            if name not in given and not field.nullable and not field.filled:
                raise AuditorError(f"{inserted} must have {name!r}: name it in 'copied' or 'columns'")
