"""Which events appeared later than their own time says: only those of which some look proves it, and for so long."""

from datetime import UTC, datetime, timedelta

import pytest

from auditor.gather.horizon import ENOUGH, FINENESS, MOST_HOLES, LateCommits, View, glanced, widened
from auditor.memory import Horizon
from checks.model.event import Event

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO = BEGAN - HOUR


def at(minute: float) -> datetime:
    return BEGAN + minute * MINUTE


def looks(*views: tuple[float, int], holes: tuple[tuple[int, int], ...] = (), longest: timedelta = DAY) -> Horizon:
    """After looks at these minutes, each with its head; ``holes`` are those of the last one."""
    horizon: Horizon | None = None
    for number, (minute, head) in enumerate(views, start=1):
        found = tuple((None, *hole) for hole in holes) if number == len(views) else ()
        horizon = widened(horizon, View(at=at(minute), heads={None: head}, holes=found), longest)
    assert horizon is not None
    return horizon


def seen(
    horizon: Horizon,
    position: int,
    *,
    now: float,
    time: datetime | None = LONG_AGO,
    partition: str | None = None,
    limit: timedelta | None = 5 * MINUTE,
) -> tuple[float, float] | None:
    """After which minute an event appeared, and for how many minutes it is known to be there."""
    event = Event(position=position, time=time, partition=partition)
    found = LateCommits(horizon).of(event, at(now), limit)
    return None if found is None else ((found.after - BEGAN) / MINUTE, found.visible_for / MINUTE)


def test_what_lies_beyond_the_head_of_the_last_look_has_just_appeared() -> None:
    assert seen(looks((0, 10)), 11, now=1) == (0, 0)


def test_what_any_look_may_have_seen_is_as_old_as_its_time_says() -> None:
    assert seen(looks((0, 10)), 10, now=1) is None


def test_what_was_written_since_the_last_look_is_as_old_as_its_time_says() -> None:
    assert seen(looks((0, 10)), 11, now=1, time=at(0)) is None
    assert seen(looks((0, 10)), 11, now=1, time=None) is None


def test_it_counts_from_the_first_run_that_saw_it_on_and_goes_on_counting() -> None:
    horizon = looks((0, 10), (1, 14), (2, 14), (3, 20))
    assert seen(horizon, 12, now=4) == (0, 3)
    assert seen(horizon, 15, now=4) == (2, 1)
    assert seen(horizon, 9, now=4) is None


def test_what_fills_a_hole_appeared_after_the_hole_was_seen() -> None:
    horizon = looks((0, 10), (1, 14), holes=((3, 4), (12, 12)))
    assert seen(horizon, 12, now=2) == (1, 0)
    assert seen(horizon, 4, now=2) == (1, 0)
    assert seen(horizon, 13, now=2) == (0, 1)
    later = widened(horizon, View(at=at(2), heads={None: 14}, holes=((None, 4, 4),)), DAY)
    assert seen(later, 3, now=3) == (1, 1)
    assert seen(later, 4, now=3) == (2, 0)


def test_a_hole_of_which_the_next_look_knows_nothing_counts_as_filled_by_then() -> None:
    """Else an event in it would be new to every such look, and never late."""
    horizon = looks((0, 10), holes=((3, 3),))
    blind = widened(horizon, View(at=at(1), heads={None: 10}), DAY)
    assert seen(blind, 3, now=9) == (0, 8)


def test_a_run_that_sees_nothing_for_certain_makes_nothing_young() -> None:
    horizon = glanced(glanced(looks((0, 10), holes=((3, 3),)), at(1)), at(5))
    assert [seen(horizon, position, now=9) for position in (3, 11)] == [(0, 8), (0, 8)]
    later = widened(horizon, View(at=at(10), heads={None: 20}, holes=((None, 3, 3),)), DAY)
    assert seen(later, 11, now=11) == (0, 10)


def test_where_runs_are_rare_it_counts_from_the_look_before() -> None:
    assert seen(looks((0, 10)), 11, now=51) == (0, 51)
    assert seen(looks((0, 10)), 11, now=49) == (0, 0)
    assert seen(looks((0, 10)), 11, now=51, limit=None) == (0, 0), "a run that can wait need not guess"
    assert seen(looks((0, 10), (51, 20)), 11, now=52) == (0, 52)


def test_a_clock_that_went_back_proves_nothing() -> None:
    assert seen(looks((0, 10)), 11, now=-1) is None
    assert looks((0, 10), (1, 20), (0.5, 30)) == looks((0.5, 30))


def test_another_database_proves_nothing_about_this_one() -> None:
    before = widened(None, View(at=at(0), heads={None: 10}, origin="one"), DAY)
    other = widened(before, View(at=at(1), heads={None: 20}, origin="another"), DAY)
    assert seen(other, 11, now=2) is None
    unnamed = widened(before, View(at=at(1), heads={None: 20}), DAY)
    assert (unnamed.origin, seen(unnamed, 11, now=2)) == ("one", (0, 1))


def test_partitions_are_apart_and_a_new_one_is_new_as_a_whole() -> None:
    horizon = widened(None, View(at=at(0), heads={"eu": 10, "us": 3}), DAY)
    assert seen(horizon, 5, now=1, partition="eu") is None
    assert seen(horizon, 5, now=1, partition="us") == (0, 0)
    assert seen(horizon, 1, now=1, partition="asia") == (0, 0)
    later = widened(horizon, View(at=at(1), heads={"eu": 10, "us": 3, "asia": 2}), DAY)
    assert seen(later, 1, now=2, partition="asia") == (0, 1)


def test_of_more_partitions_than_are_remembered_an_unknown_one_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.gather.horizon.MOST_PARTITIONS", 1)
    horizon = widened(None, View(at=at(0), heads={"eu": 10, "us": 3}), DAY)
    assert seen(horizon, 1, now=1, partition="asia") is None
    assert seen(horizon, 11, now=1, partition="eu") == (0, 0)


def test_an_empty_log_shows_that_everything_came_later() -> None:
    horizon = widened(None, View(at=at(0), heads={}), DAY)
    assert seen(horizon, 1, now=1) == (0, 0)
    [span] = LateCommits(horizon).lately(at(1), 5 * MINUTE, 10)
    assert (span.first <= 1 <= span.last, span.since) == (True, at(1))


def test_what_nobody_asks_for_any_more_is_forgotten() -> None:
    horizon = looks(*((minute, 10 * minute) for minute in range(60)), longest=5 * MINUTE)
    assert len(horizon.filled) == 11
    assert seen(horizon, 545, now=60) == (54, 5)
    assert seen(horizon, 400, now=60) is None


def test_looks_of_hours_are_thinned_out_and_never_make_an_event_older() -> None:
    runs = 600
    horizon = looks(*((minute, minute) for minute in range(runs)))
    assert len(horizon.filled) <= ENOUGH
    for position in range(1, runs, 7):
        found = seen(horizon, position, now=runs)
        assert found is not None
        after, there = found
        assert after < position
        assert (1 - 2 / FINENESS) * (runs - position) - 1 <= there <= runs - position


def test_of_very_many_holes_the_highest_are_remembered() -> None:
    holes = tuple((at, at) for at in range(1, 4 * MOST_HOLES, 2))
    horizon = looks((0, 4 * MOST_HOLES), holes=holes)
    assert len(horizon.holes) == MOST_HOLES
    assert seen(horizon, holes[-1][0], now=1) == (0, 0)
    assert seen(horizon, 1, now=1) is None


def test_a_statement_is_told_the_same_as_whoever_asks_event_by_event() -> None:
    horizon = looks((0, 10), (2, 14), (5, 20), holes=((12, 12), (18, 19)))
    commits, now, limit = LateCommits(horizon), at(8), 5 * MINUTE
    spans = commits.lately(now, limit, 100)
    assert [span.after for span in spans] == sorted((span.after for span in spans), reverse=True)
    for position in range(1, 25):
        told = next((span.since for span in spans if span.first <= position <= span.last), None)
        found = commits.of(Event(position=position, time=LONG_AGO), now, limit)
        since = None if found is None else now - found.visible_for
        assert told == (None if since is None or now - since > limit else since), position
