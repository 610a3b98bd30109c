"""What earlier runs saw of a log, and what stands there now."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checks.log import head_regressed
from checks.model.previous import DeadHole, Witness
from checks.model.recalled import AlteredRange, Contradicted, FilledHole, LogBefore, LowerHead
from tests.checks.samples import (
    BY_AGE,
    NOW,
    PROVEN,
    check_finds,
    check_lacks,
    check_silent,
    event,
    log_evidence,
    reasons,
)

THEN = NOW - timedelta(hours=2)
STANDBY = replace(BY_AGE, standby=True)


def before(**what: Any) -> LogBefore:
    return LogBefore(run="20260301T100000Z-abc", at=THEN, **what)


def contradicted(position: int, now: int | None = None, **changes: Any) -> Contradicted:
    """An event that run one saw; ``now``: the number of the event that stands there now."""
    seen = Witness(event=event(position, partition=changes.pop("partition", None)), run="one", at=THEN)
    return Contradicted(witness=seen, now=None if now is None else event(position, id=f"e{now}"), **changes)


def lower(seen: int, now: int | None, **changes: Any) -> LowerHead:
    return LowerHead(seen=seen, now=now, run="two", at=THEN, event=event(seen), **changes)


def altered(first: int, last: int, then: int, now: int, **changes: Any) -> AlteredRange:
    return AlteredRange(first=first, last=last, rows_then=then, rows_now=now, run="three", at=THEN, **changes)


def filled(first: int, last: int, *positions: int) -> FilledHole:
    hole = DeadHole(first=first, last=last, run="four", at=THEN)
    return FilledHole(hole=hole, events=tuple(event(position) for position in positions))


@pytest.mark.parametrize(
    ("what", "reason", "count", "ranges"),
    [
        pytest.param({"contradicted": [contradicted(7, 70)]}, "rewritten", 1, ((7, 7),), id="another event"),
        pytest.param({"contradicted": [contradicted(7)]}, "gone", 1, ((7, 7),), id="no event"),
        pytest.param({"lower_heads": [lower(90, 80)]}, "lower-head", 1, ((81, 90),), id="a lower head"),
        pytest.param({"lower_heads": [lower(90, None)]}, "lower-head", 1, ((90, 90),), id="an empty log"),
        pytest.param({"filled": [filled(3, 6, 4, 5)]}, "appeared", 2, ((4, 5),), id="rows in a hole that was empty"),
        pytest.param({"altered": [altered(1, 50, 50, 48)]}, "gone", 2, ((1, 50),), id="fewer rows in a range"),
        pytest.param({"altered": [altered(1, 50, 50, 50)]}, "rewritten", 1, ((1, 50),), id="other rows in a range"),
        pytest.param({"altered": [altered(1, 50, 48, 50)]}, "appeared", 2, ((1, 50),), id="more rows in a range"),
    ],
)
def test_what_is_not_as_it_was_is_confirmed_and_says_how(
    what: dict[str, Any], reason: str, count: int, ranges: tuple[tuple[int, int], ...]
) -> None:
    check_finds(head_regressed, log_evidence(before=before(**what)), "confirmed", count, reason=reason, ranges=ranges)


def test_a_row_in_a_hole_that_was_proven_dead_says_so_only_where_no_row_is_given_its_position() -> None:
    evidence = log_evidence(before=before(filled=[filled(3, 6, 4)]), drawn_on_insert=True)
    check_finds(head_regressed, evidence, "confirmed", 1, reason="dead-hole-filled", ranges=((4, 4),))


def test_rows_that_are_told_one_by_one_are_not_counted_again_with_their_range() -> None:
    what = before(filled=[filled(3, 6, 4)], altered=[altered(1, 50, 48, 50)])
    check_finds(head_regressed, log_evidence(before=what), "confirmed", 2, reason="appeared", ranges=((1, 50),))


@pytest.mark.parametrize(
    "what",
    [
        {"contradicted": [contradicted(7, 70)]},
        {"contradicted": [contradicted(7)]},
        {"lower_heads": [lower(90, 80)]},
        {"filled": [filled(3, 6, 4)]},
        {"altered": [altered(1, 50, 50, 50)]},
    ],
)
def test_nobody_is_accused_by_a_standby(what: dict[str, Any]) -> None:
    judged = log_evidence(before=before(**what), settlement=STANDBY)
    assert reasons(list(head_regressed.judge(judged))) == [("unknown", "standby")]


@pytest.mark.parametrize(("purged", "said"), [(True, ("benign", "retention")), (None, ("unknown", "age-unknown"))])
@pytest.mark.parametrize("settlement", [PROVEN, BY_AGE])
def test_what_retention_explains_is_benign_and_what_it_may_explain_is_unknown(
    purged: bool | None, said: tuple[str, str], settlement: Any
) -> None:
    for what in (
        before(contradicted=[contradicted(7, purged=purged)]),
        before(lower_heads=[lower(90, None, purged=purged)]),
        before(altered=[altered(1, 50, 50, 48, purged=purged)]),
    ):
        judged = log_evidence(before=what, settlement=settlement, has_sent=False)
        assert reasons(list(head_regressed.judge(judged))) == [said]


def test_events_beyond_a_lower_head_are_told_as_one_thing() -> None:
    what = before(lower_heads=[lower(90, 80)], contradicted=[contradicted(90), contradicted(85), contradicted(70)])
    found = list(head_regressed.judge(log_evidence(before=what)))
    assert [(finding.reason, finding.ranges) for finding in found] == [
        ("lower-head", ((81, 90),)),
        ("gone", ((70, 70),)),
    ]


def test_a_range_that_lacks_what_stood_beyond_a_lower_head_is_told_as_that_too() -> None:
    what = before(lower_heads=[lower(90, 80)], altered=[altered(71, 90, 20, 10), altered(91, 99, 9, 0)])
    check_finds(head_regressed, log_evidence(before=what), "confirmed", 1, reason="lower-head", ranges=((81, 90),))
    what = before(lower_heads=[lower(90, 80)], altered=[altered(71, 90, 20, 9)])
    found = list(head_regressed.judge(log_evidence(before=what)))
    assert [(finding.reason, finding.count) for finding in found] == [("lower-head", 1), ("gone", 1)]


def test_an_event_in_a_range_that_changed_counts_once() -> None:
    what = before(contradicted=[contradicted(7, 70)], altered=[altered(1, 50, 50, 50)])
    check_finds(head_regressed, log_evidence(before=what), "confirmed", 1, reason="rewritten", ranges=((1, 50),))


def test_the_evidence_has_both_events_and_the_run_that_saw_the_first() -> None:
    what = before(contradicted=[contradicted(7, 70, differs=("id",))])
    finding = check_finds(
        head_regressed, log_evidence(before=what), "confirmed", 1, reason="rewritten", ranges=((7, 7),)
    )
    contradictions = finding.evidence["contradictions"]
    assert isinstance(contradictions, list)
    [said] = contradictions
    assert (said["run"], said["at"], said["differs"]) == ("one", THEN, ["id"])
    assert (said["seen"]["event"]["id"], said["now"]["id"]) == ("e7", "e70")
    assert "not as run 'one' saw it" in finding.message


def test_each_partition_has_its_own_finding() -> None:
    what = before(contradicted=[contradicted(7, 70, partition="a"), contradicted(7, 70, partition="b")])
    found = list(head_regressed.judge(log_evidence(before=what)))
    assert [finding.partition for finding in found] == ["a", "b"]


def test_as_many_samples_as_are_asked_for_and_no_more() -> None:
    what = before(contradicted=[contradicted(position, 1000) for position in range(1, 9)])
    [finding] = head_regressed.judge(log_evidence(before=what, sample_limit=3))
    assert (finding.count, len(finding.events)) == (8, 3)


def test_a_log_that_is_as_it_was_is_left_alone() -> None:
    check_silent(head_regressed, log_evidence(before=before()))


def test_without_an_earlier_run_it_has_no_ground() -> None:
    check_lacks(head_regressed, log_evidence(before=None), "no-earlier-run")


def test_what_appeared_where_nobody_had_proven_anything_is_unknown() -> None:
    appeared = altered(1, 50, 48, 50, unproven=True)
    evidence = log_evidence(before=before(altered=[appeared]))
    check_finds(head_regressed, evidence, "unknown", 2, reason="not-provable", ranges=((1, 50),))
    rewritten = altered(1, 50, 50, 50, unproven=True)
    evidence = log_evidence(before=before(altered=[rewritten]))
    check_finds(head_regressed, evidence, "confirmed", 1, reason="rewritten", ranges=((1, 50),))


def test_what_an_outbox_lacks_it_may_have_sent() -> None:
    gone = before(contradicted=[contradicted(7, purged=True)])
    evidence = log_evidence(before=gone, has_sent=True, retention=None)
    finding = check_finds(head_regressed, evidence, "benign", 1, reason="sent", ranges=((7, 7),))
    assert "it may have let go of what it sent, or it was restored, too" in finding.message
