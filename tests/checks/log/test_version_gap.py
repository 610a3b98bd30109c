"""A stream that lacks a version."""

import pytest

from checks.log import version_gap
from checks.log.version_gap import MOST_SAMPLES
from checks.model.event import Event
from checks.model.log import VersionGap
from tests.checks.samples import DAY, check_finds, check_lacks, check_silent, gap, log_evidence


def test_absent_versions_are_counted_and_named() -> None:
    judged = log_evidence(gaps=(gap("order-1", (2, 3), (5, 5)), gap("order-2", (1, 1))), has_sent=False)
    finding = check_finds(version_gap, judged, "confirmed", 4)
    assert finding.evidence == {
        "gaps": [
            {"stream": "order-1", "partition": None, "from": 2, "to": 3},
            {"stream": "order-1", "partition": None, "from": 5, "to": 5},
            {"stream": "order-2", "partition": None, "from": 1, "to": 1},
        ],
        "gaps_truncated": False,
        "streams": 2,
    }
    assert finding.events[0] == Event(stream="order-1", version=2)
    assert [event.version for event in finding.events] == [2, 3, 5, 1]
    assert "4 versions of 2 streams (first: stream 'order-1', version 2)" in finding.message


def test_samples_end_at_the_limit_and_counts_do_not() -> None:
    judged = log_evidence(gaps=(gap("order-1", (2, 2), (4, 6)), gap("order-2", (3, 3))), sample_limit=2)
    finding = check_finds(version_gap, judged, "confirmed", 5)
    assert [event.version for event in finding.events] == [2, 4]
    assert isinstance(finding.evidence["gaps"], list)
    assert len(finding.evidence["gaps"]) == 2
    assert finding.evidence["gaps_truncated"]


def test_an_absurd_version_does_not_fill_the_memory() -> None:
    judged = log_evidence(gaps=(gap("order-1", (2, 10**15)),), sample_limit=None)
    assert len(check_finds(version_gap, judged, "confirmed", 10**15 - 1).events) == MOST_SAMPLES


@pytest.mark.parametrize(
    ("absent", "first_version", "count"),
    [
        pytest.param(((1, 3), (5, 5)), 1, 1, id="the beginning is left out, the rest counts"),
        pytest.param(((0, 3), (5, 6)), 0, 2, id="versions from 0"),
        pytest.param(((2, 3),), 1, 2, id="the first version is there"),
    ],
)
def test_with_retention_only_the_beginning_may_be_gone(
    absent: tuple[tuple[int, int], ...], first_version: int, count: int
) -> None:
    gaps = (gap("order-1", *absent),)
    judged = log_evidence(gaps=gaps, retention=DAY, first_version=first_version, has_sent=False)
    check_finds(version_gap, judged, "confirmed", count)


def test_with_retention_a_stream_that_lost_only_its_beginning_is_left_alone() -> None:
    check_silent(version_gap, log_evidence(gaps=(gap("order-1", (1, 3)),), retention=DAY))


def test_each_partition_has_its_own_finding() -> None:
    gaps: tuple[VersionGap, ...] = (gap("s", (2, 2), partition="a"), gap("s", (3, 4), partition="b"))
    findings = list(version_gap.judge(log_evidence(gaps=gaps)))
    assert [(finding.partition, finding.count) for finding in findings] == [("a", 1), ("b", 2)]


def test_whole_streams_are_left_alone() -> None:
    check_silent(version_gap, log_evidence())


def test_without_streams_it_has_no_ground() -> None:
    check_lacks(version_gap, log_evidence(gaps=None), "no-stream")


def test_an_outbox_that_lost_the_beginnings_of_streams_deletes_what_it_sent_and_is_not_accused() -> None:
    gaps = (gap("order-1", (1, 3)), gap("order-2", (1, 1), (3, 3)))
    finding = check_finds(version_gap, log_evidence(gaps=gaps, has_sent=True), "benign", 1, reason="sent")
    assert finding.events == (Event(stream="order-2", version=3),)
    assert "it lets go of what it sent" in finding.message


def test_nor_is_one_that_says_that_it_deletes() -> None:
    judged = log_evidence(gaps=(gap("order-1", (3, 3)),), has_sent=True, retention=DAY)
    check_finds(version_gap, judged, "benign", 1, reason="sent")


def test_an_outbox_whose_streams_all_have_their_beginnings_lost_what_it_lacks() -> None:
    check_finds(version_gap, log_evidence(gaps=(gap("order-1", (3, 3)),), has_sent=True), "confirmed", 1)
