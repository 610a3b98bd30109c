"""Drilling finds exactly what occurs not once on both sides, however ranges are cut, and says when that is too much."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.compare.drill import Drill, Grain, at_once, differences
from auditor.compare.recipe import Digest, Range


class Numbers:
    """A side that is a list of numbers; each is its own place, and its fingerprint is far from it."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = numbers
        self.cancelled = Event()

    def _within(self, ranges: Sequence[Range]) -> list[int]:
        return [
            number
            for number in self._numbers
            for one in ranges
            if (one.low is None or number >= one.low) and (one.high is None or number < one.high)
        ]

    def bounds(self) -> tuple[int, int] | None:
        return (min(self._numbers), max(self._numbers)) if self._numbers else None

    def cut(self, pieces: int) -> list[Range]:
        bounds = self.bounds()
        return [Range(None, None)] if bounds is None else Range(None, None).split(pieces, *bounds)

    def digests(self, ranges: Sequence[Range]) -> list[Digest]:
        found = (self._within([one]) for one in ranges)
        return [Digest(len(here), len(here), (sum(map(fingerprint, here)),)) for here in found]

    def fingerprints(self, ranges: Sequence[Range]) -> Sequence[int]:
        return [fingerprint(number) for number in self._within(ranges)]

    def rows(self, ranges: Sequence[Range], wanted: frozenset[int]) -> Sequence[int]:
        return [number for number in self._within(ranges) if fingerprint(number) in wanted]

    def cancel(self) -> None:
        self.cancelled.set()


def fingerprint(number: int) -> int:
    return int.from_bytes(sha256(str(number).encode()).digest()[:8])


NUMBERS = st.lists(st.integers(-50, 50) | st.integers(2**60, 2**60 + 40), max_size=40)
GRAINS = st.builds(
    Grain, ranges=st.integers(1, 5), pieces=st.integers(2, 4), leaf=st.integers(1, 5), batch=st.integers(1, 9)
)


def drilled(ours: Sequence[int], theirs: Sequence[int], grain: Grain, *, unique: bool) -> set[int]:
    found: set[int] = set()

    def nominate(here: Sequence[int], there: Sequence[int]) -> None:
        found.update(here, there)

    drill = Drill(log=Numbers(ours), inbox=Numbers(theirs), unique=unique, nominate=nominate, grain=grain)
    counted = drill.run(drill.log.cut(grain.ranges))
    assert counted == (len(ours), len(ours), len(theirs))
    return found


@given(NUMBERS, NUMBERS, GRAINS)
def test_it_finds_what_does_not_occur_once_on_both_sides(ours: list[int], theirs: list[int], grain: Grain) -> None:
    expected = {one for one in {*ours, *theirs} if (ours.count(one), theirs.count(one)) != (1, 1)}
    assert drilled(ours, theirs, grain, unique=False) == expected


@given(st.sets(st.integers(-50, 50) | st.integers(2**60, 2**60 + 40)), NUMBERS, GRAINS)
def test_where_one_side_is_unique_equal_digests_are_enough(ours: set[int], theirs: list[int], grain: Grain) -> None:
    expected = {one for one in {*ours, *theirs} if (list(ours).count(one), theirs.count(one)) != (1, 1)}
    assert drilled(sorted(ours), theirs, grain, unique=True) == expected


@pytest.mark.parametrize(
    ("ours", "theirs"), [(range(1000), range(700)), (range(0, 2000, 2), range(1, 2000, 2))], ids=["fewer", "others"]
)
def test_it_says_when_more_differs_than_may_be_looked_up(ours: range, theirs: range) -> None:
    grain = Grain(ranges=4, leaf=10, batch=100, most=0.25, always=0)
    drill = Drill(log=Numbers(ours), inbox=Numbers(theirs), unique=True, nominate=lambda *_: None, grain=grain)
    assert drill.run(drill.log.cut(drill.grain.ranges)) is None


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ([1, 2, 3], [1, 3], {2}),
        ([1, 2], [1, 2, 9], {9}),
        ([1, 2], [1, 2, 2], {2}),
        ([1, 1, 2], [1, 2], {1}),
        ([1, 1], [1, 1], {1}),
        ([1, 2], [1, 3], {2, 3}),
        ([], [], set()),
    ],
)
def test_differences_are_what_does_not_occur_once_on_both_sides(
    ours: list[int], theirs: list[int], expected: set[int]
) -> None:
    assert differences(ours, theirs) == expected


@given(st.integers(-100, 100), st.integers(0, 500), st.integers(2, 40))
def test_pieces_of_a_range_touch_and_cover_it(low: int, width: int, pieces: int) -> None:
    cut = Range(low, low + width + 1).split(pieces, low, low + width)
    assert (cut[0].low, cut[-1].high) == (low, low + width + 1)
    assert all(one.high == other.low for one, other in pairwise(cut))
    assert len(cut) <= pieces


def test_open_ends_stay_open_and_a_single_value_cannot_be_split() -> None:
    assert Range(None, None).split(2, 0, 9) == [Range(None, 5), Range(5, None)]
    assert Range(7, 8).split(4, 0, 9) == [Range(7, 8)]


def test_a_failure_here_ends_the_question_there() -> None:
    there = Numbers([])

    def fail() -> int:
        raise ValueError("here")

    with pytest.raises(ValueError, match="here"):
        at_once(fail, lambda: there.cancelled.wait(60), there.cancel)
    assert there.cancelled.is_set()


def test_a_failure_there_is_raised_here() -> None:
    def fail() -> int:
        raise ValueError("there")

    with pytest.raises(ValueError, match="there"):
        at_once(lambda: 1, fail, lambda: None)


def test_both_are_asked_at_the_same_time() -> None:
    ours, theirs = Event(), Event()

    def meet(mine: Event, other: Event) -> bool:
        mine.set()
        return other.wait(60)

    assert at_once(lambda: meet(ours, theirs), lambda: meet(theirs, ours), lambda: None) == (True, True)


def test_a_question_that_was_between_two_statements_when_it_was_cancelled_is_cancelled_again() -> None:
    cancels: list[int] = []
    second = Event()

    def fail() -> int:
        raise ValueError("here")

    def cancel() -> None:
        cancels.append(1)
        if len(cancels) > 1:
            second.set()

    with pytest.raises(ValueError, match="here"):
        at_once(fail, lambda: second.wait(60), cancel)
    assert second.is_set()


def test_a_server_that_cannot_be_told_to_cancel_does_not_hide_what_happened() -> None:
    tried = Event()

    def fail() -> int:
        raise ValueError("here")

    def cancel() -> None:
        tried.set()
        raise ConnectionError("nobody listens")

    with pytest.raises(ValueError, match="here"):
        at_once(fail, lambda: tried.wait(60), cancel)


def test_what_lies_far_beyond_the_other_side_is_compared_a_batch_at_a_time() -> None:
    held: list[int] = []

    class Watched(Numbers):
        def fingerprints(self, ranges: Sequence[Range]) -> Sequence[int]:
            found = super().fingerprints(ranges)
            held.append(len(found))
            return found

    ours, theirs = Watched(range(1000, 1100)), Watched(range(1100))
    grain = Grain(ranges=4, pieces=4, leaf=10, batch=40, always=10_000)
    found: set[int] = set()
    Drill(log=ours, inbox=theirs, unique=True, nominate=found.update, grain=grain).run(ours.cut(grain.ranges))
    assert found == set(range(1000))
    assert max(held) <= grain.batch


def test_whoever_watches_is_told_how_many_rows_were_digested_and_how_many_they_will_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("auditor.compare.drill.monotonic", lambda: 0.0)
    told: list[tuple[int, int]] = []
    ours, theirs = Numbers(range(1000)), Numbers(range(1000))
    drill = Drill(
        log=ours,
        inbox=theirs,
        unique=True,
        nominate=lambda *_: None,
        grain=Grain(ranges=8, step=2),
        tell=lambda done, total: told.append((done, total)),
    )
    drill.run(ours.cut(8), hear=lambda: None)
    assert [done for done, _ in told] == [250, 500, 750, 1000]
    assert {total for _, total in told} == {1000}


@pytest.mark.parametrize(("seconds", "steps"), [(0.0, [3, 25, 22]), (0.5, [3, *[4] * 11, 3]), (60.0, [3, *[1] * 47])])
def test_no_more_is_digested_at_once_than_a_run_whose_time_is_short_can_hear_of(
    monkeypatch: pytest.MonkeyPatch, seconds: float, steps: list[int]
) -> None:
    now, heard = [0.0], list[int]()

    class Slow(Numbers):
        def digests(self, ranges: Sequence[Range]) -> list[Digest]:
            now[0] += seconds * len(ranges)
            heard.append(len(ranges))
            return super().digests(ranges)

    monkeypatch.setattr("auditor.compare.drill.monotonic", lambda: now[0])
    ours = Slow(range(1000))
    drill = Drill(log=ours, inbox=Numbers(range(1000)), unique=True, nominate=lambda *_: None, grain=Grain())
    drill.run(ours.cut(50), hear=lambda: None)
    assert heard == steps
