"""Rows of events that the upstream does not have, and what may explain them."""

from typing import Any

from checks.derivation import totals
from checks.derived import unexpected
from tests.checks.samples import DAY, check_finds, copy, derived, reasons, stray

KEEPS_ALL: dict[str, Any] = {"log_retention": None}


def test_a_row_of_an_event_that_is_nowhere_is_told_by_its_own_position() -> None:
    evidence = derived(strays=(stray(7), stray(8)), follower=KEEPS_ALL)
    finding = check_finds(unexpected, evidence, "confirmed", 2, ranges=((7, 8),))
    assert finding.events == (copy(7).event, copy(8).event)
    assert finding.evidence["upstream"] == [
        {"position": 107, "id": "e107", "stream": "order-1", "version": 107},
        {"position": 108, "id": "e108", "stream": "order-1", "version": 108},
    ]
    assert totals(evidence).unexpected == 2


def test_while_a_transaction_is_in_flight_it_is_pending() -> None:
    evidence = derived(strays=(stray(7),), follower={"in_flight": ("pid 4711",)})
    check_finds(unexpected, evidence, "pending", 1, ranges=((7, 7),), reason="in-flight")
    assert totals(evidence).unexpected == 0


def test_on_a_standby_of_the_upstream_it_is_unknown() -> None:
    evidence = derived(strays=(stray(7),), follower={"log_on_standby": True})
    check_finds(unexpected, evidence, "unknown", 1, ranges=((7, 7),), reason="standby")


def test_what_the_upstream_purged_is_benign() -> None:
    old = stray(7, 91 * DAY), stray(8, DAY, below=True)
    check_finds(unexpected, derived(strays=old), "benign", 2, ranges=((7, 8),), reason="purged")


def test_a_young_row_may_be_of_an_event_that_was_purged_where_no_position_says_where_that_stood() -> None:
    assert reasons(list(unexpected.judge(derived(strays=(stray(7, DAY),))))) == [("unknown", "may-be-purged")]


def test_one_finding_for_each_partition_of_the_derived_log() -> None:
    strays = stray(7, partition="a"), stray(7, partition="b")
    found = list(unexpected.judge(derived(strays=strays, follower=KEEPS_ALL)))
    assert [(finding.partition, finding.count) for finding in found] == [("a", 1), ("b", 1)]


def test_samples_are_as_many_as_are_wanted_and_each_has_its_event() -> None:
    evidence = derived(strays=(stray(7), stray(8)), follower=KEEPS_ALL | {"sample_limit": 1})
    [finding] = unexpected.judge(evidence)
    assert (finding.count, [event.position for event in finding.events]) == (2, [7])
    assert finding.evidence["upstream"] == [{"position": 107, "id": "e107", "stream": "order-1", "version": 107}]
