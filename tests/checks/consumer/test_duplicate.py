"""What was received more than once."""

import pytest

from checks.consumer import duplicate
from checks.model.consumer import Repeat
from tests.checks.samples import check_finds, check_lacks, check_silent, evidence, repeat


@pytest.mark.parametrize(
    ("idempotent", "harmless"),
    [
        pytest.param(None, False, id="not declared"),
        pytest.param(False, False, id="must not receive twice"),
        pytest.param(True, True, id="may receive twice"),
    ],
)
def test_extra_receipts_are_confirmed_and_harmless_only_where_declared(idempotent: bool | None, harmless: bool) -> None:
    judged = evidence(repeats=(repeat(5), repeat(6, extra=2)), idempotent=idempotent)
    finding = check_finds(duplicate, judged, "confirmed", 3, ranges=((5, 6),), harmless=harmless)
    assert finding.evidence == {"events": 2, "extra": [1, 2], "idempotent": idempotent}


def test_each_partition_has_its_own_finding() -> None:
    judged = evidence(repeats=(repeat(5, partition="a"), repeat(5, extra=3, partition="b")))
    assert [(finding.partition, finding.count) for finding in duplicate.judge(judged)] == [("a", 1), ("b", 3)]


def test_single_receipts_are_left_alone() -> None:
    check_silent(duplicate, evidence())


def test_without_an_inbox_it_has_no_ground() -> None:
    check_lacks(duplicate, evidence(has_inbox=False), "no-inbox")


@pytest.mark.parametrize(
    ("repeats", "told"),
    [
        pytest.param([repeat(5)], None, id="none"),
        pytest.param([repeat(5, brought=1)], ", it is of an event that a redelivery sent again: ", id="the only one"),
        pytest.param(
            [repeat(5, brought=1), repeat(6, brought=1)],
            ", all of them of events that a redelivery sent again: ",
            id="all",
        ),
        pytest.param(
            [repeat(5, 3, brought=1), repeat(6)], ", 1 of them of events that a redelivery sent again: ", id="some"
        ),
    ],
)
@pytest.mark.parametrize("idempotent", [True, None])
def test_what_was_sent_again_is_told_and_counts_as_ever(
    repeats: list[Repeat], told: str | None, idempotent: bool | None
) -> None:
    [finding] = duplicate.judge(evidence(repeats=repeats, idempotent=idempotent))
    assert (finding.verdict, finding.harmless) == ("confirmed", idempotent is True)
    assert finding.evidence.get("sent_again", 0) == sum(each.brought for each in repeats)
    assert ("a redelivery sent again" in finding.message) == (told is not None)
    assert told is None or told in finding.message
