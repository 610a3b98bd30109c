"""What was received and not processed."""

from typing import Any

import pytest

from checks.consumer import unprocessed
from checks.model.consumer import Absence
from tests.checks.samples import (
    HOUR,
    MINUTE,
    SECOND,
    Changes,
    absence,
    ahead,
    check_finds,
    check_lacks,
    check_silent,
    evidence,
)


def taken(**changes: Any) -> Absence:
    return absence(5, received=True, **changes)


@pytest.mark.parametrize(
    ("waiting", "verdict", "reason"),
    [
        pytest.param(taken(receipt_age=6 * MINUTE), "confirmed", None, id="received long ago"),
        pytest.param(taken(receipt_age=5 * MINUTE), "pending", "younger-than-max-lag", id="received max_lag ago"),
        pytest.param(taken(receipt_age=SECOND), "pending", "younger-than-max-lag", id="an old event, just received"),
        pytest.param(taken(), "confirmed", None, id="only the event's age is known"),
        pytest.param(taken(age=None), "pending", "age-unknown", id="no age is known"),
        pytest.param(taken(age=None, seen_for=6 * MINUTE), "confirmed", None, id="seen by an earlier run long ago"),
        pytest.param(taken(age=None, seen_for=SECOND), "pending", "age-unknown", id="seen by an earlier run just now"),
        pytest.param(
            taken(receipt_age=SECOND, seen_for=HOUR), "pending", "younger-than-max-lag", id="a receipt's time"
        ),
        pytest.param(ahead(5, received=True), "confirmed", None, id="received ahead of the cursor"),
    ],
)
def test_how_sure_it_is(waiting: Absence, verdict: str, reason: str | None) -> None:
    check_finds(unprocessed, evidence(waiting), verdict, 1, ranges=((5, 5),), reason=reason)


def test_the_age_in_the_evidence_is_that_of_the_receipt() -> None:
    judged = evidence(taken(age=9 * HOUR, receipt_age=HOUR))
    assert check_finds(unprocessed, judged, "confirmed", 1, ranges=((5, 5),)).evidence["oldest_age_seconds"] == 3600


def test_the_age_of_what_only_an_earlier_run_dates_is_said_to_be_that() -> None:
    finding = check_finds(unprocessed, evidence(taken(age=None, seen_for=HOUR)), "confirmed", 1, ranges=((5, 5),))
    assert (finding.evidence["oldest_age_seconds"], finding.evidence["ages_since_first_sighting"]) == (3600, 1)


def test_a_standby_may_not_have_the_mark_yet() -> None:
    judged = evidence(taken(), inbox_behind="12 s behind")
    check_finds(unprocessed, judged, "unknown", 1, ranges=((5, 5),), reason="standby")


def test_a_receipt_without_a_position_counts_and_has_no_range() -> None:
    check_finds(unprocessed, evidence(absence(None, received=True)), "confirmed", 1)


def test_parked_comes_first() -> None:
    check_silent(unprocessed, evidence(taken(parked=True)))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"has_inbox": False}, "no-inbox"),
        ({"has_done": False}, "no-done"),
        ({"has_time": False, "has_receipt_time": False, "previous": None}, "no-time"),
    ],
)
def test_it_has_no_ground(changes: Changes, reason: str) -> None:
    check_lacks(unprocessed, evidence(**changes), reason)


@pytest.mark.parametrize("given", ["has_time", "has_receipt_time"])
def test_one_of_the_two_times_is_ground_enough(given: str) -> None:
    times: Changes = {"has_time": False, "has_receipt_time": False, given: True}
    check_silent(unprocessed, evidence(**times, previous=None))


def test_an_earlier_run_is_ground_enough() -> None:
    check_silent(unprocessed, evidence(has_time=False, has_receipt_time=False))
