"""Which events and holes are left for later runs to look up."""

from datetime import UTC, datetime, timedelta

from auditor.compare.recipe import Digest
from auditor.gather.log.notes import Carried, Changed, carried
from auditor.gather.log.recollection import Recollection
from auditor.gather.log.witnessing import NEWEST, Run, chances, dead_holes, remembered_heads, witnesses
from auditor.memory import VerifiedRange
from checks.model.event import Event
from checks.model.log import Hole
from checks.model.previous import DeadHole, Witness
from checks.model.recalled import Contradicted
from checks.model.result import Extent

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUN = Run("now", NOW, NOW)


def seen(position: int, minutes: int, partition: str | None = None) -> Witness:
    event = Event(position=position, id=f"e{position}", partition=partition)
    return Witness(event=event, run=f"run-{minutes}", at=NOW - timedelta(minutes=minutes))


def test_the_newest_heads_are_kept_and_of_older_ones_fewer_the_older_they_are() -> None:
    holding = [seen(10_000 - minutes, minutes) for minutes in range(1, 3_000)]
    kept = witnesses(Recollection(holding=holding), (), (), RUN)
    ages = sorted((NOW - witness.at) // timedelta(minutes=1) for witness in kept)
    assert ages[:NEWEST] == list(range(1, NEWEST + 1))
    assert ages[NEWEST:] == [31, 63, 127, 255, 511, 1023, 2047, 2999]


def test_of_a_partition_two_are_kept() -> None:
    holding = [seen(100 - minutes, minutes, partition) for minutes in range(1, 9) for partition in "ab"]
    kept = witnesses(Recollection(holding=holding), (), (), RUN)
    assert sorted((witness.event.partition, witness.event.position) for witness in kept) == [
        ("a", 98), ("a", 99), ("b", 98), ("b", 99),
    ]  # fmt: skip


def test_what_was_contradicted_is_kept_beside_what_stands_there_now() -> None:
    then, now = seen(7, 60), Event(position=7, id="another")
    contradicted = Contradicted(witness=then, now=now, differs=("id",))
    kept = witnesses(Recollection(contradicted=[contradicted]), (), (), RUN)
    assert kept == (then, Witness(event=now, run="now", at=NOW))


def test_what_retention_explains_is_forgotten() -> None:
    gone = Contradicted(witness=seen(7, 60), now=None, purged=True)
    assert witnesses(Recollection(contradicted=[gone]), (), (), RUN) == ()


def test_an_event_that_is_remembered_already_is_not_remembered_twice() -> None:
    known = seen(7, 60)
    recollection = Recollection(holding=[known], standing={(None, 7): [known.event]})
    assert witnesses(recollection, [(None, 7)], [known.event], RUN) == (known,)


def test_the_highest_head_of_each_partition_is_remembered() -> None:
    assert remembered_heads({"a": 5, "b": 7}, {"a": 9, "c": 1}) == {"a": 9, "c": 1, "b": 7}


def test_positions_are_chosen_between_the_floor_and_the_settled_position() -> None:
    assert all(10 <= position < 20 for position in chances(Extent(first=10, last=90, settled=20)))
    assert chances(Extent(first=10, last=90)) == []
    assert chances(Extent(first=10, last=10, settled=10)) == []


def test_dead_holes_keep_the_run_that_called_them_dead_and_filled_ones_stay() -> None:
    old = [DeadHole(first=n, last=n, run="old", at=NOW) for n in (3, 5, 7)]
    kept = dead_holes(old, [old[0]], [Hole(first=5, last=5), Hole(first=9, last=9)], RUN, all_found=True)
    assert [(hole.first, hole.run) for hole in kept] == [(3, "old"), (5, "old"), (9, "now")]
    kept = dead_holes(old, [], [Hole(first=9, last=9)], RUN, all_found=False)
    assert [(hole.first, hole.run) for hole in kept] == [(3, "old"), (5, "old"), (7, "old"), (9, "now")]


def test_what_is_carried_comes_back_as_it_was() -> None:
    then = VerifiedRange(1, 50, Digest(50, 50, (2**70, -3)), "one", NOW)
    noted = Carried(
        rows=50,
        proven=True,
        origin="here",
        holes=((3, 4), (2**62, 2**62)),
        older_holes=7,
        streams=("order-1", "a\nb"),
        told=frozenset({"head 9"}),
        changed=(Changed(then, Digest(49, 49, (1, 2))),),
        floor=-5,
    )
    assert carried(noted.as_notes()) == noted
    assert carried({}) == Carried()
