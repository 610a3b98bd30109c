"""A subscription without a cursor row."""

import pytest

from checks.consumer import cursor_absent
from checks.model.consumer import Cursor
from tests.checks.samples import MINUTE, SECOND, Changes, ahead, check_finds, check_lacks, check_silent, event, evidence

NO_ROW = (Cursor(position=None, absent=True),)


def test_events_that_wait_for_an_absent_cursor_are_confirmed() -> None:
    judged = evidence(ahead(1), ahead(2), cursors=NO_ROW)
    finding = check_finds(cursor_absent, judged, "confirmed", 2, ranges=((1, 2),))
    assert finding.evidence["oldest_age_seconds"] == 3600
    assert "no cursor row" in finding.message


@pytest.mark.parametrize(
    ("partition", "stream"),
    [
        pytest.param(None, None, id="a cursor for everything"),
        pytest.param("a", None, id="a row a partition"),
        pytest.param(None, "order-1", id="a row a stream"),
    ],
)
def test_the_absent_row_is_found_by_what_it_covers(partition: str | None, stream: str | None) -> None:
    late = ahead(9, event_is=event(9, partition="a"))
    cursors = (Cursor(position=None, partition=partition, stream=stream, absent=True),)
    check_finds(cursor_absent, evidence(late, cursors=cursors), "confirmed", 1, ranges=((9, 9),), partition="a")


def test_a_consumer_that_received_everything_and_has_no_cursor_row_is_told() -> None:
    finding = check_finds(cursor_absent, evidence(cursors=NO_ROW, uncharted={None: 7}), "confirmed", 7)
    assert "although it received 7 events" in finding.message


def test_what_waits_for_an_absent_cursor_says_it_all() -> None:
    judged = evidence(ahead(1), cursors=NO_ROW, uncharted={None: 7})
    check_finds(cursor_absent, judged, "confirmed", 1, ranges=((1, 1),))


def test_a_standby_may_not_have_the_row_yet() -> None:
    judged = evidence(ahead(9), cursors=NO_ROW, inbox_behind="12 s behind")
    check_finds(cursor_absent, judged, "unknown", 1, ranges=((9, 9),), reason="standby")


def test_a_subscription_made_a_moment_ago_is_left_alone() -> None:
    check_silent(cursor_absent, evidence(ahead(9, age=SECOND), cursors=NO_ROW))


def test_a_subscription_that_nothing_waits_for_is_left_alone() -> None:
    check_silent(cursor_absent, evidence(cursors=NO_ROW))


def test_events_of_another_partition_do_not_count() -> None:
    late = ahead(9, event_is=event(9, partition="b"))
    cursors = (Cursor(position=None, partition="a", absent=True), Cursor(position=5, partition="b"))
    check_silent(cursor_absent, evidence(late, cursors=cursors))


def test_a_cursor_with_a_row_is_lag_and_no_absence() -> None:
    check_silent(cursor_absent, evidence(ahead(9)))


def test_it_has_no_ground() -> None:
    check_lacks(cursor_absent, evidence(cursors=None), "no-cursor")


NO_AGE: Changes = {"cursors": NO_ROW, "has_time": False}


def test_what_waits_in_a_log_without_a_time_is_of_unknown_age_and_not_silently_fine() -> None:
    judged = evidence(ahead(1, age=None), ahead(2, age=None), **NO_AGE)
    finding = check_finds(cursor_absent, judged, "unknown", 2, ranges=((1, 2),), reason="age-unknown")
    assert "2 events (how old, a log without a time hides) left no trace" in finding.message


def test_what_an_earlier_run_saw_waiting_is_late_although_the_log_has_no_time() -> None:
    judged = evidence(ahead(1, age=None, seen_for=6 * MINUTE), **NO_AGE)
    finding = check_finds(cursor_absent, judged, "confirmed", 1, ranges=((1, 1),))
    assert "1 event older than 5m left no trace" in finding.message


def test_what_an_earlier_run_saw_a_moment_ago_is_still_of_unknown_age() -> None:
    judged = evidence(ahead(1, age=None, seen_for=SECOND), **NO_AGE)
    check_finds(cursor_absent, judged, "unknown", 1, ranges=((1, 1),), reason="age-unknown")


def test_what_was_received_from_a_log_without_a_time_is_of_unknown_age_and_not_silently_fine() -> None:
    finding = check_finds(cursor_absent, evidence(**NO_AGE, uncharted={None: 7}), "unknown", 7, reason="age-unknown")
    assert "although it received 7 events (how old, a log without a time hides)" in finding.message


def test_in_a_log_without_a_time_a_standby_is_the_nearer_doubt() -> None:
    judged = evidence(ahead(9, age=None), **NO_AGE, inbox_behind="12 s behind")
    check_finds(cursor_absent, judged, "unknown", 1, ranges=((9, 9),), reason="standby")


def test_a_log_without_a_time_and_without_events_has_nothing_to_wait_for() -> None:
    check_silent(cursor_absent, evidence(**NO_AGE))


def test_a_cursor_with_a_row_needs_no_time() -> None:
    check_silent(cursor_absent, evidence(ahead(9, age=None), has_time=False))


def test_where_events_have_times_one_without_is_left_alone() -> None:
    check_silent(cursor_absent, evidence(ahead(9, age=None), cursors=NO_ROW))
