"""The scratch paper keeps what a comparison is about when what it noted is dropped, and ranks neighbours."""

from collections.abc import Iterator

import pytest

from auditor.compare.scratch import Scratch
from checks.model.event import Event


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    scratch = Scratch()
    yield scratch
    scratch.close()


def note(scratch: Scratch, *positions: int, partition: str | None = None) -> None:
    for position in positions:
        event = Event(
            position=position, id=None, stream="s", version=position, type=None, time=None, partition=partition
        )
        scratch.note_absence(event, identity=(position,))


def test_what_was_noted_is_forgotten_and_the_cursors_of_streams_are_not(scratch: Scratch) -> None:
    scratch.note_stream_cursor("order-1", 7)
    scratch.note_stream_head("order-1", 5)
    note(scratch, 1, 2)
    scratch.nominate([(1,), (2,)])
    scratch.forget()
    assert not list(scratch.absences())
    assert not list(scratch.nominees())
    assert list(scratch.stream_cursors_ahead()) == [("order-1", 7, 5)]


def test_an_identity_that_is_nominated_twice_is_kept_once(scratch: Scratch) -> None:
    scratch.nominate([("a", 1), ("b", 2)])
    scratch.nominate([("a", 1)])
    assert sorted(scratch.nominees()) == [("a", 1), ("b", 2)]


def test_only_distances_that_may_hold_an_event_are_asked_for(scratch: Scratch) -> None:
    note(scratch, 4, 5, 9, 9, 12, partition="b")
    note(scratch, 1, 3, partition="a")
    asked = [(one.partition, one.low, one.high) for one in scratch.distances("absence")]
    assert asked == [("a", 1, 3), ("b", 5, 9), ("b", 9, 12)]


def test_ranks_follow_each_other_but_where_something_stands_between(scratch: Scratch) -> None:
    note(scratch, 4, 5, 9, 12)
    [to_nine, to_twelve] = scratch.distances("absence")
    scratch.rank("absence", [to_twelve.number])
    ranks = {absence.event.position: absence.rank for absence in scratch.absences()}
    assert (to_nine.high, to_twelve.high) == (9, 12)
    assert [ranks[position] - ranks[4] for position in (4, 5, 9, 12)] == [0, 1, 2, 4]
