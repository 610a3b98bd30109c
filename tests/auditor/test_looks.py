"""Between the looks of an audit the world goes on: what was only under way is no finding, what stays lost is one."""

import math
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.auditing.session import Session
from auditor.config import load
from auditor.observer import Silent
from checks.model.finding import Finding
from checks.model.result import Audit

CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "id"
{time}
[consumers.billing]
log = "orders"
store = "shop"
start = "first"
grace = "{grace}"
[consumers.billing.cursor]
table = "cursors"
position = "position"
[consumers.billing.inbox]
table = "inbox"
id = "id"
{received}
[consumers.billing.parked]
table = "parked"
id = "id"
"""
LOST = 3


class Shop:
    """Ten old events, a cursor beyond them all, receipts of all but one. ``later`` happens in the first wait."""

    def __init__(self, folder: Path, *, time: str = 'time = "time"', grace: str = "30s", received: str = "") -> None:
        self.waits: list[float] = []
        self.later: Callable[[], None] = lambda: None
        self.during_grace: Callable[[], None] = lambda: None
        self._database = sqlite3.connect(folder / "shop.db", isolation_level=None)
        self.do("CREATE TABLE events (position INTEGER PRIMARY KEY, id TEXT, time TEXT)")
        self.do("CREATE TABLE inbox (id TEXT, at TEXT)")
        self.do("CREATE TABLE cursors (position INT)")
        self.do("CREATE TABLE parked (id TEXT)")
        hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        for position in range(1, 11):
            self.do("INSERT INTO events VALUES (?, ?, ?)", position, f"e{position}", hour_ago)
            if position != LOST:
                self.do("INSERT INTO inbox VALUES (?, ?)", f"e{position}", datetime.now(UTC).isoformat())
        self.do("INSERT INTO cursors VALUES (10)")
        self._config = folder / "auditor.toml"
        self._config.write_text(CONFIG.format(time=time, grace=grace, received=received))

    def close(self) -> None:
        self._database.close()

    def do(self, statement: str, *values: object) -> None:
        self._database.execute(statement, values)

    def audit(self, *, confirm: bool = True) -> Audit:
        session = Session(load(self._config), Silent(), confirm=confirm, sleep=self._sleep)
        session.audit({"billing"})
        session.close()
        return session.audits["billing"]

    def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        (self.later if len(self.waits) == 1 else self.during_grace)()


Make = Callable[..., Shop]


@pytest.fixture(autouse=True)
def _no_time_passes_while_it_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a look may take longer than the wait after it, which is then not needed."""
    monkeypatch.setattr(time, "monotonic", lambda: 1_000.0)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    with ExitStack() as stack:
        yield lambda **keys: stack.enter_context(closing(Shop(tmp_path, **keys)))


@pytest.fixture
def shop(make: Make) -> Shop:
    return make()


def missing(audit: Audit) -> Finding:
    [finding] = [finding for finding in audit.findings if finding.check == "missing"]
    return finding


def test_an_old_event_without_a_receipt_is_missing_when_the_consumer_stands_still(shop: Shop) -> None:
    finding = missing(shop.audit())
    assert (finding.verdict, finding.ranges) == ("confirmed", ((LOST, LOST),))
    assert [wait <= 0.5 for wait in shop.waits] == [True]


def test_an_old_event_is_not_missing_at_once_when_the_consumer_is_catching_up(shop: Shop) -> None:
    shop.later = lambda: shop.do("UPDATE cursors SET position = 11")
    finding = missing(shop.audit())
    assert [math.ceil(wait) for wait in shop.waits] == [1, 30]
    assert finding.verdict == "confirmed"
    assert "grace had passed" in str(finding.evidence)


def test_receipts_that_come_in_say_that_the_consumer_is_at_work_although_its_cursor_stands(shop: Shop) -> None:
    shop.later = lambda: shop.do("INSERT INTO inbox VALUES ('e1', NULL)")
    shop.audit()
    assert [math.ceil(wait) for wait in shop.waits] == [1, 30]


def test_a_receipt_that_comes_between_the_looks_leaves_nothing_to_say(shop: Shop) -> None:
    shop.later = lambda: shop.do("INSERT INTO inbox VALUES ('e3', NULL)")
    audit = shop.audit()
    assert audit.verdict == "consistent"
    assert audit.totals is not None
    assert audit.totals.received == 10


def test_an_event_that_is_set_aside_between_the_looks_is_parked(shop: Shop) -> None:
    shop.later = lambda: shop.do("INSERT INTO parked VALUES ('e3')")
    assert [(finding.check, finding.count) for finding in shop.audit().findings] == [("parked", 1)]


def test_an_event_that_leaves_the_log_between_the_looks_is_unverifiable_not_healed(shop: Shop) -> None:
    shop.later = lambda: shop.do("DELETE FROM events WHERE position = 3")
    audit = shop.audit()
    assert audit.totals is not None
    assert (audit.totals.received, audit.totals.unverifiable) == (9, 1)
    assert "1 event unverifiable: gone from the log between two looks" in audit.notes


def test_a_receipt_whose_event_is_committed_between_the_looks_is_not_unexpected(shop: Shop) -> None:
    shop.do("INSERT INTO inbox VALUES ('e11', NULL)")
    shop.later = lambda: shop.do("INSERT INTO events VALUES (11, 'e11', NULL)")
    assert {finding.check for finding in shop.audit().findings} == {"missing"}


@pytest.mark.parametrize("table", ["inbox", "events", "cursors"])
def test_a_table_that_is_dropped_between_the_looks_leaves_the_audit_undecided(shop: Shop, table: str) -> None:
    shop.later = lambda: shop.do(f"DROP TABLE {table}")
    audit = shop.audit()
    assert (audit.verdict, audit.totals, audit.findings) == ("unknown", None, ())
    assert [problem.reason for problem in audit.problems] == ["missing-table"]


def test_a_receipt_of_nothing_stays_unexpected(shop: Shop) -> None:
    shop.do("INSERT INTO inbox VALUES ('e99', NULL)")
    assert {finding.check for finding in shop.audit().findings} == {"missing", "unexpected"}


def test_without_a_time_the_absence_is_waited_for(make: Make) -> None:
    shop = make(time="")
    assert missing(shop.audit()).verdict == "confirmed"
    assert [math.ceil(wait) for wait in shop.waits] == [1, 30]


def test_grace_is_what_is_waited_for(make: Make) -> None:
    shop = make(time="", grace="2s")
    shop.audit()
    assert [math.ceil(wait) for wait in shop.waits] == [1, 2]


def received_long_ago(make: Make, time: str) -> Shop:
    """A consumer at work, whose receipts so far are five minutes old."""
    shop = make(time=time, received='received = "at"')
    shop.do("UPDATE inbox SET at = ?", (datetime.now(UTC) - timedelta(minutes=5)).isoformat())
    shop.later = lambda: shop.do("UPDATE cursors SET position = 11")
    return shop


def test_a_later_event_received_long_ago_shows_that_an_old_one_is_missing_although_the_consumer_moves(
    make: Make,
) -> None:
    shop = received_long_ago(make, 'time = "time"')
    finding = missing(shop.audit())
    assert (finding.verdict, len(shop.waits)) == ("confirmed", 1)
    assert "a later one was received" in str(finding.evidence)


def test_a_later_event_received_long_ago_shows_nothing_of_one_that_may_have_been_committed_late(make: Make) -> None:
    shop = received_long_ago(make, "")
    shop.audit()
    assert [math.ceil(wait) for wait in shop.waits] == [1, 30]


def test_an_event_that_leaves_the_log_during_the_wait_for_grace_is_unverifiable(make: Make) -> None:
    shop = make(time="")
    shop.during_grace = lambda: shop.do("DELETE FROM events WHERE position = 3")
    audit = shop.audit()
    assert audit.totals is not None
    assert (audit.totals.missing, audit.totals.unverifiable) == (0, 1)


def test_a_cursor_that_is_put_back_during_the_wait_will_come_to_the_event_again(make: Make) -> None:
    shop = make(time="")
    shop.during_grace = lambda: shop.do("UPDATE cursors SET position = 2")
    assert missing(shop.audit()).verdict == "pending"


def test_cursor_and_receipts_of_one_transaction_need_no_wait(make: Make) -> None:
    shop = make(time="", grace="0s")
    assert missing(shop.audit()).verdict == "confirmed"
    assert shop.waits == []


def test_without_second_looks_a_candidate_stays_pending(shop: Shop) -> None:
    audit = shop.audit(confirm=False)
    assert (missing(audit).verdict, audit.verdict, shop.waits) == ("pending", "consistent", [])
