"""What was set aside as failed."""

from checks.consumer import parked
from checks.model.finding import Severity
from tests.checks.samples import absence, ahead, check_finds, check_lacks, check_silent, evidence


def test_parked_events_are_a_warning_that_changes_no_verdict() -> None:
    judged = evidence(absence(5, parked=True), ahead(6, parked=True))
    finding = check_finds(parked, judged, "confirmed", 2, ranges=((5, 6),), harmless=True)
    assert finding.severity is Severity.WARNING


def test_a_parked_event_without_a_position_counts_and_has_no_range() -> None:
    check_finds(parked, evidence(absence(None, parked=True)), "confirmed", 1, harmless=True)


def test_a_missing_event_is_not_parked() -> None:
    check_silent(parked, evidence(absence(5)))


def test_without_a_place_for_failed_events_it_has_no_ground() -> None:
    check_lacks(parked, evidence(has_parked=False), "no-parked")
