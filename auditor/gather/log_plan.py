"""From where on a log is looked at: all of it, or what lies beyond that which earlier runs found in order.

Nothing is left out where it is not known how far the log is settled, where earlier runs looked at another database or
in another way, where their full audit is too old, or where something turns out not to be as they saw it: then this run
is a full one, whatever it had hoped for.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.config import LogConfig
from auditor.gather.log_notes import Carried, Changed, carried
from auditor.gather.log_ranges import ALL, LogRanges, ranges_of
from auditor.gather.recollection import Place, Recollection, place_of
from auditor.gather.remainder import Upkeep
from auditor.gather.settled import Ground
from auditor.gather.witnessing import Run
from auditor.memory import LogMemory, Verified
from auditor.stores.interface import Snapshot
from checks.model.result import Extent
from checks.model.settled import How


@dataclass(slots=True, kw_only=True)
class Plan:
    """``after``: the last position that is left out, ``None``: nothing is. ``why``: why nothing is.

    ``reach``: up to where this run may call the log verified. ``changed``: ranges that are not as they were, ``told``:
    all contradictions. ``ranges``: ``None`` where there cannot be any.
    """

    after: int | None = None
    why: str | None = None
    reach: int | None = None
    overlap: timedelta | None = None
    ranges: LogRanges | None = None
    carried: Carried
    origin: str = ""
    changed: tuple[Changed, ...] = ()
    told: frozenset[str] = frozenset()


def plan(
    snapshot: Snapshot,
    log: LogConfig,
    ground: Ground,
    extent: Extent,
    recollection: Recollection,
    before: LogMemory | None,
    upkeep: Upkeep,
    run: Run,
) -> Plan:
    """Decide it. Digests of old ranges are taken on the way: all of them before a full audit."""
    verified = None if before is None else before.verified
    ranges = ranges_of(snapshot, log, verified, run)
    notes = carried({} if verified is None or ranges is None or not ranges.ranges else verified.notes)
    made = Plan(ranges=ranges, carried=notes, told=_told(recollection))
    if ranges is None:
        made.why = "its positions have no index, or are counted by partition"
        return made
    made.origin = snapshot.origin([log.table])
    young = None if ground.settlement.provable else _young(snapshot, log, run.at, upkeep.overlap)
    made.overlap = None if ground.settlement.provable else upkeep.overlap
    made.why = _why_full(verified, ranges, ground.settlement.how, extent, upkeep, made)
    limit = ranges.ranges[-1].last if ranges.ranges else None
    if limit is not None and made.why is None:
        made.after = ranges.boundary(limit if young is None else min(limit, young - 1))
    _recheck(ranges, made, upkeep)
    made.reach = _reach(ground, extent, young, made)
    return made


def _young(snapshot: Snapshot, log: LogConfig, now: datetime, overlap: timedelta) -> int | None:
    """The lowest position that is younger than the overlap, if any is."""
    found = snapshot.settled_by_age(log.model_copy(update={"settle": overlap}), now)
    return None if found is None else found.get(None)


def _why_full(verified: Verified | None, ranges: LogRanges, extent: Extent, upkeep: Upkeep, made: Plan) -> str | None:
    if verified is None or not ranges.ranges or not verified.complete:
        return "nothing of it is verified"
    if upkeep.full:
        return "asked for"
    if upkeep.started - verified.begun_at >= upkeep.full_every:
        return "the last full audit is too old"
    if made.carried.origin != made.origin:
        return "it stands in another database than before"
    if how is How.UNKNOWN:
        return "it is not known how far it is settled"
    if extent.last is None or extent.last < ranges.ranges[-1].last:
        return "it ends before what was verified"
    return None if made.told <= made.carried.told else "it is not what it was"


def _recheck(ranges: LogRanges, made: Plan, upkeep: Upkeep) -> None:
    """Old digests: some in passing, all of them where nothing is believed; and those that were told to differ."""
    if not ranges.ranges:
        return
    last = ranges.ranges[-1].last
    still = _still_changed(ranges, made.carried.changed)
    ranges.recheck(last, ALL if made.why else upkeep.recheck)
    if ranges.changed and made.why is None:
        made.why, made.after = "it is not what it was", None
        ranges.recheck(last, ALL)
    made.changed = (*still, *ranges.changed)


def _still_changed(ranges: LogRanges, changed: Sequence[Changed]) -> list[Changed]:
    """Without one that is again as it was: one of them, any one, is looked at by each run."""
    if not changed:
        return []
    looked_at = changed[secrets.randbelow(len(changed))]
    is_back = ranges.digest(looked_at.then) == looked_at.then.digest
    return [one for one in changed if not (is_back and one is looked_at)]


def _reach(ground: Ground, extent: Extent, young: int | None, made: Plan) -> int | None:
    """Up to the settled position; what was verified stays so while others write, or while nothing shows who does."""
    settled, ranges = ground.settled.get(None), () if made.ranges is None else made.ranges.ranges
    if extent.last is None:
        return None
    reach = settled if young is None or settled is None else min(settled, young - 1)
    known = made.after
    if known is None and ranges and (made.carried.proven or settled is None):
        known = ranges[-1].last
    ends = [end for end in (reach, known) if end is not None]
    return min(max(ends), extent.last) if ends else None


def _told(recollection: Recollection) -> frozenset[str]:
    """A name for everything that is not as an earlier run saw it, and that retention does not explain."""
    return frozenset(
        [
            *(_name("event", place_of(one.witness.event), one.witness.run)
              for one in recollection.contradicted if one.purged is False),
            *(_name("head", (one.partition, one.seen), one.run) for one in recollection.lower_heads if not one.purged),
            *(_name("hole", (one.hole.partition, one.hole.first), one.hole.run) for one in recollection.filled),
        ]
    )  # fmt: skip


def _name(what: str, place: Place, run: str) -> str:
    partition, position = place
    return f"{what} {position} {run} {'' if partition is None else partition}".strip()
