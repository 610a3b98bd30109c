"""Holes in positions, and what they amount to."""

from dataclasses import replace

import pytest

from checks.log import position_gap
from checks.model.finding import Severity
from checks.model.settled import Settlement
from tests.checks.samples import BY_AGE, HOLDER, PROVEN, check_finds, check_lacks, check_silent, hole, log_evidence

HELD = replace(PROVEN, holders=(HOLDER,))
STANDBY = replace(BY_AGE, standby=True)


@pytest.mark.parametrize(
    ("gapless", "settlement", "verdict", "reason", "severity"),
    [
        pytest.param(False, PROVEN, "benign", "rolled-back", Severity.INFO, id="nobody can fill it"),
        pytest.param(False, HELD, "pending", "in-flight", Severity.INFO, id="somebody may fill it"),
        pytest.param(False, BY_AGE, "unknown", "not-provable", Severity.INFO, id="nothing proves it"),
        pytest.param(False, STANDBY, "unknown", "not-provable", Severity.INFO, id="read on a standby"),
        pytest.param(
            False,
            replace(PROVEN, standby=True),
            "unknown",
            "not-provable",
            Severity.INFO,
            id="no proof on a standby",
        ),
        pytest.param(True, PROVEN, "confirmed", None, Severity.ERROR, id="gapless, nobody can fill it"),
        pytest.param(True, BY_AGE, "confirmed", None, Severity.ERROR, id="gapless, nobody seen who can fill it"),
        pytest.param(True, HELD, "pending", "in-flight", Severity.INFO, id="gapless, somebody may fill it"),
        pytest.param(True, STANDBY, "unknown", "standby", Severity.WARNING, id="gapless, read on a standby"),
    ],
)
def test_what_a_hole_amounts_to(
    gapless: bool, settlement: Settlement, verdict: str, reason: str | None, severity: Severity
) -> None:
    judged = log_evidence(holes=(hole(3, 4), hole(7, 7)), gapless=gapless, settlement=settlement)
    [finding] = position_gap.judge(judged)
    assert (str(finding.verdict), finding.reason, finding.severity) == (verdict, reason, severity)
    assert (finding.count, finding.ranges) == (3, ((3, 4), (7, 7)))


def test_a_holder_is_named_in_the_message_and_in_the_evidence() -> None:
    judged = log_evidence(holes=(hole(3, 3),), settlement=HELD)
    finding = check_finds(position_gap, judged, "pending", 1, ranges=((3, 3),), reason="in-flight")
    assert "pid 4711 (writer, for 720 s)" in finding.message
    assert finding.evidence["holders"] == ["pid 4711 (writer, for 720 s)"]


def test_what_stands_against_a_proof_is_said() -> None:
    judged = log_evidence(holes=(hole(3, 3),), settlement=BY_AGE)
    finding = check_finds(position_gap, judged, "unknown", 1, ranges=((3, 3),), reason="not-provable", harmless=True)
    assert finding.evidence["against"] == ["the sequence has a cache of 32"]
    assert "the sequence has a cache of 32" in finding.message


def test_each_partition_has_its_own_finding() -> None:
    findings = list(position_gap.judge(log_evidence(holes=(hole(3, 3, "a"), hole(3, 5, "b")))))
    assert [(finding.partition, finding.count) for finding in findings] == [("a", 1), ("b", 3)]


def test_a_log_without_holes_is_left_alone_even_while_somebody_writes() -> None:
    check_silent(position_gap, log_evidence(settlement=HELD))


def test_where_positions_do_not_follow_one_another_it_has_no_ground() -> None:
    check_lacks(position_gap, log_evidence(holes=None), "no-order")


def test_where_an_earlier_run_saw_an_event_a_hole_is_not_benign() -> None:
    judged = log_evidence(holes=(hole(3, 9), hole(20, 20)), seen=frozenset({(None, 5), (None, 30)}))
    benign, confirmed = sorted(position_gap.judge(judged), key=lambda finding: finding.verdict)
    assert (str(benign.verdict), benign.count, benign.ranges) == ("benign", 7, ((3, 4), (6, 9), (20, 20)))
    assert (confirmed.reason, confirmed.count, confirmed.ranges) == ("seen-before", 1, ((5, 5),))
    assert "earlier runs saw events" in confirmed.message


def test_what_an_earlier_run_saw_in_another_partition_says_nothing() -> None:
    judged = log_evidence(holes=(hole(3, 3, "a"),), seen=frozenset({("b", 3), (None, 3)}))
    check_finds(position_gap, judged, "benign", 1, ranges=((3, 3),), reason="rolled-back", partition="a")


def test_a_standby_may_not_have_yet_what_an_earlier_run_saw() -> None:
    judged = log_evidence(holes=(hole(3, 3),), seen=frozenset({(None, 3)}), settlement=STANDBY)
    check_finds(position_gap, judged, "unknown", 1, ranges=((3, 3),), reason="not-provable", harmless=True)
