"""What waits beyond a cursor that does not move."""

from typing import Any

import pytest

from checks.accounting import totals
from checks.consumer import lagging, stalled
from checks.model.consumer import Absence, ConsumerEvidence, Cursor
from tests.checks.samples import (
    MINUTE,
    SECOND,
    Changes,
    absence,
    ahead,
    before,
    check_finds,
    check_lacks,
    check_silent,
    event,
    evidence,
    stood,
)

STILL = before(stood(100))


def judged(*absences: Absence, **changes: Any) -> ConsumerEvidence:
    """A consumer whose cursor stands at 100, as it did in the run before."""
    return evidence(*absences, **({"previous": STILL} | changes))


def test_late_events_beyond_a_cursor_that_did_not_move_are_stalled_with_where_it_stood_and_since_when() -> None:
    finding = check_finds(stalled, judged(ahead(101), ahead(102)), "confirmed", 2, ranges=((101, 102),))
    assert finding.evidence["previous"] == [
        {
            "run": "r1",
            "at": "2026-03-01T11:50:00+00:00",
            "position": 100,
            "order": None,
            "since": "2026-03-01T11:00:00+00:00",
        }
    ]
    assert finding.evidence["oldest_age_seconds"] == 3600
    assert "at 100 since 2026-03-01 11:00:00 UTC, as run r1 saw, while 2 events wait beyond it" in finding.message


def test_a_cursor_that_never_processed_anything_can_stall_too() -> None:
    cursors = (Cursor(position=None, head=100),)
    finding = check_finds(
        stalled, judged(ahead(1), cursors=cursors, previous=before(stood(None))), "confirmed", 1, ranges=((1, 1),)
    )
    assert "before the first event" in finding.message
    assert "while 1 event waits beyond it" in finding.message


def test_a_standby_that_may_be_behind_shows_an_old_cursor_so_nothing_is_confirmed() -> None:
    finding = check_finds(
        stalled, judged(ahead(101), inbox_behind="12 s behind"), "unknown", 1, ranges=((101, 101),), reason="standby"
    )
    assert "12 s behind" in finding.message


def test_each_partition_stalls_by_itself() -> None:
    late = [ahead(9, event_is=event(9, partition=partition)) for partition in ("a", "b")]
    cursors = (Cursor(position=5, partition="a"), Cursor(position=7, partition="b"))
    both = evidence(*late, cursors=cursors, previous=before(stood(5), stood(6), partition="a"))
    check_finds(stalled, both, "confirmed", 1, ranges=((9, 9),), partition="a")
    check_finds(lagging, both, "confirmed", 1, ranges=((9, 9),), partition="b")


def test_what_only_an_earlier_run_dates_has_waited_for_at_least_that_long() -> None:
    seen = ahead(101, age=None, seen_for=6 * MINUTE)
    assert "for at least 6m" in check_finds(stalled, judged(seen), "confirmed", 1, ranges=((101, 101),)).message


def test_stalled_events_count_as_pending_like_lagging_ones() -> None:
    waiting = (ahead(101), ahead(102), absence(5))
    assert totals(judged(*waiting)) == totals(evidence(*waiting))


@pytest.mark.parametrize(
    ("waiting", "changes"),
    [
        pytest.param(ahead(101), {"previous": before(stood(99))}, id="the cursor moved on"),
        pytest.param(ahead(101), {"previous": before(stood(101))}, id="the cursor was put back"),
        pytest.param(ahead(101), {"previous": before()}, id="the run before saw no row"),
        pytest.param(ahead(101), {"cursor_rows_disagree": True}, id="rows that disagree"),
        pytest.param(ahead(101, age=SECOND), {}, id="what waits is young"),
        pytest.param(ahead(101, held_back=True), {}, id="what waits is held back"),
        pytest.param(absence(5), {}, id="what is absent was passed"),
    ],
)
def test_it_is_silent(waiting: Absence, changes: Changes) -> None:
    check_silent(stalled, judged(waiting, **changes))


def test_a_cursor_that_stands_still_with_nothing_to_do_is_idle() -> None:
    check_silent(stalled, judged())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"cursors": None}, "no-cursor", id="no cursor"),
        pytest.param({"previous": None}, "no-earlier-run", id="no earlier run"),
        pytest.param({"cursor_by_stream": True}, "cursor-by-stream", id="a cursor for each stream"),
    ],
)
def test_it_has_no_ground(changes: Changes, reason: str) -> None:
    check_lacks(stalled, judged(ahead(101), **changes), reason)
