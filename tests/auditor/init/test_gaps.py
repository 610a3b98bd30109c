"""What a consumer lacks is either lost, or never was for it: few or in a row, or whole streams among others."""

from collections.abc import Callable

import pytest

from auditor.init.gaps import explained_by_parts
from auditor.init.looks import SeenEvent


def event(position: int, streams: int = 10) -> SeenEvent:
    return SeenEvent(None, position, None, f"s{position % streams}", position // streams + 1, None, None)


EVENTS = [event(n) for n in range(100)]
BRIEF = [event(n, streams=50) for n in range(100)]


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(lambda e: e.position < 0, id="nothing"),
        pytest.param(lambda e: e.position == 42, id="one event"),
        pytest.param(lambda e: e.position in (3, 33, 66, 92), id="a few here and there"),
        pytest.param(lambda e: 20 <= e.position < 70, id="half of all, in a row"),
        pytest.param(lambda e: e.stream == "s3" and e.position > 60, id="the end of a stream"),
    ],
)
def test_losses_are_losses(lost: Callable[[SeenEvent], bool]) -> None:
    assert explained_by_parts(EVENTS, frozenset(e for e in EVENTS if not lost(e))) is None


@pytest.mark.parametrize(
    ("absent", "why"),
    [
        (lambda e: e.position % 2, "it has 50 % of the events that it should have"),
        (lambda e: e.stream in ("s1", "s5", "s8"), "it has 70 % of the events that it should have"),
    ],
)
def test_what_is_absent_all_over_is_a_part(absent: Callable[[SeenEvent], bool], why: str) -> None:
    assert explained_by_parts(EVENTS, frozenset(e for e in EVENTS if not absent(e))) == why


def test_whole_streams_among_others_are_a_part_however_few() -> None:
    received = frozenset(e for e in BRIEF if e.stream not in ("s7", "s21"))
    assert explained_by_parts(BRIEF, received) == "it has nothing of 2 streams, and of the others all"


def test_a_handful_of_receipts_tells_nothing() -> None:
    some = EVENTS[:12]
    assert explained_by_parts(some, frozenset(some[:7])) == "it has no more than 7 receipts, and not of all events"
    assert explained_by_parts(some, frozenset(some)) is None
    assert explained_by_parts(some, frozenset(some[:11])) is None


def test_nothing_is_explained_by_nothing() -> None:
    assert explained_by_parts([], frozenset()) is None
