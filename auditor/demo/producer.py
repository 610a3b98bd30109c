"""The producer of the demo: a web shop that writes what happens to an event log, and a warehouse with a log of its own.

The orders' log is as sound as logs are in practice: some transactions rolled back after they had drawn a position,
and the holes they left mean nothing. The warehouse's log is not sound. The same shop comes out every time; only the
times of day differ, since whether an event is late depends on when it was written.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from auditor.demo.databases import create
from auditor.demo.faults import Fault, at_positions, at_version
from checks.model.finding import Verdict

ORDER_EVENTS = 5_000
STOCK_EVENTS = 300
PRODUCTS = 80
ARTICLES = 20
ROLLED_BACK = 0.004
"""The share of transactions that draw positions and then roll back."""
DELETED = (70, 181)
SHARED = 133
"""Which of the stock's events, counted from 0, were deleted; and which one shares its version with another."""
HISTORY = timedelta(days=5)
QUIET = timedelta(minutes=40)
"""How long ago the last event was written: nobody is shopping, so nothing comes after an event that got lost."""

AFTER = {
    "OrderPlaced": ("OrderPaid", "OrderPaid", "OrderPaid", "OrderPaid", "OrderCancelled"),
    "OrderPaid": ("OrderShipped",),
    "OrderShipped": ("OrderDelivered", "OrderDelivered", "OrderDelivered", "OrderRefunded"),
}
"""What may come after an event of an order, each as likely as the others. Nothing comes after what is left out."""

SCHEMA = """
CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    stream_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    UNIQUE (stream_id, version)
);
CREATE TABLE stock_movements (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    article TEXT NOT NULL,
    article_version INTEGER NOT NULL, -- no unique key: that is how two bookings could become one version
    kind TEXT NOT NULL,
    booked_ms INTEGER NOT NULL
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One event as the producer wrote it. ``time`` is aware, UTC."""

    position: int
    id: UUID
    stream: str
    version: int
    type: str
    time: datetime


@dataclass(slots=True)
class Pen:
    """Gives every event what follows from those before it: a position, an id, a version, a time."""

    random: Random
    times: Iterator[datetime]
    position: int = 0
    versions: dict[str, int] = field(default_factory=dict)

    def write(self, stream: str, type_: str) -> Written:
        """The next event of the log."""
        self.position += 1
        self.versions[stream] = self.versions.get(stream, 0) + 1
        return Written(
            position=self.position,
            id=UUID(int=self.random.getrandbits(128), version=4),
            stream=stream,
            version=self.versions[stream],
            type=type_,
            time=next(self.times),
        )


def of_type(events: Sequence[Written], *types: str) -> Sequence[Written]:
    """Those of the events that a consumer of these types should have."""
    return [event for event in events if event.type in types]


def places(events: Iterable[Written]) -> frozenset[str]:
    """Where the events stand, as faults name it."""
    return at_positions(event.position for event in events)


def produce(folder: Path, now: datetime) -> tuple[Sequence[Written], tuple[Fault, ...]]:
    """Write shop.db into the folder. Returns the events of the log ``orders`` and what was done to both logs.

    ``now`` is aware, the last events are ``QUIET`` older; events are by position. Raises sqlite3.Error.
    """
    random = Random(2026)  # noqa: S311 (the same shop every time)
    orders = list(_orders(Pen(random, _times(now, ORDER_EVENTS))))
    stock = list(_stock(Pen(random, _times(now, STOCK_EVENTS))))
    deleted = [stock[index] for index in DELETED]
    create(
        folder / "shop.db",
        SCHEMA,
        {
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)": (
                (row.position, str(row.id), row.stream, row.version, row.type, row.time.isoformat()) for row in orders
            ),
            "INSERT INTO stock_movements VALUES (?, ?, ?, ?, ?)": (
                (row.position, row.stream, row.version, row.type, int(row.time.timestamp() * 1_000))
                for row in stock
                if row not in deleted
            ),
        },
    )
    return orders, (_rolled_back(orders), *_damaged(deleted, stock[SHARED]))


def _times(now: datetime, count: int) -> Iterator[datetime]:
    """Evenly over the shop's history, ascending, the last one at the end of it."""
    step = (HISTORY - QUIET) / count
    return (now - QUIET - step * back for back in reversed(range(count)))


def _orders(pen: Pen) -> Iterator[Written]:
    """Customers look at products, prices change, and orders go their way, all of it at the same time."""
    products = [f"product-{number}" for number in range(1, PRODUCTS + 1)]
    under_way: list[Written] = []
    placed = 0
    for _ in range(ORDER_EVENTS):
        if pen.random.random() < ROLLED_BACK:
            pen.position += pen.random.randint(1, 3)
        match pen.random.choices(("an order is placed", "an order goes on", "a visit"), weights=(13, 42, 45)):
            case ["an order is placed"]:
                placed += 1
                event = pen.write(f"order-{placed}", "OrderPlaced")
            case ["an order goes on"] if under_way:
                before = under_way.pop(pen.random.randrange(len(under_way)))
                event = pen.write(before.stream, pen.random.choice(AFTER[before.type]))
            case _:
                event = _visit(pen, pen.random.choice(products))
        if event.type in AFTER:
            under_way.append(event)
        yield event


def _visit(pen: Pen, product: str) -> Written:
    if product not in pen.versions:
        return pen.write(product, "ProductAdded")
    return pen.write(product, pen.random.choice(("ProductViewed", "ProductViewed", "PriceChanged")))


def _stock(pen: Pen) -> Iterator[Written]:
    """Goods come and go. Once, a clerk's booking does not take notice of the one before."""
    for index in range(STOCK_EVENTS):
        article = f"article-{pen.random.randint(1, ARTICLES)}"
        if index == SHARED:
            pen.versions[article] -= 1
        yield pen.write(article, pen.random.choice(("GoodsReceived", "GoodsTaken")))


def _rolled_back(orders: Sequence[Written]) -> Fault:
    taken = {row.position for row in orders}
    return Fault(
        audit="orders",
        check="position-gap",
        verdict=Verdict.BENIGN,
        places=at_positions(set(range(1, max(taken))) - taken),
        story="transactions rolled back and left holes in the positions; nothing was lost with them",
    )


def _damaged(deleted: Sequence[Written], shared: Written) -> Iterator[Fault]:
    yield Fault(
        audit="stock",
        check="version-gap",
        places=frozenset(at_version(row.stream, row.version) for row in deleted),
        story="somebody deleted two bookings by hand, so the stock of two articles cannot be added up any more",
    )
    yield Fault(
        audit="stock",
        check="version-conflict",
        places=places([shared]),
        story="two clerks booked the same article at once, neither saw the other, and both became the same version",
    )
    yield Fault(
        audit="stock",
        check="position-gap",
        verdict=Verdict.BENIGN,
        places=places(deleted),
        story="the deleted bookings left holes too, but a hole alone does not tell a loss from a rollback",
    )
