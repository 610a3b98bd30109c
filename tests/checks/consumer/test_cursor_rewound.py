"""A cursor that stands lower than the run before saw it."""

import pytest

from checks.consumer import cursor_rewound
from checks.model.consumer import Cursor
from checks.model.previous import CursorBefore
from tests.checks.samples import Changes, before, check_finds, check_lacks, check_silent, evidence, stood

GONE = Cursor(position=None, absent=True)


def test_a_lower_cursor_is_told_with_both_places_and_the_run_that_saw_the_higher_one() -> None:
    judged = evidence(cursors=(Cursor(position=40, head=100),), previous=before(stood(90)))
    finding = check_finds(cursor_rewound, judged, "confirmed", 1)
    assert finding.evidence == {
        "cursors": [{"partition": None, "stream": None, "position": 40, "order": None, "absent": False, "head": 100}],
        "previous": [
            {
                "run": "r1",
                "at": "2026-03-01T11:50:00+00:00",
                "position": 90,
                "order": None,
                "since": "2026-03-01T11:00:00+00:00",
            }
        ],
    }
    assert "the cursor stands at 40, where run r1 saw it at 90 (2026-03-01 11:50:00 UTC)" in finding.message


def test_a_composite_cursor_is_compared_by_all_of_its_parts() -> None:
    cursors = (Cursor(position=95, order=(7, 95)),)
    finding = check_finds(cursor_rewound, evidence(cursors=cursors, previous=before(stood(20, 8, 20))), "confirmed", 1)
    assert "stands at 7:95, where run r1 saw it at 8:20" in finding.message


@pytest.mark.parametrize(
    ("now", "said"),
    [
        pytest.param(GONE, "has no row", id="a deleted row"),
        pytest.param(Cursor(position=None), "has a row without a position", id="a position that was emptied"),
    ],
)
def test_a_cursor_can_be_put_back_to_nothing(now: Cursor, said: str) -> None:
    finding = check_finds(cursor_rewound, evidence(cursors=(now,), previous=before(stood(90))), "confirmed", 1)
    assert said in finding.message


def test_a_row_that_is_gone_from_one_look_alone_may_be_written_anew() -> None:
    judged = evidence(cursors=(GONE,), confirmed_reads=False)
    check_finds(cursor_rewound, judged, "pending", 1, reason="not-confirmed")


def test_a_lower_place_needs_no_second_look() -> None:
    check_finds(cursor_rewound, evidence(cursors=(Cursor(position=40),), confirmed_reads=False), "confirmed", 1)


def test_a_standby_that_may_be_behind_shows_an_older_state() -> None:
    judged = evidence(cursors=(Cursor(position=40),), inbox_behind="12 s behind")
    assert "12 s behind" in check_finds(cursor_rewound, judged, "unknown", 1, reason="standby").message


def test_a_partition_is_named() -> None:
    cursors = (Cursor(position=5, partition="a"), Cursor(position=7, partition="b"))
    judged = evidence(cursors=cursors, previous=before(stood(6), stood(6), partition="a"))
    check_finds(cursor_rewound, judged, "confirmed", 1, partition="a")


@pytest.mark.parametrize(
    ("now", "then"),
    [
        pytest.param(Cursor(position=90), stood(90), id="where it was"),
        pytest.param(Cursor(position=91), stood(90), id="further on"),
        pytest.param(GONE, stood(None), id="a row of one who had processed nothing"),
        pytest.param(Cursor(position=None, absent=True, reappeared=True), stood(90), id="a row that came back"),
    ],
)
def test_it_is_silent(now: Cursor, then: CursorBefore) -> None:
    check_silent(cursor_rewound, evidence(cursors=(now,), previous=before(then)))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"cursors": None}, "no-cursor", id="no cursor"),
        pytest.param({"previous": None}, "no-earlier-run", id="no earlier run"),
        pytest.param({"cursor_by_stream": True}, "cursor-by-stream", id="a cursor for each stream"),
    ],
)
def test_it_has_no_ground(changes: Changes, reason: str) -> None:
    check_lacks(cursor_rewound, evidence(**changes), reason)
