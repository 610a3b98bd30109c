"""From where on a log is looked at: all of it, or what lies beyond that which earlier runs found in order.

Nothing is left out where it is not known how far the log is settled, where earlier runs looked at another database or
in another way, where their full audit is too old, or where something turns out not to be as they saw it: then this run
is a full one, whatever it had hoped for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from auditor.config import LogConfig
from auditor.gather.log.notes import Carried, Changed, Progress, carried
from auditor.gather.log.ranges import LogRanges, ranges_of
from auditor.gather.log.recollection import Recollection, occupied, place_of
from auditor.gather.log.scene import Scene
from auditor.gather.log.sweep import Sweep
from auditor.gather.upkeep import Upkeep
from auditor.stores.interface import BIGGEST, Snapshot
from auditor.verified import as_range
from checks.model.settled import How

NO_INDEX = "no index is known that has its positions, each a number"
PARTITIONED = "its positions are counted by partition"
UNSETTLED = "it is not known how far it is settled"
OTHERWISE = "it is not what it was"
LATE = "events came late into holes of which nothing is proven"
LASTING = (NO_INDEX, PARTITIONED, UNSETTLED)
"""Why every run looks at all of a log, until something about it is changed."""
MOST_LATE = 1_000
"""Events that are looked for in old holes; of more it is said that they appeared."""


@dataclass(slots=True, kw_only=True)
class Plan:
    """``after``: the last position that is left out, ``None``: nothing is. ``why``: why nothing is.

    ``reach``: up to where this run may call the log verified. ``limit``: beyond it events may still be late, so that
    old ranges which changed there are no finding. ``still``: ranges that changed before and are not as they were,
    ``back``: those that are. ``told``: all contradictions. ``ranges``: ``None`` where there cannot be any. ``sweep``:
    of a full audit, or of what an interrupted one left to do.
    """

    after: int | None = None
    why: str | None = None
    reach: int | None = None
    limit: int | None = None
    overlap: timedelta | None = None
    ranges: LogRanges | None = None
    carried: Carried = field(default_factory=Carried)
    origin: str = ""
    still: Sequence[Changed] = ()
    back: Sequence[Changed] = ()
    told: frozenset[str] = frozenset()
    sweep: Sweep | None = None

    @property
    def progress(self) -> Progress | None:
        """How far an interrupted full audit had come that this run goes on with; ``None``: there is none."""
        return None if self.after is None else self.carried.progress

    @property
    def changed(self) -> tuple[Changed, ...]:
        """Ranges that are not as they were, as far as was looked."""
        return () if self.ranges is None else _changed(self.ranges, self.still, self.back)

    def floor(self, scene: Scene) -> int | None:
        """That is to be carried, by what was digested so far."""
        first = scene.extent.first
        return self.carried.floor_with(
            first,
            has_retention=scene.log.retention is not None,
            is_digested=self.ranges is None or self.ranges.is_checked(first),
        )

    @property
    def is_another(self) -> bool:
        """Whether the log is not what earlier runs saw, and this audit is the first one to tell."""
        progress, changed = self.carried.progress, () if self.ranges is None else self.ranges.changed
        is_found = self.why == OTHERWISE or (self.why == LATE and bool(changed))
        return is_found or (progress is not None and progress.is_another)


def plan(scene: Scene, upkeep: Upkeep, keep: Callable[[Plan], None]) -> Plan:
    """Decide it. Of a full audit the digests are taken on the way, and the holes looked for.

    ``keep`` is called whenever more is known of a full audit.
    """
    snapshot, log, settlement = scene.snapshot, scene.log, scene.ground.settlement
    ranges = ranges_of(snapshot, log, scene.verified, scene.run)
    notes = scene.verified.notes if scene.verified is not None and ranges is not None and ranges.ranges else {}
    made = Plan(ranges=ranges, carried=carried(notes), told=_told(scene.recollection))
    if ranges is None:
        made.why = NO_INDEX if log.partition is None else PARTITIONED
        return made
    made.origin = snapshot.origin([log.table])
    overlap = None if settlement.provable else upkeep.overlap
    young = None if overlap is None else _young(snapshot, log, scene.run.at, overlap)
    made.overlap = overlap
    made.why = _why_full(scene, ranges, made, upkeep)
    if ranges.ranges:
        last = ranges.ranges[-1].last
        made.limit = ranges.boundary(last if young is None else min(last, young - 1))
        if made.limit is not None and ranges.take_in(_late(scene, made.carried), made.limit):
            made.why = made.why or LATE
        made.still, made.back = _still_changed(ranges, made.carried.changed, everything=made.why is not None)
        made.after = None if made.why else _known_through(made)
        _recheck(made, ranges, upkeep)
    made.reach = _reach(scene, young, made)
    if made.reach is not None and (made.after is None or made.progress is not None):
        made.sweep = Sweep(scene=scene, ranges=ranges, after=made.after)
        made.sweep.run(made.limit, made.reach, lambda: keep(made))
    if ranges.changed and made.why == LATE:
        made.why = OTHERWISE
    return made


def _known_through(made: Plan) -> int | None:
    """Up to where everything was looked at since the full audit began that this run believes."""
    progress, limit, ranges = made.carried.progress, made.limit, made.ranges
    if progress is None or limit is None or ranges is None:
        return limit
    return ranges.boundary(min(limit, progress.through))


def _recheck(made: Plan, ranges: LogRanges, upkeep: Upkeep) -> None:
    """Old digests in passing; of an interrupted full audit the last of some rows first.

    There a log that was restored goes on, and nothing else may be remembered of it. Where one is another one than it
    was, nothing is believed any more.
    """
    if made.after is None:
        return
    if made.progress is not None:
        with_rows = [one for one in ranges.ranges if one.last <= made.after and one.digest and one.digest.rows]
        ranges.renewed(with_rows[-1:])
    ranges.recheck(made.after, upkeep.recheck)
    if ranges.changed:
        made.why, made.after = OTHERWISE, None


def _late(scene: Scene, before: Carried) -> list[int]:
    """Where rows stand by now in holes that were open, and that nobody had called dead: ascending."""
    spans = () if before.proven else occupied(scene.snapshot, scene.log, None, before.holes)
    rows = scene.snapshot.standing_in(scene.log, None, spans, MOST_LATE) if spans else ()
    return sorted({row.position for row in rows if row.position is not None})


def _young(snapshot: Snapshot, log: LogConfig, now: datetime, overlap: timedelta) -> int | None:
    """The lowest position that is younger than the overlap, if any is."""
    found = snapshot.settled_by_age(log.model_copy(update={"settle": overlap}), now)
    return None if found is None else found.get(None)


def _why_full(scene: Scene, ranges: LogRanges, made: Plan, upkeep: Upkeep) -> str | None:
    verified, last = scene.verified, scene.extent.last
    if verified is None or not ranges.ranges:
        return "nothing of it is verified"
    if not made.told <= made.carried.told:
        return OTHERWISE
    if upkeep.full:
        return "asked for"
    if verified.complete and upkeep.is_due(verified.begun_at):
        return "the last full audit is too old"
    if made.carried.origin != made.origin:
        return "it stands in another database than before"
    if scene.ground.settlement.how is How.UNKNOWN:
        return UNSETTLED
    if last is None or last < ranges.ranges[-1].last:
        return "it ends before what was verified"
    return None


def _changed(ranges: LogRanges, still: Sequence[Changed], back: Sequence[Changed]) -> tuple[Changed, ...]:
    """What is not as it was. ``still``: what was told before, ``back``: what is as it was."""
    ways = [*back, *(old for old in still if any(_undoes(new, old) for new in ranges.changed))]
    told = (*still, *ranges.changed)
    return tuple(one for one in told if one not in ways and not any(_is_way_back(one, old) for old in ways))


def _still_changed(
    ranges: LogRanges, changed: Sequence[Changed], *, everything: bool
) -> tuple[list[Changed], list[Changed]]:
    """Without those that are again as they were, and these; each has its turn, and so the first becomes the last.

    What is told of them has to be so now: those into which the log grows again after it had ended before them have
    other rows in every run, and one that was as before when an audit was interrupted may have changed again. The others
    are as likely to have changed as any old range.
    """
    ends_at = ranges.ranges[-1].last if ranges.ranges else BIGGEST
    due = [
        one
        for nth, one in enumerate(changed)
        if everything or nth == 0 or one.then.last > ends_at or one.now == one.then.digest
    ]
    now = dict(zip(map(id, due), ranges.side.digests([as_range(one.then) for one in due]), strict=True)) if due else {}
    fresh = [replace(one, now=now.get(id(one), one.now)) for one in (*changed[1:], *changed[:1])]
    back = [one for one in fresh if one.now == one.then.digest]
    return [one for one in fresh if one not in back], back


def _undoes(new: Changed, old: Changed) -> bool:
    """Whether the same range has again what it had."""
    return (new.then.first, new.then.last, new.now) == (old.then.first, old.then.last, old.then.digest)


def _is_way_back(one: Changed, old: Changed) -> bool:
    """Whether rows that a range lacked for a while came back to it: somebody mended it. No event that was seen is gone.

    ``old``: what the range has again.
    """
    is_later = old.then.first <= one.then.first and one.then.last <= old.then.last and one.then.at > old.then.at
    return is_later and one.then.digest is not None and one.now.rows > one.then.digest.rows


def _reach(scene: Scene, young: int | None, made: Plan) -> int | None:
    """Up to the settled position; what was verified stays so while others write, or while nothing shows who does."""
    settled, last = scene.ground.settled.get(None), scene.extent.last
    ranges = () if made.ranges is None else made.ranges.ranges
    if last is None:
        return None
    reach = settled if young is None or settled is None else min(settled, young - 1)
    known = made.after
    is_proven = made.carried.proven and scene.ground.settlement.provable
    if known is None and ranges and (is_proven or settled is None):
        known = ranges[-1].last
    ends = [end for end in (reach, known) if end is not None]
    return min(max(ends), last) if ends else None


def _told(recollection: Recollection) -> frozenset[str]:
    """A name for everything that is not as an earlier run saw it, and that retention does not explain."""
    events = ((place_of(one.witness.event), one.witness.run) for one in recollection.contradicted if not one.purged)
    heads = ((one.partition, one.seen) for one in recollection.lower_heads if not one.purged)
    holes = (((one.hole.partition, one.hole.first), one.hole.run) for one in recollection.filled)
    return frozenset(
        [
            *(f"event {place[1]} of {run}" for place, run in events),
            *(f"head {place[1]}" for place in heads),
            *(f"hole {place[1]} of {run}" for place, run in holes),
        ]
    )
