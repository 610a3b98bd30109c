"""What the consumer has and the log has not."""

from datetime import timedelta

import pytest

from checks.consumer import unexpected
from tests.checks.samples import DAY, Changes, check_finds, check_lacks, check_silent, evidence, reasons, stranger


def test_receipts_of_events_that_the_log_lacks_are_confirmed() -> None:
    strangers = tuple(stranger(position, DAY, below=False) for position in (7, 8, 10))
    check_finds(unexpected, evidence(strangers=strangers), "confirmed", 3, ranges=((7, 8), (10, 10)))


def test_receipts_known_by_id_alone_have_no_range() -> None:
    finding = check_finds(unexpected, evidence(strangers=(stranger(None, DAY),), log_retention=None), "confirmed", 1)
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
        pytest.param({}, 90 * DAY, "unknown", "may-be-purged", id="perhaps an old event in a late backfill"),
        pytest.param({"log_retention": None}, None, "confirmed", None, id="nothing is purged"),
        pytest.param({"log_retention": None, "log_lets_go": True}, DAY, "benign", "sent", id="an outbox deletes"),
        pytest.param({"log_lets_go": True}, DAY, "unknown", "may-be-purged", id="an outbox keeps it for longer"),
        pytest.param({"log_retention": None}, 91 * DAY, "confirmed", None, id="old, but nothing is purged"),
    ],
)
def test_how_sure_it_is(changes: Changes, age: timedelta | None, verdict: str, reason: str | None) -> None:
    judged = evidence(strangers=(stranger(7, age),), **changes)
    check_finds(unexpected, judged, verdict, 1, ranges=((7, 7),), reason=reason)


@pytest.mark.parametrize("age", [DAY, None])
def test_a_position_below_the_floor_was_purged_however_late_it_was_received(age: timedelta | None) -> None:
    judged = evidence(strangers=(stranger(7, age, below=True),))
    check_finds(unexpected, judged, "benign", 1, ranges=((7, 7),), reason="purged")


@pytest.mark.parametrize("age", [91 * DAY, None])
def test_a_position_above_the_floor_cannot_have_been_purged(age: timedelta | None) -> None:
    judged = evidence(strangers=(stranger(7, age, below=False),))
    check_finds(unexpected, judged, "confirmed", 1, ranges=((7, 7),))


def test_purged_and_unexplained_receipts_are_told_apart() -> None:
    strangers = (stranger(7, DAY, below=True), stranger(8, DAY, below=False))
    findings = list(unexpected.judge(evidence(strangers=strangers)))
    assert reasons(findings) == [("benign", "purged"), ("confirmed", None)]


def test_a_consumer_that_has_only_what_the_log_has_is_left_alone() -> None:
    check_silent(unexpected, evidence())


def test_without_an_inbox_it_has_no_ground() -> None:
    check_lacks(unexpected, evidence(has_inbox=False), "no-inbox")
