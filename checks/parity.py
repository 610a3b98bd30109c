"""Two logs that are derived from one upstream, held against each other: what stands in one and not in the other.

Nothing is read for it. What either lacks is known from its own audit, in one order, so the two lists of absences are
merged: an event that one lacks for sure, and of which the other has nothing to say, stands in the other. Of what is
only late, or cannot be known, neither difference nor agreement is claimed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby
from operator import itemgetter

from checks.derivation import Place, Stands, placed
from checks.globs import matches
from checks.model.consumer import Absence
from checks.model.derived import DerivedEvidence
from checks.model.finding import Verdict
from checks.model.result import OneSided, Parity
from checks.tally import Tally

Reached = Mapping[str | None, int | None]
Reason = tuple[str | None, str]
"""Partition, and the reason of a finding."""
_Key = tuple[bool, bytes, int]
_Entry = tuple[_Key, int, Absence, Place]


@dataclass(slots=True)
class Side:
    """What one of the two lacks and the other has. ``by_reason``: how many of which finding."""

    tally: Tally
    by_reason: Counter[Reason] = field(default_factory=Counter)


def reached_by_both(one: DerivedEvidence, other: DerivedEvidence) -> Reached:
    """By partition of the upstream, the position up to which both have come; ``None``: one of them has not begun."""
    partitions = dict.fromkeys((*one.reached, *other.reached))
    ends = {each: (one.reached.get(each), other.reached.get(each)) for each in partitions}
    return {each: None if a is None or b is None else min(a, b) for each, (a, b) in ends.items()}


def compare(
    one: DerivedEvidence, other: DerivedEvidence, reached: Reached, eligible: int
) -> tuple[Parity, tuple[Side, Side]]:
    """The comparison, and its two sides. ``eligible``: events up to there that both should have."""
    sides = _side(one), _side(other)
    undecided = 0
    for absences in _together(one, other, reached):
        lacking = [number for number, (_, place) in absences.items() if _is_sure(place)]
        if len(lacking) < len(absences):
            undecided += 1
        elif len(lacking) == 1:
            [(number, (absence, place))] = absences.items()
            sides[number].tally.add(absence.event, absence.rank)
            sides[number].by_reason[absence.event.partition, place.reason] += 1
    is_partitioned = any(partition is not None for partition in reached)
    names = one.name, other.name
    pairs = zip(names, sides, strict=True)
    differences = (_one_sided(name, side.tally, is_partitioned=is_partitioned) for name, side in pairs)
    parity = Parity(
        upstream=one.upstream,
        logs=names,
        reached=tuple(sorted(reached.items(), key=lambda item: item[0] or "")),
        compared=max(0, eligible - undecided),
        differences=tuple(each for each in differences if each.count),
    )
    return parity, sides


def _side(evidence: DerivedEvidence) -> Side:
    return Side(Tally(limit=evidence.follower.sample_limit))


def _one_sided(name: str, tally: Tally, *, is_partitioned: bool) -> OneSided:
    """Positions that repeat in each partition make no ranges."""
    return OneSided(
        lacking=name,
        count=tally.count,
        ranges=() if is_partitioned else tally.ranges.build(),
        ranges_truncated=is_partitioned or tally.ranges.truncated,
        events=tuple(tally.events),
    )


def _is_sure(place: Place) -> bool:
    return place.stands is Stands.UNDERIVED and place.verdict is Verdict.CONFIRMED


def _together(
    one: DerivedEvidence, other: DerivedEvidence, reached: Reached
) -> Iterator[dict[int, tuple[Absence, Place]]]:
    """Each event that both should have by now and one of them lacks: by the number of the side, how it stands there."""
    both = merge(_entries(0, one, other, reached), _entries(1, other, one, reached), key=itemgetter(0, 1))
    for _, here in groupby(both, key=itemgetter(0)):
        yield from _by_event(here)


def _by_event(entries: Iterable[_Entry]) -> Iterator[dict[int, tuple[Absence, Place]]]:
    """Mostly one event stands at a position."""
    found: dict[object, dict[int, tuple[Absence, Place]]] = {}
    for _, number, absence, place in entries:
        found.setdefault((absence.event.id, absence.event.stream, absence.event.version), {})[number] = absence, place
    yield from found.values()


def _entries(number: int, mine: DerivedEvidence, other: DerivedEvidence, reached: Reached) -> Iterator[_Entry]:
    for absence, place in placed(mine):
        event, last = absence.event, reached.get(absence.event.partition)
        if event.position is None or last is None or event.position > last or not matches(event.type, other.types):
            continue
        partition = (event.partition or "").encode("utf-8", "surrogatepass")
        yield (event.partition is not None, partition, event.position), number, absence, place
