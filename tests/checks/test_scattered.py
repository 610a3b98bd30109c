"""Ranges from positions in any order are those from positions in ascending order."""

from hypothesis import given
from hypothesis import strategies as st

from checks.model.ranges import RangeBuilder
from checks.scattered import ScatteredRanges

RANKS = st.lists(st.integers(1, 60), max_size=60)


def position_of(rank: int) -> int:
    return rank * 3


@given(RANKS)
def test_the_order_of_arrival_makes_no_difference(ranks: list[int]) -> None:
    ordered, scattered = RangeBuilder(), ScatteredRanges()
    for rank in sorted(ranks):
        ordered.add(position_of(rank), rank)
    for rank in ranks:
        scattered.add(position_of(rank), rank)
    assert scattered.build() == ordered.build()
    assert not scattered.truncated


@given(RANKS, st.integers(1, 5))
def test_only_what_lies_above_all_ranges_is_ever_dropped(ranks: list[int], most: int) -> None:
    scattered = ScatteredRanges(most=most)
    for rank in ranks:
        scattered.add(position_of(rank), rank)
    ranges = scattered.build()
    covered = {rank for rank in ranks if any(first <= position_of(rank) <= last for first, last in ranges)}
    dropped = set(ranks) - covered
    assert len(ranges) <= most
    assert scattered.truncated or not dropped
    assert all(position_of(rank) > ranges[-1][1] for rank in dropped)
    assert sum((last - first) // 3 + 1 for first, last in ranges) == len(covered)
