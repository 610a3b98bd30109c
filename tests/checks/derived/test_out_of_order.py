"""Rows that stand behind the row of a later event of their stream."""

from checks.derived import out_of_order
from tests.checks.samples import check_finds, check_lacks, copy, derived, overtaken


def test_a_row_behind_a_later_event_of_its_stream_is_told_by_its_own_position() -> None:
    finding = check_finds(out_of_order, derived(overtaken=(overtaken(7),)), "confirmed", 1, ranges=((7, 7),))
    assert finding.events == (copy(7).event,)
    assert finding.evidence["overtaken"] == [
        {
            "upstream": {"position": 107, "id": "e107", "stream": "order-1", "version": 107},
            "overtaken_by_position": 6,
            "overtaken_by": {"position": 108, "id": "e108", "stream": "order-1", "version": 108},
        }
    ]
    assert "stream 'order-1'" in finding.message


def test_rows_come_by_stream_and_ranges_by_position() -> None:
    evidence = derived(overtaken=(overtaken(9), overtaken(7), overtaken(8)))
    check_finds(out_of_order, evidence, "confirmed", 3, ranges=((7, 9),))


def test_one_finding_for_each_partition_of_the_derived_log() -> None:
    found = list(out_of_order.judge(derived(overtaken=(overtaken(7, partition="a"), overtaken(7, partition="b")))))
    assert [(finding.partition, finding.count) for finding in found] == [("a", 1), ("b", 1)]


def test_without_streams_there_is_no_order() -> None:
    check_lacks(out_of_order, derived(follower={"has_streams": False}), "no-stream")
