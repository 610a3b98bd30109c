"""How far a consumer has come: whether its cursor, or without one the highest position received, is past an event."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.config import ConsumerConfig, CursorConfig, LogConfig
from auditor.errors import StoreError
from auditor.identity import Kind, as_integer, canonical
from auditor.stores.interface import CursorRow
from checks.model.consumer import Means
from checks.wording import quoted

Place = tuple[int, ...]
"""A position, or all parts of a composite one; comparable with those of the same length."""


NOTHING: Place = ()
"""Before the first place of any log."""


def parse_place(row: CursorRow, cursor: CursorConfig, store: str, parts: int) -> Place | None:
    """The last processed (or delivered) place that a cursor row stands for; ``None``: nothing processed yet.

    One text column may hold all parts of a composite position, separated by colons. Raises StoreError
    ``wrong-type`` for what is no position: an unknown cursor is never zero.
    """
    if any(value is None for value in row.positions):
        return None
    texts = [str(value) for value in row.positions]
    if len(texts) == 1 and parts > 1 and ":" in texts[0]:
        texts = texts[0].split(":")
    numbers = [_number(value) for value in texts]
    if None in numbers or len(numbers) not in (1, parts):
        shown = ", ".join(quoted(value) for value in texts)
        raise StoreError(store, "wrong-type", f"the cursor in {cursor.table!r} holds {shown}, which is no position")
    place = tuple(number for number in numbers if number is not None)
    return (*place[:-1], place[-1] - 1) if cursor.means is Means.NEXT else place


def _number(text: str) -> int | None:
    """Integers, also as ``numeric`` columns write them: ``5.00``."""
    whole, _, fraction = text.partition(".")
    return as_integer(whole) if not fraction.strip("0") else None


@dataclass(slots=True)
class Reading:
    """The cursor rows of a consumer, read at one moment. Lowest and highest differ where several rows disagree.

    ``bounds`` by partition (``None`` without one); ``rows`` counts rows by partition. With a cursor a stream the rows
    stand on the scratch paper and ``streams`` says so.
    """

    bounds: dict[str | None, tuple[Place, Place]] = field(default_factory=dict)
    rows: dict[str | None, int] = field(default_factory=dict)
    streams: bool = False

    def add(self, scope: str | None, place: Place | None) -> None:
        """Take in one row; a NULL position says that nothing was processed."""
        self.rows[scope] = self.rows.get(scope, 0) + 1
        low, high = self.bounds.get(scope, (place or NOTHING, place or NOTHING))
        self.bounds[scope] = (min(low, place or NOTHING), max(high, place or NOTHING))

    @property
    def several(self) -> bool:
        """Whether more than one row claims the same scope."""
        return any(count > 1 for count in self.rows.values())

    def moved(self, later: "Reading", partition: str | None) -> bool:
        """Whether the cursor of a partition is elsewhere in a later reading."""
        scope = partition if partition in self.bounds or partition in later.bounds else None
        return self.bounds.get(scope) != later.bounds.get(scope)


def read_cursors(
    rows: Iterable[CursorRow], consumer: ConsumerConfig, log: LogConfig, partitions: Iterable[str | None]
) -> Reading:
    """The rows of a cursor a consumer or a partition. ``partitions``: as the log spells them."""
    spelled = {canonical(partition, Kind.TEXT): partition for partition in partitions if partition is not None}
    cursor = consumer.cursor
    reading = Reading()
    if cursor is None:
        return reading
    for row in rows:
        scope = row.scope if cursor.partition else None
        if cursor.partition and scope is None:
            continue
        if scope is not None:
            scope = spelled.get(canonical(scope, Kind.TEXT), scope)
        reading.add(scope, parse_place(row, cursor, consumer.store, max(len(log.order), 1)))
    return reading


@dataclass(frozen=True, slots=True)
class Reach:
    """Answers ``past`` for events. ``partitioned``: positions are counted per partition.

    ``cursor`` is ``None`` where there is none to go by; then ``frontier`` (by partition, the highest received) decides.
    """

    cursor: Reading | None
    frontier: Mapping[str | None, Place]
    partitioned: bool

    def past(
        self,
        partition: str | None,
        position: int | None,
        order: Place | None,
        version: int | None = None,
        stream_cursor: tuple[int, int] | None = None,
    ) -> bool | None:
        """True: at or below it. False: beyond it. ``None``: the rows disagree, or the event has no place.

        Where a partition's cursor row is absent, the highest position received in it decides.
        """
        if self.cursor is None:
            highest = self.frontier.get(partition)
            return False if highest is None else _at_or_below(position, order, (highest, highest))
        if self.cursor.streams:
            return False if stream_cursor is None else _at_or_below(version, None, _places(stream_cursor))
        if partition in self.cursor.rows:
            return _at_or_below(position, order, self.cursor.bounds[partition])
        if self.partitioned and None in self.cursor.rows:
            return None  # one cursor for positions that repeat in each partition says nothing about any
        highest = self.frontier.get(partition)
        return False if highest is None else _at_or_below(position, order, (highest, highest))


def _places(bounds: tuple[int, int]) -> tuple[Place, Place]:
    return (bounds[0],), (bounds[1],)


def _at_or_below(position: int | None, order: Place | None, bounds: tuple[Place, Place]) -> bool | None:
    low, high = bounds
    place: Place | None = order if len(high) > 1 else None if position is None else (position,)
    if place is None:
        return None
    if place <= low:
        return True
    return None if place <= high else False


def highest_places(
    highest: Mapping[str | None, int], highest_order: Mapping[str | None, Place], order: Sequence[str]
) -> Mapping[str | None, Place]:
    """The frontier of a consumer without a cursor: by the log's order where it has one."""
    return highest_order if order else {partition: (position,) for partition, position in highest.items()}
