"""What the log and the consumer say of planned events at this moment: the look before and after something is sent.

The log is read first: an event that is received while it is looked at is found then, never the other way round.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from auditor.compare.merge import event_of
from auditor.config import ConsumerConfig, LogConfig
from auditor.desk import Desk
from auditor.gather.consumer.case import in_batches
from auditor.gather.consumer.matching import find_identity, match_by_position, match_receipts, match_table
from auditor.gather.consumer.variant import found
from auditor.identity import Kind, canonical, canonical_all
from auditor.stores.interface import ELIGIBLE, CursorRow, Identity, LogRow, Match, Snapshot, Wanted
from checks.model.event import Event
from checks.model.redelivery import Standing

_FIXED = ("position", "partition", "id", "stream", "version", "type")
"""What an event's row never changes."""

_Place = tuple[str | None, int | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """One event, and what became of it. ``row``: what the log has in its place now."""

    event: Event
    standing: Standing
    row: Event | None = None


def wanted_of(consumer: ConsumerConfig) -> Wanted:
    """Which rows of its log a consumer should have."""
    return Wanted(consumer.types, consumer.start if isinstance(consumer.start, int) else None)


@dataclass(frozen=True, slots=True)
class View:
    """One consumer and its log, seen at one moment. ``match``: how receipts are found, ``match_of_parked``: the rest.

    Held for one batch, never while something is sent: an open snapshot keeps a database from cleaning up.
    """

    log: LogConfig
    consumer: ConsumerConfig
    log_side: Snapshot
    side: Snapshot
    match: Match
    match_of_parked: Match | None = None

    @property
    def wanted(self) -> Wanted:
        """Which rows of the log the consumer should have."""
        return wanted_of(self.consumer)

    def origins(self) -> dict[str, str]:
        """Names the very tables that are read, whatever they are called."""
        parts = (self.consumer.cursor, self.consumer.inbox, self.consumer.parked)
        tables = [part.table for part in parts if part is not None]
        return {"log": self.log_side.origin([self.log.table]), "consumer": self.side.origin(tables)}

    def cursors(self) -> tuple[CursorRow, ...]:
        """Where the consumer stands; nothing where it stores no cursor."""
        return () if self.consumer.cursor is None else tuple(self.side.cursors(self.consumer.cursor))

    def look(self, events: Sequence[Event]) -> list[Seen]:
        """What became of each event, in their order."""
        return [seen for batch in in_batches(events) for seen in self._look(batch)]

    def traces(self, events: Sequence[Event]) -> list[Standing]:
        """What the consumer alone says of each, whatever the log has by now; ``LACKING``: no trace."""
        return [standing for batch in in_batches(events) for standing in self._traces(batch)]

    def _traces(self, events: Sequence[Event]) -> Iterator[Standing]:
        receipts, parked = self._receipts(events), self._parked(events)
        return (self._at_consumer(event, receipts, parked) for event in events)

    def contents(self, events: Sequence[Event]) -> list[object]:
        """What each event says, as the store gives it; ``None`` where the log has no such event, or no ``data``.

        Where two rows stand at one position, neither lends its content to the other.
        """
        match = match_by_position(self.log)
        wanted = cast("list[Identity]", [_place(event)[-len(match.words) :] for event in events])
        found: dict[_Place, list[tuple[LogRow, object]]] = {}
        for some in in_batches(wanted):
            for row, content in self.log_side.contents(self.log, match, some):
                found.setdefault((row.partition, row.position), []).append((row, content))
        rows = (found.get(_place(event), ()) for event in events)
        return [
            next((content for row, content in some if _is_same(event, row)), None)
            for event, some in zip(events, rows, strict=True)
        ]

    def _look(self, events: Sequence[Event]) -> Iterator[Seen]:
        rows, receipts, parked = self._rows(events), self._receipts(events), self._parked(events)
        for event in events:
            row = _same_or_any(rows.get(_place(event), ()), event)
            standing = _in_log(event, row) or self._at_consumer(event, receipts, parked)
            yield Seen(event, standing, None if row is None else event_of(row))

    def _rows(self, events: Sequence[Event]) -> dict[_Place, list[LogRow]]:
        match = match_by_position(self.log)
        wanted = [_place(event)[-len(match.words) :] for event in events]
        rows: dict[_Place, list[LogRow]] = {}
        for row in self.log_side.find_events(self.log, match, cast("list[Identity]", wanted), self.wanted):
            rows.setdefault((row.partition, row.position), []).append(row)
        return rows

    def _receipts(self, events: Sequence[Event]) -> dict[Identity, bool]:
        """The identities of which there are receipts, and whether one of them is done."""
        inbox = self.consumer.inbox
        identities = [each for event in events if (each := find_identity(event, self.match)) is not None]
        done: dict[Identity, bool] = {}
        for row in () if inbox is None else self.side.find_receipts(inbox, self.match, identities):
            identity = canonical_all(row.raw, self.match.kinds)
            done[identity] = done.get(identity, False) or row.done
        return done

    def _parked(self, events: Sequence[Event]) -> set[Identity]:
        if self.consumer.parked is None or self.match_of_parked is None:
            return set()
        match = self.match_of_parked
        identities = [each for event in events if (each := find_identity(event, match)) is not None]
        rows = self.side.find_parked(self.consumer.parked, match, identities)
        return {canonical_all(row.raw, match.kinds) for row in rows}

    def _at_consumer(self, event: Event, receipts: Mapping[Identity, bool], parked: set[Identity]) -> Standing:
        identity = find_identity(event, self.match)
        if identity is not None and identity in receipts:
            return Standing.RECEIVED if receipts[identity] else Standing.UNFINISHED
        if self.match_of_parked is not None and find_identity(event, self.match_of_parked) in parked:
            return Standing.PARKED
        return Standing.LACKING


def _place(event: Event) -> _Place:
    return event.partition, event.position


def _same_or_any(rows: Sequence[LogRow], event: Event) -> LogRow | None:
    """Two rows may stand at one position, which is a fault of its own."""
    return next((row for row in rows if _is_same(event, row)), rows[0] if rows else None)


def _in_log(event: Event, row: LogRow | None) -> Standing | None:
    """What the log alone says against sending it; ``None``: nothing."""
    if row is None or (row.scope != ELIGIBLE and _is_same(event, row)):
        return Standing.GONE
    return None if _is_same(event, row) else Standing.CHANGED


def _is_same(event: Event, row: LogRow) -> bool:
    ours = [getattr(event, word) for word in _FIXED]
    theirs = [getattr(row, word) for word in _FIXED]
    return all(_spelt(one) == _spelt(other) for one, other in zip(ours, theirs, strict=True))


def _spelt(value: object) -> object:
    """A uuid may be written in more than one way."""
    return canonical(value, Kind.TEXT) if isinstance(value, str) else value


@contextmanager
def viewing(desk: Desk, consumer: ConsumerConfig) -> Iterator[View]:
    """Open a consumer and its log at this moment, the log first. Raises StoreError."""
    log = desk.config.logs[consumer.log]
    store = desk.store(consumer.store)
    consumer = found(store, desk.config.stores[consumer.store].kind, log, consumer).consumer
    with desk.snapshot(log.store) as log_side, desk.snapshot(consumer.store) as side:
        match = match_receipts(log_side, side, log, consumer).match
        parked = consumer.parked
        of_parked = None if parked is None else match_table(log_side, side, log, parked, consumer.store)
        yield View(log, consumer, log_side, side, match, of_parked)
