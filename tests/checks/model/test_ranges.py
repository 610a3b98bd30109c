"""Ranges agree with a naive oracle, and never grow beyond what a finding may carry."""

from hypothesis import given
from hypothesis import strategies as st

from checks.model.ranges import RangeBuilder

Log = list[tuple[int, bool, bool]]


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Rows of a log as (position, eligible, chosen); holes lie between the positions."""
    steps = draw(st.lists(st.integers(1, 4), max_size=40))
    flags = st.tuples(st.booleans(), st.booleans())
    return [(sum(steps[: index + 1]), *draw(flags)) for index in range(len(steps))]


def expected(log: Log) -> list[tuple[int, int]]:
    """Oracle: walk the eligible rows; a run of chosen ones is a range."""
    ranges: list[tuple[int, int]] = []
    run: list[int] = []
    for position, eligible, chosen in [*log, (0, True, False)]:
        if eligible and chosen:
            run.append(position)
        elif eligible:
            ranges += [(run[0], run[-1])] if run else []
            run = []
    return ranges


def ranked(log: Log) -> list[tuple[int, int]]:
    eligible = [(position, chosen) for position, wanted, chosen in log if wanted]
    return [(position, rank) for rank, (position, chosen) in enumerate(eligible, start=1) if chosen]


@given(logs())
def test_ranges_are_maximal_over_eligible_events(log: Log) -> None:
    builder = RangeBuilder()
    for position, rank in ranked(log):
        builder.add(position, rank)
    assert list(builder.build()) == expected(log)
    assert not builder.truncated


@given(logs(), st.integers(1, 4))
def test_beyond_the_most_the_first_ranges_stay_and_the_rest_is_said_to_be_cut(log: Log, most: int) -> None:
    builder = RangeBuilder(most=most)
    for position, rank in ranked(log):
        builder.add(position, rank)
    assert list(builder.build()) == expected(log)[:most]
    assert builder.truncated == (len(expected(log)) > most)


def test_two_rows_at_one_position_are_one_place() -> None:
    builder = RangeBuilder()
    for position, rank in [(5, 3), (5, 3), (9, 4)]:
        builder.add(position, rank)
    assert builder.build() == ((5, 9),)


def test_intervals_that_touch_stay_apart() -> None:
    builder = RangeBuilder()
    builder.add_interval(1, 2)
    builder.add_interval(3, 3)
    assert builder.build() == ((1, 2), (3, 3))


def test_building_twice_says_the_same() -> None:
    builder = RangeBuilder()
    builder.add(7, 1)
    assert builder.build() == builder.build() == ((7, 7),)
