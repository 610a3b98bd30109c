"""What was received after a later event of its stream."""

from datetime import timedelta

import pytest

from checks.consumer import out_of_order
from checks.model.finding import Severity
from tests.checks.samples import MINUTE, SECOND, check_finds, check_lacks, check_silent, evidence, inversion, reasons


@pytest.mark.parametrize(("ordered", "harmless"), [(True, False), (False, True)])
def test_a_sequence_proves_it_and_it_is_harmless_where_order_is_not_needed(ordered: bool, harmless: bool) -> None:
    judged = evidence(inversions=(inversion(5),), ordered=ordered)
    finding = check_finds(out_of_order, judged, "confirmed", 1, ranges=((5, 5),), harmless=harmless)
    assert finding.evidence["overtaken"] == [
        {
            "stream": "order-1",
            "version": 5,
            "overtaken_by_id": "e6",
            "overtaken_by_version": 6,
            "overtaken_by_position": 6,
            "apart_seconds": None,
        }
    ]


@pytest.mark.parametrize(
    ("sequenced", "apart", "ordered", "reason", "severity"),
    [
        pytest.param(False, SECOND, True, "within-settle", Severity.INFO, id="close together"),
        pytest.param(False, 5 * SECOND, True, "within-settle", Severity.INFO, id="exactly settle apart"),
        pytest.param(False, MINUTE, True, "receipt-times", Severity.WARNING, id="far apart"),
        pytest.param(False, MINUTE, False, "receipt-times", Severity.INFO, id="far apart, order not needed"),
        pytest.param(None, None, True, "receipt-times", Severity.WARNING, id="what orders receipts is not known"),
    ],
)
def test_receipt_times_prove_nothing(
    sequenced: bool | None, apart: timedelta | None, ordered: bool, reason: str, severity: Severity
) -> None:
    judged = evidence(inversions=(inversion(5, apart),), receipts_are_sequenced=sequenced, ordered=ordered)
    harmless = severity is Severity.INFO
    finding = check_finds(out_of_order, judged, "unknown", 1, ranges=((5, 5),), reason=reason, harmless=harmless)
    assert finding.severity is severity


def test_close_and_far_inversions_are_told_apart() -> None:
    judged = evidence(inversions=(inversion(5, SECOND), inversion(6, MINUTE)), receipts_are_sequenced=False)
    assert reasons(list(out_of_order.judge(judged))) == [("unknown", "within-settle"), ("unknown", "receipt-times")]


def test_inversions_come_by_stream_and_their_ranges_are_ascending_all_the_same() -> None:
    positions = (9, 2, 8, 1, 5)
    judged = evidence(inversions=tuple(inversion(position) for position in positions), sample_limit=2)
    finding = check_finds(out_of_order, judged, "confirmed", 5, ranges=((1, 2), (5, 5), (8, 9)))
    assert [event.position for event in finding.events] == [9, 2]
    assert isinstance(finding.evidence["overtaken"], list)
    assert len(finding.evidence["overtaken"]) == 2


def test_the_order_of_a_stream_kept_is_left_alone() -> None:
    check_silent(out_of_order, evidence())


@pytest.mark.parametrize(
    ("missing", "reason"),
    [("has_inbox", "no-inbox"), ("has_receipt_order", "no-receipt-order"), ("has_streams", "no-stream")],
)
def test_it_has_no_ground(missing: str, reason: str) -> None:
    check_lacks(out_of_order, evidence(**{missing: False}), reason)
