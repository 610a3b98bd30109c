"""A log and its consumers in two SQLite files, to plan redeliveries for.

Every event of the log was written long ago, in one stream an order; ``billing`` is past all of them. Tests say what it
received, and look at the plan.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from auditor.audit import run
from auditor.config import Config, load
from auditor.ledger import Ledger, open_ledger
from auditor.memory import Memory
from auditor.redelivery.plan_file import events_of, read_plan
from auditor.redelivery.planning.asked import Asked
from auditor.redelivery.planning.plan import plan
from auditor.result import Result
from checks.model.finding import Finding, Verdict
from checks.model.redelivery import Part, Plan, PlannedEvent
from checks.model.result import Audit, Totals, Window

LONG_AGO = datetime.now(UTC) - timedelta(days=2)

_CONFIG = """\
[stores.shop]
url = "sqlite:///shop.db"
[stores.billing-db]
url = "sqlite:///billing.db"

[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "event_id"
stream = "stream_id"
version = "version"
type = "type"
time = "recorded_at"
settle = "0s"
{log}

[redelivery.api]
{target}
"""
_CONSUMER = """
[consumers.{name}]
log = "orders"
store = "billing-db"
start = "first"
grace = "{grace}"
{keys}
[consumers.{name}.cursor]
table = "cursors"
where = {{ name = "{name}" }}
position = "last_position"
{partition}
[consumers.{name}.inbox]
table = "inbox"
where = {{ consumer = "{name}" }}
id = "event_id"
done = {{ status = "done" }}
{inbox}
[consumers.{name}.parked]
table = "dead_letters"
where = {{ consumer = "{name}" }}
id = "event_id"
"""
TABLES = """
CREATE TABLE {0}events (position INTEGER NOT NULL, tenant TEXT, event_id TEXT, stream_id TEXT, version INTEGER,
    type TEXT, recorded_at TEXT);
CREATE INDEX {0}by_position ON events (position);
CREATE TABLE {1}cursors (name TEXT, tenant TEXT, last_position INTEGER);
CREATE TABLE {1}inbox (consumer TEXT, event_id TEXT, status TEXT);
CREATE TABLE {1}dead_letters (consumer TEXT, event_id TEXT);
"""
COMMAND = 'kind = "command"\ncommand = ["send", "{consumer}"]\n'


@dataclass(frozen=True)
class Row:
    """An event of the log. Its id is made of its position and partition."""

    position: int
    stream: str | None = None
    version: int | None = None
    type: str = "OrderPlaced"
    time: datetime | None = LONG_AGO
    partition: str | None = None

    @property
    def id(self) -> str:
        return f"e{self.position}{'' if self.partition is None else '-' + self.partition}"


@dataclass
class World:
    """The two files, attached to one connection, and the config beside them."""

    folder: Path
    connection: sqlite3.Connection
    target: str = COMMAND
    log: str = ""
    consumers: dict[str, str] = field(default_factory=lambda: {"billing": 'redelivery = "api"\nidempotent = true'})
    grace: str = "0s"
    inbox: str = ""
    inboxes: dict[str, str] = field(default_factory=dict)
    partitioned: bool = False
    further: str = ""

    def write(self, rows: Iterable[Row]) -> None:
        """Add events to the log."""
        values = [
            (r.position, r.partition, r.id, r.stream, r.version, r.type, r.time and r.time.isoformat()) for r in rows
        ]
        self._many("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def receive(self, rows: Iterable[Row], consumer: str = "billing", status: str = "done") -> None:
        """The consumer has these."""
        self._many("INSERT INTO inbox VALUES (?, ?, ?)", [(consumer, row.id, status) for row in rows])

    def park(self, rows: Iterable[Row], consumer: str = "billing") -> None:
        """The consumer set these aside."""
        self._many("INSERT INTO dead_letters VALUES (?, ?)", [(consumer, row.id) for row in rows])

    def stand(self, position: int | None, consumer: str = "billing", partition: str | None = None) -> None:
        """Where its cursor stands."""
        self.execute("DELETE FROM cursors WHERE name = ? AND tenant IS ?", consumer, partition)
        self.execute("INSERT INTO cursors VALUES (?, ?, ?)", consumer, partition, position)

    def _many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        self.connection.execute("BEGIN")
        self.connection.executemany(statement, rows)
        self.connection.execute("COMMIT")

    def execute(self, statement: str, *values: object) -> None:
        self.connection.execute(statement, values)

    def configured(self) -> Config:
        """The config, read from its file."""
        tenant = 'partition = "tenant"' if self.partitioned else ""
        text = _CONFIG.format(log=f"{self.log}\n{tenant}", target=self.target)
        for name, keys in self.consumers.items():
            inbox = self.inboxes.get(name, self.inbox)
            text += _CONSUMER.format(name=name, keys=keys, grace=self.grace, inbox=inbox, partition=tenant)
        path = self.folder / "auditor.toml"
        path.write_text(text + self.further, encoding="utf-8")
        return load(path)

    def plan_as(self, text: str) -> "Planned":
        """A plan by a fresh audit under another text of the config."""
        path, file = self.folder / "auditor.toml", self.folder / "plan.json"
        path.write_text(text, encoding="utf-8")
        return Planned(plan(load(path), output=file), list(events_of(file)))

    def plan_with(self, ledger: Ledger, **asked: Any) -> "Planned":
        """A plan by a fresh audit that is recorded in a ledger of the test's own."""
        file = self.folder / "plan.json"
        return Planned(plan(self.configured(), output=file, ledger=ledger, asked=Asked(**asked)), list(events_of(file)))

    def audit(self) -> Result:
        """A recorded run."""
        return run(self.configured(), ledger=True)

    def plan(self, *consumers: str, run: str | None = None, **asked: Any) -> "Planned":
        """A plan by a fresh audit, or by a recorded run."""
        path = self.folder / "plan.json"
        made = plan(self.configured(), consumers, output=path, run=run, asked=Asked(**asked))
        assert read_plan(path) == made
        return Planned(made, list(events_of(path)))

    def plan_confirmed(self, *consumers: str, **asked: Any) -> "Planned":
        """A plan after a run that confirmed the same before."""
        self.audit()
        return self.plan(*consumers, **asked)

    def ledger(self) -> closing[Ledger]:
        """The config's own, open."""
        return closing(open_ledger(self.configured().ledger))


@dataclass(frozen=True)
class Planned:
    """A plan with its events."""

    plan: Plan
    events: list[PlannedEvent]

    @property
    def positions(self) -> list[int | None]:
        return [each.event.position for each in self.events]

    def part(self, consumer: str = "billing") -> Part:
        return next(part for part in self.plan.parts if part.consumer == consumer)

    def left_out(self, consumer: str = "billing") -> dict[str, int | None]:
        return {each.reason: each.count for each in self.part(consumer).left_out}

    def message(self, reason: str, consumer: str = "billing") -> str:
        return next(each.message for each in self.part(consumer).left_out if each.reason == reason)


@contextmanager
def world_in(folder: Path) -> Iterator[World]:
    """Empty tables."""
    with closing(sqlite3.connect(folder / "shop.db", isolation_level=None)) as connection:
        connection.execute("ATTACH DATABASE ? AS billing", (str(folder / "billing.db"),))
        connection.executescript(TABLES.format("", "billing."))
        yield World(folder, connection)


def orders(count: int, streams: int = 2) -> list[Row]:
    """So many events, one after the other in turn in so many streams."""
    return [Row(position=n + 1, stream=f"order-{n % streams}", version=n // streams + 1) for n in range(count)]


def lacking(world: World, count: int, missing: Iterable[int], streams: int = 2) -> list[Row]:
    """So many events, of which billing, past all of them, never received those at some positions."""
    rows = orders(count, streams)
    absent = set(missing)
    world.write(rows)
    world.receive(row for row in rows if row.position not in absent)
    world.stand(count)
    return rows


def recorded(world: World, *findings: Finding, ago: timedelta = timedelta(hours=1), **audit: Any) -> Result:
    """A run about billing that somebody recorded so long ago, and that found just this."""
    started = datetime.now(UTC) - ago
    known: dict[str, Any] = {
        "name": "billing",
        "of": "consumer",
        "upstream": "orders",
        "window": Window(first=1, last=99),
        "totals": Totals(),
    }
    said = Result(
        run=f"{started:%Y%m%dT%H%M%S%f}",
        started=started,
        finished=started,
        audits=(Audit(findings=findings, **(known | audit)),),
    )
    with world.ledger() as ledger:
        ledger.record(said, Memory(), {}, {})
    return said


def missing(count: int, *ranges: tuple[int, int], **changes: Any) -> Finding:
    """A confirmed finding that names no event but where they stand."""
    known: dict[str, Any] = {"check": "missing", "verdict": Verdict.CONFIRMED, "message": "lost"}
    return Finding(count=count, ranges=ranges, **(known | changes))
