"""How far a new consumer has come, and what its pace says of the rest."""

from datetime import timedelta

import pytest

from checks.model.result import Progress
from checks.progress import Reached, progress
from tests.checks.samples import MINUTE, NOW


def reached(received: int, eligible: int, ago: timedelta = timedelta(0)) -> Reached:
    return Reached(received=received, eligible=eligible, at=NOW - ago)


def test_without_an_earlier_run_there_is_no_pace() -> None:
    assert progress(reached(4, 10), None) == Progress(received=4, eligible=10)


def test_what_is_left_takes_as_long_as_the_pace_since_the_run_before_says() -> None:
    assert progress(reached(412_000, 1_000_000), reached(340_000, 990_000, MINUTE)) == Progress(
        received=412_000, eligible=1_000_000, per_second=1_200.0, left=timedelta(seconds=490)
    )


def test_where_events_are_written_as_fast_as_they_are_received_no_time_is_left_to_tell() -> None:
    found = progress(reached(120, 220), reached(60, 160, MINUTE))
    assert (found.per_second, found.left) == (1.0, None)


def test_a_consumer_that_stands_still_has_a_pace_of_nothing() -> None:
    found = progress(reached(60, 100), reached(60, 100, MINUTE))
    assert (found.per_second, found.left) == (0.0, None)


@pytest.mark.parametrize(
    "before", [reached(61, 100, MINUTE), reached(10, 100), reached(10, 100, -MINUTE)], ids=["less", "no time", "later"]
)
def test_receipts_that_are_gone_and_clocks_that_went_back_tell_no_pace(before: Reached) -> None:
    assert progress(reached(60, 100), before) == Progress(received=60, eligible=100)


def test_a_pace_that_would_take_longer_than_the_calendar_lasts_tells_no_time() -> None:
    assert progress(reached(1, 10**18), reached(0, 10**18, 10_000 * MINUTE)).left is None


def test_who_has_everything_has_nothing_left() -> None:
    assert progress(reached(100, 100), reached(40, 100, MINUTE)).left == timedelta(0)
