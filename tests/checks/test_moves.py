"""Where cursors went since the run before."""

import pytest

from checks.model.consumer import Cursor
from checks.model.previous import CursorBefore
from checks.moves import moves, scopes_standing_still
from tests.checks.samples import before, evidence, stood


@pytest.mark.parametrize(
    ("now", "then", "direction"),
    [
        pytest.param(Cursor(position=5), stood(5), "still", id="where it was"),
        pytest.param(Cursor(position=6), stood(5), "on", id="higher"),
        pytest.param(Cursor(position=4), stood(5), "back", id="lower"),
        pytest.param(Cursor(position=None), stood(None), "still", id="nothing processed, as before"),
        pytest.param(Cursor(position=0), stood(None), "on", id="from nothing to zero"),
        pytest.param(Cursor(position=None), stood(0), "back", id="NULL where zero was"),
        pytest.param(Cursor(position=None, absent=True), stood(5), "back", id="a row that is gone"),
        pytest.param(Cursor(position=9, order=(3, 9)), stood(9, 3, 9), "still", id="all parts as they were"),
        pytest.param(
            Cursor(position=2, order=(4, 2)), stood(9, 3, 9), "on", id="a higher transaction, a lower position"
        ),
        pytest.param(Cursor(position=9, order=(2, 9)), stood(2, 3, 2), "back", id="a lower transaction"),
        pytest.param(Cursor(position=9, order=(2, 9)), stood(None), "on", id="several parts from nothing"),
    ],
)
def test_a_cursor_is_compared_by_its_whole_place(now: Cursor, then: CursorBefore, direction: str) -> None:
    [move] = moves(evidence(cursors=(now,), previous=before(then)))
    assert move.direction == direction


@pytest.mark.parametrize(
    ("now", "then"),
    [
        pytest.param(Cursor(position=None, absent=True), stood(None), id="a row without a position is gone"),
        pytest.param(Cursor(position=None, absent=True, reappeared=True), stood(5), id="a row was away for a moment"),
        pytest.param(Cursor(position=5, stream="order-1"), stood(5), id="a cursor of a stream"),
        pytest.param(Cursor(position=5, partition="new"), stood(5), id="a row that is new"),
        pytest.param(Cursor(position=5), stood(9, 3, 9), id="one part where there were two"),
    ],
)
def test_nothing_is_said_of_what_cannot_be_compared(now: Cursor, then: CursorBefore) -> None:
    assert list(moves(evidence(cursors=(now,), previous=before(then)))) == []


def test_rows_that_disagree_have_no_place() -> None:
    judged = evidence(cursors=(Cursor(position=5),), cursor_rows_disagree=True, previous=before(stood(5)))
    assert list(moves(judged)) == []


def test_without_an_earlier_run_nothing_moved() -> None:
    assert list(moves(evidence(previous=None))) == []
    assert scopes_standing_still(evidence(previous=None)) == frozenset()


def test_partitions_stand_still_one_by_one() -> None:
    cursors = (Cursor(position=5, partition="a"), Cursor(position=7, partition="b"))
    judged = evidence(cursors=cursors, previous=before(stood(5), stood(6), partition="a"))
    assert scopes_standing_still(judged) == {"a"}
