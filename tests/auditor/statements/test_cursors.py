"""Cursors that stand for a stream each, and consumers of which nothing but a cursor is known."""

import sqlite3
from contextlib import closing
from pathlib import Path

from auditor.audit import run
from checks.model.finding import Finding
from tests.auditor.statements.executing import Answer, answers
from tests.auditor.statements.faults import Loud

CONFIG = """\
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
stream = "stream"
version = "version"
time = "at"
[consumers.alone]
log = "orders"
store = "shop"
[consumers.alone.cursor]
table = "cursors"
position = "last"
[consumers.streams]
log = "orders"
store = "shop"
start = "first"
grace = "0s"
[consumers.streams.cursor]
table = "stream_cursors"
stream = "stream"
position = "last"
[consumers.streams.inbox]
table = "inbox"
stream = "stream"
version = "version"
"""


def audited(folder: Path) -> dict[tuple[str, str], Finding]:
    """Streams a and b have two events each; b's cursor is beyond both, and its first event was never received."""
    with closing(sqlite3.connect(folder / "shop.db")) as database, database:
        database.executescript("""
            CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT, version INTEGER, at TEXT);
            INSERT INTO events VALUES (1, 'a', 1, '2026-01-01'), (2, 'b', 1, '2026-01-01'), (3, 'a', 2, '2026-01-01'),
                (4, 'b', 2, '2026-01-01');
            CREATE TABLE cursors (last TEXT);
            INSERT INTO cursors VALUES ('0002');
            CREATE TABLE stream_cursors (stream TEXT, last INTEGER);
            INSERT INTO stream_cursors VALUES ('a', 2), ('b', 9);
            CREATE TABLE inbox (stream TEXT, version TEXT);
            INSERT INTO inbox VALUES ('a', '01'), ('a', '2'), ('b', '02');
        """)
    config = folder / "auditor.toml"
    config.write_text(CONFIG)
    audits = run(config, observer=Loud()).audits
    return {(audit.name, each.check): each for audit in audits for each in audit.findings}


def pasted(folder: Path, finding: Finding) -> list[Answer]:
    return answers(finding, {"shop": folder / "shop.db"})


def test_of_a_consumer_without_an_inbox_the_events_beyond_its_cursor_are_shown(tmp_path: Path) -> None:
    events, cursor = pasted(tmp_path, audited(tmp_path)["alone", "lagging"])
    assert events.column("position") == [3, 4]
    assert cursor.column("last") == ["0002"]


def test_a_cursor_by_stream_is_shown_beside_the_stream(tmp_path: Path) -> None:
    findings = audited(tmp_path)
    cursor, stream = pasted(tmp_path, findings["streams", "cursor-ahead"])
    assert [(row["stream"], row["last"]) for row in cursor.rows] == [("b", 9)]
    assert [(row["stream"], row["last"]) for row in stream.rows] == [("b", 2)]
    events, receipts, cursor = pasted(tmp_path, findings["streams", "missing"])
    assert (events.column("position"), receipts.rows, cursor.column("last")) == ([2], (), [9])
