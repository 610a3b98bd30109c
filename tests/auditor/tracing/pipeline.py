"""A pipeline in two SQLite files: a log with a state, an outbox made of it, v1 made of the log too, and consumers.

Tests write rows of one event's way, leave some out, and look at the trace. Nothing is in the tables at the beginning.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import auditor
from auditor import Trace
from checks.model.trace import Hop, HopKind, HopVerdict

CONFIG = """\
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

[logs.outbox]
store = "shop"
derived_from = "orders"
source = "event_id"
table = "outbox"
position = "position"
id = "event_id"
time = "recorded_at"
sent = "sent_at"

[logs.v1]
store = "shop"
derived_from = "orders"
source = "source_id"
types = ["Order*"]
table = "v1"
position = "position"
id = "message_id"
type = "type"
time = "recorded_at"
[logs.v1.cursor]
table = "publishers"
where = { name = "v1" }
position = "last_position"

[states.accounts]
log = "orders"
store = "shop"
table = "accounts"
stream = "account_id"
version = "version"

[consumers.billing]
log = "v1"
store = "billing-db"
start = "first"
types = ["Order*"]
[consumers.billing.cursor]
table = "cursors"
where = { name = "billing" }
position = "last_position"
[consumers.billing.inbox]
table = "inbox"
where = { consumer = "billing" }
id = "message_id"
received = "received_at"
done = { status = "done" }
[consumers.billing.parked]
table = "dead_letters"
id = "message_id"

[consumers.mail]
log = "outbox"
store = "billing-db"
[consumers.mail.inbox]
table = "inbox"
where = { consumer = "mail" }
id = "message_id"
received = "received_at"
"""

TABLES = """
CREATE TABLE {0}events (position INTEGER, event_id TEXT, stream_id TEXT, version INTEGER, type TEXT, recorded_at TEXT);
CREATE TABLE {0}outbox (position INTEGER, event_id TEXT, recorded_at TEXT, sent_at TEXT);
CREATE TABLE {0}v1 (position INTEGER, message_id TEXT, source_id TEXT, type TEXT, recorded_at TEXT);
CREATE TABLE {0}publishers (name TEXT, last_position INTEGER);
CREATE TABLE {0}accounts (account_id TEXT, version INTEGER, changed_at TEXT);
CREATE TABLE {1}cursors (name TEXT, last_position INTEGER);
CREATE TABLE {1}inbox (consumer TEXT, message_id TEXT, received_at TEXT, status TEXT);
CREATE TABLE {1}dead_letters (message_id TEXT);
"""

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> str:
    """A moment of the story, as the tables keep it."""
    return (START + timedelta(seconds=seconds)).isoformat()


@dataclass
class Pipeline:
    """The two files, attached to one connection, and the config beside them."""

    folder: Path
    connection: sqlite3.Connection
    config: str = CONFIG

    def write(self, table: str, *rows: tuple[object, ...]) -> None:
        self.connection.execute("BEGIN")
        for row in rows:
            self.connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in row)})", row)
        self.connection.execute("COMMIT")

    def execute(self, statement: str) -> None:
        self.connection.execute(statement)

    def replace(self, old: str, new: str) -> None:
        """Change the config."""
        assert old in self.config
        self.config = self.config.replace(old, new)

    def remove(self, store: str) -> None:
        """Take a store away."""
        (self.folder / f"{store}.db").unlink()

    def configured(self) -> Path:
        path = self.folder / "auditor.toml"
        path.write_text(self.config, encoding="utf-8")
        return path

    def trace(self, event: str, **options: Any) -> Trace:
        return auditor.trace(self.configured(), event, **options)

    def happy(self) -> None:
        """One event that got everywhere, and one before it that did, too."""
        self.write(
            "events",
            (1, "e1", "order-1", 1, "OrderPlaced", at(-60)),
            (2, "e2", "order-1", 2, "OrderPaid", at(0)),
        )
        self.write("accounts", ("order-1", 2, at(0)))
        self.write("outbox", (11, "e1", at(-60), at(-59)), (12, "e2", at(0), at(1.5)))
        self.write("v1", (21, "m1", "e1", "OrderPlaced", at(-58)), (22, "m2", "e2", "OrderPaid", at(0.25)))
        self.write("publishers", ("v1", 2))
        self.write("cursors", ("billing", 22))
        self.write("inbox", ("billing", "m1", at(-50), "done"), ("billing", "m2", at(2), "done"))
        self.write("inbox", ("mail", "e1", at(-40), "new"), ("mail", "e2", at(3), "new"))


@contextmanager
def pipeline_in(folder: Path) -> Iterator[Pipeline]:
    """The empty tables."""
    with closing(sqlite3.connect(folder / "shop.db", isolation_level=None)) as connection:
        connection.execute("ATTACH DATABASE ? AS billing", (str(folder / "billing.db"),))
        connection.executescript(TABLES.format("", "billing."))
        yield Pipeline(folder, connection)


def hop(trace: Trace, of: str, name: str) -> Hop:
    """The only hop of that name."""
    [found] = hops(trace, of, name)
    return found


def hops(trace: Trace, of: str, name: str) -> list[Hop]:
    return [each for each in trace.hops if (each.of, each.name) == (HopKind(of), name)]


def verdicts(trace: Trace) -> dict[str, HopVerdict]:
    """Every hop's verdict, where no hop comes twice."""
    found = {f"{each.of} {each.name}": each.verdict for each in trace.hops}
    assert len(found) == len(trace.hops)
    return found
