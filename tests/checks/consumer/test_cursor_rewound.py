"""A cursor that stands lower than the run before saw it."""

import pytest

from checks.consumer import cursor_rewound
from checks.model.consumer import Cursor
from checks.model.previous import CursorBefore
from checks.model.sent_again import Stretch
from tests.checks.samples import MINUTE, NOW, Changes, before, check_finds, check_lacks, check_silent, evidence, stood

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


@pytest.mark.parametrize(
    ("now", "then", "sent", "is_benign"),
    [
        pytest.param(Cursor(position=40), stood(90), [(41, 90)], True, id="all that lies between was sent again"),
        pytest.param(Cursor(position=60), stood(90), [(41, 95)], True, id="it is on its way back"),
        pytest.param(Cursor(position=40), stood(90), [(41, 70), (71, 90)], True, id="in two redeliveries"),
        pytest.param(Cursor(position=None, floor=1), stood(90), [(1, 90)], True, id="put back to nothing"),
        pytest.param(Cursor(position=40), stood(90), [(42, 90)], False, id="one event below them"),
        pytest.param(Cursor(position=40), stood(90), [(41, 89)], False, id="one event beyond them"),
        pytest.param(Cursor(position=40), stood(90), [(41, 60), (62, 90)], False, id="one event between them"),
        pytest.param(GONE, stood(90), [(1, 90)], False, id="the row is gone"),
        pytest.param(Cursor(position=40, order=(1, 40)), stood(90, 1, 90), [(41, 90)], True, id="a composite cursor"),
        pytest.param(Cursor(position=45, order=(1, 45)), stood(30, 2, 30), [(41, 90)], True, id="to a higher position"),
        pytest.param(Cursor(position=20, order=(1, 20)), stood(90, 1, 90), [(41, 90)], False, id="further than that"),
    ],
)
def test_what_a_redelivery_put_back_is_benign_and_nothing_else(
    now: Cursor, then: CursorBefore, sent: list[tuple[int, int]], is_benign: bool
) -> None:
    at = NOW - 5 * MINUTE
    stretches = [Stretch(first=first, last=last, began=at, at=at, by="ann on ops-1") for first, last in sent]
    judged = evidence(cursors=(now,), previous=before(then), sent_again=stretches)
    [finding] = cursor_rewound.judge(judged)
    assert (finding.verdict == "benign", finding.reason) == (is_benign, "redelivery" if is_benign else None)
    assert ("put back by a redelivery by ann on ops-1 at 2026-03-01 11:55:00 UTC" in finding.message) == is_benign
    assert finding.evidence.get("redelivery") == (
        {"at": "2026-03-01T11:55:00+00:00", "by": "ann on ops-1"} if is_benign else None
    )


@pytest.mark.parametrize(("minutes", "is_benign"), [(9, True), (10.5, True), (12, False)])
def test_what_was_sent_again_before_the_run_before_is_no_reason(minutes: float, is_benign: bool) -> None:
    """That run, ten minutes ago, saw the cursor after it; clocks may differ by a minute."""
    at = NOW - minutes * MINUTE
    sent = [Stretch(first=41, last=90, began=at, at=at)]
    judged = evidence(cursors=(Cursor(position=40),), previous=before(stood(90)), sent_again=sent)
    [finding] = cursor_rewound.judge(judged)
    assert (finding.verdict == "benign") == is_benign
