"""Where redeliveries sent again, however their stretches overlap: against positions looked up one by one."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from checks.model.sent_again import Stretch
from checks.sent_again import SentAgain
from tests.checks.samples import NOW

MOST = 30


@st.composite
def _stretches(draw: st.DrawFn) -> Stretch:
    first, began = draw(st.integers(0, MOST)), NOW + timedelta(seconds=draw(st.integers(0, 50)))
    return Stretch(
        first=first,
        last=first + draw(st.integers(0, 8)),
        began=began,
        at=began + timedelta(seconds=draw(st.integers(0, 9))),
        partition=draw(st.sampled_from((None, "a"))),
        by=draw(st.sampled_from((None, "ann", "bob"))),
    )


STRETCHES = st.lists(_stretches(), max_size=8)


@given(STRETCHES, st.sampled_from((None, "a")))
def test_each_position_has_its_first_and_its_last_sending(stretches: list[Stretch], partition: str | None) -> None:
    sent = SentAgain(stretches)
    for position in range(-1, MOST + 10):
        here = [each for each in stretches if each.partition == partition and each.first <= position <= each.last]
        found = sent.at(partition, position)
        told = None if found is None else (found.began, found.at, found.partition)
        known = (min(each.began for each in here), max(each.at for each in here), partition) if here else None
        assert told == known
        assert (sent.anywhere(position) is not None) == any(e.first <= position <= e.last for e in stretches)


@given(STRETCHES)
def test_they_ascend_and_do_not_overlap(stretches: list[Stretch]) -> None:
    sent = SentAgain(stretches)
    for partition in (None, "a"):
        some = list(sent.of(partition))
        assert all(one.first <= one.last for one in some)
        assert all(one.last < other.first for one, other in pairwise(some))
    assert sent.count == len({(e.partition, p) for e in stretches for p in range(e.first, e.last + 1)})
    assert sent.last_at == max((each.at for each in stretches), default=None)
    assert bool(sent) == bool(stretches)
    assert list(SentAgain(list(sent))) == list(sent)


@given(STRETCHES, st.integers(0, MOST), st.integers(0, 10))
def test_what_covers_a_range_holds_each_of_its_positions(stretches: list[Stretch], first: int, more: int) -> None:
    sent, last = SentAgain(stretches), first + more
    found = sent.covering(None, first, last)
    assert bool(found) == all(sent.at(None, position) is not None for position in range(first, last + 1))
    if found:
        assert found[0].first <= first
        assert last <= found[-1].last


def test_who_sent_it_last_is_told() -> None:
    def by(name: str, at: datetime) -> Stretch:
        return Stretch(first=1, last=5, began=at, at=at, by=name)

    found = SentAgain([by("ann", NOW), by("bob", NOW + timedelta(hours=1)), by("cid", NOW - timedelta(hours=1))])
    assert [each.by for each in found] == ["bob"]
