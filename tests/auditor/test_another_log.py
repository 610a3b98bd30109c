"""In a log that is not what it was, an event at a known place is another one, and nobody has waited for it yet."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.auditing.session import Session
from auditor.config import load
from auditor.gather.upkeep import Upkeep
from auditor.memory import Memory
from auditor.observer import Silent
from checks.model.result import Audit
from tests.histories.runs import aged

CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
[consumers.billing]
log = "orders"
store = "shop"
start = "first"
[consumers.billing.cursor]
table = "cursors"
position = "position"
[consumers.billing.inbox]
table = "inbox"
position = "position"
"""
TABLES = """
CREATE TABLE events (position INTEGER PRIMARY KEY);
CREATE TABLE inbox (position INTEGER NOT NULL);
CREATE INDEX by_position ON inbox (position);
CREATE TABLE cursors (position INT);
INSERT INTO cursors VALUES (10);
"""


def said(audit: Audit) -> set[tuple[str, str]]:
    return {(finding.check, str(finding.verdict)) for finding in audit.findings}


def test_an_event_of_a_log_that_was_emptied_is_not_as_old_as_the_one_that_stood_there(tmp_path: Path) -> None:
    config = tmp_path / "auditor.toml"
    config.write_text(CONFIG)

    def audited(memory: Memory) -> Session:
        upkeep = Upkeep(run="run", started=datetime.now(UTC), keep=lambda _: None)
        session = Session(load(config), Silent(), memory=memory, upkeep=lambda _: upkeep, sleep=lambda _: None)
        session.audit({"orders", "billing"})
        session.close()
        return session

    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as shop:
        shop.executescript(TABLES)
        shop.executemany("INSERT INTO events VALUES (?)", [(position,) for position in range(1, 16)])
        shop.executemany("INSERT INTO inbox VALUES (?)", [(position,) for position in range(1, 11)])
        learnt = audited(Memory()).learnt
        memory = Memory(logs=learnt.logs, consumers=aged(learnt, timedelta(hours=1)).consumers)
        assert said(audited(memory).audits["billing"]) == {("stalled", "confirmed")}

        shop.execute("DELETE FROM events")
        shop.executemany("INSERT INTO events VALUES (?)", [(position,) for position in range(1, 13)])
        session = audited(memory)
    assert ("head-regressed", "confirmed") in said(session.audits["orders"])
    assert said(session.audits["billing"]) == {("lagging", "pending")}
