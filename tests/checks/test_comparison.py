"""What became of the events of findings from one run to another, and what must not be called healed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checks.comparison import compare
from checks.identities import key_of
from checks.model.comparison import Comparison, Counterpart, Group, State
from checks.model.event import Event
from checks.model.finding import Finding, Severity, Verdict
from checks.model.known import KnownFinding
from checks.model.recorded import Opening
from checks.model.result import Audit, NotChecked, Problem, Result, Totals
from checks.standing import Standing

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def event(position: int, **changes: Any) -> Event:
    return Event(position=position, stream="order-1", **changes)


def finding(*positions: int, check: str = "missing", verdict: Verdict = Verdict.CONFIRMED, **changes: Any) -> Finding:
    known: dict[str, Any] = {
        "count": len(positions),
        "ranges": tuple((each, each) for each in positions),
        "events": tuple(event(each) for each in positions),
    }
    return Finding(check=check, verdict=verdict, message="", **{**known, **changes})


def audit(*findings: Finding, **changes: Any) -> Audit:
    known: dict[str, Any] = {"name": "billing", "of": "consumer", "totals": Totals(), "findings": findings}
    return Audit(**{**known, **changes})


def opening(position: int, opened: int = 1, closed: int | None = None, **changes: Any) -> Opening:
    """Open since the run of so many hours after noon, until that of another one."""
    known: dict[str, Any] = {"audit": "billing", "check": "missing", "partition": None, "verdict": Verdict.CONFIRMED}
    known["event"] = event(position)
    if closed is not None:
        known |= {"closed_run": f"r{closed}", "closed_at": NOON + closed * HOUR}
    whole = {**known, **changes}
    key = key_of(whole["event"])
    return Opening(key=key, opened_run=f"r{opened}", opened_at=NOON + opened * HOUR, **whole)


def run(hour: int, *audits: Audit, openings: Sequence[Opening] = (), skipped: Sequence[NotChecked] = ()) -> Standing:
    started = NOON + hour * HOUR
    result = Result(run=f"r{hour}", started=started, finished=started, audits=audits, not_checked=tuple(skipped))
    return Standing(result, openings)


def states(comparison: Comparison) -> dict[State, int]:
    return {state: count for state, count in comparison.counts().items() if count}


def only(comparison: Comparison) -> Group:
    [group] = comparison.groups
    return group


def test_what_is_new_open_and_healed_is_told_apart_event_by_event() -> None:
    earlier = run(1, audit(finding(1, 2)), openings=[opening(1, 0), opening(2, 1, closed=3)])
    later = run(3, audit(finding(1, 4)), openings=[opening(1, 0), opening(4, 3)])
    found = {group.state: group for group in compare(earlier, later).groups}
    assert {state: [change.event.position for change in group.changes] for state, group in found.items()} == {
        State.NEW: [4],
        State.OPEN: [1],
        State.HEALED: [2],
    }
    assert {state: group.changes[0].lasted for state, group in found.items()} == {
        State.NEW: timedelta(0),
        State.OPEN: 3 * HOUR,
        State.HEALED: 2 * HOUR,
    }
    assert found[State.HEALED].changes[0].closed_run == "r3"
    assert {group.note for group in found.values()} == {None}
    assert compare(earlier, later).worse


def test_two_runs_that_found_nothing_differ_in_nothing() -> None:
    assert compare(run(1, audit()), run(2, audit())).groups == ()


def test_a_run_compared_with_itself_has_everything_open_and_nothing_new() -> None:
    standing = run(1, audit(finding(1, 2)), openings=[opening(1), opening(2, closed=5)])
    compared = compare(standing, standing)
    assert (states(compared), compared.worse) == ({State.OPEN: 2}, False)
    assert {change.closed_at for change in only(compared).changes} == {None}


# ---- what is not healed ----------------------------------------------------------------------------------------------

NOT_LOOKED = {
    "not audited": (run(2, audit(name="other")), "the later run did not audit it"),
    "out of reach": (
        run(2, audit(totals=None, problems=(Problem(reason="unreachable", message="refused"),))),
        "the later run could not decide it: refused",
    ),
    "in doubt": (
        run(2, audit(problems=(Problem(reason="several-cursor-rows", message="rows disagree"),))),
        "the later run could not decide it: rows disagree",
    ),
    "not checked": (
        run(2, audit(), skipped=[NotChecked(audit="billing", check="missing", reason="x", message="no inbox")]),
        "the later run did not check it: no inbox",
    ),
}


@pytest.mark.parametrize(("later", "why"), NOT_LOOKED.values(), ids=NOT_LOOKED)
@pytest.mark.parametrize("still_tracked", [True, False])
def test_what_the_later_run_did_not_judge_is_not_healed(later: Standing, why: str, still_tracked: bool) -> None:
    earlier = run(1, audit(finding(1)), openings=[opening(1)])
    later = Standing(later.result, [opening(1)] if still_tracked else [])
    group = only(compare(earlier, later))
    assert (group.state, group.note, group.count_after) == (State.UNJUDGED, why, None)


def test_what_a_run_in_between_saw_healed_is_healed_though_the_later_one_did_not_look() -> None:
    earlier = run(1, audit(finding(1)), openings=[opening(1, closed=2)])
    group = only(compare(earlier, run(3, audit(name="other"))))
    assert (group.state, group.changes[0].closed_run, group.changes[0].lasted) == (State.HEALED, "r2", HOUR)


@pytest.mark.parametrize("verdict", [Verdict.PENDING, Verdict.BENIGN])
def test_what_is_pending_now_has_turned_and_not_healed(verdict: Verdict) -> None:
    earlier = run(1, audit(finding(5)), openings=[opening(5, closed=2)])
    later = run(2, audit(finding(verdict=verdict, ranges=((4, 6),), count=3)))
    group = only(compare(earlier, later))
    assert (group.state, group.counterpart) == (State.TURNED, Counterpart(check="missing", verdict=verdict))


@pytest.mark.parametrize("openings", [[opening(5)], []], ids=["still tracked", "pruned"])
def test_what_a_run_without_second_looks_left_pending_was_not_judged_again(openings: list[Opening]) -> None:
    earlier = run(1, audit(finding(5)), openings=[opening(5)])
    later = run(2, audit(finding(5, verdict=Verdict.PENDING, reason="not-confirmed")), openings=openings)
    group = only(compare(earlier, later))
    assert (group.state, group.note) == (State.UNJUDGED, "the later run did not look twice (--no-confirm)")
    assert group.counterpart is None


def test_what_is_parked_now_has_turned_and_not_healed() -> None:
    earlier = run(1, audit(finding(5)), openings=[opening(5, closed=2)])
    parked = finding(5, check="parked", harmless=True)
    later = run(2, audit(parked), openings=[opening(5, 2, check="parked")])
    compared = compare(earlier, later)
    assert states(compared) == {State.TURNED: 1}
    assert not compared.worse


@pytest.mark.parametrize("looked", [True, False], ids=["audited", "not audited by the earlier run"])
@pytest.mark.parametrize("check", ["stalled", "missing"])
def test_what_was_lagging_and_is_found_lost_has_turned_and_is_not_new(check: str, looked: bool) -> None:
    lagging = opening(5, check="lagging", closed=3)
    earlier = run(2, audit(finding(5, check="lagging")) if looked else audit(name="other"), openings=[lagging])
    later = run(3, audit(finding(5, check=check)), openings=[opening(5, 3, check=check)])
    group = only(compare(earlier, later))
    assert (group.state, group.check) == (State.TURNED, "lagging")
    assert group.counterpart == Counterpart(check=check, verdict=Verdict.CONFIRMED)


@pytest.mark.parametrize("before", [{"verdict": Verdict.UNKNOWN}, {"harmless": True, "check": "parked"}])
def test_what_turned_into_something_surer_or_worse_is_new_too(before: dict[str, Any]) -> None:
    found = finding(5, **{"check": "lagging", **before})
    tracked = opening(5, check=found.check, verdict=found.verdict, closed=2)
    compared = compare(run(1, audit(found), openings=[tracked]), run(2, audit(finding(5)), openings=[opening(5, 2)]))
    assert (states(compared), compared.worse) == ({State.NEW: 1, State.TURNED: 1}, True)


def test_what_came_late_and_out_of_order_is_healed_as_missing() -> None:
    earlier = run(1, audit(finding(5)), openings=[opening(5, closed=2)])
    disorder = finding(5, check="out-of-order")
    later = run(2, audit(disorder), openings=[opening(5, 2, check="out-of-order")])
    assert states(compare(earlier, later)) == {State.NEW: 1, State.HEALED: 1}


# ---- another event at its position -----------------------------------------------------------------------------------


def lost(id_: str | None, opened: int, closed: int | None = None) -> tuple[Finding, Opening]:
    """An event at position 5 that is missing, and since when."""
    named = event(5, id=id_)
    return finding(5, events=(named,)), opening(5, opened, closed, event=named)


@pytest.mark.parametrize("pruned", [False, True])
def test_another_event_at_its_position_is_news_and_tells_nothing_of_it(pruned: bool) -> None:
    (before, gone), (after, new) = lost("a", 1, closed=2), lost("b", 2)
    earlier = run(1, audit(before), openings=[] if pruned else [gone])
    compared = compare(earlier, run(3, audit(after), openings=[new]))
    found = {group.state: (group.changes[0].event.id, group.changes[0].lasted, group.note) for group in compared.groups}
    assert found == {
        State.NEW: ("b", HOUR, None),
        State.UNJUDGED: ("a", 2 * HOUR, "another event stands at its position now"),
    }
    assert compared.worse


def test_another_event_that_another_check_has_at_its_position_is_not_what_it_turned_into() -> None:
    (before, gone), (after, new) = lost("a", 1, closed=2), lost("b", 2)
    parked = replace(after, check="parked", harmless=True)
    later = run(2, audit(parked), openings=[replace(new, check="parked")])
    assert states(compare(run(1, audit(before), openings=[gone]), later)) == {State.NEW: 1, State.UNJUDGED: 1}


@pytest.mark.parametrize(("was", "now"), [("a", None), (None, "a")])
@pytest.mark.parametrize("tracked", [True, False])
def test_an_event_of_which_only_one_run_knows_the_id_is_open_still(
    was: str | None, now: str | None, tracked: bool
) -> None:
    (before, since), (after, _) = lost(was, 0), lost(now, 0)
    openings = [since] if tracked else []
    compared = compare(run(1, audit(before), openings=openings), run(3, audit(after), openings=openings))
    assert states(compared) == {State.OPEN: 1}
    assert only(compared).changes[0].lasted == (3 if tracked else 2) * HOUR


def test_beyond_what_is_tracked_the_ranges_say_that_it_is_still_open() -> None:
    earlier = run(1, audit(finding(5)), openings=[opening(5, closed=2)])
    later = run(2, audit(finding(1, ranges=((1, 9),), count=9)), openings=[opening(1, 2)])
    compared = compare(earlier, later)
    assert states(compared) == {State.OPEN: 1, State.NEW: 1}
    assert states(compare(later, run(3, audit(finding(5)), openings=[opening(5, 3)])))[State.OPEN] == 1


def test_beyond_the_ranges_that_are_kept_nothing_is_claimed() -> None:
    truncated = finding(1, ranges_truncated=True, count=20_000)
    earlier = run(1, audit(finding(5)), openings=[opening(5, closed=2)])
    group = compare(earlier, run(2, audit(truncated), openings=[opening(1, 0)])).groups
    assert [each.state for each in group if each.changes[0].event.position == 5] == [State.UNJUDGED]
    [new] = compare(run(1, audit(truncated)), run(2, audit(finding(5)), openings=[opening(5, 2)])).groups[:1]
    assert (new.state, new.note) == (State.NEW, "the earlier run found more than it could keep: it may be older")


def test_that_less_could_be_verified_is_said_of_what_is_healed() -> None:
    earlier = run(1, audit(finding(5)), openings=[opening(5, closed=2)])
    group = only(compare(earlier, run(2, audit(totals=Totals(produced=3, unverifiable=3)))))
    assert (group.state, group.note) == (
        State.HEALED,
        "of 3 more events than before nothing could be verified, these may be among them",
    )


def test_what_healed_so_long_ago_that_its_opening_was_removed_is_known_by_the_finding() -> None:
    group = only(compare(run(1, audit(finding(5, 6)), openings=[opening(6)]), run(3, audit(), openings=[])))
    assert (group.state, [change.event.position for change in group.changes]) == (State.HEALED, [5, 6])
    assert [change.lasted for change in group.changes] == [2 * HOUR, 2 * HOUR]


# ---- what is not simply new ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "counterpart"),
    [
        (finding(5, check="lagging", verdict=Verdict.UNKNOWN), Counterpart(check="lagging", verdict=Verdict.UNKNOWN)),
        (finding(5, verdict=Verdict.PENDING), Counterpart(check="missing", verdict=Verdict.PENDING)),
        (finding(5, check="duplicate"), None),
        (finding(5, partition="eu"), None),
    ],
)
def test_what_is_new_says_what_it_was_before(before: Finding, counterpart: Counterpart | None) -> None:
    later = run(2, audit(finding(5)), openings=[opening(5, 2)])
    group = next(each for each in compare(run(1, audit(before)), later).groups if each.state is State.NEW)
    assert group.counterpart == counterpart


def test_what_was_unknown_and_is_confirmed_now_is_news() -> None:
    earlier = run(1, audit(finding(5, verdict=Verdict.UNKNOWN)), openings=[opening(5)])
    later = run(2, audit(finding(5)), openings=[opening(5)])
    group = only(compare(earlier, later))
    assert (group.state, group.counterpart) == (State.NEW, Counterpart(check="missing", verdict=Verdict.UNKNOWN))
    assert group.changes[0].lasted == HOUR


def test_what_was_confirmed_and_is_unknown_now_is_open_and_says_so() -> None:
    earlier = run(1, audit(finding(5)), openings=[opening(5)])
    later = run(2, audit(finding(5, verdict=Verdict.UNKNOWN)), openings=[opening(5)])
    group = only(compare(earlier, later))
    assert (group.state, group.severity) == (State.OPEN, Severity.WARNING)
    assert group.note == "it was confirmed in the earlier run"


def test_what_the_earlier_run_did_not_audit_may_be_older() -> None:
    later = run(2, audit(finding(5)), openings=[opening(5, 2)])
    group = only(compare(run(1), later))
    assert (group.state, group.note) == (State.NEW, "the earlier run did not audit it: it may be older")


@pytest.mark.parametrize(("since", "state"), [(0, State.OPEN), (2, State.NEW)])
def test_what_names_no_event_and_was_found_before_a_run_that_did_not_audit_it_is_no_news(
    since: int, state: State
) -> None:
    whole = finding(check="head-regressed", count=1, first_seen=NOON + since * HOUR)
    compared = compare(run(1, audit(name="other")), run(2, audit(whole)))
    assert (only(compared).state, compared.worse) == (state, state is State.NEW)
    assert str(only(compared).note).startswith("the earlier run did not audit it")


def test_what_healed_in_between_and_came_back_is_open_since_then() -> None:
    earlier = run(1, audit(finding(5)), openings=[opening(5, 1, closed=2)])
    later = run(4, audit(finding(5)), openings=[opening(5, 3)])
    group = only(compare(earlier, later))
    assert (group.state, group.note) == (State.OPEN, "healed in between, and open again")
    assert group.changes[0].lasted == HOUR


# ---- findings that name no event -------------------------------------------------------------------------------------


def ahead(count: int = 1, **changes: Any) -> Finding:
    return finding(check="cursor-ahead", count=count, **changes)


def test_a_finding_without_events_is_compared_as_a_whole() -> None:
    clean, two = run(1, audit()), run(2, audit(ahead(2)))
    later = run(3, audit(ahead(3)))
    assert states(compare(clean, two)) == {State.NEW: 2}
    assert states(compare(two, later)) == {State.OPEN: 3}
    assert states(compare(two, run(3, audit()))) == {State.HEALED: 2}
    assert states(compare(two, run(3))) == {State.UNJUDGED: 2}
    assert (only(compare(two, later)).count_before, only(compare(two, later)).count_after) == (2, 3)
    assert only(compare(two, later)).changes[0].event == Event()


def test_information_is_not_compared() -> None:
    hole = finding(check="position-gap", verdict=Verdict.UNKNOWN, harmless=True, ranges=((3, 4),), count=2)
    assert compare(run(1, audit()), run(2, audit(hole, of="log"))).groups == ()
    tracked = opening(3, check="position-gap", verdict=Verdict.UNKNOWN)
    assert compare(run(1, audit()), run(2, audit(hole, of="log"), openings=[tracked])).groups == ()


def test_partitions_are_compared_each_for_itself() -> None:
    of = {"eu": event(5, partition="eu"), "us": event(5, partition="us")}
    here = {name: finding(partition=name, ranges=((5, 5),), count=1, events=(each,)) for name, each in of.items()}
    earlier = run(1, audit(here["eu"]), openings=[opening(5, partition="eu", event=of["eu"], closed=2)])
    later = run(2, audit(here["us"]), openings=[opening(5, 2, partition="us", event=of["us"])])
    assert [(group.state, group.partition) for group in compare(earlier, later).groups] == [
        (State.NEW, "us"),
        (State.HEALED, "eu"),
    ]


def test_what_hurts_most_comes_first() -> None:
    parked = finding(1, check="parked", harmless=True)
    earlier = run(1, audit(finding(2)), openings=[opening(2, closed=2)])
    later = run(2, audit(parked, finding(3)), openings=[opening(1, 2, check="parked"), opening(3, 2)])
    assert [(group.severity, group.state) for group in compare(earlier, later).groups] == [
        (Severity.ERROR, State.NEW),
        (Severity.ERROR, State.HEALED),
        (Severity.WARNING, State.NEW),
    ]


def test_an_event_that_is_known_by_its_version_is_told_from_others() -> None:
    lost = Event(stream="a", version=2)
    gap = finding(check="version-gap", count=2, ranges=(), events=(lost, replace(lost, version=3)))
    one = opening(0, check="version-gap", event=lost, closed=2)
    other = opening(0, check="version-gap", event=replace(lost, version=3))
    earlier = run(1, audit(gap, of="log"), openings=[one, other])
    later = run(2, audit(replace(gap, count=1, events=(other.event,)), of="log"), openings=[other])
    assert states(compare(earlier, later)) == {State.OPEN: 1, State.HEALED: 1}


@pytest.mark.parametrize("found", [finding(1, 2), finding(check="cursor-ahead", count=1)])
def test_what_is_known_and_hidden_in_the_later_run_is_open_still(found: Finding) -> None:
    hidden = KnownFinding(finding=found, fingerprint="f", owner="kim", why="ticket 7")
    group = only(compare(run(1, audit(found)), run(2, audit(known=(hidden,)))))
    assert (group.state, group.count, group.count_before, group.count_after) == (
        State.OPEN,
        found.count,
        found.count,
        found.count,
    )


def test_what_a_cursor_jumped_over_is_not_healed_while_it_is_missing() -> None:
    earlier = run(1, audit(finding(3, 4), finding(3, 4, check="cursor-jumped")))
    later = run(2, audit(finding(3)))
    states_of = {
        (group.check, change.event.position): group.state
        for group in compare(earlier, later).groups
        for change in group.changes
    }
    assert states_of == {
        ("missing", 3): State.OPEN,
        ("missing", 4): State.HEALED,
        ("cursor-jumped", 3): State.TURNED,
        ("cursor-jumped", 4): State.HEALED,
    }


def test_that_a_cursor_went_back_is_told_once_and_does_not_heal() -> None:
    rewound = finding(check="cursor-rewound", count=1)
    group = only(compare(run(1, audit(rewound)), run(2, audit())))
    assert group.state is State.UNJUDGED
    assert group.note == "only the run that sees a cursor go back tells of it"
