"""Whether a consumer's cursor went back since a plan was made, so that it will get planned events by itself."""

from collections.abc import Iterable
from typing import Self

from auditor.config import ConsumerConfig, CursorConfig, LogConfig
from auditor.identity import Kind, canonical
from auditor.reach import NOTHING, Place, parse_place
from auditor.stores.interface import CursorRow
from checks.model.event import Event
from checks.model.redelivery import PlannedCursor


class Cursors:
    """How far a consumer had come at one moment, by what each of its cursors covers.

    Where several rows claim the same, the lowest counts: from there on something may be delivered.
    """

    def __init__(self, cursor: CursorConfig | None) -> None:
        self._cursor = cursor
        self._places: dict[int | str | None, Place] = {}

    @classmethod
    def of(cls, rows: Iterable[CursorRow | PlannedCursor], consumer: ConsumerConfig, log: LogConfig) -> Self:
        """The cursors as they were read, or as the plan has them. Raises StoreError where one holds no position."""
        cursors = cls(consumer.cursor)
        if consumer.cursor is None:
            return cursors
        parts = 1 if consumer.cursor.stream else max(len(log.order), 1)
        for row in rows:
            place = parse_place(CursorRow(row.scope, row.positions), consumer.cursor, consumer.store, parts)
            scope = None if row.scope is None else canonical(row.scope, Kind.TEXT)
            cursors._places[scope] = min(cursors._places.get(scope, place or NOTHING), place or NOTHING)
        return cursors

    def went_back_before(self, event: Event, now: Self) -> bool:
        """Whether an event that was behind the cursor then is before it now, and so will be delivered by itself.

        Of a cursor over more than the position nobody knows on which side an event is: any step back counts.
        """
        scope, place = self._scope_and_place(event)
        then, since = self._places.get(scope, NOTHING), now._places.get(scope, NOTHING)
        if since >= then:
            return False
        return len(then) > 1 or place is None or (since < (place,) <= then)

    def _scope_and_place(self, event: Event) -> tuple[int | str | None, int | None]:
        if self._cursor is not None and self._cursor.stream:
            return _named(event.stream), event.version
        if self._cursor is not None and self._cursor.partition:
            return _named(event.partition), event.position
        return None, event.position


def _named(scope: str | None) -> int | str | None:
    return None if scope is None else canonical(scope, Kind.TEXT)
