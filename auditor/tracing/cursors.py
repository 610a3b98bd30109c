"""Where a cursor stands against one event: a consumer's, or that of a derived log's publisher."""

from dataclasses import dataclass

from auditor.config import ConsumerConfig, CursorConfig, InboxConfig, LogConfig
from auditor.gather.columns import expect_integers
from auditor.identity import canonical, canonical_all, joint
from auditor.reach import NOTHING, Place, Reach, Reading, parse_place, read_cursors
from auditor.stores.interface import CursorRow, Match, Snapshot
from auditor.tracing.rows import Row

_BEFORE_ANY_VERSION = -1


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the cursor of an event's scope stands: ``None`` where it has no row.

    ``reading``: as others read it. ``by_stream``: the lowest and the highest version, with a cursor a stream.
    """

    reading: Reading
    low: Place | None
    high: Place | None
    by_stream: tuple[int, int] | None = None

    @property
    def agreed(self) -> Place | None:
        """The place, where there is one."""
        return self.low if self.low and self.low == self.high else None

    def past(self, row: Row, log: LogConfig) -> bool | None:
        """Whether it is at or beyond the event, by its rows alone; ``None``: they disagree, or do not say."""
        event = row.event
        reach = Reach(self.reading, {}, log.partition is not None)
        return reach.past(event.partition, event.position, row.order, event.version, self.by_stream)

    @property
    def told(self) -> str:
        """Where it stands, in words."""
        if self.low is None or self.high is None:
            return "the cursor has no row"
        if self.low == self.high:
            return f"the cursor stands at {_place(self.low)}" if self.low else "the cursor has processed nothing yet"
        return f"the cursor has rows from {_place(self.low)} to {_place(self.high)}"


def read_stand(
    log_side: Snapshot, side: Snapshot, log: LogConfig, consumer: ConsumerConfig, cursor: CursorConfig, row: Row
) -> Stand:
    """The rows that speak for the event. Raises StoreError ``wrong-type`` where they hold no position."""
    if cursor.stream is not None:
        return _by_stream(log_side, side, log, consumer, cursor, row)
    reading = read_cursors(side.cursors(cursor), consumer, log, [row.event.partition])
    scope = row.event.partition if row.event.partition in reading.bounds else None
    low, high = reading.bounds.get(scope, (None, None))
    return Stand(reading, low, high)


def has_row_for(stand: Stand, row: Row) -> bool:
    """Whether a row speaks for the event's partition, or for all; with a cursor a stream the absence of one does."""
    rows = stand.reading.rows
    return stand.reading.streams or row.event.partition in rows or None in rows


def _by_stream(
    log_side: Snapshot, side: Snapshot, log: LogConfig, consumer: ConsumerConfig, cursor: CursorConfig, row: Row
) -> Stand:
    """A row a stream is looked up, as a receipt of the stream is."""
    reading = Reading(streams=True)
    kind = joint(log_side.kind(log.table, log.stream or ""), side.kind(cursor.table, cursor.stream or ""))
    if row.event.stream is None or kind is None:
        return Stand(reading, None, None)
    expect_integers(side, consumer.store, cursor.table, cursor.position)
    match, identity = Match(("stream",), (kind,)), (canonical(row.event.stream, kind),)
    rows = InboxConfig(table=cursor.table, where=cursor.where, stream=cursor.stream, id=cursor.position[0])
    places = [
        parse_place(CursorRow(found.stream, (found.id,)), cursor, consumer.store, 1) or NOTHING
        for found in side.find_receipts(rows, match, [identity])
        if canonical_all(found.raw, match.kinds) == identity
    ]
    if not places:
        return Stand(reading, None, None)
    low, high = min(places), max(places)
    by_stream = (low[0] if low else _BEFORE_ANY_VERSION, high[0]) if high else None
    return Stand(reading, low, high, by_stream)


def _place(place: Place) -> str:
    return str(place[0]) if len(place) == 1 else f"({', '.join(map(str, place))})"
