"""The rule of a cutover: whatever the two logs hold, nothing is lost, and no higher start would do."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from checks.cutover import choose
from checks.model.cutover import Choice, CutoverEvidence, Doubt, Facts, NewRow
from checks.model.event import Event

DELAY = timedelta(minutes=1)
OLD, YOUNG = DELAY * 2, DELAY / 2


def facts(position: int | None = 1, **known: Any) -> Facts:
    """An event that both logs have, and the consumer has processed."""
    usual = Facts(position, None, expected=True, old_rows=1, wanted=1, unproven=0, doubt=None, new_first=None, age=OLD)
    return usual._replace(**known)


UNPROVEN: dict[str, Any] = {"unproven": 1, "doubt": Doubt.NO_RECEIPT}


@dataclass(frozen=True)
class Case:
    """``order``: the events of the new log, row by row; it begins at position 1. ``settled``: how far of that."""

    events: tuple[Facts, ...]
    order: tuple[int, ...]
    settled: int
    retention: timedelta | None = None
    skips: bool = False

    def evidence(self, limit: int | None = 100) -> CutoverEvidence:
        firsts = {event: position for position, event in reversed([*enumerate(self.order, 1)])}
        placed = [each._replace(new_first=firsts.get(n)) for n, each in enumerate(self.events)]

        def beyond(position: int) -> Iterator[NewRow]:
            rows = (NewRow(place, placed[event]) for place, event in enumerate(self.order, 1))
            return (row for row in rows if row.position > position)

        return CutoverEvidence(
            events=placed,
            rows_beyond=beyond,
            settled=self.settled,
            max_delay=DELAY,
            old_retention=self.retention,
            old_skips=self.skips,
            sample_limit=limit,
        )

    def choose(self) -> Choice:
        return choose(self.evidence())


def test_it_does_not_start_after_the_last_processed_event_where_the_new_log_has_another_order() -> None:
    e0, e1, e2 = facts(1), facts(2), facts(3, **UNPROVEN)
    choice = Case((e0, e1, e2), order=(0, 2, 1), settled=3).choose()
    assert choice.start == 1
    assert choice.first is not None
    assert (choice.first.position, choice.first.new_first) == (3, 2)
    assert (choice.twice.count, choice.twice.ranges, choice.beyond) == (1, ((3, 3),), 2)
    assert choice.twice.events == (Event(position=3),)


def test_where_everything_is_processed_it_starts_where_the_new_log_is_settled() -> None:
    choice = Case((facts(1), facts(2)), order=(1, 0, 0), settled=2).choose()
    assert (choice.start, choice.first) == (2, None)
    assert (choice.twice.ranges, choice.beyond) == (((3, 3),), 1)


def test_of_several_rows_of_one_event_the_first_counts() -> None:
    assert Case((facts(1), facts(2, **UNPROVEN)), order=(0, 1, 0, 1), settled=4).choose().start == 1


def test_what_the_old_log_does_not_show_is_not_processed() -> None:
    choice = Case((facts(1), facts(2, old_rows=0, wanted=0)), order=(0, 1), settled=2).choose()
    assert (choice.start, choice.doubts) == (1, {Doubt.NOT_IN_OLD_LOG: 1})


def test_what_the_old_log_is_not_meant_to_have_is_none_of_its_business() -> None:
    choice = Case((facts(1, expected=False, old_rows=0, wanted=0), facts(2, wanted=0)), (0, 1), settled=2).choose()
    assert (choice.start, choice.foreign, choice.twice.count) == (2, 2, 0)


def test_an_event_that_is_too_young_for_the_new_log_is_not_lost() -> None:
    choice = Case((facts(1), facts(2, age=YOUNG, **UNPROVEN)), order=(0,), settled=1).choose()
    assert (choice.start, choice.waiting, choice.lost.count) == (1, 1, 0)


def test_a_late_one_is_lost_and_named_and_there_is_no_start() -> None:
    events = (facts(3), facts(5, **UNPROVEN), facts(6, old_rows=0, wanted=0), facts(8), facts(9, **UNPROVEN))
    choice = Case(events, order=(0, 3), settled=2).choose()
    assert (choice.start, choice.lost.count, choice.lost.ranges) == (None, 3, ((5, 6), (9, 9)))
    assert [event.position for event in choice.lost.events] == [5, 6, 9]


def test_an_event_that_the_upstream_does_not_have_any_more_will_not_come() -> None:
    choice = Case((facts(None, name="e7", age=None, **UNPROVEN),), order=(), settled=0).choose()
    assert (choice.start, choice.lost.events) == (None, (Event(id="e7"),))


def test_of_an_event_without_a_time_nothing_says_whether_it_is_late() -> None:
    choice = Case((facts(1, age=None, **UNPROVEN),), order=(), settled=0).choose()
    assert (choice.start, choice.lost.count, choice.ageless.count) == (None, 0, 1)


def test_a_processed_event_may_be_absent_from_the_new_log() -> None:
    choice = Case((facts(1), facts(2)), order=(0,), settled=1).choose()
    assert (choice.start, choice.spared) == (1, 1)


def test_what_only_the_upstream_has_is_not_lost_where_the_old_log_need_not_have_it() -> None:
    nowhere = facts(1, old_rows=0, wanted=0)
    assert Case((nowhere,), (), settled=0).choose().lost.count == 1
    assert Case((nowhere,), (), settled=0, skips=True).choose().unknowable == 1
    assert Case((nowhere,), (), settled=0, retention=DELAY).choose().unknowable == 1
    assert Case((nowhere,), (), settled=0, retention=OLD).choose().lost.count == 1


def test_samples_are_bounded_and_counts_are_not() -> None:
    events = tuple(facts(n, **UNPROVEN) for n in range(1, 6))
    choice = choose(Case(events, order=(), settled=0).evidence(limit=2))
    assert (choice.lost.count, len(choice.lost.events), choice.lost.ranges) == (5, 2, ((1, 5),))


# ---- any case at all -------------------------------------------------------------------------------------------------

an_event = st.builds(
    facts,
    position=st.just(0),
    expected=st.booleans(),
    old_rows=st.sampled_from([0, 1, 2]),
    wanted=st.sampled_from([0, 1, 2]),
    unproven=st.sampled_from([0, 0, 1, 2]),
    age=st.sampled_from([OLD, OLD, OLD, YOUNG, None]),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    drawn = draw(st.lists(an_event, max_size=6))
    events = []
    for position, each in enumerate(drawn, 1):
        wanted = min(each.wanted, each.old_rows)
        unproven = min(each.unproven, wanted)
        doubt = Doubt.PARKED if unproven else None
        events.append(each._replace(position=position, wanted=wanted, unproven=unproven, doubt=doubt))
    order = draw(st.lists(st.integers(0, len(events) - 1), max_size=9)) if events else []
    return Case(
        tuple(events),
        tuple(order),
        settled=draw(st.integers(0, len(order))),
        retention=draw(st.sampled_from([None, None, DELAY])),
        skips=draw(st.sampled_from([False, False, True])),
    )


def concerns(event: Facts) -> bool:
    return event.wanted > 0 or (event.old_rows == 0 and event.expected)


def processed(event: Facts) -> bool:
    return event.wanted > 0 and event.unproven == 0


def to_read(case: Case) -> set[int]:
    """The events that the consumer has to get from the new log, by their number."""
    return {n for n, event in enumerate(case.events) if concerns(event) and not processed(event)}


def would_miss(case: Case, start: int) -> set[int]:
    """Those that the new log has, and that are not read in it from beyond ``start``: one row of them is skipped."""
    return to_read(case) & set(case.order[:start])


@given(cases())
@example(Case((facts(1), facts(2), facts(3, **UNPROVEN)), order=(0, 2, 1), settled=3))
def test_nothing_that_the_new_log_has_is_lost_and_no_higher_start_would_do(case: Case) -> None:
    choice = case.choose()
    if choice.start is None:
        return
    assert 0 <= choice.start <= case.settled
    assert would_miss(case, choice.start) == set()
    assert choice.start == case.settled or would_miss(case, choice.start + 1) != set()


@given(cases())
def test_it_refuses_exactly_where_an_event_would_be_lost_or_may_be(case: Case) -> None:
    choice = case.choose()
    lost, ageless = set(), set()
    for n in to_read(case) - set(case.order):
        event = case.events[n]
        is_purged = case.retention is not None and (event.age is None or event.age > case.retention)
        if event.old_rows == 0 and (case.skips or is_purged):
            continue
        if event.age is None:
            ageless.add(event.position)
        elif event.age > DELAY:
            lost.add(event.position)
    assert {event.position for event in choice.lost.events} == lost
    assert {event.position for event in choice.ageless.events} == ageless
    assert (choice.start is None) is bool(lost or ageless)


@given(cases())
def test_what_comes_twice_is_every_row_beyond_the_start_of_an_event_that_was_processed(case: Case) -> None:
    choice = case.choose()
    if choice.start is None:
        return
    beyond = [*enumerate(case.order, 1)][choice.start :]
    twice = [place for place, event in beyond if processed(case.events[event])]
    assert [event.position for event in choice.twice.events] == twice
    covered = [place for low, high in choice.twice.ranges for place in range(low, high + 1)]
    assert (covered, choice.twice.count, choice.beyond) == (twice, len(twice), len(beyond))


@given(cases())
def test_every_event_counts_once(case: Case) -> None:
    choice = case.choose()
    unproven = sum(choice.doubts.values())
    assert choice.processed + unproven + choice.foreign + choice.unknowable == len(case.events)
    assert unproven >= choice.lost.count + choice.ageless.count + choice.waiting


@given(cases())
def test_to_process_one_more_event_never_lowers_the_start(case: Case) -> None:
    before = case.choose()
    for n, event in enumerate(case.events):
        if event.wanted and event.unproven and before.start is not None:
            more = (*case.events[:n], event._replace(unproven=0, doubt=None), *case.events[n + 1 :])
            after = replace(case, events=more).choose()
            assert after.start is not None
            assert after.start >= before.start
