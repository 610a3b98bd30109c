"""What is known is hidden, what is new is not: in findings of every kind, whatever is covered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.baseline import apply
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.known import BaselineEntry, Unit
from checks.model.result import Audit, Outcome, Result, Totals, Window
from checks.units import identities

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def finding(*positions: int, check: str = "missing", **changes: Any) -> Finding:
    known: dict[str, Any] = {
        "verdict": Verdict.CONFIRMED,
        "count": len(positions),
        "message": f"about {check}",
        "events": tuple(Event(position=each, id=f"e{each}") for each in positions),
        "ranges": tuple((each, each) for each in positions),
    }
    return Finding(check=check, **(known | changes))


def audit(*findings: Finding) -> Audit:
    return Audit(name="billing", of="consumer", window=Window(), totals=Totals(), findings=findings)


def entry(accepted: Finding, **changes: Any) -> BaselineEntry:
    known: dict[str, Any] = {
        "fingerprint": accepted.fingerprint("billing"),
        "audit": "billing",
        "check": accepted.check,
        "partition": accepted.partition,
        "verdict": accepted.verdict,
        "units": identities(accepted).units,
        "why": "ticket 7",
        "owner": "kim",
        "added": NOW,
        "run": "r-1",
    }
    return BaselineEntry(**(known | changes))


def applied(found: Finding, *entries: BaselineEntry) -> Audit:
    [judged] = apply([audit(found)], entries, NOW)
    return judged


def positions(part: Finding) -> list[int | None]:
    return [event.position for event in part.events]


# ---- properties ------------------------------------------------------------------------------------------------------


@st.composite
def ranged(draw: st.DrawFn) -> tuple[list[int], Finding]:
    """Eligible positions, and a finding about some of them with its maximal ranges; it may name only the first few."""
    eligible = sorted(draw(st.sets(st.integers(1, 60), min_size=1, max_size=25)))
    chosen = [each for each in eligible if draw(st.booleans())] or eligible[:1]
    named = draw(st.sampled_from([len(chosen), len(chosen), draw(st.integers(1, len(chosen)))]))
    made = finding(*chosen, ranges=maximal(chosen, eligible))
    return eligible, replace(made, events=made.events[:named])


def maximal(chosen: list[int], eligible: list[int]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for rank, position in enumerate(eligible):
        if position in chosen:
            joins = found and rank and eligible[rank - 1] == found[-1][1]
            found[-1:] = [(found[-1][0], position)] if joins else [*found[-1:], (position, position)]
    return tuple(found)


def inside(position: int, part: Finding) -> bool:
    return any(first <= position <= last for first, last in part.ranges)


@given(ranged(), st.sets(st.integers(1, 60)))
def test_hidden_and_new_together_are_everything_and_nothing_uncovered_is_hidden(
    made: tuple[list[int], Finding], covered: set[int]
) -> None:
    _, whole = made
    judged = applied(whole, entry(finding(*sorted(covered))))
    named = [each for each in positions(whole) if each is not None]
    expected = [each for each in named if each in covered]
    hidden = [position for known in judged.known for position in positions(known.finding)]
    new = [position for part in judged.findings for position in positions(part)]
    assert hidden == expected
    assert new == [each for each in named if each not in covered]
    assert sum(known.count for known in judged.known) == len(expected)
    assert sum(part.count for part in judged.findings) == whole.count - len(expected)
    assert all((part.verdict, part.severity) == (whole.verdict, whole.severity) for part in judged.findings)


@given(ranged(), st.sets(st.integers(1, 60)))
def test_ranges_of_the_new_part_hold_every_new_event_and_no_known_one(
    made: tuple[list[int], Finding], covered: set[int]
) -> None:
    eligible, whole = made
    judged = applied(whole, entry(finding(*sorted(covered))))
    hidden = {position for known in judged.known for position in positions(known.finding)}
    counted = {each for each in eligible if inside(each, whole)}
    for part in judged.findings:
        assert {each for each in eligible if inside(each, part)} == counted - hidden
        if hidden and len(whole.events) == whole.count:
            assert part.ranges == maximal(sorted(counted - hidden), eligible)
    for known in judged.known:
        assert {each for each in eligible if inside(each, known.finding)} == hidden
        assert sum(part.count for part in judged.findings) or known.finding.ranges == whole.ranges


INTERVALS = st.sets(st.integers(1, 40), min_size=1).map(lambda found: maximal(sorted(found), list(range(1, 41))))


@given(INTERVALS, INTERVALS, st.sampled_from(["position-gap", "out-of-retention", "version-gap"]))
def test_intervals_of_versions_and_positions_are_split_to_the_last_one(
    found: tuple[tuple[int, int], ...], covered: tuple[tuple[int, int], ...], check: str
) -> None:
    judged = applied(interval(check, found), entry(interval(check, covered)))
    new = {each for part in judged.findings for each in numbers(part)}
    hidden = {each for known in judged.known for each in numbers(known.finding)}
    assert (new, hidden) == (flat(found) - flat(covered), flat(found) & flat(covered))
    assert [part.count for part in judged.findings] == ([len(new)] if new else [])
    assert [known.count for known in judged.known] == ([len(hidden)] if hidden else [])


def flat(ranges: tuple[tuple[int, int], ...]) -> set[int]:
    return {each for first, last in ranges for each in range(first, last + 1)}


def interval(check: str, ranges: tuple[tuple[int, int], ...]) -> Finding:
    count = len(flat(ranges))
    if check != "version-gap":
        return finding(check=check, count=count, ranges=ranges)
    gaps = [{"stream": "s", "partition": None, "from": first, "to": last} for first, last in ranges]
    evidence = {"gaps": gaps, "gaps_truncated": False, "streams": 1}
    events = tuple(Event(stream="s", version=each) for each in sorted(flat(ranges)))
    return finding(check=check, count=count, events=events, evidence=evidence)


def numbers(part: Finding) -> set[int]:
    if part.check != "version-gap":
        return flat(part.ranges)
    gaps: Any = part.evidence["gaps"]
    said = {each for gap in gaps for each in range(gap["from"], gap["to"] + 1)}
    assert said == {event.version for event in part.events}
    return said


# ---- what counts as the same -----------------------------------------------------------------------------------------


def test_a_finding_that_is_wholly_known_weighs_no_more_and_is_kept_as_it_was() -> None:
    found = finding(5, 7)
    judged = applied(found, entry(found))
    assert (judged.findings, judged.verdict) == ((), Outcome.CONSISTENT)
    [known] = judged.known
    assert (known.finding, known.count, known.owner, known.why) == (found, 2, "kim", "ticket 7")
    assert Result(run="r", started=NOW, finished=NOW, audits=(judged,)).known == 2


def test_the_message_of_the_new_part_says_what_its_numbers_are_about() -> None:
    [part] = applied(finding(5, 7), entry(finding(5))).findings
    assert part.message == "1 new (position 7) beside 1 known, and with these: about missing"
    [part] = applied(finding(5, 7, 9), entry(finding(5))).findings
    assert part.message == "2 new (first: position 7) beside 1 known, and with these: about missing"
    [part] = applied(finding(5, 7, count=3), entry(finding(5))).findings
    assert part.message == "2 new beside 1 known, and with these: about missing"


def test_the_third_receipt_of_an_event_is_new_where_two_are_known() -> None:
    def repeated(*extra: int) -> Finding:
        evidence = {"events": len(extra), "extra": list(extra), "idempotent": None}
        return finding(*range(1, len(extra) + 1), check="duplicate", count=sum(extra), evidence=evidence)

    judged = applied(repeated(3, 1, 2), entry(repeated(2, 1)))
    [part] = judged.findings
    assert (part.count, positions(part), part.ranges) == (3, [1, 3], ((1, 1), (3, 3)))
    assert part.evidence == {"events": 2, "extra": [1, 2], "idempotent": None}
    assert judged.known[0].count == 3


def test_a_second_row_at_a_known_position_is_new() -> None:
    found = finding(5, 5, check="version-conflict", reason="same-position", ranges=((5, 5),))
    judged = applied(found, entry(replace(found, count=1, events=found.events[:1])))
    assert [(part.count, part.ranges) for part in judged.findings] == [(1, ((5, 5),))]


def test_another_conflict_of_a_known_row_is_new() -> None:
    found = finding(5, check="version-conflict", reason="same-version")
    assert applied(replace(found, reason="same-id"), entry(found)).known == ()


@pytest.mark.parametrize("moved", [{"position": 9}, {"order": [1, 2]}, {"absent": True}])
def test_a_cursor_is_known_where_it_stands_and_new_once_it_has_moved(moved: dict[str, object]) -> None:
    def ahead(*cursors: dict[str, object]) -> Finding:
        return finding(check="cursor-ahead", count=len(cursors), evidence={"cursors": list(cursors)})

    cursor: dict[str, object] = {
        "partition": None,
        "stream": "a",
        "position": 8,
        "order": None,
        "absent": False,
        "head": 3,
    }
    later = cursor | {"head": 4}
    other = cursor | {"stream": "b"} | moved
    judged = applied(ahead(later, other), entry(ahead(cursor, cursor | {"stream": "b"})))
    assert judged.known[0].finding.evidence == {"cursors": [later]}
    assert judged.findings[0].evidence == {"cursors": [other]}


def test_a_cursor_row_that_is_known_to_be_absent_stays_known_however_much_is_received_without_it() -> None:
    found = finding(check="cursor-absent", count=100, evidence={"received": 100})
    judged = applied(replace(found, count=105), entry(found))
    assert (judged.findings, judged.known[0].count) == ((), 105)


def test_what_names_nothing_is_known_by_how_much_there_is_of_it() -> None:
    found = finding(check="head-regressed", count=3, ranges=((1, 9),), reason="gone")
    assert applied(found, entry(found)).findings == ()
    assert applied(replace(found, count=4), entry(found)).known == ()


def test_what_a_finding_counts_and_does_not_name_is_never_hidden() -> None:
    found = finding(5, 7, count=10_002, ranges=((1, 20_000),))
    [part] = applied(found, entry(finding(5, 7))).findings
    assert (part.count, part.ranges) == (10_000, ((1, 4), (6, 6), (8, 20_000)))
    assert not identities(found).whole


def test_another_event_at_a_known_position_is_new() -> None:
    found = finding(5, 7)
    restored = replace(found, events=(found.events[0], replace(found.events[1], id="another")))
    judged = applied(restored, entry(found))
    assert [positions(known.finding) for known in judged.known] == [[5]]
    assert [positions(part) for part in judged.findings] == [[7]]


def test_an_event_of_which_nothing_is_known_is_never_hidden() -> None:
    nameless = finding(check="unexpected", count=1, events=(Event(type="t"),), ranges=())
    assert identities(nameless).units == ()
    assert applied(nameless, entry(finding(5, check="unexpected"))).findings == (nameless,)


# ---- entries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "found", "is_hidden"),
    [
        (Verdict.CONFIRMED, Verdict.CONFIRMED, True),
        (Verdict.CONFIRMED, Verdict.UNKNOWN, True),
        (Verdict.UNKNOWN, Verdict.UNKNOWN, True),
        (Verdict.UNKNOWN, Verdict.CONFIRMED, False),
        (Verdict.CONFIRMED, Verdict.PENDING, False),
        (Verdict.CONFIRMED, Verdict.BENIGN, False),
    ],
)
def test_what_was_accepted_as_unknown_is_news_once_it_is_confirmed(
    accepted: Verdict, found: Verdict, is_hidden: bool
) -> None:
    judged = applied(finding(5, verdict=found), entry(finding(5, verdict=accepted)))
    assert bool(judged.known) is is_hidden


@pytest.mark.parametrize(("expires", "is_hidden"), [(NOW + SECOND, True), (NOW, False), (NOW - SECOND, False)])
def test_an_entry_expires_at_its_moment_and_the_audit_says_so(expires: datetime, is_hidden: bool) -> None:
    judged = applied(finding(5), entry(finding(5), expires=expires))
    assert bool(judged.known) is is_hidden
    assert judged.verdict is (Outcome.CONSISTENT if is_hidden else Outcome.INCONSISTENT)
    assert [note[:24] for note in judged.notes] == ([] if is_hidden else ["1 of missing known no lo"])


def test_an_expired_entry_of_what_has_healed_or_is_known_again_is_not_mentioned() -> None:
    old = entry(finding(5), expires=NOW)
    assert applied(finding(6), old).notes == ()
    assert applied(finding(5), old, entry(finding(5), why="still")).notes == ()


def test_an_entry_hides_nothing_of_another_audit_check_or_partition() -> None:
    found = finding(5)
    for other in (replace(found, partition="eu"), replace(found, check="parked")):
        assert applied(other, entry(found)).known == ()
    [elsewhere] = apply([replace(audit(found), name="mail")], [entry(found)], NOW)
    assert elsewhere.findings == (found,)


def test_two_entries_hide_together_what_each_of_them_covers() -> None:
    judged = applied(finding(5, 6, 7), entry(finding(5, 6)), entry(finding(6, 7), why="ticket 8", added=NOW + SECOND))
    assert judged.findings == ()
    assert [(known.why, known.count) for known in judged.known] == [("ticket 7", 2), ("ticket 8", 1)]


def test_the_age_of_what_is_new_is_that_of_its_own_oldest_event() -> None:
    times = (NOW - timedelta(hours=5), NOW - timedelta(hours=2))
    events = tuple(Event(position=number, id=f"e{number}", time=at) for number, at in enumerate(times))
    found = finding(0, 1, check="lagging", events=events, evidence={"oldest_age_seconds": 18_000.0})
    [part] = applied(found, entry(finding(0, check="lagging"))).findings
    assert part.evidence == {"oldest_age_seconds": 7_200.0}


def test_an_entry_has_one_name_whoever_adds_it_and_another_one_for_another_reason() -> None:
    first = entry(finding(5, 6))
    assert first.id == replace(first, added=NOW + SECOND, run="r-2", units=first.units[::-1]).id
    assert first.id != replace(first, why="ticket 8").id
    assert first.id != replace(first, units=(Unit("other"),)).id
