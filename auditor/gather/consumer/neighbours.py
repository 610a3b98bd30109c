"""Which of the events that a comparison noted are neighbours: no eligible event of the log stands between them.

Findings name closed intervals of positions, and holes and unwanted events do not split one. So each noted event gets a
*rank*, one above its predecessor's where the two are neighbours, and two above where something stands between.
"""

from collections.abc import Iterator
from itertools import groupby, tee

from auditor.compare.scratch import PLACED, Distance
from auditor.gather.consumer.case import Case
from auditor.stores.interface import Snapshot


def rank(case: Case, log_side: Snapshot) -> None:
    """Give every noted event that has a position its rank."""
    for kept in PLACED:
        case.scratch.rank(kept, _separated(case, log_side, kept))


def _separated(case: Case, log_side: Snapshot, kept: str) -> Iterator[int]:
    """The numbers of the events that are no neighbours of the one noted before them."""
    for partition, distances in groupby(case.scratch.distances(kept), key=lambda distance: distance.partition):
        asked, named = tee(distances)
        pairs = ((distance.low, distance.high) for distance in asked)
        answers = log_side.separated(case.log, case.wanted, partition, pairs)
        yield from _numbers(answers, named)


def _numbers(answers: Iterator[bool], named: Iterator[Distance]) -> Iterator[int]:
    return (distance.number for is_separated, distance in zip(answers, named, strict=True) if is_separated)
