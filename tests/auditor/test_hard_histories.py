"""Histories that tempt an audit to see what is not there, or to overlook what is. Each was once judged wrongly."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.auditing.session import Session
from auditor.config import load
from auditor.observer import Silent
from checks.model.result import Audit

TABLES = """
CREATE TABLE events (position INTEGER, id TEXT, stream TEXT, version INTEGER, type TEXT, time TEXT, tenant TEXT,
    tx INTEGER);
CREATE TABLE inbox (id TEXT, position INTEGER, received, tenant TEXT, status TEXT);
CREATE TABLE cursors (position, tenant TEXT, stream TEXT);
"""
LOG = {"position": "position", "id": "id", "stream": "stream", "version": "version", "type": "type", "time": "time"}
HEAD = '[stores.shop]\nurl = "sqlite:///shop.db"\n[logs.orders]\nstore = "shop"\ntable = "events"\n'
BILLING = '[consumers.billing]\nlog = "orders"\nstore = "shop"\n'
CURSOR = '[consumers.billing.cursor]\ntable = "cursors"\nposition = "position"\n'
INBOX = '[consumers.billing.inbox]\ntable = "inbox"\nid = "id"\n'
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UUID = "6f1c2a4e-0b7d-4c55-9d0e-aa11bb22cc33"


class Past:
    """A log, an inbox and cursors in one SQLite file, and the audit of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._database = sqlite3.connect(folder / "shop.db", isolation_level=None)
        self._database.executescript(TABLES)

    def close(self) -> None:
        self._database.close()

    def events(self, positions: Iterable[int], *, age: timedelta = HOUR, tenant: str = "", **columns: object) -> None:
        time = (datetime.now(UTC) - age).isoformat()
        for nth, position in enumerate(positions, start=1):
            row = {"id": f"e{tenant}{position}", "stream": "s", "version": nth, "type": "A", "tx": None} | columns
            values = (position, row["id"], row["stream"], row["version"], row["type"], time, tenant, row["tx"])
            self._database.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    def receipts(self, ids: Iterable[str], received: Sequence[object] | None = None, **columns: object) -> None:
        for nth, id_ in enumerate(ids):
            at = received[nth] if received else nth + 1
            position = int(id_[1:]) if columns.get("position") else None
            self._database.execute("INSERT INTO inbox VALUES (?, ?, ?, NULL, ?)", (id_, position, at, "done"))

    def cursor(self, position: object, *, tenant: str | None = None, stream: str | None = None) -> None:
        self._database.execute("INSERT INTO cursors VALUES (?, ?, ?)", (position, tenant, stream))

    def audit(self, *, log: str = "", consumer: str = 'start = "first"\n', cursor: str = "", inbox: str = "") -> Audit:
        keys = "".join(f'{key} = "{value}"\n' for key, value in LOG.items())
        text = HEAD + keys + log + BILLING + consumer + cursor + inbox
        (self._folder / "auditor.toml").write_text(text)
        session = Session(load(self._folder / "auditor.toml"), Silent(), sleep=lambda _: None)
        session.audit({"billing"})
        session.close()
        return session.audits["billing"]


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    with closing(Past(tmp_path)) as made:
        yield made


def said(audit: Audit) -> list[tuple[str, str, int]]:
    return [(finding.check, str(finding.verdict), finding.count) for finding in audit.findings]


def problems(audit: Audit) -> list[str]:
    return [problem.reason for problem in audit.problems]


def test_a_tenant_that_the_cursor_spells_in_capitals_is_the_same_tenant(past: Past) -> None:
    past.events(range(1, 6), tenant=UUID)
    past.receipts(f"e{UUID}{position}" for position in range(1, 6))
    past.cursor(5, tenant=UUID.upper())
    audit = past.audit(log='partition = "tenant"\n', cursor=CURSOR + 'partition = "tenant"\n', inbox=INBOX)
    assert (said(audit), audit.verdict) == ([], "consistent")


def test_one_cursor_for_a_log_that_counts_by_tenant_says_nothing_about_any(past: Past) -> None:
    past.events(range(1, 6), tenant="A")
    past.events(range(1, 6), tenant="B")
    past.cursor(5)
    audit = past.audit(log='partition = "tenant"\n', cursor=CURSOR, inbox=INBOX)
    assert (said(audit), audit.verdict) == ([], "unknown")


def test_a_cursor_row_that_is_null_beside_another_is_never_left_out(past: Past) -> None:
    past.events(range(1, 6))
    past.receipts(["e5"])
    past.cursor(5)
    past.cursor(None)
    audit = past.audit(cursor=CURSOR, inbox=INBOX)
    assert (said(audit), problems(audit)) == ([], ["several-cursor-rows"])


def test_a_partition_without_a_cursor_row_is_judged_by_its_receipts(past: Past) -> None:
    past.events(range(1, 4), tenant="A")
    past.events(range(1, 5), tenant="B")
    past.receipts(["eA1", "eA2", "eA3", "eB1", "eB2", "eB4"])
    past.cursor(3, tenant="A")
    audit = past.audit(log='partition = "tenant"\n', cursor=CURSOR + 'partition = "tenant"\n', inbox=INBOX)
    assert ("missing", "confirmed", 1) in said(audit)


def test_a_consumer_whose_cursor_row_is_gone_is_told_although_it_received_everything(past: Past) -> None:
    past.events(range(1, 6))
    past.receipts(f"e{position}" for position in range(1, 6))
    assert said(past.audit(cursor=CURSOR, inbox=INBOX)) == [("cursor-absent", "confirmed", 5)]


def test_streams_that_differ_in_their_dashes_have_cursors_of_their_own(past: Past) -> None:
    past.events([1, 2], stream="order-11-2")
    past.events([3, 4], stream="order-1-12")
    past.cursor(2, stream="order-11-2")
    audit = past.audit(cursor=CURSOR + 'stream = "stream"\n', consumer="")
    assert said(audit) == [("lagging", "confirmed", 2)]


@pytest.mark.parametrize("written", ["5.00", 5.0, "0005"])
def test_a_cursor_may_be_written_as_a_decimal(past: Past, written: object) -> None:
    past.events(range(1, 6))
    past.receipts(f"e{position}" for position in range(1, 6))
    past.cursor(written)
    assert past.audit(cursor=CURSOR, inbox=INBOX).verdict == "consistent"


def test_events_without_a_place_in_the_order_leave_the_audit_undecided(past: Past) -> None:
    past.events([1, 2], tx=1)
    past.events([3, 4])
    past.receipts(["e1", "e2"])
    audit = past.audit(log='order = ["tx", "position"]\n', inbox=INBOX)
    assert (said(audit), problems(audit)) == ([], ["no-order"])


def test_without_a_cursor_what_the_inbox_no_longer_keeps_is_not_lagging(past: Past) -> None:
    past.events(range(1, 11), age=30 * DAY)
    audit = past.audit(inbox=INBOX + 'retention = "7d"\n')
    assert (said(audit), audit.verdict) == ([], "unknown")


def test_an_event_without_a_version_does_not_put_its_stream_out_of_order(past: Past) -> None:
    for position, version in ((100, 1), (101, None), (102, 2), (103, 3)):
        past.events([position], version=version)
    past.receipts(["e100", "e101", "e102", "e103"])
    assert said(past.audit(inbox=INBOX + 'received = "received"\n')) == []


def test_a_late_event_counts_once_however_many_share_the_receipt_that_overtook_it(past: Past) -> None:
    past.events(range(1, 5))
    past.receipts(["e1", "e2", "e3", "e4"], received=[9, 5, 5, 5])
    assert said(past.audit(inbox=INBOX + 'received = "received"\n')) == [("out-of-order", "confirmed", 1)]


def test_a_receipt_below_the_floor_was_purged_and_one_above_the_head_was_not(past: Past) -> None:
    past.events(range(10, 15))
    past.receipts((f"e{position}" for position in (5, *range(10, 15), 20)), position=True)
    audit = past.audit(log='retention = "7d"\n', inbox=INBOX + 'position = "position"\n')
    assert sorted(said(audit)) == [("unexpected", "benign", 1), ("unexpected", "confirmed", 1)]


def test_a_consumer_of_a_rare_type_did_not_need_all_that_was_purged(past: Past) -> None:
    past.events(range(901, 1001), type="Common")
    past.events([1001], type="Rare", age=timedelta(seconds=30), version=101)
    past.cursor(10)
    audit = past.audit(log='retention = "7d"\n', consumer='start = "first"\ntypes = ["Rare"]\n', cursor=CURSOR)
    assert ("out-of-retention", "unknown", 890) in said(audit)


def test_a_date_is_no_evidence_of_age(past: Past) -> None:
    past.events([1])
    past._database.execute("UPDATE events SET time = ?", (f"{datetime.now(UTC) - DAY:%Y-%m-%d}",))
    past.cursor(0)
    assert said(past.audit(cursor=CURSOR, inbox=INBOX)) == [("lagging", "pending", 1)]


def test_a_boolean_in_the_config_means_the_word_in_a_text_column(past: Past) -> None:
    past.events([1])
    past.receipts(["e1"])
    past._database.execute("UPDATE inbox SET status = 'true'")
    past.cursor(1)
    assert said(past.audit(cursor=CURSOR, inbox=INBOX + "done = { status = true }\n")) == []
