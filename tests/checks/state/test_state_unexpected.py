"""Rows without a stream."""

import pytest

from checks.model.state import Fault
from checks.state import state_unexpected
from tests.checks.samples import DAY, Changes, check_finds, check_silent, difference, state_evidence

STRANGE = difference(Fault.UNEXPECTED, head=None)


def test_rows_that_stayed_without_a_stream_are_confirmed() -> None:
    check_finds(state_unexpected, state_evidence(STRANGE, difference(Fault.UNEXPECTED, "b")), "confirmed", 2)


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        pytest.param({"confirmed_reads": False}, "pending", "not-confirmed", id="no second look"),
        pytest.param({"in_flight": ("pid 7",)}, "pending", "in-flight", id="a transaction is in flight"),
        pytest.param({"on_standby": True}, "unknown", "standby", id="the log was read on a standby"),
        pytest.param({"retention": DAY}, "benign", "may-be-purged", id="its events may have been purged"),
        pytest.param({"lets_go": True}, "benign", "may-be-purged", id="an outbox may have deleted what it sent"),
    ],
)
def test_what_forbids_an_accusation(changes: Changes, verdict: str, reason: str | None) -> None:
    check_finds(state_unexpected, state_evidence(STRANGE, **changes), verdict, 1, reason=reason)


def test_by_presence_alone_it_is_found() -> None:
    check_finds(state_unexpected, state_evidence(STRANGE, has_version=False), "confirmed", 1)


def test_other_faults_are_none_of_its_business() -> None:
    check_silent(state_unexpected, state_evidence(difference(Fault.MISSING), difference(Fault.SILENT_CHANGE)))
