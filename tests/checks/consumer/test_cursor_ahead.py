"""A cursor beyond the end of the log."""

import pytest

from checks.consumer import cursor_ahead
from checks.model.consumer import Cursor
from tests.checks.samples import DAY, Changes, check_finds, check_lacks, check_silent, evidence, reasons

AHEAD = Cursor(position=120, head=100, highest_drawn=100)


def test_beyond_all_that_was_ever_drawn_is_confirmed_with_a_signed_lag() -> None:
    finding = check_finds(cursor_ahead, evidence(cursors=(AHEAD,)), "confirmed", 1)
    assert finding.evidence["cursors"] == [
        {
            "partition": None,
            "stream": None,
            "position": 120,
            "order": None,
            "absent": False,
            "head": 100,
            "lag": -20,
            "highest_drawn": 100,
        }
    ]


@pytest.mark.parametrize(
    ("cursor", "changes", "verdict", "reason"),
    [
        pytest.param(AHEAD, {"log_on_standby": True}, "unknown", "standby", id="the log was read on a standby"),
        pytest.param(AHEAD, {"in_flight": ("pid 7",)}, "pending", "in-flight", id="a transaction is in flight"),
        pytest.param(AHEAD, {"confirmed_reads": False}, "pending", "not-confirmed", id="no second look"),
        pytest.param(
            Cursor(position=120, head=100, highest_drawn=120), {}, "pending", "drawn-not-visible", id="drawn already"
        ),
        pytest.param(Cursor(position=120, head=100), {}, "confirmed", None, id="the sequence cannot be read"),
        pytest.param(Cursor(position=120), {}, "unknown", "all-purged", id="an empty log with retention"),
        pytest.param(
            Cursor(position=120), {"log_retention": None}, "confirmed", None, id="an empty log without retention"
        ),
        pytest.param(
            Cursor(position=8, stream="order-1", head=7, highest_drawn=100), {}, "confirmed", None, id="a stream's own"
        ),
        pytest.param(
            Cursor(position=120, order=(90, 120), head=100, head_order=(80, 100), highest_drawn=100),
            {},
            "confirmed",
            None,
            id="composite, beyond the sequence",
        ),
        pytest.param(
            Cursor(position=10, order=(90, 10), head=100, head_order=(80, 100)),
            {},
            "pending",
            "drawn-not-visible",
            id="composite, its position was drawn",
        ),
    ],
)
def test_how_sure_it_is(cursor: Cursor, changes: Changes, verdict: str, reason: str | None) -> None:
    check_finds(cursor_ahead, evidence(cursors=(cursor,), **changes), verdict, 1, reason=reason)


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param(Cursor(position=100, head=100), id="at the head"),
        pytest.param(Cursor(position=None), id="nothing processed yet, empty log"),
        pytest.param(Cursor(position=None, absent=True, head=5), id="no row"),
        pytest.param(Cursor(position=0), id="at 0 in an empty log"),
        pytest.param(
            Cursor(position=120, order=(70, 120), head=100, head_order=(80, 110)), id="composite, below as a pair"
        ),
    ],
)
def test_it_leaves_alone(cursor: Cursor) -> None:
    check_silent(cursor_ahead, evidence(cursors=(cursor,), log_retention=None))


def test_cursors_of_one_partition_and_reason_are_one_finding() -> None:
    cursors = tuple(Cursor(position=8, stream=f"order-{number}", head=7) for number in range(5))
    finding = check_finds(cursor_ahead, evidence(cursors=cursors, sample_limit=2), "confirmed", 5)
    assert isinstance(finding.evidence["cursors"], list)
    assert len(finding.evidence["cursors"]) == 2


def test_partitions_are_judged_by_themselves() -> None:
    cursors = (
        Cursor(position=120, partition="a", head=100),
        Cursor(position=120, partition="b", head=120),
        Cursor(position=120, partition="c"),
    )
    findings = list(cursor_ahead.judge(evidence(cursors=cursors, log_retention=DAY)))
    assert [finding.partition for finding in findings] == ["a", "c"]
    assert reasons(findings) == [("confirmed", None), ("unknown", "all-purged")]


def test_without_a_cursor_it_has_no_ground() -> None:
    check_lacks(cursor_ahead, evidence(cursors=None), "no-cursor")
