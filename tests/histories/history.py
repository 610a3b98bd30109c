"""A past, as plain data, and strategies that invent one."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

TYPES = ("OrderPlaced", "OrderPaid", "PriceViewed", "orderplaced")
OLD, YOUNG, AHEAD = timedelta(hours=2), timedelta(seconds=10), -timedelta(days=1)
MAX_LAG, GRACE = timedelta(minutes=5), timedelta(seconds=30)


@dataclass(frozen=True)
class Event:
    """A row of the log. ``age`` counts from the moment of the audit; ``None``: the time is NULL.

    ``batch``: with the position the order in which consumers go, where they go by more than the position.
    """

    position: int
    id: UUID | None
    stream: str
    version: int
    type: str | None
    age: timedelta | None
    archived: bool = False
    partition: str | None = None
    batch: int = 0

    @property
    def known_age(self) -> timedelta | None:
        """A time ahead of the clock tells nothing."""
        return None if self.age is None or self.age < timedelta(0) else self.age


@dataclass(frozen=True)
class Receipt:
    """A row of the inbox. ``seq`` is the order of receipt; ``garbled``: it is wrong in what is not its identity."""

    seq: int
    event: Event
    done: bool = True
    nameless: bool = False
    stranger: bool = False
    garbled: bool = False


@dataclass(frozen=True)
class History:
    """Everything that an audit of one consumer can see. ``cursors`` by partition (``None`` without one).

    ``goes_by``: position, batch (and position), or stream: then ``cursors`` are by stream, and hold versions.
    ``received``: the config names the order of receipt; ``further``: and position and type besides the identity.
    ``sent_again``: partitions and positions of events that were redelivered a moment ago; ``known``: those of which an
    earlier run saw that they had been received before.
    """

    events: tuple[Event, ...]
    receipts: tuple[Receipt, ...] | None
    cursors: dict[str | None, int] | None
    parked: tuple[Event, ...] | None = None
    identity: str = "id"
    types: tuple[str, ...] | None = None
    skip_archived: bool = False
    start: int | str | None = None
    has_done: bool = False
    means: str = "last-processed"
    inbox_retention: timedelta | None = None
    partitioned: bool = False
    foreign_receipts: int = 0
    ordered: bool = True
    idempotent: bool | None = None
    received: bool = True
    further: bool = False
    goes_by: str = "position"
    sent_again: frozenset[tuple[str | None, int]] = frozenset()
    known: frozenset[tuple[str | None, int]] = frozenset()

    def place(self, event: Event) -> tuple[int, ...]:
        """Where an event stands in the order by which consumers go."""
        return (event.batch, event.position) if self.goes_by == "batch" else (event.position,)

    def processed_through(self, partition: str | None) -> tuple[int, ...]:
        """The same of a cursor: up to where, included, it says that all was processed."""
        at = (self.cursors or {})[partition]
        last = at - (self.means == "next")
        batches = [each.batch for each in self.events if (each.partition, each.position) == (partition, at)]
        return (batches[0] if batches else 0, last) if self.goes_by == "batch" else (last,)

    def is_past(self, event: Event) -> bool:
        """Whether the cursor of an event says that it was processed; a stream without one has processed nothing."""
        if self.goes_by == "stream":
            return event.version <= (self.cursors or {}).get(event.stream, 0) - (self.means == "next")
        return self.place(event) <= self.processed_through(event.partition)


@st.composite
def logs(draw: DrawFn, *, partitions: tuple[str | None, ...], most: int = 30) -> tuple[Event, ...]:
    """Positions with holes, versions without; the last few events may be young."""
    events: list[Event] = []
    versions: dict[tuple[str | None, str], int] = {}
    at = dict.fromkeys(partitions, draw(st.sampled_from((0, 0, 7, 2**53))))
    number = draw(st.integers(0, most))
    young_from = number - draw(st.integers(0, 4))
    for nth in range(number):
        partition = draw(st.sampled_from(partitions))
        at[partition] += draw(st.sampled_from((1, 1, 1, 2, 5)))
        stream = f"order-{draw(st.integers(1, 4))}"
        versions[partition, stream] = versions.get((partition, stream), 0) + 1
        age = YOUNG if nth >= young_from else OLD + timedelta(minutes=number - nth)
        odd = {0: None, 1: AHEAD}.get(draw(st.integers(0, 24)), age)
        events.append(
            Event(
                position=at[partition],
                id=None if draw(st.integers(0, 24)) == 0 else UUID(int=draw(st.integers(1, 2**128 - 1))),
                stream=stream,
                version=versions[partition, stream],
                type=draw(st.sampled_from((*TYPES, None))),
                age=odd,
                archived=draw(st.integers(0, 9)) == 0,
                partition=partition,
                batch=1 + nth // 2 + draw(st.sampled_from((0, 0, 0, 2))),
            )
        )
    ids = [event.id for event in events if event.id is not None]
    return tuple(events) if len(ids) == len(set(ids)) else ()


@st.composite
def histories(draw: DrawFn) -> History:
    """A log and one consumer, faults included: what was lost, doubled, swapped, parked, left undone, made up."""
    partitioned = draw(st.integers(0, 3)) == 0
    partitions: tuple[str | None, ...] = ("a", "b") if partitioned else (None,)
    events = draw(logs(partitions=partitions))
    has_inbox = draw(st.integers(0, 5)) != 0
    has_cursor = not has_inbox or draw(st.booleans())
    goes_by = draw(st.sampled_from(("position", "position", "position", "batch", "stream")))
    cursors: dict[str | None, int] | None = None
    if has_cursor and goes_by == "stream" and not partitioned:
        cursors = draw(_stream_cursors(events))
    elif has_cursor:
        cursors = {part: draw(_cursor([e.position for e in events if e.partition == part])) for part in partitions}
    goes_by = "position" if goes_by == "stream" and (cursors is None or partitioned) else goes_by
    has_done = has_inbox and draw(st.booleans())
    parked = draw(st.none() | _some(events))
    history = History(
        events=events,
        receipts=None,
        cursors=cursors,
        parked=parked,
        goes_by=goes_by,
        identity=draw(st.sampled_from(("id", "position", "stream-version"))),
        types=draw(st.sampled_from((None, ("Order*",), ("OrderPlaced", "PriceV?ewed"), ("*",)))),
        skip_archived=draw(st.booleans()),
        start=draw(st.sampled_from((None, "first", "first", 5, 12))),
        has_done=has_done,
        means=draw(st.sampled_from(("last-processed", "last-processed", "next"))),
        inbox_retention=draw(st.sampled_from((None, None, timedelta(hours=1)))),
        partitioned=partitioned,
        foreign_receipts=draw(st.integers(0, 3)),
        ordered=draw(st.booleans()),
        idempotent=draw(st.sampled_from((None, True, False))),
        received=draw(st.booleans()),
        further=draw(st.booleans()),
    )
    receipts = draw(_receipts(history, partitions[0], has_done=has_done)) if has_inbox else None
    return replace(history, receipts=receipts)


@st.composite
def _stream_cursors(draw: DrawFn, events: tuple[Event, ...]) -> dict[str | None, int]:
    """A row each of some streams, of one at least."""
    heads = {event.stream: event.version for event in events} or {"order-1": 0}
    kept = [stream for nth, stream in enumerate(heads) if nth == 0 or draw(st.integers(0, 5)) != 0]
    return {stream: draw(st.sampled_from((heads[stream], heads[stream], *range(heads[stream])))) for stream in kept}


@st.composite
def _cursor(draw: DrawFn, positions: list[int]) -> int:
    return draw(st.sampled_from((0, *positions, *positions[-3:], *positions[-1:])))


@st.composite
def _some(draw: DrawFn, events: tuple[Event, ...]) -> tuple[Event, ...]:
    return tuple(event for event in events if draw(st.integers(0, 7)) == 0)


@st.composite
def _receipts(draw: DrawFn, history: History, partition: str | None, *, has_done: bool) -> tuple[Receipt, ...]:
    """Mostly what a sound consumer has: everything up to its cursor, in order; then the faults."""
    events = history.events
    rows: list[tuple[Event, bool]] = []
    for event in sorted(events, key=history.place):
        reached = history.cursors is None or history.is_past(event)
        chance = draw(st.integers(0, 11))
        if chance == 0 or (not reached and chance < 10):
            continue
        rows += [(event, not has_done or draw(st.integers(0, 7)) != 0)] * (2 if chance == 1 else 1)
    for _ in range(draw(st.integers(0, 2))):
        if len(rows) > 1:
            first, second = draw(st.integers(0, len(rows) - 1)), draw(st.integers(0, len(rows) - 1))
            rows[first], rows[second] = rows[second], rows[first]
    receipts = [
        Receipt(seq=seq, event=event, done=done, garbled=draw(st.integers(0, 15)) == 0)
        for seq, (event, done) in enumerate(rows, start=1)
    ]
    for _ in range(draw(st.sampled_from((0, 0, 1, 2)))):
        number = draw(st.integers(1, 2**20))
        unknown = UUID(int=2**127 + number)
        odd = Event(10**7 + number, unknown, f"ghost-{number}", 1, "OrderPlaced", OLD, partition=partition)
        receipts.append(Receipt(seq=len(receipts) + 1, event=odd, stranger=True))
    if events and draw(st.integers(0, 5)) == 0:
        receipts.append(Receipt(seq=len(receipts) + 1, event=events[0], nameless=True))
    return tuple(receipts)
