"""A cursor that moved past events that left no trace."""

from typing import Any

import pytest

from checks.accounting import totals
from checks.consumer import cursor_jumped, missing
from checks.crossing import LONG_ROW
from checks.model.consumer import Absence, ConsumerEvidence, Cursor
from tests.checks.samples import (
    DAY,
    Changes,
    absence,
    before,
    check_finds,
    check_lacks,
    check_silent,
    event,
    evidence,
    reasons,
    stood,
)


def crossed(position: int, **changes: Any) -> Absence:
    return absence(position, crossed=True, **changes)


def judged(*absences: Absence, passed: int | None, **changes: Any) -> ConsumerEvidence:
    """A consumer whose cursor went from 90 to 1000 and passed that many eligible events on its way."""
    return evidence(*absences, **({"cursors": (Cursor(position=1000, head=1000, crossed=passed),)} | changes))


def test_a_cursor_that_passed_nothing_but_absent_events_jumped() -> None:
    finding = check_finds(cursor_jumped, judged(crossed(91), crossed(92), passed=2), "confirmed", 2, ranges=((91, 92),))
    assert finding.evidence["passed"] == 2
    assert finding.evidence["previous"] == [
        {
            "run": "r1",
            "at": "2026-03-01T11:50:00+00:00",
            "position": 90,
            "order": None,
            "since": "2026-03-01T11:00:00+00:00",
        }
    ]
    assert "since run r1 (2026-03-01 11:50:00 UTC) the cursor moved from 90 to 1000, past 2 events" in finding.message


def test_a_cursor_can_jump_from_the_beginning() -> None:
    finding = check_finds(
        cursor_jumped, judged(crossed(91), passed=1, previous=before(stood(None))), "confirmed", 1, ranges=((91, 91),)
    )
    assert "from the beginning to 1000" in finding.message


def test_one_receipt_among_few_events_shows_that_it_worked() -> None:
    check_silent(cursor_jumped, judged(crossed(91), crossed(92), passed=3))


def row(first: int, length: int, **changes: Any) -> list[Absence]:
    return [crossed(position, **changes) for position in range(first, first + length)]


def test_a_long_row_without_a_receipt_is_a_jump_although_others_were_received() -> None:
    rows = [*row(100, LONG_ROW), *row(300, LONG_ROW - 1), *row(500, LONG_ROW + 1)]
    ends = ((100, 99 + LONG_ROW), (500, 500 + LONG_ROW))
    check_finds(cursor_jumped, judged(*rows, passed=900), "confirmed", 2 * LONG_ROW + 1, ranges=ends)


def test_a_row_is_cut_by_an_event_with_a_trace() -> None:
    rows = row(100, LONG_ROW)
    rows[50] = crossed(150, parked=True)
    check_silent(cursor_jumped, judged(*rows, passed=900))


def test_holes_in_positions_do_not_cut_a_row() -> None:
    rows = [crossed(2 * nth, rank=nth) for nth in range(50, 50 + LONG_ROW)]
    ends = ((100, 98 + 2 * LONG_ROW),)
    check_finds(cursor_jumped, judged(*rows, passed=900), "confirmed", LONG_ROW, ranges=ends)


def test_where_it_was_not_counted_what_was_passed_only_long_rows_are_told() -> None:
    check_silent(cursor_jumped, judged(crossed(91), passed=None))
    check_finds(cursor_jumped, judged(*row(100, LONG_ROW), passed=None), "confirmed", LONG_ROW, ranges=((100, 199),))


@pytest.mark.parametrize(
    ("lost", "changes", "verdict", "reason"),
    [
        pytest.param(crossed(91, lasted=None), {}, "pending", "within-grace", id="receipts may still come"),
        pytest.param(crossed(91), {"confirmed_reads": False}, "pending", "not-confirmed", id="looked at once"),
        pytest.param(crossed(91), {"inbox_behind": "12 s behind"}, "unknown", "standby", id="a standby"),
        pytest.param(crossed(91, before_first_receipt=True), {}, "confirmed", None, id="before the first receipt"),
    ],
)
def test_it_is_as_sure_as_the_absence(lost: Absence, changes: Changes, verdict: str, reason: str | None) -> None:
    finding = check_finds(
        cursor_jumped, judged(lost, passed=1, **changes), verdict, 1, ranges=((91, 91),), reason=reason
    )
    assert finding.message.startswith("billing: since run r1")


def test_what_is_sure_and_what_is_not_are_told_apart() -> None:
    findings = list(cursor_jumped.judge(judged(crossed(91), crossed(92, lasted=None), passed=2)))
    assert reasons(findings) == [("confirmed", None), ("pending", "within-grace")]


def test_the_events_are_missing_as_they_would_be_without_it() -> None:
    lost = (crossed(91), crossed(92))
    check_finds(missing, judged(*lost, passed=2), "confirmed", 2, ranges=((91, 92),))
    assert totals(judged(*lost, passed=2)) == totals(evidence(absence(91), absence(92)))


def test_each_partition_is_judged_by_itself() -> None:
    cursors = (Cursor(position=50, partition="a", crossed=1), Cursor(position=50, partition="b", crossed=2))
    lost = [crossed(9, event_is=event(9, partition=partition)) for partition in ("a", "b")]
    both = evidence(*lost, cursors=cursors, previous=before(stood(5), stood(5), partition="a"))
    check_finds(cursor_jumped, both, "confirmed", 1, ranges=((9, 9),), partition="a")


@pytest.mark.parametrize(
    ("lost", "changes"),
    [
        pytest.param(absence(80), {}, id="absent since before"),
        pytest.param(crossed(91, received=True), {}, id="received and not done"),
        pytest.param(crossed(91, parked=True), {}, id="set aside"),
        pytest.param(crossed(91, identified=False), {}, id="without an identity"),
        pytest.param(
            crossed(91, before_first_receipt=True), {"start_declared": False}, id="before an undeclared start"
        ),
        pytest.param(crossed(91), {"inbox_retention": DAY / 48}, id="beyond what the inbox keeps"),
        pytest.param(crossed(91), {"previous": before(stood(1000))}, id="the cursor stands still"),
    ],
)
def test_it_is_silent(lost: Absence, changes: Changes) -> None:
    check_silent(cursor_jumped, judged(lost, passed=1, **changes))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"has_inbox": False}, "no-inbox", id="no inbox"),
        pytest.param({"cursors": None}, "no-cursor", id="no cursor"),
        pytest.param({"previous": None}, "no-earlier-run", id="no earlier run"),
        pytest.param({"cursor_by_stream": True}, "cursor-by-stream", id="a cursor for each stream"),
    ],
)
def test_it_has_no_ground(changes: Changes, reason: str) -> None:
    check_lacks(cursor_jumped, evidence(**changes), reason)
