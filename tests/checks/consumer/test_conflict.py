"""The same identity, and another event."""

import pytest

from checks.consumer import conflict as check
from tests.checks.samples import Changes, check_finds, check_lacks, check_silent, conflict, evidence


def test_what_differs_is_counted_and_both_sides_are_shown() -> None:
    judged = evidence(conflicts=(conflict(5, "type", "stream"), conflict(6, "type")), sample_limit=1)
    finding = check_finds(check, judged, "confirmed", 2, ranges=((5, 6),))
    assert finding.evidence["differs"] == {"type": 2, "stream": 1}
    assert isinstance(finding.evidence["samples"], list)
    [sample] = finding.evidence["samples"]
    assert (sample["log"]["type"], sample["receipt"]["type"]) == ("OrderPlaced", "OrderShipped")


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        pytest.param({"log_on_standby": True}, "unknown", "standby", id="the log was read on a standby"),
        pytest.param({"in_flight": ("pid 7",)}, "pending", "in-flight", id="a transaction is in flight"),
        pytest.param({"confirmed_reads": False}, "pending", "not-confirmed", id="no second look"),
    ],
)
def test_how_sure_it_is(changes: Changes, verdict: str, reason: str) -> None:
    judged = evidence(conflicts=(conflict(5),), **changes)
    check_finds(check, judged, verdict, 1, ranges=((5, 5),), reason=reason)


def test_receipts_that_agree_are_left_alone() -> None:
    check_silent(check, evidence())


def test_where_only_the_identity_is_shared_rewritten_events_cannot_be_seen() -> None:
    check_lacks(check, evidence(shared_columns=()), "no-shared-column")


def test_without_an_inbox_it_has_no_ground() -> None:
    check_lacks(check, evidence(has_inbox=False), "no-inbox")
