"""What retention takes of a log is told apart from what somebody took, though times only follow positions about."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.auditing.session import Session
from auditor.config import load
from auditor.gather.upkeep import Upkeep
from auditor.memory import Memory
from auditor.observer import Silent

CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
time = "at"
retention = "1h"
"""
EVENTS, A_MINUTE = 1_000, 9
"""How many events there are, and how many are written in a minute; that makes the oldest of them two hours old."""
AT_THE_EDGE = EVENTS - 60 * A_MINUTE
SLOW, FAST = AT_THE_EDGE - 10, AT_THE_EDGE + 5
"""The times of these two are five minutes off: one lies below the edge and stays, the other above it and goes."""


class Log:
    """A log that is written evenly, audited again and again."""

    def __init__(self, folder: Path, database: sqlite3.Connection) -> None:
        self._database = database
        self._config = folder / "auditor.toml"
        self._config.write_text(CONFIG)
        self._memory = Memory()
        self.do("CREATE TABLE events (position INTEGER PRIMARY KEY, at TEXT)")
        now, off = datetime.now(UTC), {SLOW: 5, FAST: -5}
        for position in range(1, EVENTS + 1):
            age = timedelta(minutes=(EVENTS - position) / A_MINUTE - off.get(position, 0))
            self.do("INSERT INTO events VALUES (?, ?)", position, (now - age).isoformat())
        self.now = now
        self.audit()

    def do(self, statement: str, *values: object) -> None:
        self._database.execute(statement, values)

    def audit(self) -> set[tuple[str, str | None]]:
        """The verdicts and reasons of what is said to have changed."""
        upkeep = Upkeep(run="run", started=datetime.now(UTC), recheck=60, keep=lambda _: None)
        session = Session(load(self._config), Silent(), memory=self._memory, upkeep=lambda _: upkeep)
        session.audit({"orders"})
        session.close()
        self._memory = session.learnt
        findings = session.audits["orders"].findings
        return {(str(each.verdict), each.reason) for each in findings if each.check == "head-regressed"}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as database:
        yield Log(tmp_path, database)


def test_a_purge_by_time_of_events_that_lie_out_of_order_accuses_nobody(log: Log) -> None:
    log.do("DELETE FROM events WHERE at < ?", (log.now - timedelta(hours=1)).isoformat())
    assert {verdict for verdict, _ in log.audit()} <= {"benign", "unknown"}


def test_what_lies_far_from_the_edge_was_not_purged(log: Log) -> None:
    log.do("DELETE FROM events WHERE position = ?", EVENTS - 10 * A_MINUTE)
    assert ("confirmed", "gone") in log.audit()
