"""Arithmetic on verified ranges, held against sets of positions."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from auditor.compare.recipe import Digest, Range
from auditor.memory import VerifiedRange
from auditor.verified import as_range, clipped, holds, oldest, rest, shortened, through, without

NOW = datetime(2026, 11, 25, tzinfo=UTC)
MOST = 60


@st.composite
def lists(draw: st.DrawFn) -> list[VerifiedRange]:
    """Disjoint ranges, ascending, some of which touch."""
    found: list[VerifiedRange] = []
    first = draw(st.integers(0, 5))
    while first < MOST and draw(st.integers(0, 7)):
        last = first + draw(st.integers(0, 6))
        digest = draw(st.sampled_from((None, Digest(last - first + 1, 1, (first, last)))))
        found.append(
            VerifiedRange(first, last, digest, f"run-{first}", NOW - timedelta(minutes=draw(st.integers(0, 9))))
        )
        first = last + 1 + draw(st.sampled_from((0, 0, 1, 4)))
    return found


def positions(one: Range) -> set[int]:
    low = 0 if one.low is None else one.low
    return set(range(low, 2 * MOST if one.high is None else one.high))


def held(ranges: list[VerifiedRange]) -> set[int]:
    return {position for one in ranges for position in positions(as_range(one))}


@given(lists())
def test_every_position_is_either_verified_or_left(ranges: list[VerifiedRange]) -> None:
    left = [positions(one) for one in rest(ranges)]
    assert sum(map(len, left)) == len(set().union(*left))
    assert set().union(*left) == set(range(2 * MOST)) - held(ranges)
    assert {position for position in range(2 * MOST) if holds(ranges, position)} == held(ranges)


@given(lists(), st.integers(0, MOST), st.integers(0, MOST), st.sets(st.integers(0, MOST)))
def test_intervals_are_clipped_and_lose_single_positions(
    ranges: list[VerifiedRange], lowest: int, highest: int, out: set[int]
) -> None:
    intervals = list(without(clipped(rest(ranges), lowest, highest), sorted(out)))
    told = [position for first, last in intervals for position in range(first, last + 1)]
    assert told == sorted(set(range(lowest, highest + 1)) - held(ranges) - out)


@given(lists(), st.integers(1, 5))
def test_a_shorter_list_verifies_the_same_positions_and_no_younger(ranges: list[VerifiedRange], most: int) -> None:
    short = list(shortened(ranges, most))
    assert held(short) == held(ranges)
    assert oldest(short) == oldest(ranges)
    for joined in short:
        parts = [one for one in ranges if joined.first <= one.first <= joined.last]
        assert joined.at == min(one.at for one in parts)
        digests = [one.digest for one in parts if one.digest is not None]
        assert (joined.digest is None) == (not digests)
        if joined.digest is not None:
            assert len(digests) == len(parts)
            assert joined.digest.rows == sum(digest.rows for digest in digests)
            assert joined.digest.checksum == tuple(map(sum, zip(*(digest.checksum for digest in digests), strict=True)))


@given(lists(), st.none() | st.integers(0, MOST))
def test_through_is_the_end_of_what_is_verified_without_a_break(ranges: list[VerifiedRange], floor: int | None) -> None:
    last = through(ranges, floor)
    if floor is None or not ranges or floor < ranges[0].first:
        assert last is None
    else:
        assert last is not None
        assert set(range(ranges[0].first, last + 1)) <= held(ranges)
        assert last + 1 not in held(ranges)


def test_touching_ranges_of_many_runs_become_few() -> None:
    """A run a minute adds a range a minute."""
    ranges = [VerifiedRange(n, n, Digest(1, 1, (n,)), "run", NOW) for n in range(10_000)]
    for most in (200, 50):
        assert len(shortened(ranges, most)) <= most
