"""What later runs leave out because it was verified, where something about it comes to light all the same."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.auditing.session import Session
from auditor.compare.drill import GRAIN
from auditor.config import load
from auditor.gather.upkeep import Upkeep
from auditor.memory import Memory
from auditor.observer import Silent
from checks.model.result import Audit

TABLES = """
CREATE TABLE events (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at TEXT);
CREATE TABLE inbox (id TEXT NOT NULL, pos INTEGER NOT NULL);
CREATE INDEX by_position ON inbox (pos);
CREATE TABLE cursors (position INT);
INSERT INTO cursors VALUES (0);
"""
CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "id"
time = "at"
retention = "1h"
[consumers.billing]
log = "orders"
store = "shop"
start = "first"
[consumers.billing.cursor]
table = "cursors"
position = "position"
[consumers.billing.inbox]
table = "inbox"
id = "id"
position = "pos"
"""
STARTED = datetime(2026, 11, 25, tzinfo=UTC)


class Counting(Silent):
    """Counts statements."""

    def __init__(self) -> None:
        self.statements = 0

    def statement(self, store: str, sql: str, parameters: object) -> None:
        self.statements += 1


class Shop:
    """A log that only keeps an hour, and a consumer that has all of it; audited again and again."""

    def __init__(self, folder: Path, database: sqlite3.Connection) -> None:
        self._database = database
        self._config = folder / "auditor.toml"
        self._config.write_text(CONFIG)
        self._memory = Memory()
        self._runs = 0
        database.executescript(TABLES)
        self.go_on(1, 20)
        self.audit()

    def do(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        return self._database.execute(statement, values).fetchall()

    def go_on(self, first: int, last: int) -> None:
        old = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
        for position in range(first, last + 1):
            self.do("INSERT INTO events VALUES (?, ?, ?)", position, f"e{position}", old)
            self.do("INSERT INTO inbox VALUES (?, ?)", f"e{position}", position)
        self.do("UPDATE cursors SET position = ?", last)

    def audit(self, clock: timedelta = timedelta(0)) -> Audit:
        self._runs += 1
        upkeep = Upkeep(
            run=f"run-{self._runs}",
            started=STARTED + timedelta(minutes=self._runs) + clock,
            recheck=0,
            rows_at_once=1,
            keep=lambda _: None,
        )
        counting = Counting()
        session = Session(
            load(self._config),
            counting,
            memory=self._memory,
            upkeep=lambda _: upkeep,
            sleep=lambda _: None,
            grain=GRAIN,
        )
        session.audit({"orders", "billing"})
        session.close()
        self._memory = session.learnt
        self.log_audit, self.statements = session.audits["orders"], counting.statements
        return session.audits["billing"]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as database:
        yield Shop(tmp_path, database)


@pytest.mark.parametrize("lost", [None, 3], ids=["below the window", "within the window"])
def test_a_verified_event_that_a_new_receipt_names_counts_once(shop: Shop, lost: int | None) -> None:
    if lost is not None:
        shop.do("DELETE FROM inbox WHERE pos = ?", lost)
        for _ in range(20):
            shop.audit()
    shop.go_on(21, 25)
    shop.do("INSERT INTO inbox VALUES ('e12', 24)")
    audit = shop.audit()

    assert {finding.check for finding in audit.findings} >= {"duplicate", "conflict"}
    assert audit.window is not None
    assert audit.totals is not None
    [(inside,)] = shop.do("SELECT count(*) FROM events WHERE position >= ?", audit.window.first)
    assert audit.totals.produced == inside
    assert audit.totals.excluded == 0
    assert audit.totals.balances()


def test_what_comes_back_below_the_floor_is_looked_at(shop: Shop) -> None:
    purged = shop.do("SELECT * FROM events WHERE position <= 10")
    shop.do("DELETE FROM events WHERE position <= 10")
    for _ in range(20):
        shop.audit()
    for row in purged:
        shop.do("INSERT INTO events VALUES (?, ?, ?)", *row)
    shop.do("DELETE FROM inbox WHERE pos = 5")

    missing = [finding for finding in shop.audit().findings if finding.check == "missing"]
    assert [finding.ranges for finding in missing] == [((5, 5),)]


def test_a_full_audit_is_due_although_the_last_one_stands_in_the_future(shop: Shop) -> None:
    years = timedelta(days=1_000)
    for _ in range(2):  # the second begins anew as well, since the first one is so long ago by this clock
        shop.audit(clock=years)
    assert shop.audit(clock=years).coverage is not None

    assert shop.audit().coverage is None
    assert shop.log_audit.coverage is None
    assert shop.audit().coverage is not None


def test_an_inbox_that_let_go_of_what_was_verified_is_not_asked_for_it_one_by_one(shop: Shop) -> None:
    for first in range(21, 1_221, 200):  # every run verifies a range, and looks at two of them again
        shop.go_on(first, first + 199)
        shop.audit()
    before = shop.statements
    shop.do("DELETE FROM inbox WHERE pos <= 1200")
    audit = shop.audit()
    assert audit.coverage is not None
    assert shop.statements < before + 200
