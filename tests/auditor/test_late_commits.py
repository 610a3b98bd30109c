"""A long transaction that has just committed is no false alarm, and what is lost of it is found all the same.

Its events are ten minutes old by their own time in the moment in which anybody can see them. The run before, a minute
ago, saw that they were not there.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.auditing.session import Session
from auditor.config import load
from auditor.gather.upkeep import Upkeep
from auditor.memory import Memory
from auditor.observer import Silent
from checks.model.finding import Finding
from checks.model.result import Audit
from tests.histories.runs import earlier

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
LASTED = 10 * MINUTE
"""How long the transaction took."""

CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "id"
stream = "stream"
version = "version"
time = "time"
[logs.outbox]
store = "shop"
table = "outbox"
position = "position"
id = "id"
time = "time"
sent = "sent"
[logs.orders-v1]
store = "shop"
derived_from = "orders"
source = "source"
table = "orders_v1"
position = "position"
[states.accounts]
log = "orders"
store = "shop"
table = "accounts"
stream = "stream"
version = "version"
[consumers.billing]
log = "orders"
store = "shop"
start = "first"
{billing}
cursor = {{ table = "cursors", where = {{ name = "billing" }}, position = "position"{means} }}
inbox = {{ table = "inbox", id = "id" }}
[consumers.fresh]
log = "orders"
store = "shop"
start = "first"
cursor = {{ table = "cursors", where = {{ name = "fresh" }}, position = "position" }}
inbox = {{ table = "fresh", id = "id" }}
[consumers.worker]
log = "orders"
store = "shop"
start = "first"
inbox = {{ table = "worker", id = "id", done = {{ status = "done" }} }}
"""
TABLES = """
CREATE TABLE events (position INTEGER PRIMARY KEY, id TEXT UNIQUE, stream TEXT, version INT, time TEXT);
CREATE TABLE outbox (position INTEGER PRIMARY KEY, id TEXT, time TEXT, sent TEXT);
CREATE TABLE orders_v1 (position INTEGER PRIMARY KEY, source TEXT UNIQUE);
CREATE TABLE accounts (stream TEXT PRIMARY KEY, version INT);
CREATE TABLE cursors (name TEXT, position INT);
CREATE TABLE inbox (id TEXT PRIMARY KEY);
CREATE TABLE fresh (id TEXT PRIMARY KEY);
CREATE TABLE worker (id TEXT PRIMARY KEY, status TEXT);
INSERT INTO cursors VALUES ('billing', 0);
"""
EVERYTHING = ("orders", "outbox", "orders-v1", "accounts", "billing", "fresh", "worker")
READERS = ("orders_v1", "accounts", "billing", "worker")


class Shop:
    """Audited again and again. ``waits``: those of the last run; ``meanwhile`` happens in the first of ``least`` s."""

    def __init__(self, folder: Path, *, billing: str = "", means: str = "") -> None:
        self.waits: list[float] = []
        self.least = 0.0
        self.statements = 0
        self.meanwhile: Callable[[], None] = lambda: None
        self._memory = Memory()
        self._runs = 0
        self._database = sqlite3.connect(folder / "shop.db", isolation_level=None)
        self._database.executescript(TABLES)
        self._config = folder / "auditor.toml"
        self._config.write_text(CONFIG.format(billing=billing, means=means))

    def close(self) -> None:
        self._database.close()

    def do(self, statement: str, *values: object) -> None:
        self._database.execute(statement, values)

    def write(self, *positions: int, ago: timedelta = LASTED) -> None:
        """Events of streams of their own, and rows of the outbox."""
        at = (datetime.now(UTC) - ago).isoformat()
        for position in positions:
            self.do("INSERT INTO events VALUES (?, ?, ?, 1, ?)", position, f"e{position}", f"s{position}", at)
            self.do("INSERT INTO outbox VALUES (?, ?, ?, NULL)", position, f"e{position}", at)

    def read(self, *positions: int, by: tuple[str, ...] = (*READERS, "relay"), cursor: int | None = None) -> None:
        """Let readers take them in; the consumer without a cursor row does only where it is named."""
        for position in positions:
            for reader, statement in {
                "orders_v1": "INSERT INTO orders_v1 (source) VALUES ('e' || ?)",
                "accounts": "INSERT INTO accounts SELECT stream, version FROM events WHERE position = ?",
                "billing": "INSERT INTO inbox VALUES ('e' || ?)",
                "fresh": "INSERT INTO fresh VALUES ('e' || ?)",
                "worker": "INSERT INTO worker VALUES ('e' || ?, 'done')",
                "relay": "UPDATE outbox SET sent = 'now' WHERE position = ?",
            }.items():
                if reader in by:
                    self.do(statement, position)
        if "billing" in by:
            last = max(positions) if cursor is None else cursor
            self.do("UPDATE cursors SET position = ? WHERE name = 'billing'", last)

    def audit(self, *names: str, after: timedelta = MINUTE, full: bool = False) -> dict[str, Audit]:
        """The next run, so long after the last one."""
        self.waits, self.statements, self._runs = [], 0, self._runs + 1
        upkeep = Upkeep(run=f"run-{self._runs}", started=datetime.now(UTC), full=full, keep=lambda _: None)
        session = Session(
            load(self._config),
            Counting(self),
            run=upkeep.run,
            memory=earlier(self._memory, after),
            upkeep=lambda _: upkeep,
            sleep=self._sleep,
        )
        session.audit(set(names or EVERYTHING))
        session.close()
        learnt = session.learnt
        self._memory = Memory(
            logs={**self._memory.logs, **learnt.logs},
            consumers={**self._memory.consumers, **learnt.consumers},
            horizons={**self._memory.horizons, **learnt.horizons},
        )
        return session.audits

    def _sleep(self, seconds: float) -> None:
        is_first = seconds >= self.least and all(wait < self.least for wait in self.waits)
        self.waits.append(seconds)
        if is_first:
            self.meanwhile()


class Counting(Silent):
    """Counts the statements of a run."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def statement(self, store: str, sql: str, parameters: object) -> None:
        self._shop.statements += 1


Make = Callable[..., Shop]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """A shop in which all is well and a run was a minute ago; and time passes while a run waits, and only then."""
    made: list[Shop] = []
    monkeypatch.setattr(time, "monotonic", lambda: 1_000.0 + sum(wait for each in made for wait in each.waits))

    def new(**keys: str) -> Shop:
        shop = Shop(tmp_path, **keys)
        made.append(shop)
        shop.write(*range(1, 11), ago=2 * DAY)
        shop.read(*range(1, 11))
        shop.do("INSERT INTO cursors VALUES ('fresh', 10)")
        shop.read(*range(1, 11), by=("fresh",))
        assert {audit.verdict for audit in shop.audit().values()} == {"consistent"}
        return shop

    yield new
    for each in made:
        each.close()


@pytest.fixture
def shop(make: Make) -> Shop:
    return make()


def said(audits: Mapping[str, Audit]) -> set[tuple[str, str, str, str | None, int]]:
    """Audit, check, verdict, reason and count of whatever was found, holes aside."""
    return {
        (name, finding.check, str(finding.verdict), finding.reason, finding.count)
        for name, audit in audits.items()
        for finding in audit.findings
        if finding.check != "position-gap"
    }


def found(audit: Audit, check: str) -> Finding:
    [finding] = [finding for finding in audit.findings if finding.check == check]
    return finding


LATE = {
    ("outbox", "unsent", "pending", "appeared-lately", 3),
    ("orders-v1", "underived", "pending", "appeared-lately", 3),
    ("billing", "lagging", "pending", "appeared-lately", 3),
    ("worker", "lagging", "pending", "appeared-lately", 3),
    ("fresh", "lagging", "pending", "appeared-lately", 3),
}


def test_nothing_is_late_that_nobody_could_see_a_minute_ago_and_all_of_it_is_told(shop: Shop) -> None:
    shop.write(11, 12, 13)
    shop.meanwhile = lambda: shop.read(11, 12, 13, by=("accounts",))
    audits = shop.audit()
    assert said(audits) == LATE
    assert {audit.verdict for audit in audits.values()} == {"consistent"}
    for name, check in (("outbox", "unsent"), ("orders-v1", "underived"), ("billing", "lagging")):
        finding = found(audits[name], check)
        assert ", which appeared after the run at 20" in finding.message
        assert finding.evidence["appeared_late"] == 3
        ago = datetime.now(UTC) - datetime.fromisoformat(str(finding.evidence["appeared_after"]))
        assert MINUTE <= ago < 2 * MINUTE


def test_it_is_late_once_its_time_is_over_since_a_run_saw_it(shop: Shop) -> None:
    shop.write(11, 12, 13)
    shop.meanwhile = lambda: shop.read(11, 12, 13, by=("accounts",))
    shop.audit()
    shop.meanwhile = lambda: None
    after_a_minute = shop.audit(after=MINUTE + SECOND)
    assert ("outbox", "unsent", "confirmed", "waiting", 3) in said(after_a_minute)
    assert ("orders-v1", "underived", "confirmed", "absent", 3) in said(after_a_minute)
    assert ("billing", "lagging", "pending", "appeared-lately", 3) in said(after_a_minute)
    assert said(shop.audit(after=3 * MINUTE)) == said(after_a_minute)
    audits = shop.audit(after=MINUTE)
    assert ("billing", "stalled", "confirmed", None, 3) in said(audits)
    assert ("worker", "lagging", "confirmed", None, 3) in said(audits)
    oldest = found(audits["billing"], "stalled").evidence["oldest_age_seconds"]
    assert isinstance(oldest, float)
    assert 5 * 60 < oldest < 6 * 60


def test_a_full_run_says_the_same(shop: Shop) -> None:
    shop.write(11, 12, 13)
    shop.meanwhile = lambda: shop.read(11, 12, 13, by=("accounts",))
    assert said(shop.audit(full=True)) == LATE


def test_what_is_written_after_the_run_before_is_late_by_its_own_time_however_long_ago_that_run_was(shop: Shop) -> None:
    shop.write(11, 12, 13)
    audits = shop.audit(after=DAY)
    assert shop.waits == [0.5], "for the relay"
    assert ("outbox", "unsent", "confirmed", "waiting", 3) in said(audits)
    assert ("orders-v1", "underived", "confirmed", "absent", 3) in said(audits)
    assert ("billing", "stalled", "confirmed", None, 3) in said(audits)
    assert ("accounts", "state-missing", "confirmed", None, 3) in said(audits)


def test_where_the_run_before_was_long_ago_what_began_before_it_is_late_at_once(shop: Shop) -> None:
    shop.write(11, 12, 13, ago=2 * DAY)
    audits = shop.audit(after=DAY)
    assert ("outbox", "unsent", "confirmed", "waiting", 3) in said(audits)
    assert ("billing", "stalled", "confirmed", None, 3) in said(audits)


def test_a_first_run_has_nothing_but_the_time_of_an_event(shop: Shop) -> None:
    shop.write(11, 12, 13)
    shop._memory = Memory()
    audits = shop.audit("outbox", "billing")
    assert ("outbox", "unsent", "confirmed", "waiting", 3) in said(audits)
    assert ("billing", "lagging", "confirmed", None, 3) in said(audits)


def test_a_reader_that_comes_back_for_what_was_committed_late_misses_nothing(shop: Shop) -> None:
    shop.write(11, 12, 13)
    shop.write(14, ago=SECOND)
    shop.read(14)
    shop.least, shop.meanwhile = 20, lambda: shop.read(11, 12, 13, by=READERS, cursor=14)
    audits = shop.audit("orders", "orders-v1", "accounts", "billing")
    assert said(audits) == set()


def test_what_a_reader_skipped_is_missing_in_the_same_run_once_grace_was_waited_for(shop: Shop) -> None:
    shop.write(11, 12, 13)
    shop.write(14, ago=SECOND)
    shop.read(14)
    audits = shop.audit("orders", "billing")
    assert said(audits) == {("billing", "missing", "confirmed", None, 3)}
    assert found(audits["billing"], "missing").evidence["lasted"] == {"it was still absent when grace had passed": 3}


def test_of_a_cursor_that_says_delivered_a_later_run_decides(make: Make) -> None:
    shop = make(means=', means = "delivered"')
    shop.write(11, 12, 13)
    shop.write(14, ago=SECOND)
    shop.read(14)
    assert said(shop.audit("billing")) == {("billing", "missing", "pending", "within-grace", 3)}
    assert said(shop.audit("billing", after=4 * MINUTE)) == {("billing", "missing", "pending", "within-grace", 3)}
    assert said(shop.audit("billing", after=2 * MINUTE)) == {("billing", "missing", "confirmed", None, 3)}


def test_a_projection_is_waited_for_and_what_it_left_out_is_found_in_the_same_run(shop: Shop) -> None:
    shop.write(11, 12, 13)
    shop.do("INSERT INTO events VALUES (14, 'e14', 's10', 2, ?)", (datetime.now(UTC) - LASTED).isoformat())
    shop.meanwhile = lambda: shop.read(11, 12, by=("accounts",))
    audits = shop.audit("accounts")
    assert [round(wait) for wait in shop.waits] == [60]
    expected = {("accounts", "state-missing", "confirmed", None, 1), ("accounts", "state-behind", "confirmed", None, 1)}
    assert said(audits) == expected
    assert said(shop.audit("accounts", after=MINUTE + SECOND)) == expected
    assert shop.waits == [], "an earlier run read the log, and so they count from then on"


def test_a_cursor_row_may_come_with_the_first_events(shop: Shop) -> None:
    shop.do("DELETE FROM cursors WHERE name = 'fresh'")
    shop.do("DELETE FROM fresh")
    shop.do("DELETE FROM events")
    shop._memory = Memory()
    shop.audit("fresh")
    shop.write(11, 12, 13)
    assert said(shop.audit("fresh")) == {("fresh", "lagging", "pending", "appeared-lately", 3)}
    shop.read(11, 12, 13, by=("fresh",))
    assert said(shop.audit("fresh")) == set()
    assert said(shop.audit("fresh", after=5 * MINUTE)) == {("fresh", "cursor-absent", "confirmed", None, 3)}


def test_what_was_received_a_moment_ago_may_still_be_at_work(shop: Shop) -> None:
    shop.write(11, 12, 13)
    shop.do("INSERT INTO worker SELECT id, 'received' FROM events WHERE position > 10")
    assert said(shop.audit("worker")) == {("worker", "unprocessed", "pending", "appeared-lately", 3)}
    assert said(shop.audit("worker", after=6 * MINUTE)) == {("worker", "unprocessed", "confirmed", None, 3)}


def test_runs_of_a_consumer_alone_remember_what_they_saw_of_its_log(shop: Shop) -> None:
    shop._memory = Memory()
    shop.audit("billing")
    shop.write(11, 12, 13)
    assert said(shop.audit("billing")) == {("billing", "lagging", "pending", "appeared-lately", 3)}
    assert said(shop.audit("billing", after=6 * MINUTE)) == {("billing", "stalled", "confirmed", None, 3)}


def test_what_commits_while_a_run_is_at_work_is_not_late_in_that_run(shop: Shop) -> None:
    """The log was looked at before its consumers, and the outbox is waited for in between."""
    shop._memory = Memory()
    shop.do("INSERT INTO outbox VALUES (99, 'e99', ?, NULL)", (datetime.now(UTC) - LASTED).isoformat())
    shop.meanwhile = lambda: shop.write(11, 12, 13)
    audits = shop.audit("orders", "outbox", "billing")
    assert ("billing", "lagging", "pending", "appeared-lately", 3) in said(audits)
    assert ("outbox", "unsent", "confirmed", "waiting", 4) in said(audits)


def test_a_run_asks_no_more_for_what_it_remembers(shop: Shop) -> None:
    shop.audit()
    remembering = shop.statements
    shop._memory.horizons.clear()
    shop.audit()
    assert shop.statements == remembering
