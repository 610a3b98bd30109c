"""Rows that are ahead of their streams."""

import pytest

from checks.model.state import Fault
from checks.state import silent_change
from tests.checks.samples import DAY, Changes, check_finds, check_lacks, check_silent, difference, event, state_evidence

AHEAD = difference(Fault.SILENT_CHANGE)


def test_rows_that_stayed_ahead_are_confirmed_and_counted_by_stream() -> None:
    found = state_evidence(AHEAD, difference(Fault.SILENT_CHANGE, "b", row=9))
    finding = check_finds(silent_change, found, "confirmed", 2)
    assert finding.evidence["samples"] == [
        {"stream": "a", "row_version": 3, "head_version": 2},
        {"stream": "b", "row_version": 9, "head_version": 2},
    ]


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        pytest.param({"confirmed_reads": False}, "pending", "not-confirmed", id="no second look"),
        pytest.param({"in_flight": ("pid 7",)}, "pending", "in-flight", id="a transaction is in flight"),
        pytest.param({"on_standby": True}, "unknown", "standby", id="the log was read on a standby"),
        pytest.param({"behind": "it replays"}, "confirmed", None, id="only the state may be behind"),
        pytest.param({"deletes": True}, "unknown", "may-be-purged", id="an outbox may have sent and deleted it"),
        pytest.param({"lets_go": True}, "confirmed", None, id="an outbox that has all streams and versions"),
        pytest.param({"retention": DAY}, "confirmed", None, id="the end of a stream is purged last"),
    ],
)
def test_what_forbids_an_accusation(changes: Changes, verdict: str, reason: str | None) -> None:
    check_finds(silent_change, state_evidence(AHEAD, **changes), verdict, 1, reason=reason)


def test_a_row_that_has_just_changed_is_pending() -> None:
    just = difference(Fault.SILENT_CHANGE, lasted=None)
    check_finds(silent_change, state_evidence(just), "pending", 1, reason="within-max-delay")


def test_two_clocks_prove_nothing() -> None:
    found = state_evidence(difference(Fault.SILENT_CHANGE, by_clock=True), has_version=False, has_changed=True)
    check_finds(silent_change, found, "unknown", 1, reason="by-clock")


def test_samples_are_limited_and_the_count_is_not() -> None:
    many = [difference(Fault.SILENT_CHANGE, f"s{n}") for n in range(5)]
    finding = check_finds(silent_change, state_evidence(*many, sample_limit=2), "confirmed", 5)
    assert finding.events == (event(None, stream="s0"), event(None, stream="s1"))


def test_other_faults_are_none_of_its_business() -> None:
    check_silent(silent_change, state_evidence(difference(Fault.BEHIND), difference(Fault.UNEXPECTED)))


def test_by_presence_alone_nothing_is_ahead() -> None:
    check_lacks(silent_change, state_evidence(has_version=False), "no-version")
