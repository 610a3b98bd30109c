"""What the consumer has and the log has not."""

from datetime import timedelta

import pytest

from checks.consumer import unexpected
from tests.checks.samples import DAY, Changes, check_finds, check_lacks, check_silent, evidence, reasons, stranger


def test_receipts_of_events_that_the_log_lacks_are_confirmed() -> None:
    strangers = (stranger(7, DAY), stranger(8, DAY), stranger(10, DAY))
    check_finds(unexpected, evidence(strangers=strangers), "confirmed", 3, ranges=((7, 8), (10, 10)))


def test_receipts_known_by_id_alone_have_no_range() -> None:
    finding = check_finds(unexpected, evidence(strangers=(stranger(None, DAY),)), "confirmed", 1)
    assert finding.events[0].position is None


@pytest.mark.parametrize(
    ("changes", "age", "verdict", "reason"),
    [
        pytest.param({"log_on_standby": True}, DAY, "unknown", "standby", id="the log was read on a standby"),
        pytest.param({"in_flight": ("pid 7",)}, DAY, "pending", "in-flight", id="a transaction is in flight"),
        pytest.param({"confirmed_reads": False}, DAY, "pending", "not-confirmed", id="no second look"),
        pytest.param({}, 91 * DAY, "benign", "purged", id="received before the log's retention"),
        pytest.param({"log_on_standby": True}, 91 * DAY, "benign", "purged", id="purged, seen on a standby"),
        pytest.param({}, None, "benign", "may-be-purged", id="unknown when it was received"),
        pytest.param({"log_on_standby": True}, None, "unknown", "standby", id="unknown when, on a standby"),
        pytest.param({}, 90 * DAY, "confirmed", None, id="exactly the log's retention"),
        pytest.param({"log_retention": None}, None, "confirmed", None, id="nothing is purged"),
        pytest.param({"log_retention": None}, 91 * DAY, "confirmed", None, id="old, but nothing is purged"),
    ],
)
def test_how_sure_it_is(changes: Changes, age: timedelta | None, verdict: str, reason: str | None) -> None:
    judged = evidence(strangers=(stranger(7, age),), **changes)
    check_finds(unexpected, judged, verdict, 1, ranges=((7, 7),), reason=reason)


def test_purged_and_unexplained_receipts_are_told_apart() -> None:
    findings = list(unexpected.judge(evidence(strangers=(stranger(7, 91 * DAY), stranger(8, DAY)))))
    assert reasons(findings) == [("benign", "purged"), ("confirmed", None)]


def test_a_consumer_that_has_only_what_the_log_has_is_left_alone() -> None:
    check_silent(unexpected, evidence())


def test_without_an_inbox_it_has_no_ground() -> None:
    check_lacks(unexpected, evidence(has_inbox=False), "no-inbox")
