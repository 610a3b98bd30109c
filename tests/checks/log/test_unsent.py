"""unsent: rows of an outbox that wait for too long, by the line that they stand in."""

from typing import Any

import pytest

from checks.log import unsent
from checks.model.log import LogEvidence, Unsent
from tests.checks import samples
from tests.checks.samples import HOUR, MINUTE, NOW, SECOND, check_finds, check_lacks, check_silent, event, log_evidence


def rows(count: int = 3, **changes: Any) -> Unsent:
    """Three old events at positions 7 to 9, and nothing sent after them."""
    return samples.unsent(7, 8, 9, **({"count": count, "waiting": count} | changes))


def outbox(*unsent_rows: Unsent, **changes: Any) -> LogEvidence:
    return log_evidence(**({"has_sent": True, "unsent": unsent_rows} | changes))


def test_what_waits_longer_than_max_delay_is_unsent_and_the_head_of_the_line_is_named() -> None:
    finding = check_finds(unsent, outbox(rows()), "confirmed", 3, reason="waiting", ranges=((7, 9),))
    assert finding.message == (
        "orders has 3 events not marked sent (positions 7 to 9), since 2026-02-28 12:00:00 UTC (max_delay is 1m); "
        "position 7 ('order-1', version 7) is the head of the line, for 1d, with 2 events waiting behind it; "
        "none of a higher position is marked sent: the relay stands still, or deletes what it sends: see whether the "
        "relay runs, and whether it fails at that row"
    )
    assert finding.evidence["head_of_line"] == {
        "position": 7,
        "id": "e7",
        "stream": "order-1",
        "version": 7,
        "type": "OrderPlaced",
        "time": NOW,
        "age_seconds": 86_400.0,
    }
    assert [each.position for each in finding.events] == [7, 8, 9]


def test_a_row_past_which_newer_ones_were_sent_is_stuck() -> None:
    stuck = rows(1, overtaken=True, waiting=5, sent_past=40, ranges=((7, 7),))
    finding = check_finds(unsent, outbox(stuck), "confirmed", 1, reason="overtaken", ranges=((7, 7),))
    assert "with 4 events waiting behind it; it is stuck: 40 newer events were sent" in finding.message
    assert (finding.evidence["waiting"], finding.evidence["sent_past"]) == (5, 40)


def test_one_newer_event_is_one() -> None:
    finding = check_finds(
        unsent, outbox(rows(1, overtaken=True, sent_past=1, ranges=())), "confirmed", 1, reason="overtaken"
    )
    assert "it is stuck: 1 newer event was sent" in finding.message


def test_what_waits_for_max_delay_and_no_longer_is_pending() -> None:
    young = rows(youngest=MINUTE, oldest=MINUTE)
    check_finds(unsent, outbox(young), "pending", 3, reason="younger-than-max-delay", ranges=((7, 9),))
    old = rows(youngest=MINUTE + SECOND, oldest=HOUR)
    check_finds(unsent, outbox(old), "confirmed", 3, reason="waiting", ranges=((7, 9),))


def test_what_is_of_unknown_age_is_pending_and_it_is_said_why() -> None:
    ageless = rows(youngest=None, oldest=None, since=None, head_age=None)
    finding = check_finds(unsent, outbox(ageless), "pending", 3, reason="age-unknown", ranges=((7, 9),))
    assert finding.message.endswith(
        "of unknown age: their time is absent or ahead, and no earlier run saw them unsent for longer than 1m"
    )
    finding = check_finds(unsent, outbox(ageless, has_time=False), "pending", 3, reason="age-unknown", ranges=((7, 9),))
    assert "orders names no time" in finding.message


def test_an_age_that_only_earlier_runs_tell_is_an_age_of_at_least_that() -> None:
    seen = rows(by_sighting=2)
    finding = check_finds(unsent, outbox(seen), "confirmed", 3, reason="waiting", ranges=((7, 9),))
    assert "at least since 2026-02-28 12:00:00 UTC" in finding.message
    assert finding.evidence["ages_since_first_sighting"] == 2


def test_what_was_looked_at_once_is_pending() -> None:
    reasons = {True: "overtaken-not-confirmed", False: "waiting-not-confirmed"}
    for overtaken, reason in reasons.items():
        once = outbox(rows(overtaken=overtaken), looked_twice=False)
        check_finds(unsent, once, "pending", 3, reason=reason, ranges=((7, 9),))


def test_a_standby_that_may_lack_the_mark_decides_nothing() -> None:
    finding = check_finds(
        unsent, outbox(rows(), behind="12 s behind"), "unknown", 3, reason="waiting-on-standby", ranges=((7, 9),)
    )
    assert "12 s behind" in finding.message


def test_each_partition_is_a_line_of_its_own() -> None:
    a, b = rows(partition="a"), rows(2, partition="b", head=event(1, partition="b"))
    found = list(unsent.judge(outbox(a, b)))
    assert [(each.partition, each.count) for each in found] == [("a", 3), ("b", 2)]


def test_an_outbox_in_which_everything_is_sent_is_silent() -> None:
    check_silent(unsent, outbox())


def test_a_log_that_is_no_outbox_or_tells_no_age_is_not_judged() -> None:
    check_lacks(unsent, log_evidence(has_sent=False), "no-sent")
    check_lacks(unsent, outbox(rows(), has_time=False, before=None), "no-time")
    assert unsent.lacks(outbox(rows(), has_time=False)) is None


@pytest.mark.parametrize(
    ("changes", "rows_changes", "verdict", "reason"),
    [
        pytest.param({}, {"youngest": SECOND}, "pending", "sent-again-lately", id="a moment ago"),
        pytest.param({}, {}, "confirmed", "sent-again", id="long ago"),
        pytest.param({"looked_twice": False}, {}, "pending", "sent-again-not-confirmed", id="looked at once"),
        pytest.param({"behind": "12 s"}, {}, "unknown", "sent-again-on-standby", id="on a standby"),
    ],
)
def test_what_a_redelivery_marked_unsent_waits_since_then_and_was_not_overtaken(
    changes: dict[str, Any], rows_changes: dict[str, Any], verdict: str, reason: str
) -> None:
    [finding] = unsent.judge(outbox(rows(2, again=True, **rows_changes), **changes))
    assert (finding.verdict, finding.reason, finding.evidence["sent_again"]) == (verdict, reason, 2)
    assert "a redelivery put them there" in finding.message
    assert "head of the line" not in finding.message
