"""Rows that lag their streams."""

import pytest

from checks.model.state import Fault
from checks.state import state_behind
from tests.checks.samples import Changes, check_finds, check_lacks, check_silent, difference, state_evidence

LACKING = difference(Fault.BEHIND)


def test_what_has_lasted_is_confirmed() -> None:
    check_finds(state_behind, state_evidence(LACKING, difference(Fault.BEHIND, "b")), "confirmed", 2)


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        pytest.param({"confirmed_reads": False}, "pending", "not-confirmed", id="no second look"),
        pytest.param({"behind": "it replays"}, "unknown", "standby", id="the state may be behind its primary"),
        pytest.param({"on_standby": True}, "confirmed", None, id="what a standby of the log has is there"),
        pytest.param({"in_flight": ("pid 7",)}, "confirmed", None, id="what is in flight comes on top"),
    ],
)
def test_what_forbids_an_accusation(changes: Changes, verdict: str, reason: str | None) -> None:
    check_finds(state_behind, state_evidence(LACKING, **changes), verdict, 1, reason=reason)


def test_what_has_just_begun_is_pending() -> None:
    just = difference(Fault.BEHIND, lasted=None)
    check_finds(state_behind, state_evidence(just), "pending", 1, reason="within-max-delay")


def test_other_faults_are_none_of_its_business() -> None:
    check_silent(state_behind, state_evidence(difference(Fault.MISSING), difference(Fault.SILENT_CHANGE)))


def test_by_presence_alone_nothing_is_behind() -> None:
    check_lacks(state_behind, state_evidence(has_version=False), "no-version")
