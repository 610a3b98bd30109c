"""Runs with a ledger in which redeliveries are noted, also while the run is under way."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor import run
from auditor.config import load
from auditor.effective import key_of_consumer
from auditor.ledger import Ledger, open_ledger
from auditor.observer import Silent
from auditor.result import Result
from checks.model.finding import Finding
from checks.model.journal import How, Span
from tests.redeliveries import redelivery

CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
time = "at"
[consumers.shipping]
log = "orders"
store = "shop"
grace = "0s"
[consumers.shipping.cursor]
table = "cursors"
position = "position"
[consumers.shipping.inbox]
table = "inbox"
position = "position"
received = "seq"
[ledger]
url = "sqlite:///ledger.db"
"""


class Shop:
    """Thirty events, of which the last twenty were received, and a cursor beyond them all."""

    def __init__(self, folder: Path, database: sqlite3.Connection) -> None:
        (folder / "auditor.toml").write_text(CONFIG)
        self.config = load(folder / "auditor.toml")
        self._database = database
        self.do("CREATE TABLE events (position INTEGER PRIMARY KEY, at TEXT)")
        self.do("CREATE TABLE inbox (seq INTEGER PRIMARY KEY, position INT NOT NULL)")
        self.do("CREATE TABLE cursors (position INT)")
        self.do("INSERT INTO cursors VALUES (30)")
        for n in range(1, 31):
            self.do("INSERT INTO events VALUES (?, ?)", n, (datetime.now(UTC) - timedelta(hours=1)).isoformat())
            if n > 10:
                self.do("INSERT INTO inbox (position) VALUES (?)", n)

    def do(self, statement: str, *values: object) -> None:
        self._database.execute(statement, values)

    def ledger(self) -> Ledger:
        return open_ledger(self.config.ledger)

    def send_again(self, first: int, last: int) -> None:
        with closing(self.ledger()) as ledger:
            number = ledger.begin_redelivery(redelivery())
            span = Span(of="consumer", name="shipping", first=first, last=last, how=How.SENT, at=datetime.now(UTC))
            ledger.note_sent(number, [span])

    def audit(self, meanwhile: Callable[[], None] = lambda: None) -> Result:
        return run(self.config, ledger=True, observer=Meanwhile(meanwhile))


class Meanwhile(Silent):
    """Something happens once, when a consumer is about to be looked at."""

    def __init__(self, what: Callable[[], None]) -> None:
        self._what = what

    def phase(self, text: str) -> None:
        if "comparing with" in text:
            self._what()
            self._what = lambda: None


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as database:
        yield Shop(tmp_path, database)


def found(result: Result) -> list[Finding]:
    assert result.not_recorded is None
    return [finding for audit in result.audits for finding in audit.findings]


def test_what_is_sent_again_while_a_run_is_under_way_moves_no_floor(shop: Shop) -> None:
    def send_one() -> None:
        shop.send_again(3, 3)
        shop.do("INSERT INTO inbox (position) VALUES (3)")

    assert found(shop.audit()) == []
    assert found(shop.audit(send_one)) == []
    assert found(shop.audit()) == []


def test_a_cursor_that_was_put_back_is_told_with_who_did_it(shop: Shop) -> None:
    shop.audit()
    shop.send_again(15, 30)
    shop.do("UPDATE cursors SET position = 14")
    [finding] = found(shop.audit())
    assert (finding.check, finding.verdict, finding.reason) == ("cursor-rewound", "benign", "redelivery")
    assert "put back by a redelivery by ann on ops-1 at " in finding.message
    assert "'by': 'ann on ops-1'" in str(finding.evidence["redelivery"])


def test_how_far_it_had_come_before_is_remembered(shop: Shop) -> None:
    shop.audit()
    key = key_of_consumer(shop.config, shop.config.consumers["shipping"])
    with closing(shop.ledger()) as ledger:
        memory = ledger.recall({}, {"shipping": key}).consumers["shipping"]
    lowest, highest = memory.ends[None]
    assert (lowest.position, highest.position) == (11, 30)
    assert lowest.since == highest.since == memory.at
