"""What must be in a derived log and is not: late or young, passed or not come to, or beyond what can be known."""

from datetime import timedelta
from typing import Any

import pytest

from checks.derivation import totals
from checks.derived import underived
from checks.model.consumer import Absence, Cursor
from checks.model.derived import Remains
from checks.model.event import Event
from tests.checks.samples import DAY, HOUR, NOW, SECOND, absence, ahead, check_finds, check_lacks, check_silent, derived
from tests.checks.samples import event as event_at

WITHOUT_CURSOR: dict[str, Any] = {"cursors": None}


def test_what_the_publisher_went_past_is_skipped() -> None:
    finding = check_finds(
        underived, derived(absence(5), absence(6)), "confirmed", 2, ranges=((5, 6),), reason="skipped"
    )
    assert "orders-v1 lacks 2 events of orders (positions 5 to 6)" in finding.message


def test_what_it_has_not_come_to_and_is_late_is_behind() -> None:
    finding = check_finds(underived, derived(ahead(101)), "confirmed", 1, ranges=((101, 101),), reason="behind")
    assert "for up to 1h (max_delay is 1m)" in finding.message
    assert finding.evidence["oldest_age_seconds"] == 3600


@pytest.mark.parametrize("missed", [absence(5), ahead(5)])
def test_without_a_publishers_cursor_it_is_absent(missed: Absence) -> None:
    check_finds(underived, derived(missed, follower=WITHOUT_CURSOR), "confirmed", 1, ranges=((5, 5),), reason="absent")


def test_where_the_cursor_has_no_row_nothing_is_said_of_a_publisher() -> None:
    absent = {"cursors": (Cursor(position=None, absent=True),)}
    check_finds(underived, derived(ahead(5), follower=absent), "confirmed", 1, ranges=((5, 5),), reason="absent")


def test_passed_and_not_come_to_are_one_finding_where_no_cursor_tells_them_apart() -> None:
    missed = absence(5), absence(6, before_first_receipt=True), ahead(7)
    check_finds(underived, derived(*missed, follower=WITHOUT_CURSOR), "confirmed", 3, ranges=((5, 7),), reason="absent")


@pytest.mark.parametrize(
    ("missed", "reason"),
    [
        (ahead(5, age=SECOND), "younger-than-max-delay"),
        (ahead(5, age=None), "age-unknown"),
        (ahead(5, held_back=True), "held-back"),
        (absence(5, lasted=None), "passed-lately"),
    ],
)
def test_what_may_still_come_is_pending(missed: Absence, reason: str) -> None:
    check_finds(underived, derived(missed), "pending", 1, ranges=((5, 5),), reason=reason)
    assert totals(derived(missed)).pending == 1


def test_what_an_earlier_run_saw_long_ago_is_late_without_a_time() -> None:
    seen = ahead(5, age=None, seen_for=HOUR)
    finding = check_finds(underived, derived(seen), "confirmed", 1, ranges=((5, 5),), reason="behind")
    assert "for at least 1h" in finding.message


@pytest.mark.parametrize("missed", [absence(5), ahead(5)])
def test_nothing_is_confirmed_that_was_looked_at_once(missed: Absence) -> None:
    once = {"confirmed_reads": False}
    check_finds(underived, derived(missed, follower=once), "pending", 1, ranges=((5, 5),), reason="not-confirmed")


def test_a_standby_that_may_be_behind_decides_nothing() -> None:
    behind = derived(absence(5), follower={"inbox_behind": "12 MB behind"})
    check_finds(underived, behind, "unknown", 1, ranges=((5, 5),), reason="standby")
    assert (totals(behind).missing, totals(behind).unverifiable) == (0, 1)


def test_what_is_older_than_the_retention_of_the_derived_log_is_unverifiable() -> None:
    evidence = derived(absence(5, age=8 * DAY), follower={"inbox_retention": 7 * DAY})
    check_silent(underived, evidence)
    assert totals(evidence).unverifiable == 1


def test_an_event_without_the_identity_is_unverifiable() -> None:
    evidence = derived(absence(5, identified=False))
    check_silent(underived, evidence)
    assert totals(evidence).unverifiable == 1


def test_an_outbox_of_which_nothing_that_was_sent_remains_proves_nothing() -> None:
    evidence = derived(absence(5), absence(90), ahead(101), remains={}, follower=WITHOUT_CURSOR)
    check_silent(underived, evidence)
    assert totals(evidence).unverifiable == 3


def test_an_outbox_cannot_have_let_go_of_what_its_publisher_has_not_come_to() -> None:
    evidence = derived(absence(5), ahead(101), remains={})
    check_finds(underived, evidence, "confirmed", 1, ranges=((101, 101),), reason="behind")
    assert totals(evidence).unverifiable == 1


def test_an_outbox_is_judged_from_the_first_event_on_that_remains() -> None:
    evidence = derived(absence(5), absence(50), remains={None: Remains(position=20)})
    check_finds(underived, evidence, "confirmed", 1, ranges=((50, 50),), reason="skipped")
    assert totals(evidence).unverifiable == 1


def test_what_was_written_before_anything_that_remains_was_sent_may_have_been_sent_and_removed() -> None:
    def written(position: int, ago: timedelta) -> Event:
        return event_at(position, time=NOW - ago)

    remains = {None: Remains(position=20, since=NOW - HOUR)}
    missed = absence(50, event_is=written(50, 2 * HOUR)), absence(60, event_is=written(60, HOUR / 2))
    check_finds(underived, derived(*missed, remains=remains), "confirmed", 1, ranges=((60, 60),), reason="skipped")


def test_one_finding_for_each_partition() -> None:
    there = absence(5, event_is=event_at(5, partition="a")), absence(5, event_is=event_at(5, partition="b"))
    evidence = derived(*there, follower=WITHOUT_CURSOR)
    found = list(underived.judge(evidence))
    assert [(finding.partition, finding.count) for finding in found] == [("a", 1), ("b", 1)]


def test_where_an_event_may_become_none_nothing_is_late_and_all_that_is_absent_is_unverifiable() -> None:
    evidence = derived(absence(5), ahead(101), one_each=False)
    check_lacks(underived, evidence, "any-number")
    assert (totals(evidence).unverifiable, totals(evidence).missing, totals(evidence).pending) == (2, 0, 0)
