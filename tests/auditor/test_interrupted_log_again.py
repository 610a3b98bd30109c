"""What had changed before a log's full audit was interrupted, and what is open at the end of what it kept."""

from contextlib import closing
from itertools import islice, pairwise
from pathlib import Path

import pytest

from auditor.config import load
from auditor.gather.log import unfinished as log_unfinished
from auditor.memory import Memory, Verified
from auditor.observer import Silent
from auditor.stores import open_store
from auditor.stores.interface import StreamRange
from tests.auditor import test_interrupted_log as interrupted
from tests.auditor.test_interrupted_log import NEVER, Disturbed, faulty, finished, told
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


def test_of_a_gapless_log_no_hole_is_left_out_where_one_more_is_open_at_the_end(
    tmp_path: Path, small_steps: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many holes as can be carried, and one that nobody has seen the end of."""
    del small_steps
    monkeypatch.setattr(log_unfinished, "MOST_CARRIED", 2)
    log = faulty(Disturbed(tmp_path, "gapless = true"))
    log.do("UPDATE events SET position = position + 100 WHERE position > 30")
    undisturbed = finished(log)
    left = list(log.kept)
    for kept in range(len(left)):
        log.memory, log.kept = Memory(), [left[kept]]
        log.remember(f"run-{log.runs}")
        assert told(finished(log)) == told(undisturbed), kept


def test_a_log_that_is_put_back_is_found_although_the_last_range_that_was_seen_is_empty(log: Disturbed) -> None:
    """Nothing stands where the run that was interrupted came to; what it saw below is another log by now."""
    log.do("UPDATE events SET position = position + 100 WHERE position > 30")
    left = [each for each in kept_by(log) if not ends_with_rows(each)]
    assert left
    log.do("UPDATE events SET id = 'other-' || position WHERE position BETWEEN 25 AND 30")
    log.memory, log.kept = Memory(), left[:1]
    log.remember(f"run-{log.runs}")
    audit = finished(log)
    assert audit.coverage is None
    assert reasons(audit) == {("confirmed", "rewritten")}


def kept_by(log: Disturbed) -> list[Verified]:
    """All that a full audit keeps on its way."""
    finished(log)
    return list(log.kept)


def ends_with_rows(verified: Verified) -> bool:
    last = verified.ranges[-1].digest
    return last is not None and last.rows > 0


def test_streams_that_are_bytes_in_a_column_of_texts_lie_beyond_the_last_cut(log: Disturbed) -> None:
    """They stand beyond all texts, wherever their hexadecimal text would."""
    log.do("UPDATE events SET stream = CAST(stream AS BLOB) WHERE position % 2 = 0")
    config = load(log.folder / "auditor.toml")
    with closing(open_store(config.stores["shop"], Silent())) as store, store.snapshot() as snapshot:
        orders = config.logs["orders"]
        cuts = list(islice(snapshot.stream_cuts(orders, None, 3, 60), 100))
        assert 4 < len(cuts) < 20
        ranges = [StreamRange(after, through) for after, through in pairwise([None, *cuts, None])]
        found = [name for one in ranges for name in snapshot.gap_streams(orders, within=one)]
        assert sorted(found) == sorted(snapshot.gap_streams(orders))
