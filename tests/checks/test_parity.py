"""Two derived logs held against each other: what is a difference, and of what nothing is claimed."""

from dataclasses import replace
from typing import Any

from checks.model.consumer import Absence
from checks.model.derived import DerivedEvidence
from checks.model.result import OneSided, Parity
from checks.parity import compare, reached_by_both
from tests.checks.samples import SECOND, absence, ahead, derived, event


def log(name: str, *absences: Absence, reached: int | None = 50, **changes: Any) -> DerivedEvidence:
    return derived(*absences, follower={"name": name}, reached={None: reached}, **changes)


def held(one: DerivedEvidence, other: DerivedEvidence, eligible: int = 40) -> Parity:
    parity, _ = compare(one, other, reached_by_both(one, other), eligible)
    return parity


def lacking(parity: Parity) -> dict[str, tuple[int, tuple[tuple[int, int], ...]]]:
    return {each.lacking: (each.count, each.ranges) for each in parity.differences}


def test_two_that_lack_nothing_agree_up_to_where_both_have_come() -> None:
    parity = held(log("v1", reached=30), log("v2", reached=50))
    assert (parity.logs, parity.reached, parity.compared, parity.differences) == (("v1", "v2"), ((None, 30),), 40, ())


def test_what_one_lacks_and_the_other_does_not_is_a_difference() -> None:
    parity = held(log("v1", absence(5), absence(6)), log("v2", absence(9)))
    assert lacking(parity) == {"v1": (2, ((5, 6),)), "v2": (1, ((9, 9),))}
    assert parity.compared == 40


def test_what_both_lack_is_none() -> None:
    parity = held(log("v1", absence(5), absence(6)), log("v2", absence(5)))
    assert lacking(parity) == {"v1": (1, ((6, 6),))}


def test_what_lies_beyond_where_one_has_come_is_none() -> None:
    assert held(log("v1", absence(31)), log("v2", reached=30)).differences == ()


def test_where_one_has_not_begun_there_is_nothing_to_compare() -> None:
    parity = held(log("v1", absence(5)), log("v2", reached=None), eligible=0)
    assert (parity.reached, parity.differences) == (((None, None),), ())


def test_what_may_still_come_is_neither_a_difference_nor_an_agreement() -> None:
    parity = held(log("v1", ahead(5, age=SECOND)), log("v2"))
    assert (parity.differences, parity.compared) == ((), 39)


def test_what_cannot_be_known_of_one_is_no_difference_of_the_other() -> None:
    parity = held(log("v1", absence(5)), log("v2", absence(5, identified=False)))
    assert (parity.differences, parity.compared) == ((), 39)


def test_what_the_other_was_never_to_have_is_none() -> None:
    paid = absence(6, event_is=event(6, type="OrderPaid"))
    parity = held(log("v1", absence(5), paid), log("v2", types=("*Placed",)))
    assert lacking(parity) == {"v1": (1, ((5, 5),))}


def test_positions_of_two_partitions_make_no_ranges() -> None:
    north = absence(5, event_is=event(5, partition="north"))
    south = absence(5, event_is=event(5, partition="south"))
    both: dict[str | None, int | None] = {"north": 50, "south": 50}
    one, other = replace(log("v1", north, south), reached=both), replace(log("v2", south), reached=both)
    [difference] = held(one, other).differences
    assert difference == OneSided(lacking="v1", count=1, ranges_truncated=True, events=(north.event,))


def test_two_events_at_one_position_are_two() -> None:
    twin = absence(5, event_is=event(5, id="twin"))
    parity = held(log("v1", absence(5), twin), log("v2", absence(5)))
    assert [(each.lacking, [e.id for e in each.events]) for each in parity.differences] == [("v1", ["twin"])]


def test_each_difference_belongs_to_a_finding() -> None:
    one, other = log("v1", absence(5), absence(6)), log("v2", absence(6))
    _, (mine, theirs) = compare(one, other, reached_by_both(one, other), 40)
    assert dict(mine.by_reason) == {(None, "skipped"): 1}
    assert dict(theirs.by_reason) == {}
