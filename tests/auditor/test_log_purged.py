"""What a log's retention took is benign, however many runs it takes until its ranges are looked at."""

from pathlib import Path

import pytest

from auditor.gather.log import ranges as log_ranges
from tests.auditor.test_log_memory_sqlite import Log, of


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    """A pause parts old events from young ones, and the purge takes the old ones."""
    monkeypatch.setattr(log_ranges, "ROWS_OF_A_PIECE", 4)
    monkeypatch.setattr(log_ranges, "ROWS_AT_ONCE", 1)
    log = Log(tmp_path, 'retention = "30d"\ntime = "at"')
    for number in range(40):
        log.append(f"s{number % 3}")
    log.do("ALTER TABLE events ADD COLUMN at TEXT")
    log.do("UPDATE events SET at = datetime('now', CASE WHEN position <= 13 THEN '-31 days' ELSE '-1 days' END)")
    return log


def told(log: Log) -> set[tuple[str, str | None]]:
    findings = of(log.audit(), "head-regressed")
    return {(str(each.verdict), each.reason) for each in findings}


def test_what_was_purged_runs_ago_is_no_loss(log: Log) -> None:
    log.audit_around()
    log.do("DELETE FROM events WHERE position <= 13")
    said = [told(log) for _ in range(30)]
    assert set().union(*said) == {("benign", "retention")}


def test_what_is_gone_from_the_range_at_the_floor_is_a_loss_once_it_was_looked_at_there(log: Log) -> None:
    log.do("DELETE FROM events WHERE position <= 13")
    log.audit_around()
    ranges = log.remembered.verified.ranges if log.remembered.verified else ()
    lost = min(one.last for one in ranges if one.last > 14)
    log.do("DELETE FROM events WHERE position = ?", lost)
    said = [told(log) for _ in range(30)]
    assert ("confirmed", "gone") in set().union(*said)
