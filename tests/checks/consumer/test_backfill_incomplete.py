"""What should have come first and never did."""

from typing import Any

import pytest

from checks.consumer import backfill_incomplete
from checks.model.consumer import Absence
from tests.checks.samples import NOW, Changes, absence, ahead, check_finds, check_lacks, check_silent, evidence


def first(position: int, **changes: Any) -> Absence:
    return absence(position, before_first_receipt=True, **changes)


def test_events_from_the_declared_start_to_the_first_receipt_are_confirmed() -> None:
    finding = check_finds(backfill_incomplete, evidence(first(1), first(2)), "confirmed", 2, ranges=((1, 2),))
    assert "2 events before its first receipt (positions 1 to 2)" in finding.message


@pytest.mark.parametrize(
    ("changes", "lost", "verdict", "reason"),
    [
        pytest.param({}, first(1, lasted=None), "pending", "within-grace", id="grace has not passed"),
        pytest.param({"confirmed_reads": False}, first(1), "pending", "not-confirmed", id="no second look"),
        pytest.param({"inbox_behind": "12 s behind"}, first(1), "unknown", "standby", id="inbox on a standby"),
    ],
)
def test_how_sure_it_is(changes: Changes, lost: Absence, verdict: str, reason: str) -> None:
    check_finds(backfill_incomplete, evidence(lost, **changes), verdict, 1, ranges=((1, 1),), reason=reason)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(absence(5), id="above the first receipt"),
        pytest.param(ahead(5, before_first_receipt=True), id="the cursor has not come to it"),
        pytest.param(first(5, parked=True), id="parked"),
    ],
)
def test_it_leaves_alone(other: Absence) -> None:
    check_silent(backfill_incomplete, evidence(other))


def test_without_a_declared_start_it_has_no_ground() -> None:
    check_lacks(backfill_incomplete, evidence(first(1), start_declared=False), "no-start")


def test_without_an_inbox_it_has_no_ground() -> None:
    check_lacks(backfill_incomplete, evidence(first(1), has_inbox=False), "no-inbox")


def test_what_was_sent_again_is_told() -> None:
    [finding] = backfill_incomplete.judge(evidence(first(1, sent_again=NOW)))
    assert finding.message.endswith("; it was sent again (last at 2026-03-01 12:00:00 UTC)")
