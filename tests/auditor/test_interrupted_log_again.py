"""What had changed before a log's full audit was interrupted, and what is open at the end of what it kept."""

from pathlib import Path

import pytest

from tests.auditor import test_interrupted_log as interrupted
from tests.auditor.test_interrupted_log import NEVER, Disturbed, faulty, finished
from tests.auditor.test_log_memory_sqlite import reasons

small_steps = interrupted.small_steps
log = interrupted.log


def interrupted_again(log: Disturbed, kept: int) -> None:
    """As if a full audit of a log that has a memory had been interrupted when it had kept something so many times."""
    before = log.memory
    assert log.audit_until(NEVER, full=True) is not None
    log.memory, log.kept = before, [log.kept[kept]]
    log.remember(f"run-{log.runs}")


@pytest.mark.parametrize("kept", [0, 3, -1])
def test_what_retention_took_is_no_finding_of_the_run_that_goes_on(
    tmp_path: Path, small_steps: None, kept: int
) -> None:
    del small_steps
    log = faulty(Disturbed(tmp_path, 'retention = "30d"\ntime = "at"'))
    log.do("ALTER TABLE events ADD COLUMN at TEXT")
    log.do("UPDATE events SET at = datetime('now', CASE WHEN position <= 10 THEN '-31 days' ELSE '-1 days' END)")
    finished(log)
    log.do("DELETE FROM events WHERE position <= 10")
    interrupted_again(log, kept)
    assert reasons(finished(log)) <= {("benign", "retention")}


@pytest.mark.parametrize("kept", [0, 3, 8, -1])
def test_what_is_as_it_was_is_no_finding_of_the_run_that_goes_on(log: Disturbed, kept: int) -> None:
    finished(log)
    log.do("CREATE TABLE away AS SELECT * FROM events WHERE position IN (11, 33, 50)")
    log.do("DELETE FROM events WHERE position IN (SELECT position FROM away)")
    lacking = log.audit_until(NEVER, full=True)
    assert lacking is not None
    assert ("confirmed", "gone") in reasons(lacking)
    log.do("INSERT INTO events SELECT * FROM away")
    interrupted_again(log, kept)
    assert reasons(finished(log)) == set()


def test_what_was_as_before_and_changed_again_until_it_goes_on_is_told(log: Disturbed) -> None:
    finished(log)
    log.do("CREATE TABLE away AS SELECT * FROM events WHERE position IN (33, 50)")
    log.do("DELETE FROM events WHERE position IN (SELECT position FROM away)")
    assert log.audit_until(NEVER, full=True) is not None
    log.do("INSERT INTO events SELECT * FROM away")
    interrupted_again(log, 0)
    log.do("DELETE FROM events WHERE position IN (SELECT position FROM away)")
    assert ("confirmed", "gone") in reasons(finished(log))
