"""A producer with an outbox in one PostgreSQL database, a consumer in another, and roles that may do little.

Events get from the one to the other by a relay that goes by the mark, by one that goes by the position, or by a poller
that goes by (transaction, position), as consumers do that must not overtake a transaction under way.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from auditor.config import load
from auditor.config.targets import CursorTargetConfig, OutboxTargetConfig
from auditor.desk import Desk
from auditor.observer import Silent
from auditor.redelivery.look import viewing
from auditor.redelivery.targets.cursor import CursorTarget
from auditor.redelivery.targets.interface import Batch, Parcel
from auditor.redelivery.targets.outbox import OutboxTarget
from checks.model.event import Event
from checks.model.redelivery import PlannedEvent, Standing, Why
from tests.integration.shop import write_config
from tests.postgres import Server

SHOP: LiteralString = """
CREATE TYPE kind AS ENUM ('OrderPlaced', 'OrderPaid');
CREATE TABLE outbox (
    position bigserial PRIMARY KEY,
    event_id uuid NOT NULL DEFAULT gen_random_uuid(),
    stream_id text NOT NULL,
    version int NOT NULL,
    type kind NOT NULL DEFAULT 'OrderPlaced',
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    data jsonb NOT NULL,
    published_at timestamptz
);
"""
BILLING: LiteralString = """
CREATE TABLE inbox (seq bigserial PRIMARY KEY, event_id uuid NOT NULL UNIQUE);
CREATE TABLE cursors (name text PRIMARY KEY, transaction_id xid8, position bigint);
INSERT INTO cursors VALUES ('billing', '0', 0), ('shipping', '7', 7);
"""
LOG = {
    "store": "shop",
    "table": "outbox",
    "position": "position",
    "id": "event_id",
    "stream": "stream_id",
    "version": "version",
    "type": "type",
    "time": "recorded_at",
    "data": "data",
    "order": ["transaction_id", "position"],
    "sent": "published_at",
}
CURSOR = {"table": "cursors", "where": {"name": "billing"}, "position": ["transaction_id", "position"]}
CONSUMER = {"log": "orders", "store": "billing-db", "cursor": CURSOR, "inbox": {"table": "inbox", "id": "event_id"}}
Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass
class Relayed:
    """``shop`` and ``billing``: URLs of their owner. ``reader`` and ``writer``: names of roles."""

    server: Server
    shop: str
    billing: str
    folder: Path
    reader: str
    writer: str
    log: dict[str, Any] = field(default_factory=lambda: dict(LOG))
    consumer: dict[str, Any] = field(default_factory=lambda: dict(CONSUMER))
    stores: dict[str, Any] = field(default_factory=dict)

    def run(self, url: str, statement: LiteralString | sql.Composed | bytes, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement as the owner, in a transaction of its own."""
        with psycopg.connect(url) as connection:
            done = connection.execute(statement, values or None)
            return done.fetchall() if done.description else []

    def grant(self, url: str, rights: LiteralString, role: str) -> None:
        """``rights``: what stands between GRANT and TO."""
        self.run(url, sql.SQL("GRANT {} TO {}").format(sql.SQL(rights), sql.Identifier(role)))

    def append(self, count: int) -> None:
        """Commit so many events, each in a transaction of its own."""
        for n in range(count):
            values = (f"order-{n % 3}", n // 3 + 1, f'{{"n": {n}, "price": 0.10000000000000000001}}')
            self.run(self.shop, "INSERT INTO outbox (stream_id, version, data) VALUES (%s, %s, %s)", *values)

    def relay(self, loses: Collection[int] = ()) -> list[int]:
        """Send what is not marked sent, and mark it; what it loses is marked all the same. Positions, as sent."""
        with psycopg.connect(self.shop) as shop, psycopg.connect(self.billing) as billing:
            waiting = "SELECT position, event_id FROM outbox WHERE published_at IS NULL ORDER BY position"
            rows = shop.execute(f"{waiting} FOR UPDATE SKIP LOCKED".encode()).fetchall()
            for position, identity in rows:
                if position not in loses:
                    _receive(billing, identity)
                shop.execute("UPDATE outbox SET published_at = now() WHERE position = %s", (position,))
        return [position for position, _ in rows]

    def relay_beyond(self, position: int, loses: Collection[int] = ()) -> int:
        """Send what stands beyond a position; where it stands then."""
        with psycopg.connect(self.billing) as billing:
            beyond = "SELECT position, event_id FROM outbox WHERE position > %s ORDER BY position"
            for here, identity in self.run(self.shop, beyond, position):
                position = here
                if here not in loses:
                    _receive(billing, identity)
        return position

    def poll(self, loses: Collection[int] = ()) -> int:
        """The consumer reads on from its cursor; how many events it read."""
        with psycopg.connect(self.billing) as billing:
            cursor = "SELECT transaction_id::text, position FROM cursors WHERE name = 'billing' FOR UPDATE"
            [(transaction, position)] = billing.execute(cursor.encode()).fetchall()
            beyond = (
                "SELECT transaction_id::text, position, event_id FROM outbox"
                " WHERE (transaction_id, position) > (%s::xid8, %s) ORDER BY outbox.transaction_id, position"
            )
            rows = self.run(self.shop, beyond, transaction, position)
            for transaction, position, identity in rows:
                if position not in loses:
                    _receive(billing, identity)
                moved = "UPDATE cursors SET transaction_id = %s::xid8, position = %s WHERE name = 'billing'"
                billing.execute(moved.encode(), (transaction, position))
        return len(rows)

    def received(self) -> list[int]:
        """Positions of the first rows of what the consumer received, each as often as it did."""
        first = "SELECT event_id, min(position) FROM outbox GROUP BY event_id"
        positions = dict(self.run(self.shop, first))
        return sorted(positions[identity] for (identity,) in self.run(self.billing, "SELECT event_id FROM inbox"))

    def unsent(self) -> list[int]:
        """Positions of rows that are not marked sent."""
        return [row[0] for row in self.run(self.shop, "SELECT position FROM outbox WHERE published_at IS NULL")]

    def cursor(self) -> tuple[Any, ...]:
        """Where the consumer stands."""
        return self.run(self.billing, "SELECT transaction_id::text, position FROM cursors WHERE name = 'billing'")[0]

    @contextmanager
    def desk(self, target: Mapping[str, Any], sleep: Callable[[float], None] = lambda _: None) -> Iterator[Desk]:
        """The desk of a command: it reads as the reader."""
        names = {"shop": self.shop, "billing-db": self.billing}
        stores = {name: {"url": self.url(url, self.reader)} for name, url in names.items()}
        said = {
            "stores": {**stores, **self.stores},
            "logs": {"orders": self.log},
            "consumers": {"billing": self.consumer},
            "redelivery": {"to": dict(target)},
        }
        desk = Desk(load(write_config(self.folder, said)), Silent(), sleep)
        try:
            yield desk
        finally:
            desk.close()

    def url(self, url: str, role: str, server: Server | None = None) -> str:
        """The same database for another role, maybe on another server."""
        return (server or self.server).url(str(conninfo_to_dict(url)["dbname"]), role)

    @contextmanager
    def outbox(self, **keys: Any) -> Iterator[OutboxTarget]:
        """The target, prepared; it writes as the writer."""
        self.stores.setdefault("writer", {"url": self.url(self.shop, self.writer)})
        with self.desk({"kind": "outbox", "log": "orders", "store": "writer", **keys}) as desk:
            config = desk.config.redelivery["to"]
            assert isinstance(config, OutboxTargetConfig)
            target = OutboxTarget(desk, config, desk.config.consumers["billing"])
            target.prepare()
            yield target

    @contextmanager
    def cursors(self, sleep: Callable[[float], None] = lambda _: None) -> Iterator[CursorTarget]:
        """The target, prepared; it writes as the writer."""
        self.stores.setdefault("writer", {"url": self.url(self.billing, self.writer)})
        with self.desk({"kind": "cursor", "store": "writer"}, sleep) as desk:
            config = desk.config.redelivery["to"]
            assert isinstance(config, CursorTargetConfig)
            billing = desk.config.consumers["billing"]
            target = CursorTarget(desk, config, billing, consumer_stopped=True, pause=timedelta(seconds=1))
            target.prepare()
            yield target

    def batch(self, *positions: int, whole: bool = False) -> Batch:
        """The events that stand there now, as a plan would have them; ``whole``: the first of them stands for all."""
        with self.desk({"kind": "outbox", "log": "orders"}) as desk:
            log = desk.config.logs["orders"]
            found = dict(zip(positions, self._events(positions), strict=True))
        parcels = [
            Parcel(
                event=PlannedEvent(event=event, consumer="billing", target="to", why=Why.MISSING),
                key=f"key-{position}",
                data=self.run(self.shop, "SELECT data FROM outbox WHERE position = %s", position)[0][0],
            )
            for position, event in found.items()
        ]
        given = tuple(parcels[:1] if whole else parcels)
        return Batch(plan="p1", consumer="billing", log=log, parcels=given, count=len(parcels))

    def lacking(self, *positions: int) -> list[int]:
        """Which of these the auditor sees no trace of at the consumer."""
        outbox = {"kind": "outbox", "log": "orders"}
        with self.desk(outbox) as desk, viewing(desk, desk.config.consumers["billing"]) as view:
            seen = view.look(self._events(positions))
        return [one.event.position or 0 for one in seen if one.standing is Standing.LACKING]

    def _events(self, positions: Collection[int]) -> list[Event]:
        columns = "SELECT event_id::text, stream_id, version, type::text, recorded_at FROM outbox WHERE position = %s"
        rows = [(position, self.run(self.shop, columns, position)[0]) for position in positions]
        return [
            Event(position=position, id=row[0], stream=row[1], version=row[2], type=row[3], time=row[4])
            for position, row in rows
        ]


def granted(told: str) -> bytes:
    """The statement in brackets at the end of a refusal."""
    return f"GRANT {told.rpartition('(GRANT ')[2].removesuffix(')')}".encode()


def _receive(billing: Connection, identity: object) -> None:
    billing.execute("INSERT INTO inbox (event_id) VALUES (%s) ON CONFLICT DO NOTHING", (identity,))


@contextmanager
def relayed(server: Server, folder: Path) -> Iterator[Relayed]:
    """Two new databases; the reader may select, the writer nothing yet."""
    with ExitStack() as stack:
        shop, billing = (stack.enter_context(server.database()) for _ in range(2))
        reader, writer = (server.role(name, f"of-{name}") for name in ("reader", "writer"))
        pair = Relayed(server, shop, billing, folder, reader, writer)
        pair.run(shop, SHOP)
        pair.run(billing, BILLING)
        pair.grant(shop, "SELECT ON outbox", pair.reader)
        pair.grant(billing, "SELECT ON inbox, cursors", pair.reader)
        yield pair
