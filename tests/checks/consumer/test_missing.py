"""What the consumer went past and never received."""

from typing import Any

import pytest

from checks.consumer import missing
from checks.model.consumer import Absence, ConsumerEvidence, Cursor, Means
from tests.checks.samples import (
    HOUR,
    NOW,
    SECOND,
    Changes,
    absence,
    ahead,
    check_finds,
    check_lacks,
    check_silent,
    event,
    evidence,
)


def test_events_that_the_cursor_passed_are_confirmed_with_their_ranges() -> None:
    lost = (absence(5, rank=5), absence(7, rank=6), absence(12, rank=9))
    finding = check_finds(missing, evidence(*lost), "confirmed", 3, ranges=((5, 7), (12, 12)))
    assert finding.events == tuple(lost_one.event for lost_one in lost)
    assert "3 events (first: positions 5 to 7)" in finding.message


def test_the_evidence_says_where_the_cursor_stood_and_what_showed_that_it_lasted() -> None:
    judged = evidence(absence(5), absence(6, age=2 * HOUR, lasted="a later receipt"), absence(7))
    seen = check_finds(missing, judged, "confirmed", 3, ranges=((5, 7),)).evidence
    assert seen["lasted"] == {"the event is older than grace": 2, "a later receipt": 1}
    assert seen["oldest_age_seconds"] == 7200
    assert seen["grace_seconds"] == 30
    assert seen["cursors"] == [
        {"partition": None, "stream": None, "position": 100, "order": None, "absent": False, "head": 100}
    ]


def piece(*, length: int = 10, marked_sent: bool | None = None, **changes: Any) -> ConsumerEvidence:
    """So many events in a row without a receipt, from position 5 on, of a consumer that received position 60."""
    lost = (absence(at, rank=at, marked_sent=marked_sent) for at in range(5, 5 + length))
    return evidence(*lost, **{"highest_received": {None: 60}, **changes})


def test_one_piece_between_receipts_may_be_a_seam_unless_marks_tell_more() -> None:
    unmarked = check_finds(missing, piece(), "confirmed", 10, ranges=((5, 14),))
    assert unmarked.message.endswith("a seam, if a first load ended where they begin")
    assert unmarked.evidence["seam"] == (5, 14)
    marked = check_finds(missing, piece(marked_sent=True), "confirmed", 10, ranges=((5, 14),))
    assert marked.message.endswith(
        "redeliver; all of them are marked sent: the relay or the broker lost them after that"
    )


@pytest.mark.parametrize(
    "judged",
    [
        pytest.param(piece(highest_received={None: 4}), id="nothing after it was received"),
        pytest.param(piece(highest_received={}), id="nothing was received"),
        pytest.param(piece(length=3), id="a few"),
        pytest.param(piece(start_declared=False), id="no start declared"),
    ],
)
def test_no_other_piece_is_called_a_seam(judged: ConsumerEvidence) -> None:
    [finding] = missing.judge(judged)
    assert ("seam" in finding.evidence, "a seam" in finding.message) == (False, False)


def test_of_many_stream_cursors_the_evidence_names_those_of_its_samples_only() -> None:
    cursors = tuple(Cursor(position=9, stream=f"order-{number}") for number in range(1000))
    judged = evidence(absence(5, event_is=event(5, stream="order-17")), cursors=cursors)
    seen = check_finds(missing, judged, "confirmed", 1, ranges=((5, 5),)).evidence
    assert isinstance(seen["cursors"], list)
    assert [cursor["stream"] for cursor in seen["cursors"]] == ["order-17"]


def test_a_cursor_that_means_delivered_is_given_max_lag_instead_of_grace() -> None:
    judged = evidence(absence(5), means=Means.DELIVERED)
    assert check_finds(missing, judged, "confirmed", 1, ranges=((5, 5),)).evidence["grace_seconds"] == 300


@pytest.mark.parametrize(
    ("changes", "lost", "verdict", "reason"),
    [
        pytest.param({}, absence(5, lasted=None), "pending", "within-grace", id="grace has not passed"),
        pytest.param({"confirmed_reads": False}, absence(5), "pending", "not-confirmed", id="no second look"),
        pytest.param({"inbox_behind": "12 s behind"}, absence(5), "unknown", "standby", id="inbox on a standby"),
        pytest.param(
            {"inbox_behind": "12 s behind"}, absence(5, lasted=None), "pending", "within-grace", id="standby, in grace"
        ),
        pytest.param(
            {"inbox_retention": 2 * HOUR}, absence(5), "confirmed", None, id="younger than the inbox's retention"
        ),
        pytest.param({"inbox_retention": HOUR}, absence(5), "confirmed", None, id="exactly the inbox's retention"),
        pytest.param(
            {"inbox_behind": "12 s behind", "confirmed_reads": False},
            absence(5),
            "unknown",
            "standby",
            id="inbox on a standby, no second look",
        ),
        pytest.param(
            {"start_declared": False}, absence(5), "confirmed", None, id="above the first receipt, start not declared"
        ),
    ],
)
def test_how_sure_it_is(changes: Changes, lost: Absence, verdict: str, reason: str | None) -> None:
    check_finds(missing, evidence(lost, **changes), verdict, 1, ranges=((5, 5),), reason=reason)


@pytest.mark.parametrize(
    ("changes", "other"),
    [
        pytest.param({}, absence(5, parked=True), id="parked"),
        pytest.param({}, absence(5, received=True), id="received, not done"),
        pytest.param({}, absence(5, identified=False), id="a NULL identity"),
        pytest.param({}, absence(None), id="no position"),
        pytest.param({}, absence(5, gone=True), id="left the log meanwhile"),
        pytest.param({}, absence(5, past=None), id="cursor rows disagree"),
        pytest.param({"inbox_retention": SECOND}, absence(5), id="older than the inbox's retention"),
        pytest.param({"inbox_retention": HOUR * 24}, absence(5, age=None), id="unknown age under an inbox's retention"),
        pytest.param({"start_declared": False}, absence(5, before_first_receipt=True), id="before the first receipt"),
        pytest.param({}, absence(5, before_first_receipt=True), id="backfill"),
        pytest.param({}, ahead(5), id="the cursor has not come to it"),
    ],
)
def test_it_leaves_alone(changes: Changes, other: Absence) -> None:
    check_silent(missing, evidence(other, **changes))


def test_each_partition_has_its_own_finding() -> None:
    lost = [absence(5, event_is=event(5, partition=partition)) for partition in ("a", "b")]
    findings = list(missing.judge(evidence(*lost)))
    assert [(finding.partition, finding.count, finding.ranges) for finding in findings] == [
        ("a", 1, ((5, 5),)),
        ("b", 1, ((5, 5),)),
    ]


def test_samples_end_at_the_limit_and_counts_do_not() -> None:
    judged = evidence(*(absence(position) for position in range(1, 6)), sample_limit=2)
    finding = check_finds(missing, judged, "confirmed", 5, ranges=((1, 5),))
    assert [sample.position for sample in finding.events] == [1, 2]


def test_a_cursor_alone_gives_it_no_ground() -> None:
    check_lacks(missing, evidence(absence(5), has_inbox=False), "no-inbox")


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        pytest.param((absence(5, sent_again=NOW),), "; it was sent again (last at 2026-03-01 12:00:00 UTC)", id="one"),
        pytest.param(
            (absence(5, sent_again=NOW - HOUR), absence(6, sent_again=NOW)),
            "; they were sent again (last at 2026-03-01 12:00:00 UTC)",
            id="all",
        ),
        pytest.param(
            (absence(5, sent_again=NOW), absence(6)),
            "; 1 of them was sent again (last at 2026-03-01 12:00:00 UTC)",
            id="one of two",
        ),
        pytest.param((absence(5), absence(9)), "mend the cause, then redeliver", id="none"),
    ],
)
def test_what_was_sent_again_and_did_not_arrive_is_missing_and_the_message_says_so(
    lost: tuple[Absence, ...], told: str
) -> None:
    [finding] = missing.judge(evidence(*lost))
    assert (finding.verdict, finding.count) == ("confirmed", len(lost))
    assert finding.message.endswith(told)
    sent = sum(each.sent_again is not None for each in lost)
    assert finding.evidence.get("sent_again", 0) == sent
    assert finding.evidence.get("last_sent_again") == ("2026-03-01T12:00:00+00:00" if sent else None)
