"""What was sent again, in an audit: it moves no floor and no frontier, it is not out of order, and it is not hidden."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.auditing.session import Session
from auditor.config import load
from auditor.gather.upkeep import Upkeep
from auditor.memory import Memory, Redelivered
from auditor.moment import to_microseconds
from auditor.observer import Silent
from checks.model.finding import Finding
from checks.model.result import Audit
from checks.model.sent_again import Stretch
from tests.histories.runs import aged

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
time = "at"
positions = "drawn-on-insert"
[consumers.shipping]
log = "orders"
store = "shop"
grace = "0s"
{start}
{cursor}
[consumers.shipping.inbox]
table = "inbox"
id = "id"
position = "pos"
received = "{received}"
"""
TABLES = """
CREATE TABLE events (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, stream TEXT, version INT, at TEXT);
CREATE TABLE inbox (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, pos INTEGER NOT NULL, at INTEGER);
CREATE INDEX by_position ON inbox (pos);
CREATE INDEX by_id ON inbox (id);
CREATE TABLE cursors (position INT);
"""
LAST, HOUR = 60, timedelta(hours=1)
CURSOR = '[consumers.shipping.cursor]\ntable = "cursors"\nposition = "position"'
STREAMED, DIGESTED, INCREMENTAL = PATHS = ("streamed", "digested", "incremental")


class Shop:
    """Sixty events of ten streams, written two hours ago. What was received says so an hour ago, until it is later."""

    def __init__(self, folder: Path, database: sqlite3.Connection) -> None:
        self.memory = Memory()
        self._database, self._config = database, folder / "auditor.toml"
        self._now = datetime.now(UTC)
        self._runs = 0
        database.executescript(TABLES)
        for n in range(1, LAST + 1):
            row = (n, f"e{n}", f"order-{n % 10}", 1 + (n - 1) // 10, (self._now - 2 * HOUR).isoformat())
            database.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", row)

    def configure(self, *, start: str = "", cursor: int | None = LAST, received: str = "seq") -> None:
        told = CONFIG.format(start=start, cursor="" if cursor is None else CURSOR, received=received)
        self._config.write_text(told)
        self._database.execute("DELETE FROM cursors")
        self._database.execute("INSERT INTO cursors VALUES (?)", (cursor,))

    def receive(self, *positions: int, ago: timedelta = HOUR) -> None:
        at = to_microseconds(self._now - ago)
        rows = [(f"e{n}", n, at) for n in positions]
        self._database.executemany("INSERT INTO inbox (id, pos, at) VALUES (?, ?, ?)", rows)

    def send_again(self, first: int, last: int | None = None) -> None:
        """Noted now, a while after the last run."""
        self.memory = aged(self.memory, HOUR)
        span = Stretch(first=first, last=last or first, began=self._now, at=self._now, by="ann on ops-1")
        sent = self.memory.redelivered.get("shipping", Redelivered()).sent
        self.memory.redelivered = {"shipping": Redelivered(sent=(*sent, span))}

    def forget(self) -> None:
        """A ledger that knows what was sent again, and of no earlier run."""
        self.memory = Memory(redelivered=self.memory.redelivered)

    def audit(self, path: str = DIGESTED) -> Audit:
        self._runs += 1
        upkeep = Upkeep(run=f"r{self._runs}", started=datetime.now(UTC), recheck=0, keep=lambda _: None)
        session = Session(
            load(self._config),
            Silent(),
            run=f"r{self._runs}",
            memory=self.memory,
            streamed=path == STREAMED,
            upkeep=(lambda _: upkeep) if path == INCREMENTAL else None,
            sleep=lambda _: None,
        )
        session.audit({"shipping"})
        session.close()
        self.memory = replace(session.learnt, redelivered=self.memory.redelivered)
        return session.audits["shipping"]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as database:
        yield Shop(tmp_path, database)


def found(audit: Audit, check: str) -> list[Finding]:
    assert audit.totals is not None, audit.problems
    return [finding for finding in audit.findings if finding.check == check]


def positions(findings: list[Finding]) -> list[int | None]:
    return [event.position for finding in findings for event in finding.events]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("received", ["seq", "at"])
def test_who_merely_hears_it_begins_where_it_began(shop: Shop, path: str, received: str) -> None:
    """Its receipts begin at 20, and it never declared a start; then 3, which another one lacked, is sent to both."""
    shop.configure(received=received)
    shop.receive(*range(20, LAST + 1))
    before = shop.audit(path)
    shop.send_again(3)
    shop.receive(3, ago=timedelta(0))
    for _ in range(2):
        after = shop.audit(path)
        assert [after.verdict, before.verdict] == ["consistent"] * 2
        assert after.totals is not None
        assert before.totals is not None
        assert (before.totals.unverifiable, after.totals.unverifiable, after.totals.received) == (19, 18, 42)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("received", ["seq", "at"])
def test_what_was_sent_to_one_without_a_cursor_does_not_carry_it_on(shop: Shop, path: str, received: str) -> None:
    shop.configure(cursor=None, start='start = "first"', received=received)
    shop.receive(*range(1, 31))
    shop.audit(path)
    shop.send_again(50)
    shop.receive(50, ago=timedelta(0))
    audit = shop.audit(path)
    assert found(audit, "missing") == []
    assert positions(found(audit, "lagging")) == [n for n in range(31, LAST + 1) if n != 50]


@pytest.mark.parametrize("path", PATHS)
def test_without_a_cursor_an_earlier_run_knows_how_far_it_was_before_all_was_sent_again(shop: Shop, path: str) -> None:
    """From a position on: what it has already comes once more, and what it lacked gets lost again."""
    shop.configure(cursor=None, start='start = "first"')
    shop.receive(*(n for n in range(1, LAST + 1) if n != 30))
    assert positions(found(shop.audit(path), "missing")) == [30]
    shop.send_again(30, LAST)
    shop.receive(*range(31, LAST + 1), ago=timedelta(0))
    for _ in range(2):
        audit = shop.audit(path)
        [missing] = found(audit, "missing")
        assert (missing.verdict, positions([missing])) == ("confirmed", [30])
        assert "; it was sent again (last at " in missing.message
        assert missing.evidence["sent_again"] == 1
        assert found(audit, "out-of-order") == []
        [duplicate] = found(audit, "duplicate")
        assert (duplicate.count, duplicate.evidence["sent_again"]) == (30, 30)
    shop.forget()
    audit = shop.audit(path)
    assert (found(audit, "missing"), positions(found(audit, "lagging"))) == ([], [30])


@pytest.mark.parametrize("path", PATHS)
def test_where_all_it_ever_received_was_sent_again_there_is_no_floor(shop: Shop, path: str) -> None:
    shop.configure()
    shop.send_again(10, 12)
    shop.receive(10, 12, ago=timedelta(0))
    audit = shop.audit(path)
    assert audit.totals is not None
    assert (audit.totals.received, audit.totals.unverifiable, audit.totals.missing) == (2, 58, 0)
    assert audit.verdict == "unknown"
    shop.configure(start='start = "first"')
    assert positions(found(shop.audit(path), "backfill-incomplete")) == [
        n for n in range(1, LAST + 1) if n not in (10, 12)
    ]


@pytest.mark.parametrize("path", PATHS)
def test_what_comes_late_because_it_was_sent_again_is_not_out_of_order(shop: Shop, path: str) -> None:
    """But 20, which was received after 30 of its stream when nobody had sent anything again, still is."""
    shop.configure()
    shop.receive(*(n for n in range(1, LAST + 1) if n not in (5, 20)), 20)
    assert positions(found(shop.audit(path), "out-of-order")) == [20]
    shop.send_again(5)
    shop.receive(5, ago=timedelta(0))
    audit = shop.audit(path)
    assert positions(found(audit, "out-of-order")) == [20]
    assert found(audit, "missing") == []
    [note] = [note for note in audit.notes if "sent again" in note]
    assert note.startswith("1 position of orders sent again, last at 20")


@pytest.mark.parametrize("path", PATHS)
def test_a_receipt_that_is_older_than_the_sending_is_judged_as_ever(shop: Shop, path: str) -> None:
    """15 was late before it was sent again, and came once more; 5 came only then."""
    shop.configure(received="at")
    shop.receive(*(n for n in range(1, LAST + 1) if n not in (5, 15)))
    shop.receive(15, ago=HOUR / 2)
    assert positions(found(shop.audit(path), "out-of-order")) == [15]
    shop.send_again(5)
    shop.send_again(15)
    shop.receive(5, 15, ago=timedelta(0))
    audit = shop.audit(path)
    assert positions(found(audit, "out-of-order")) == [15]
    [duplicate] = found(audit, "duplicate")
    assert (positions([duplicate]), duplicate.evidence["sent_again"]) == ([15], 1)
    assert ", it is of an event that a redelivery sent again" in duplicate.message


@pytest.mark.parametrize("path", PATHS)
def test_a_cursor_that_a_redelivery_put_back_is_benign_and_its_events_are_late_only_in_a_while(
    shop: Shop, path: str
) -> None:
    shop.configure(start='start = "first"')
    shop.receive(*(n for n in range(1, LAST + 1) if n not in (30, 40)))
    assert positions(found(shop.audit(path), "missing")) == [30, 40]
    shop.send_again(30, LAST)
    shop.configure(start='start = "first"', cursor=29)
    audit = shop.audit(path)
    [rewound] = found(audit, "cursor-rewound")
    assert (rewound.verdict, rewound.reason) == ("benign", "redelivery")
    assert "put back by a redelivery by ann on ops-1 at " in rewound.message
    assert (found(audit, "missing"), found(audit, "stalled")) == ([], [])
    [lagging] = found(audit, "lagging")
    assert (lagging.verdict, lagging.reason, positions([lagging])) == ("pending", "sent-again", [30, 40])
    assert audit.verdict == "consistent"


@pytest.mark.parametrize("path", PATHS)
def test_a_cursor_that_somebody_else_put_back_further_is_told(shop: Shop, path: str) -> None:
    shop.configure(start='start = "first"')
    shop.receive(*range(1, LAST + 1))
    shop.audit(path)
    shop.send_again(30, LAST)
    shop.configure(start='start = "first"', cursor=20)
    assert [finding.verdict for finding in found(shop.audit(path), "cursor-rewound")] == ["confirmed"]
