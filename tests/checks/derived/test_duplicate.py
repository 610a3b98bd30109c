"""Rows of one upstream event beyond its first."""

from checks.derivation import totals
from checks.derived import duplicate
from checks.units import identities
from tests.checks.samples import check_finds, check_lacks, copy, derived


def test_every_row_beyond_the_first_counts_and_is_told_by_its_own_position() -> None:
    evidence = derived(extras=(copy(9, of=1), copy(7, of=2), copy(8, of=1)))
    finding = check_finds(duplicate, evidence, "confirmed", 3, ranges=((7, 9),))
    assert [event.id for event in finding.events] == ["d9", "d7", "d8"]
    assert finding.evidence["extra"] == [1, 1, 1]
    assert totals(evidence).duplicate == 3


def test_each_row_is_known_by_itself_from_run_to_run() -> None:
    [finding] = duplicate.judge(derived(extras=(copy(9, of=1), copy(8, of=1))))
    known = identities(finding)
    assert known.whole
    assert len({unit.name for unit in known.units}) == 2


def test_one_finding_for_each_partition_of_the_derived_log() -> None:
    found = list(duplicate.judge(derived(extras=(copy(9, partition="a"), copy(9, partition="b")))))
    assert [(finding.partition, finding.count) for finding in found] == [("a", 1), ("b", 1)]


def test_where_an_event_may_become_several_rows_none_is_too_many() -> None:
    check_lacks(duplicate, derived(extras=(copy(9),), one_each=False), "any-number")
    assert totals(derived(extras=(copy(9),), one_each=False)).duplicate == 0
