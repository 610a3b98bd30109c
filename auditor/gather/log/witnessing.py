"""Which events and holes a run leaves for later ones to look up: few, but spread over the log and over time."""

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from auditor.gather.log.recollection import Place, Recollection, place_of
from checks.model.event import Event
from checks.model.log import Hole
from checks.model.previous import DeadHole, Witness
from checks.model.result import Extent

MOST_PARTITIONS = 1_000
"""Partitions of which heads are remembered, those first of which they are already."""
NEWEST = 20
"""Heads, and other events, that are remembered from the last runs; of older ones fewer, the older they are."""
NEWEST_OF_A_PARTITION = 2
MOST_CONTRADICTED = 500
MOST_DEAD_HOLES = 1_000
CHANCES = 2
"""Settled positions of which a run remembers the event at random."""


@dataclass(frozen=True, slots=True)
class Run:
    """The run that remembers: its name, the moment on the log store's clock, and ``started`` on the auditor's own."""

    name: str
    at: datetime
    started: datetime


def remembered_heads(now: Mapping[str | None, int], before: Mapping[str | None, int]) -> dict[str | None, int]:
    """The highest head of each partition that any run saw, of so many partitions."""
    chosen = list(dict.fromkeys(chain(before, now)))[:MOST_PARTITIONS]
    return {each: max(heads[each] for heads in (before, now) if each in heads) for each in chosen}


def places_of_heads(now: Mapping[str | None, int], before: Mapping[str | None, int]) -> list[Place]:
    """Where the events stand that are to be remembered as heads."""
    return [(each, now[each]) for each in remembered_heads(now, before) if each in now]


def chances(extent: Extent) -> list[int]:
    """Some positions between the floor and the settled position."""
    if extent.first is None or extent.settled is None or extent.settled <= extent.first:
        return []
    return [extent.first + secrets.randbelow(extent.settled - extent.first) for _ in range(CHANCES)]


def witnesses(
    recollection: Recollection, places: Iterable[Place], others: Iterable[Event], run: Run
) -> tuple[Witness, ...]:
    """What later runs shall look up: what holds, what was contradicted and what stands there instead, what is new.

    What ``retention`` explains is forgotten.
    """
    contradicted = [one for one in recollection.contradicted if one.purged is not True][-MOST_CONTRADICTED:]
    holding = list(recollection.holding)
    known = {place_of(witness.event) for witness in holding}
    instead = [one.now for one in contradicted if one.now is not None]
    at_heads = [standing[0] for place in places if (standing := recollection.standing.get(place))]
    for event in (*instead, *at_heads, *others):
        if event.position is not None and place_of(event) not in known:
            known.add(place_of(event))
            holding.append(Witness(event=event, run=run.name, at=run.at))
    return (*(one.witness for one in contradicted), *_thinned(holding, run.at))


def _thinned(holding: Iterable[Witness], now: datetime) -> Iterator[Witness]:
    """Ascending by time: the newest of each partition, or without partitions fewer of the older ones."""
    groups: dict[str | None, list[Witness]] = {}
    for witness in sorted(holding, key=lambda each: (each.at, each.event.position or 0)):
        groups.setdefault(witness.event.partition, []).append(witness)
    for partition, group in groups.items():
        yield from group[-NEWEST_OF_A_PARTITION:] if partition is not None else _spread(group, now)


def _spread(group: Sequence[Witness], now: datetime) -> list[Witness]:
    """The newest heads, the newest others, and before those the oldest one of each doubling of age."""
    heads, others = _parted(group)
    recent = {id(witness) for witness in (*heads[-NEWEST:], *others[-NEWEST:])}
    older: dict[int, Witness] = {}
    for witness in group:
        if id(witness) not in recent:
            older.setdefault(((now - witness.at) // timedelta(minutes=1)).bit_length(), witness)
    kept = recent | {id(witness) for witness in older.values()}
    return [witness for witness in group if id(witness) in kept]


def _parted(group: Iterable[Witness]) -> tuple[list[Witness], list[Witness]]:
    """The highest event that each run remembered, and the others."""
    by_run: dict[str, list[Witness]] = {}
    for witness in group:
        by_run.setdefault(witness.run, []).append(witness)
    heads = [max(some, key=lambda each: each.event.position or 0) for some in by_run.values()]
    ids = {id(head) for head in heads}
    return heads, [witness for witness in group if id(witness) not in ids]


def dead_holes(
    before: Iterable[DeadHole], filled: Collection[DeadHole], found: Iterable[Hole], run: Run, *, all_found: bool
) -> tuple[DeadHole, ...]:
    """The holes that later runs shall look into: those that were filled, since that stays so, and the newest others.

    ``found``: those that this run calls dead; ``all_found``: it looked at the whole log, so that others are no more.
    """
    old = {(hole.partition, hole.first, hole.last): hole for hole in before if hole not in filled}
    new = {
        (hole.partition, hole.first, hole.last): DeadHole(
            first=hole.first, last=hole.last, run=run.name, at=run.at, partition=hole.partition
        )
        for hole in found
    }
    standing = {key: old.get(key, hole) for key, hole in new.items()} if all_found else new | old
    newest = sorted(standing.values(), key=lambda hole: hole.first)[-MOST_DEAD_HOLES:]
    return (*list(filled)[-MOST_DEAD_HOLES:], *newest)
