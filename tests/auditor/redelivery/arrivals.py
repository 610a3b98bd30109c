"""A shop in SQLite of which billing and shipping lack events, a plan of these, and time that passes when told."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from auditor.config import Config, load
from auditor.desk import Desk
from auditor.observer import Silent
from auditor.redelivery.look import viewing
from auditor.redelivery.plan_file import read_plan, write_plan
from auditor.redelivery.verifying import Clock
from checks.model.redelivery import Plan, PlannedEvent
from tests import plans
from tests.integration.shop import write_config

LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
TABLES = """\
CREATE TABLE events (position bigint, event_id text, stream_id text, version bigint, type text, recorded_at text);
CREATE TABLE billing_inbox (seq integer PRIMARY KEY, event_id text, status text);
CREATE TABLE shipping_inbox (seq integer PRIMARY KEY, event_id text, status text);
CREATE TABLE dead_letters (event_id text);
"""


@dataclass
class Shop:
    """The database, its config, and where plans of it are kept."""

    folder: Path
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.folder / "shop.db"

    @property
    def plan(self) -> Path:
        return self.folder / "plan.json"

    @property
    def config(self) -> Config:
        return load(self.folder / "auditor.toml")

    def build(self, count: int) -> "Shop":
        """So many events, and nobody has any of them."""
        self.run(TABLES)
        rows = (
            (n, str(UUID(int=n)), f"order-{n % 7}", n, "OrderPlaced", LONG_AGO.isoformat()) for n in range(1, count + 1)
        )
        self.run("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", rows)
        columns = {"id": "event_id", "stream": "stream_id", "version": "version", "type": "type", "time": "recorded_at"}
        consumer = {"log": "orders", "store": "shop", "start": "first", "idempotent": True, **self.changes}
        inbox = {"id": "event_id", "received": "seq", "done": {"status": "done"}}
        parked = {"table": "dead_letters", "id": "event_id"}
        said = {
            "stores": {"shop": {"url": "sqlite:///shop.db"}},
            "logs": {"orders": {"store": "shop", "table": "events", "position": "position", **columns}},
            "consumers": {
                name: {**consumer, "inbox": {"table": f"{name}_inbox", **inbox}, "parked": parked}
                for name in ("billing", "shipping")
            },
        }
        write_config(self.folder, said)
        return self

    def run(self, statement: str, rows: Iterable[Sequence[object]] | None = None) -> None:
        """A statement for each row, or some without any."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            if rows is None:
                connection.executescript(statement)
            else:
                connection.executemany(statement, rows)

    def receive(self, *positions: int, by: str = "billing", status: str = "done") -> None:
        """These have arrived."""
        rows = ((str(UUID(int=each)), status) for each in positions)
        self.run(f"INSERT INTO {by}_inbox (event_id, status) VALUES (?, ?)", rows)

    def park(self, *positions: int) -> None:
        """These were set aside."""
        self.run("INSERT INTO dead_letters VALUES (?)", [(str(UUID(int=each)),) for each in positions])

    def event(self, position: int, consumer: str = "billing", **more: Any) -> PlannedEvent:
        """That event, as it is planned."""
        return plans.planned(
            position, consumer, id=str(UUID(int=position)), stream=f"order-{position % 7}", time=LONG_AGO, **more
        )

    def write(self, events: Iterable[PlannedEvent], *names: str) -> Plan:
        """A plan of these events, for billing unless others are named, made from these very tables."""
        parts = [plans.part(name, origins=self.origins(name)) for name in names or ("billing",)]
        return write_plan(self.plan, plans.plan(*parts), events)

    def write_all(self, *positions: int) -> Plan:
        """A plan of these positions for billing."""
        return self.write(self.event(each) for each in positions)

    def rewrite(self, **changes: Any) -> Plan:
        """The same plan with another part for billing."""
        old = read_plan(self.plan)
        new = replace(old, parts=(replace(old.parts[0], **changes),))
        return write_plan(self.plan, new, [self.event(1)])

    def origins(self, consumer: str) -> dict[str, str]:
        """As a plan has them."""
        config = self.config
        desk = Desk(config, Silent())
        try:
            with viewing(desk, config.consumers[consumer]) as view:
                return view.origins()
        finally:
            desk.close()


@dataclass
class Hours:
    """Time that passes only in pauses; in each of them one thing may happen, the first one first."""

    happenings: list[Callable[[], object]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        if len(self.pauses) < len(self.happenings):
            self.happenings[len(self.pauses)]()
        self.pauses.append(seconds)

    @property
    def clock(self) -> Clock:
        return Clock(self.sleep, lambda: sum(self.pauses))


MINUTE = timedelta(minutes=1)
