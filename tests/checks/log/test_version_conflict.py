"""What must be unique and is not."""

import pytest

from checks.log import version_conflict
from checks.model.log import Shared
from tests.checks.samples import check_finds, check_silent, double, log_evidence


@pytest.mark.parametrize(
    ("shared", "reason"),
    [
        pytest.param(Shared.VERSION, "same-version", id="a version of a stream"),
        pytest.param(Shared.ID, "same-id", id="an id"),
        pytest.param(Shared.POSITION, "same-position", id="a position"),
    ],
)
def test_rows_beyond_the_first_are_confirmed(shared: Shared, reason: str) -> None:
    judged = log_evidence(doubles=(double(shared, 7, first=5), double(shared, 9, first=5)))
    finding = check_finds(version_conflict, judged, "confirmed", 2, ranges=((7, 7), (9, 9)), reason=reason)
    assert isinstance(finding.evidence["samples"], list)
    sample = finding.evidence["samples"][0]
    assert (sample["first"]["position"], sample["again"]["position"]) == (5, 7)


def test_each_kind_and_partition_has_its_own_finding() -> None:
    doubles = (
        double(Shared.ID, 7, first=5, partition="a"),
        double(Shared.VERSION, 7, first=5, partition="a"),
        double(Shared.ID, 7, first=5, partition="b"),
    )
    findings = list(version_conflict.judge(log_evidence(doubles=doubles)))
    assert [(finding.partition, finding.reason) for finding in findings] == [
        ("a", "same-id"),
        ("a", "same-version"),
        ("b", "same-id"),
    ]


def test_unique_rows_are_left_alone() -> None:
    check_silent(version_conflict, log_evidence())
