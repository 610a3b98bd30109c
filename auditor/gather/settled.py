"""How far a log is settled, read once a run and shared by the log's own audit and all its consumers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from auditor.config import LogConfig
from auditor.gather.columns import expect_log
from auditor.gather.log.notes import carried
from auditor.memory import LogMemory
from auditor.stores.interface import Bounds, Snapshot, Store
from checks.model.result import Extent, Window
from checks.model.settled import How, Settlement


@dataclass(frozen=True, slots=True)
class Ground:
    """What every audit on a log stands on. ``heads`` were read before the writers were looked at (see Bounds)."""

    settlement: Settlement
    heads: Mapping[str | None, int | None]
    settled: Mapping[str | None, int | None]


def survey(store: Store, log: LogConfig, sleep: Callable[[float], None], before: LogMemory | None = None) -> Ground:
    """Find out how far a log is settled: bounds and writers first, and only then a snapshot.

    ``before``: what earlier runs left. Holes that they proved dead need no second proof, unless rows stood in one.
    """
    bounds = store.settle(log, sleep)
    if before is not None and before.distrusted is not None:
        bounds = replace(bounds, settlement=_doubted(bounds.settlement, before.distrusted))
    with store.snapshot() as snapshot:
        expect_log(snapshot, log, store.name)
        proven = _proven_through(snapshot, log, before) if bounds.settlement.provable else None
        settlement, settled = _positions(snapshot, log, bounds, snapshot.clock(), proven)
    return Ground(settlement, bounds.heads, settled)


def distrusting(snapshot: Snapshot, log: LogConfig, ground: Ground, why: str) -> Ground:
    """The same log, after a row was found in a hole that had been proven dead: nothing is proven any more."""
    bounds = Bounds(_doubted(ground.settlement, why), ground.heads)
    settlement, settled = _positions(snapshot, log, bounds, snapshot.clock(), None)
    return Ground(settlement, ground.heads, settled)


def _doubted(settlement: Settlement, why: str) -> Settlement:
    how = How.BY_AGE if settlement.provable else settlement.how
    return replace(settlement, how=how, against=tuple(dict.fromkeys([*settlement.against, why])))


def _proven_through(snapshot: Snapshot, log: LogConfig, before: LogMemory | None) -> int | None:
    """Up to where earlier runs proved every hole dead, if this is still the same database."""
    verified = None if before is None else before.verified
    if verified is None or not verified.ranges or log.partition is not None:
        return None
    notes = carried(verified.notes)
    return verified.ranges[-1].last if notes.proven and notes.origin == snapshot.origin([log.table]) else None


def window(log: LogConfig, extents: Mapping[str | None, Extent], ground: Ground, start: int | None = None) -> Window:
    """The window of an audit: from the later of the log's floor and ``start`` to the head of the whole table."""
    by_partition = {
        partition: Extent(
            first=extent.first if start is None or extent.first is None else max(extent.first, start),
            last=extent.last,
            settled=ground.settled.get(partition),
        )
        for partition, extent in extents.items()
    }
    if log.partition is None:
        extent = by_partition.get(None, Extent())
        return Window(first=extent.first, last=extent.last, settled=extent.settled)
    named = sorted((partition, extent) for partition, extent in by_partition.items() if partition is not None)
    return Window(partitions=tuple(named))


def _positions(
    snapshot: Snapshot, log: LogConfig, bounds: Bounds, now: datetime, proven: int | None
) -> tuple[Settlement, Mapping[str | None, int | None]]:
    settlement, heads = bounds.settlement, bounds.heads
    if settlement.holders:
        heads = _below_holes(snapshot, log, heads) if proven is None else _beyond(snapshot, log, heads, proven)
    if settlement.provable:
        return settlement, heads
    young = snapshot.settled_by_age(log, now)
    if young is None:
        return replace(settlement, how=How.UNKNOWN), dict.fromkeys(heads)
    return settlement, {partition: _below(young.get(partition), head) for partition, head in heads.items()}


def _beyond(
    snapshot: Snapshot, log: LogConfig, heads: Mapping[str | None, int | None], proven: int
) -> Mapping[str | None, int | None]:
    """As :func:`_below_holes`, where only holes beyond a position can still be filled."""
    head = heads.get(None)
    if head is None or head < proven:
        return _below_holes(snapshot, log, heads)
    first = next((first for _, first, _ in snapshot.holes(log, proven)), None)
    return {None: head if first is None or first > head else first - 1}


def _below(lowest_young: int | None, head: int | None) -> int | None:
    return head if lowest_young is None or head is None else min(lowest_young - 1, head)


def _below_holes(
    snapshot: Snapshot, log: LogConfig, heads: Mapping[str | None, int | None]
) -> Mapping[str | None, int | None]:
    """An unfinished writer may still fill any hole, so the lowest one of a partition is where settling ends.

    What lies below the floor is a hole like others, unless the log's ``retention`` explains it.
    """
    floors = {} if log.retention is not None else {p: extent.first for p, extent in snapshot.extents(log).items()}
    found = {partition for partition, floor in floors.items() if floor is not None and floor > 1}
    settled = {p: 0 if p in found and head is not None else head for p, head in heads.items()}
    for partition, first, _ in snapshot.holes(log):
        head = heads.get(partition)
        if partition not in found and head is not None and first <= head:
            settled[partition] = first - 1
            found.add(partition)
        if log.partition is None:
            break
    return settled
