"""Outboxes in which a redelivery marked rows unsent, or inserted copies, and those who read them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.auditing.session import Session
from auditor.config import load
from auditor.memory import DoubtfulCopy, Memory, Redelivered
from auditor.observer import Silent
from checks.model.event import Event
from checks.model.finding import Finding
from checks.model.result import Audit
from checks.model.sent_again import Stretch

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
[logs.outbox]
store = "shop"
table = "outbox"
position = "position"
id = "id"
stream = "stream"
version = "version"
time = "at"
sent = "sent_at"
derived_from = "orders"
source = "id"
source_key = "id"
[consumers.billing]
log = "outbox"
store = "shop"
start = "first"
grace = "0s"
[consumers.billing.cursor]
table = "cursors"
position = "position"
[consumers.billing.inbox]
table = "inbox"
received = "seq"
{identity}
"""
COLUMNS = "id TEXT NOT NULL, stream TEXT NOT NULL, version INT NOT NULL, at TEXT"
TABLES = """
CREATE TABLE events (position {position}, {columns});
CREATE TABLE outbox (position {position}, {columns}, sent_at TEXT);
CREATE TABLE inbox (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, pos INTEGER NOT NULL);
CREATE TABLE cursors (position INT);
"""
LAST, HOUR, MINUTE = 20, timedelta(hours=1), timedelta(minutes=1)
BY_ID, BY_POSITION = 'id = "id"', 'position = "pos"'


class Shop:
    """Twenty events of two streams in a log and in its outbox, all of them sent; and one who reads the outbox."""

    def __init__(self, folder: Path, database: sqlite3.Connection) -> None:
        self.now = datetime.now(UTC)
        self.redelivered = Redelivered()
        self.sent: tuple[Stretch, ...] = ()
        self._database, self._config = database, folder / "auditor.toml"

    def build(self, identity: str = BY_ID, position: str = "INTEGER PRIMARY KEY") -> None:
        self._config.write_text(CONFIG.format(identity=identity))
        self._database.executescript(TABLES.format(position=position, columns=COLUMNS))
        for n in range(1, LAST + 1):
            row = (n, f"e{n}", f"order-{n % 2}", (n + 1) // 2, (self.now - HOUR).isoformat())
            self.do("INSERT INTO events VALUES (?, ?, ?, ?, ?)", *row)
            self.do("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?)", *row, self.now.isoformat())
        self.do("INSERT INTO cursors VALUES (?)", LAST)

    def change(self, line: str, to: str) -> None:
        """In the sections of both logs."""
        self._config.write_text(self._config.read_text().replace(line, to))

    def do(self, statement: str, *values: object) -> None:
        self._database.execute(statement, values)

    def receive(self, *numbers: int, at: int | None = None) -> None:
        for n in numbers:
            self.do("INSERT INTO inbox (id, pos) VALUES (?, ?)", f"e{n}", n if at is None else at)

    def copy(self, *numbers: int, sent: bool = True, doubtful: bool = False) -> None:
        """As a redelivery does it: rows with new positions, in which all else is as it was.

        ``doubtful``: and nobody wrote down whether they were committed.
        """
        for nth, n in enumerate(numbers, start=LAST + 1):
            self.do("INSERT INTO outbox SELECT ?, id, stream, version, at, ? FROM outbox WHERE position = ?",
                    nth, self.now.isoformat() if sent else None, n)  # fmt: skip
        self.redelivered = Redelivered(copied=(self.stretch(LAST + 1, LAST + len(numbers)),))
        if doubtful:
            self.doubt(*numbers)
        self.sent = tuple(self.stretch(n) for n in numbers)

    def doubt(self, *numbers: int, ago: timedelta = timedelta(0)) -> None:
        """That copies of these were about to be committed behind all others."""
        rows = [Event(id=f"e{n}", stream=f"order-{n % 2}", version=(n + 1) // 2) for n in numbers]
        stretches = [self.stretch(nth, ago=ago) for nth in range(LAST + 1, LAST + 1 + len(numbers))]
        self.redelivered = Redelivered(doubtful=tuple(map(DoubtfulCopy, stretches, rows)))

    def stretch(self, first: int, last: int | None = None, *, ago: timedelta = timedelta(0)) -> Stretch:
        return Stretch(first=first, last=last or first, began=self.now - ago, at=self.now - ago)

    def audit(self, name: str, *, streamed: bool = False) -> Audit:
        memory = Memory(redelivered={"outbox": self.redelivered, "billing": Redelivered(sent=self.sent)})
        session = Session(load(self._config), Silent(), memory=memory, streamed=streamed, sleep=lambda _: None)
        session.audit({name})
        session.close()
        assert session.audits[name].totals is not None, session.audits[name].problems
        return session.audits[name]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as database:
        yield Shop(tmp_path, database)


def found(audit: Audit, check: str) -> list[Finding]:
    return [finding for finding in audit.findings if finding.check == check]


def told(audit: Audit) -> set[tuple[str, str | None, tuple[int | None, ...]]]:
    return {(each.check, each.reason, tuple(event.position for event in each.events)) for each in audit.findings}


@pytest.mark.parametrize("position", ["INTEGER PRIMARY KEY", "INT"])
def test_a_row_that_was_marked_unsent_again_waits_since_then(shop: Shop, position: str) -> None:
    shop.build(position=position)
    shop.do("UPDATE outbox SET sent_at = NULL WHERE position IN (3, 4, 10)")
    shop.redelivered = Redelivered(unsent=(shop.stretch(3, 4),))
    overtaken = ("unsent", "overtaken", (10,))
    audit = shop.audit("outbox")
    assert told(audit) == {("unsent", "sent-again-lately", (3, 4)), overtaken}
    [stuck, waiting] = sorted(found(audit, "unsent"), key=lambda each: each.verdict)
    assert stuck.evidence["waiting"] == 1
    assert "position 10 ('order-0', version 5) is the head of the line" in stuck.message
    assert (waiting.verdict, waiting.evidence["sent_again"]) == ("pending", 2)
    shop.redelivered = Redelivered(unsent=(shop.stretch(3, 4, ago=5 * MINUTE),))
    audit = shop.audit("outbox")
    assert told(audit) == {("unsent", "sent-again", (3, 4)), overtaken}
    [again] = [each for each in found(audit, "unsent") if each.reason == "sent-again"]
    assert (again.verdict, again.evidence["since"]) == ("confirmed", shop.now - 5 * MINUTE)


def test_very_many_rows_that_were_marked_unsent_are_told_apart_in_one_statement(shop: Shop) -> None:
    shop.build()
    shop.do("DELETE FROM outbox")
    for n in range(1, 2_001):
        shop.do("INSERT INTO outbox VALUES (?, ?, 'a', ?, ?, ?)", n, f"e{n}", n, (shop.now - HOUR).isoformat(),
                None if n % 2 else shop.now.isoformat())  # fmt: skip
    shop.redelivered = Redelivered(unsent=tuple(shop.stretch(n) for n in range(1, 2_001, 2)))
    [finding] = found(shop.audit("outbox"), "unsent")
    assert (finding.verdict, finding.reason, finding.count) == ("pending", "sent-again-lately", 1_000)


@pytest.mark.parametrize("doubtful", [False, True])
@pytest.mark.parametrize("streamed", [False, True])
def test_copies_are_no_conflicts_no_duplicates_and_not_out_of_order(
    shop: Shop, *, streamed: bool, doubtful: bool
) -> None:
    """Of the log itself, and of what it is made out of."""
    shop.build()
    shop.copy(3, 4, doubtful=doubtful)
    audit = shop.audit("outbox", streamed=streamed)
    assert (told(audit), audit.verdict) == (set(), "consistent")
    assert audit.totals is not None
    assert (audit.totals.received, audit.totals.duplicate) == (LAST, 0)
    shop.redelivered = Redelivered()
    checks = {check for check, _, _ in told(shop.audit("outbox", streamed=streamed))}
    assert checks == {"version-conflict", "duplicate"}


def test_copies_are_known_where_nothing_is_marked_sent_as_well(shop: Shop) -> None:
    """Its relay goes by the position."""
    shop.build()
    shop.change('sent = "sent_at"', "")
    shop.copy(3, 4)
    assert told(shop.audit("outbox")) == set()


@pytest.mark.parametrize("streamed", [False, True])
def test_a_copy_whose_original_the_outbox_has_let_go_of_stands_at_its_end_by_design(
    shop: Shop, *, streamed: bool
) -> None:
    shop.build()
    shop.copy(3)
    shop.do("DELETE FROM outbox WHERE position = 3")
    assert found(shop.audit("outbox", streamed=streamed), "out-of-order") == []
    shop.receive(*(n for n in range(1, LAST + 1) if n != 3), 3)
    shop.do("UPDATE cursors SET position = ?", LAST + 1)
    assert told(shop.audit("billing", streamed=streamed)) == set()


def test_a_copy_that_is_not_sent_yet_is_as_old_as_the_redelivery(shop: Shop) -> None:
    shop.build()
    shop.copy(3, sent=False)
    assert told(shop.audit("outbox")) == {("unsent", "sent-again-lately", (LAST + 1,))}
    shop.receive(*(n for n in range(1, LAST + 1) if n != 3))
    assert ("missing", None, (3,)) in told(shop.audit("billing"))


@pytest.mark.parametrize("doubtful", [False, True])
@pytest.mark.parametrize("identity", [BY_ID, BY_POSITION])
@pytest.mark.parametrize("streamed", [False, True])
def test_who_has_one_of_two_rows_has_the_event(shop: Shop, identity: str, *, streamed: bool, doubtful: bool) -> None:
    """3 was lost and its copy arrived; 4 was there, and its copy was refused, as it was known."""
    shop.build(identity)
    shop.receive(*(n for n in range(1, LAST + 1) if n != 3))
    shop.copy(3, 4, doubtful=doubtful)
    shop.receive(3, at=LAST + 1)
    shop.do("UPDATE cursors SET position = ?", LAST + 2)
    audit = shop.audit("billing", streamed=streamed)
    assert (told(audit), audit.verdict) == (set(), "consistent")
    assert audit.totals is not None
    assert (audit.totals.produced, audit.totals.received) == (LAST, LAST)


@pytest.mark.parametrize("identity", [BY_ID, BY_POSITION])
@pytest.mark.parametrize("streamed", [False, True])
def test_who_has_neither_lacks_one_event(shop: Shop, identity: str, *, streamed: bool) -> None:
    shop.build(identity)
    shop.receive(*(n for n in range(1, LAST + 1) if n != 3))
    shop.copy(3)
    shop.do("UPDATE cursors SET position = ?", LAST + 1)
    audit = shop.audit("billing", streamed=streamed)
    [missing] = found(audit, "missing")
    assert (missing.count, missing.events[0].position) == (1, 3)
    assert "; it was sent again (last at " in missing.message
    assert audit.totals is not None
    assert (audit.totals.produced, audit.totals.received) == (LAST, LAST - 1)


OTHERS = {
    "another event": ("e3", "order-1", 2),
    "another stream": ("e4", "order-9", 2),
    "another version": ("e4", "order-0", 9),
    "another id": ("e99", "order-0", 2),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_copy_in_doubt_excuses_no_other_row_in_its_place(shop: Shop, other: str) -> None:
    """It was never committed, and SQLite gives out its position again: to an event that the producer wrote twice."""
    shop.build()
    identity, stream, version = OTHERS[other]
    shop.do("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?)", LAST + 1, identity, stream, version,
            shop.now.isoformat(), shop.now.isoformat())  # fmt: skip
    before = told(shop.audit("outbox"))
    assert before
    shop.doubt(4)
    assert told(shop.audit("outbox")) == before
    shop.redelivered = Redelivered(copied=(shop.stretch(LAST + 1),))
    assert "version-conflict" not in {check for check, _, _ in told(shop.audit("outbox"))}


def test_a_copy_in_doubt_excuses_no_second_one(shop: Shop) -> None:
    shop.build()
    shop.copy(4, 4, doubtful=True)
    shop.doubt(4)
    conflicts = found(shop.audit("outbox"), "version-conflict")
    assert {each.events[0].position for each in conflicts} == {LAST + 2}


def test_a_row_in_the_place_of_a_copy_in_doubt_is_as_old_as_it_says(shop: Shop) -> None:
    shop.build()
    shop.doubt(4, ago=HOUR)
    shop.do("INSERT INTO outbox VALUES (?, 'e21', 'order-1', 11, ?, NULL)", LAST + 1, shop.now.isoformat())
    shop.do("INSERT INTO events SELECT position, id, stream, version, at FROM outbox WHERE position = ?", LAST + 1)
    assert told(shop.audit("outbox")) == {("unsent", "younger-than-max-delay", (LAST + 1,))}


def test_what_a_copy_in_doubt_says_of_columns_that_are_not_read_any_more_counts_for_nothing(shop: Shop) -> None:
    shop.build()
    shop.copy(3, doubtful=True)
    shop.change('version = "version"', "")
    assert found(shop.audit("outbox"), "version-conflict") == []
