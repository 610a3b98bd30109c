"""What waits beyond the cursor."""

from typing import Any

import pytest

from checks.consumer import lagging
from checks.model.consumer import Absence, Cursor
from tests.checks.samples import (
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    absence,
    ahead,
    before,
    check_finds,
    check_lacks,
    check_silent,
    event,
    evidence,
    reasons,
    stood,
)


def test_the_lost_tail_shows_with_the_age_of_its_oldest_event() -> None:
    finding = check_finds(lagging, evidence(ahead(98), ahead(99, age=2 * HOUR)), "confirmed", 2, ranges=((98, 99),))
    assert finding.evidence["oldest_age_seconds"] == 7200
    assert finding.evidence["max_lag_seconds"] == 300
    assert "waiting for up to 2h (max_lag is 5m)" in finding.message


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({}, "see whether it runs and whether its cursor moves"),
        ({"cursors": None}, "see whether it runs and what was sent to it"),
    ],
)
def test_who_has_no_cursor_is_not_told_to_look_at_it(changes: dict[str, Any], advice: str) -> None:
    finding = check_finds(lagging, evidence(ahead(99, age=2 * HOUR), **changes), "confirmed", 1, ranges=((99, 99),))
    assert finding.message.endswith(advice)


@pytest.mark.parametrize(
    ("waiting", "verdict", "reason"),
    [
        pytest.param(ahead(99, age=5 * MINUTE + SECOND), "confirmed", None, id="older than max_lag"),
        pytest.param(ahead(99, age=5 * MINUTE), "pending", "younger-than-max-lag", id="exactly max_lag"),
        pytest.param(ahead(99, held_back=True), "pending", "held-back", id="held back by a transaction"),
        pytest.param(ahead(99, age=None), "pending", "age-unknown", id="no time, or one that lies ahead"),
    ],
)
def test_how_sure_it_is(waiting: Absence, verdict: str, reason: str | None) -> None:
    check_finds(lagging, evidence(waiting), verdict, 1, ranges=((99, 99),), reason=reason)


def test_a_standby_that_may_be_behind_shows_an_old_cursor_so_nothing_is_confirmed() -> None:
    judged = evidence(ahead(99), inbox_behind="12 s behind")
    assert "12 s behind" in check_finds(lagging, judged, "unknown", 1, ranges=((99, 99),), reason="standby").message


def test_what_the_inbox_may_have_forgotten_still_lags_when_the_cursor_has_not_come_to_it() -> None:
    check_finds(lagging, evidence(ahead(99), inbox_retention=SECOND), "confirmed", 1, ranges=((99, 99),))


def test_a_cursor_alone_is_ground_enough() -> None:
    check_finds(lagging, evidence(ahead(99), has_inbox=False), "confirmed", 1, ranges=((99, 99),))


def test_late_and_young_events_are_told_apart() -> None:
    findings = list(lagging.judge(evidence(ahead(97), ahead(98), ahead(99, age=SECOND))))
    assert reasons(findings) == [("confirmed", None), ("pending", "younger-than-max-lag")]
    assert [finding.ranges for finding in findings] == [((97, 98),), ((99, 99),)]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(absence(5), id="past the cursor"),
        pytest.param(ahead(99, received=True), id="received ahead of the cursor, not done"),
        pytest.param(ahead(99, parked=True), id="parked ahead of the cursor"),
    ],
)
def test_only_events_without_a_trace_count(other: Absence) -> None:
    check_silent(lagging, evidence(other))


def test_where_the_cursor_row_is_absent_another_check_says_so() -> None:
    cursors = (Cursor(position=None, partition="a", absent=True), Cursor(position=5, partition="b"))
    late = [ahead(9, event_is=event(9, partition=partition)) for partition in ("a", "b")]
    check_finds(lagging, evidence(*late, cursors=cursors), "confirmed", 1, ranges=((9, 9),), partition="b")


def test_without_a_time_it_has_no_ground() -> None:
    check_lacks(lagging, evidence(ahead(99, age=None), has_time=False, previous=None), "no-time")


@pytest.mark.parametrize("has_time", [True, False])
def test_what_an_earlier_run_saw_longer_ago_than_max_lag_is_late_whatever_its_time(has_time: bool) -> None:
    seen = ahead(99, age=None, seen_for=6 * MINUTE)
    finding = check_finds(lagging, evidence(seen, has_time=has_time), "confirmed", 1, ranges=((99, 99),))
    assert finding.evidence["oldest_age_seconds"] == 360
    assert finding.evidence["ages_since_first_sighting"] == 1
    assert "waiting for at least 6m (max_lag is 5m)" in finding.message


def test_what_an_earlier_run_saw_a_moment_ago_first_is_not_said_to_be_young() -> None:
    seen = ahead(99, age=None, seen_for=SECOND)
    judged = evidence(seen, has_time=False)
    finding = check_finds(lagging, judged, "pending", 1, ranges=((99, 99),), reason="age-unknown")
    assert "orders names no time, and no earlier run saw them for longer than 5m" in finding.message


def test_a_time_is_believed_before_a_sighting() -> None:
    judged = evidence(ahead(99, age=SECOND, seen_for=HOUR))
    check_finds(lagging, judged, "pending", 1, ranges=((99, 99),), reason="younger-than-max-lag")


def test_what_is_stalled_is_not_told_twice() -> None:
    check_silent(lagging, evidence(ahead(101), previous=before(stood(100))))


def test_what_is_young_is_told_beside_what_is_stalled() -> None:
    judged = evidence(ahead(101), ahead(102, age=SECOND), previous=before(stood(100)))
    check_finds(lagging, judged, "pending", 1, ranges=((102, 102),), reason="younger-than-max-lag")


def test_old_events_that_were_sent_again_are_late_only_when_they_have_waited_since_then() -> None:
    lately, long_ago = NOW - 4 * MINUTE, NOW - 6 * MINUTE
    judged = evidence(ahead(97, sent_again=lately), ahead(98, sent_again=long_ago), ahead(99, age=SECOND))
    findings = list(lagging.judge(judged))
    assert reasons(findings) == [("confirmed", None), ("pending", "sent-again"), ("pending", "younger-than-max-lag")]
    told = "; it was sent again (last at 2026-03-01 11:56:00 UTC), and may wait for 5m from then on"
    assert findings[1].message.endswith(told)


def test_what_was_sent_again_and_is_young_is_young() -> None:
    judged = evidence(ahead(99, age=SECOND, sent_again=NOW))
    check_finds(lagging, judged, "pending", 1, reason="younger-than-max-lag", ranges=((99, 99),))
