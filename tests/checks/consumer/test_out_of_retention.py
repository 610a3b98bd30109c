"""What was purged before the consumer came to it."""

import pytest

from checks.consumer import out_of_retention
from checks.model.consumer import Cursor
from tests.checks.samples import Changes, check_finds, check_lacks, check_silent, evidence

BEHIND = Cursor(position=5, head=100, floor=11)
AT_ZERO = Cursor(position=0, head=100, floor=11)


def test_the_range_between_cursor_and_floor_is_confirmed() -> None:
    finding = check_finds(out_of_retention, evidence(cursors=(BEHIND,)), "confirmed", 5, ranges=((6, 10),))
    assert finding.evidence == {"first_needed": 6, "floor": 11, "retention_seconds": 90 * 86_400}
    assert "at most 5 events" in finding.message


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        pytest.param({"start_declared": False}, "unknown", "start-not-declared", id="it may not need the beginning"),
        pytest.param({"start_declared": True}, "unknown", "holes-or-purged", id="the log may begin there"),
        pytest.param({"start_declared": True, "gapless": True}, "confirmed", None, id="a gapless log"),
        pytest.param(
            {"start_declared": True, "streams_begin_late": True}, "confirmed", None, id="streams lack their beginning"
        ),
        pytest.param({"gapless": True, "inbox_behind": "12 s behind"}, "unknown", "standby", id="an old cursor, maybe"),
    ],
)
def test_a_cursor_at_the_beginning_needs_more_to_be_sure(changes: Changes, verdict: str, reason: str | None) -> None:
    judged = evidence(cursors=(AT_ZERO,), **changes)
    check_finds(out_of_retention, judged, verdict, 10, ranges=((1, 10),), reason=reason)


def test_a_range_no_longer_than_the_holes_that_the_log_has_anyway_may_be_one_of_them() -> None:
    judged = evidence(cursors=(BEHIND,), longest_hole=5)
    check_finds(out_of_retention, judged, "unknown", 5, ranges=((6, 10),), reason="holes-or-purged")


@pytest.mark.parametrize(("start", "ranges"), [(8, ((8, 10),)), (3, ((6, 10),))])
def test_what_lies_below_the_declared_start_is_not_needed(start: int, ranges: tuple[tuple[int, int], ...]) -> None:
    judged = evidence(cursors=(BEHIND,), start_declared=True, start=start)
    check_finds(out_of_retention, judged, "confirmed", ranges[0][1] - ranges[0][0] + 1, ranges=ranges)


def test_a_start_above_the_floor_needs_nothing_that_is_gone() -> None:
    check_silent(out_of_retention, evidence(cursors=(BEHIND,), start_declared=True, start=11))


def test_a_cursor_of_several_parts_says_too_little() -> None:
    cursor = Cursor(position=5, order=(80, 5), head=100, floor=11)
    judged = evidence(cursors=(cursor,))
    check_finds(out_of_retention, judged, "unknown", 5, ranges=((6, 10),), reason="composite-cursor")


def test_of_several_rows_that_disagree_the_lowest_is_never_taken_for_the_truth() -> None:
    judged = evidence(cursors=(BEHIND, Cursor(position=2, floor=11)), cursor_rows_disagree=True)
    check_finds(out_of_retention, judged, "unknown", 8, ranges=((3, 10),), reason="cursor-rows-disagree")


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param(Cursor(position=10, floor=11), id="the next event is there"),
        pytest.param(Cursor(position=50, floor=11), id="the cursor is above the floor"),
        pytest.param(Cursor(position=5), id="an empty log"),
        pytest.param(Cursor(position=None, absent=True, floor=11), id="no cursor row"),
        pytest.param(Cursor(position=1, stream="order-1", floor=11), id="a cursor by stream"),
    ],
)
def test_it_leaves_alone(cursor: Cursor) -> None:
    check_silent(out_of_retention, evidence(cursors=(cursor,)))


@pytest.mark.parametrize(
    ("changes", "reason"), [({"log_retention": None}, "no-retention"), ({"cursors": None}, "no-cursor")]
)
def test_it_has_no_ground(changes: Changes, reason: str) -> None:
    check_lacks(out_of_retention, evidence(**changes), reason)
