"""Two integration streams of the bank's log: v1, which everybody reads, and v2, which is to take its place.

Both are projections of the same events, so what one of them has and the other one has not was lost by one of the two.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from auditor.demo.databases import create
from auditor.demo.faults import LACKING, PARITY, Fault, Hop, at_positions
from auditor.demo.producer import Written, of_type, places
from checks.model.finding import Verdict
from checks.model.result import LostAt

ROLLED_BACK = UUID("00000000-0000-4000-8000-00000000ba0c")
MADE_UP = 620
STILL_TO_COME = 12
"""How many rows of v1 stand before the one of no event, and how many of the last events v2 has not come to."""

SCHEMA = """
CREATE TABLE bookings_v1 (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, caused_by TEXT NOT NULL, account TEXT NOT NULL,
    type TEXT NOT NULL, published_at TEXT NOT NULL
);
CREATE TABLE bookings_v2 (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source INTEGER NOT NULL, account TEXT NOT NULL,
    type TEXT NOT NULL, published_at TEXT NOT NULL
);
CREATE TABLE projections (name TEXT PRIMARY KEY, read_up_to INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Published:
    """A row of an integration stream, and what it was made of.

    ``source``: the id of that event, which stands in no log where the transaction was rolled back.
    """

    position: int
    id: UUID
    source: UUID
    event: Written


def build(folder: Path, events: Sequence[Written]) -> tuple[Sequence[Published], Sequence[Published], list[Fault]]:
    """Write streams.db into the folder. Returns the rows of v1 and of v2, and what was done to both."""
    v1, faults = _v1(of_type(events, "MoneyReceived", "MoneySent"))
    v2, more = _v2(events)
    create(
        folder / "streams.db",
        SCHEMA,
        {
            "INSERT INTO bookings_v1 VALUES (?, ?, ?, ?, ?, ?)": (
                (row.position, str(row.id), str(row.source), *_content(row)) for row in v1
            ),
            "INSERT INTO bookings_v2 VALUES (?, ?, ?, ?, ?, ?)": (
                (row.position, str(row.id), row.event.position, *_content(row)) for row in v2
            ),
            "INSERT INTO projections VALUES (?, ?)": [
                ("bookings-v1", events[-1].position),
                ("bookings-v2", events[-1 - STILL_TO_COME].position),
            ],
        },
    )
    return v1, v2, [*faults, *more]


def _content(row: Published) -> tuple[str, str, str]:
    return row.event.stream, row.event.type, row.event.time.isoformat()


def _v1(events: Sequence[Written]) -> tuple[Sequence[Published], Iterator[Fault]]:
    """Three are left out, one comes after the next of its account, two come twice, and one is made up."""
    skipped, again = events[300:303], events[502:504]
    late = next(event for event in events[150:] if _next(event, events) is not None)
    order = [event for event in events if event not in (*skipped, late)]
    order.insert(order.index(_next(late, events) or late) + 1, late)
    end = order.index(again[-1]) + 1
    order[end:end] = again
    sources = [(event.id, event) for event in order]
    sources.insert(MADE_UP, (ROLLED_BACK, order[MADE_UP]))
    rows = [
        Published(position, _id("v1", position), source, event)
        for position, (source, event) in enumerate(sources, start=1)
    ]
    return rows, _faults_of_v1(skipped, rows, late, range(end + 1, end + 1 + len(again)))


def _next(event: Written, events: Sequence[Written]) -> Written | None:
    """The next event of the same account, where it follows soon."""
    at = events.index(event)
    return next((other for other in events[at + 1 : at + 60] if other.stream == event.stream), None)


def _faults_of_v1(
    skipped: Sequence[Written], rows: Sequence[Published], late: Written, again: Iterable[int]
) -> Iterator[Fault]:
    yield Fault(
        audit="bookings-v1",
        check="underived",
        places=places(skipped),
        hop=Hop(source="bookings", target="bookings-v1", how=LostAt.NOT_DERIVED, consumers=("statements",)),
        story="the projection of v1 moved its cursor over three events, died, and never published them",
    )
    yield _lacking("bookings-v1", skipped, "bookings-v2", "v2 has those three")
    yield _lacking("bookings-v1", skipped, "outbox", "and the outbox has them: it is made of the same events")
    yield Fault(
        audit="bookings-v1",
        check="duplicate",
        places=at_positions(again),
        story="it published two events, died before it moved its cursor, and published them once more",
    )
    yield Fault(
        audit="bookings-v1",
        check="unexpected",
        places=at_positions(row.position for row in rows if row.source == ROLLED_BACK),
        story="it published an event whose transaction was rolled back afterwards: money that never moved",
    )
    yield Fault(
        audit="bookings-v1",
        check="out-of-order",
        places=at_positions(row.position for row in rows if row.event is late),
        story="two of its workers shared an account, and the later event was published first",
    )


def _v2(events: Sequence[Written]) -> tuple[Sequence[Published], Iterator[Fault]]:
    """Two movements of money and the opening of an account are left out, and the last events are still to come."""
    ready, to_come = events[:-STILL_TO_COME], events[-STILL_TO_COME:]
    money = of_type(ready, "MoneyReceived", "MoneySent")[640:642]
    opened = of_type(ready, "AccountOpened")[70:71]
    left_out = [*money, *opened]
    published = [event for event in ready if event not in left_out]
    rows = [Published(seq, _id("v2", seq), event.id, event) for seq, event in enumerate(published, start=1)]
    return rows, _faults_of_v2(left_out, money, to_come)


def _faults_of_v2(left_out: Sequence[Written], money: Sequence[Written], to_come: Sequence[Written]) -> Iterator[Fault]:
    yield Fault(
        audit="bookings-v2",
        check="underived",
        places=places(left_out),
        hop=Hop(source="bookings", target="bookings-v2", how=LostAt.NOT_DERIVED, consumers=("insights",)),
        story="v2 knew no account names with an umlaut for a day: two transfers and a new account are not in it",
    )
    yield _lacking("bookings-v2", money, "bookings-v1", "v1 has the two transfers; it publishes no accounts")
    yield _lacking("bookings-v2", money, "outbox", "and so has the outbox")
    yield Fault(
        audit="bookings-v2",
        check="underived",
        verdict=Verdict.PENDING,
        places=places(to_come),
        story="v2 is published every two hours, and the last events are not due yet: no fault",
    )


def _lacking(log: str, events: Sequence[Written], other: str, story: str) -> Fault:
    """What one log lacks and another one has."""
    return Fault(audit=log, check=f"{PARITY} with {other}", verdict=LACKING, places=places(events), story=story)


def _id(stream: str, position: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"bank:{stream}/{position}")
