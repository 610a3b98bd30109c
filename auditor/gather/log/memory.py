"""One log's audit beside earlier ones: what became of what they saw, what is looked at, what is remembered of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor.compare.merge import event_of
from auditor.config import LogConfig
from auditor.gather.horizon import View, heads_now
from auditor.gather.log.notes import MOST_CARRIED, MOST_CHANGED, Carried, Changed
from auditor.gather.log.outbox import Outbox
from auditor.gather.log.plan import LASTING, Plan, plan
from auditor.gather.log.purged import is_purged
from auditor.gather.log.reading import LogReading, gather_log
from auditor.gather.log.recollection import Place, Recollection, comparable, recollect
from auditor.gather.log.scene import Scene
from auditor.gather.log.unfinished import Unfinished
from auditor.gather.log.witnessing import (
    Run,
    chances,
    dead_holes,
    places_of_heads,
    remembered_heads,
    witnesses,
)
from auditor.gather.settled import Ground, distrusting
from auditor.gather.upkeep import Upkeep
from auditor.memory import LogMemory, Verified, VerifiedRange
from auditor.stores.interface import Snapshot
from auditor.verified import oldest
from checks.model.event import Event
from checks.model.log import Hole, LogEvidence
from checks.model.previous import DeadHole, Witness
from checks.model.recalled import AlteredRange, LogBefore
from checks.model.result import Coverage, Extent
from checks.sent_again import SentAgain

MOST_SET_ASIDE = 1_000
"""Rows in dead holes without which a range is compared; each costs a statement a piece more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogInquiry:
    """One log in one snapshot, with ``evidence`` to be judged, and then what later runs shall know of it."""

    scene: Scene
    remembers: bool
    distrusted: str | None
    made: Plan
    changed: Sequence[tuple[Changed, bool | None]]
    reading: LogReading

    @property
    def ground(self) -> Ground:
        """What the log stands on; worse than it was if a hole that was called dead has filled."""
        return self.scene.ground

    @property
    def evidence(self) -> LogEvidence:
        """What the checks judge."""
        return self.reading.evidence

    @property
    def is_another(self) -> bool:
        """Whether this audit is the first to see that the log is not what earlier runs saw."""
        return self.made.is_another

    def coverage(self) -> Coverage | None:
        """What was taken from earlier runs; ``None``: nothing was."""
        verified = self.scene.verified
        if self.made.after is None or verified is None:
            return None
        left_out = [one for one in self._ranges() if one.last <= self.made.after]
        return Coverage(
            through=self.made.after,
            run=verified.begun_run,
            at=verified.begun_at,
            oldest=oldest(left_out),
            skipped=self._skipped(left_out),
            overlap=self.made.overlap,
        )

    def notes(self) -> tuple[str, ...]:
        """Sentences for the reader."""
        said = []
        if not comparable(self.scene.log):
            said.append("the log names nothing by which events are known, so rewritten ones cannot be seen")
        if self.scene.before is not None and self.made.why in LASTING:
            said.append(f"every run looks at all of it: {self.made.why}")
        if self.made.after is not None and self.made.carried.older_holes:
            count = f"{self.made.carried.older_holes:,}"
            said.append(f"{count} old holes, of which nothing proves that they stay empty, were not looked at again")
        passed = 0 if self.made.progress is None else self.made.progress.passed_holes
        if passed:
            said.append(f"{passed:,} more holes, proven to stay empty, were seen before the full audit was interrupted")
        return tuple(said)

    def view(self) -> View | datetime:
        """What this run saw, once everything was judged; or only when, where a standby lacks what its primary may have.

        Holes that are proven to stay empty are left out.
        """
        settlement = self.ground.settlement
        if settlement.standby:
            return self.scene.run.at
        self.reading.holes.finish()
        may_fill = () if settlement.provable and not settlement.holders else self.reading.holes.last
        holes = tuple((hole.partition, hole.first, hole.last) for hole in (*may_fill, *self.reading.unjudged))
        return View(at=self.scene.run.at, heads=heads_now(self.scene.extents), holes=holes, origin=self.made.origin)

    def learnt(self) -> LogMemory | None:
        """What later runs shall know, once everything was judged. A standby says nothing for certain."""
        if not self.remembers:
            return None
        run, before = self.scene.run, self.scene.before
        before = LogMemory(run=run.name, at=run.at) if before is None else before
        self.reading.holes.finish()
        if self.reading.gaps is not None:
            self.reading.gaps.finish()
        standby = self.ground.settlement.standby
        now = {} if standby else heads_now(self.scene.extents)
        return LogMemory(
            run=run.name,
            at=run.at,
            heads=remembered_heads(now, before.heads),
            witnesses=before.witnesses if standby else self._witnesses(places_of_heads(now, before.heads)),
            dead_holes=before.dead_holes if standby else self._dead_holes(before),
            distrusted=before.distrusted if standby else self.distrusted,
            unsent={} if self.scene.outbox is None else self.scene.outbox.sightings,
            verified=self._verified(),
        )

    def _witnesses(self, places: Sequence[Place]) -> tuple[Witness, ...]:
        return witnesses(self.scene.recollection, places, self._chosen(), self.scene.run)

    def _chosen(self) -> list[Event]:
        """Settled events at random, where looking for one takes no time."""
        if self.made.ranges is None:
            return []
        window = self.evidence.window
        extent = Extent(first=self.scene.extents.get(None, Extent()).first, settled=window.settled)
        rows = (self.scene.snapshot.first_from(self.scene.log, position) for position in chances(extent))
        return [event_of(row) for row in rows if row is not None]

    def _dead_holes(self, before: LogMemory) -> tuple[DeadHole, ...]:
        settlement, gone = self.ground.settlement, self.evidence.seen
        dead = settlement.provable and not settlement.holders and not self.scene.log.gapless
        holes = self.reading.holes.last if dead else ()
        found = [hole for hole in holes if not any(_is_in(hole, *place) for place in gone)]
        known = {(hole.partition, hole.first, hole.last) for hole in before.dead_holes}
        found = [hole for hole in found if (hole.partition, hole.first, hole.last) in known or not self._lost_in(hole)]
        filled = [one.hole for one in self.scene.recollection.filled]
        return dead_holes(before.dead_holes, filled, found, self.scene.run, all_found=dead and self.made.after is None)

    def _lost_in(self, hole: Hole) -> bool:
        """Whether rows may be gone from a hole: nothing shows at which of its positions a range has lost some."""
        lost = (one.then for one, _ in self.changed if one.then.digest and one.now.rows < one.then.digest.rows)
        return any(hole.first <= then.last and then.first <= hole.last for then in lost)

    def _ranges(self) -> Sequence[VerifiedRange]:
        return () if self.made.ranges is None else self.made.ranges.ranges

    def _skipped(self, left_out: Sequence[VerifiedRange]) -> int:
        if all(one.digest is not None for one in left_out):
            return sum(one.digest.rows for one in left_out if one.digest is not None)
        ranges = self._ranges()
        beyond = ranges[-1].last if ranges else 0
        looked_at_again = 0
        if self.made.after is not None and self.made.after < beyond:
            looked_at_again = self.reading.rows - sum(self.scene.snapshot.counts_after(self.scene.log, beyond))
        return max(0, self.made.carried.rows - looked_at_again)

    def _verified(self) -> Verified | None:
        """``None`` where nothing can be left out by the next run."""
        ranges, reach, verified = self.made.ranges, self._reach(), self.scene.verified
        if ranges is None or reach is None:
            return None
        is_full = self.made.after is None or verified is None
        beyond = sum(self.scene.snapshot.counts_after(self.scene.log, reach))
        coverage = self.coverage()
        rows = self.reading.rows - beyond + (0 if coverage is None else coverage.skipped)
        return Verified(
            basis=ranges.basis,
            salt=ranges.salt,
            begun_run=self.scene.run.name if is_full or verified is None else verified.begun_run,
            begun_at=self.scene.run.started if is_full or verified is None else verified.begun_at,
            complete=True,
            ranges=ranges.reach(reach, rows if is_full else self.reading.rows - beyond),
            notes=self._carried(reach, rows).as_notes(),
        )

    def _reach(self) -> int | None:
        """Below whatever is open and cannot be carried."""
        gaps, holes = self.reading.gaps, self.reading.holes
        limits = [] if gaps is None or gaps.beyond is None else [gaps.beyond - 1]
        if self.scene.log.gapless and holes.beyond is not None:
            limits.append(holes.beyond - 1)
        return None if self.made.reach is None else min([self.made.reach, *limits])

    def _carried(self, reach: int, rows: int) -> Carried:
        settlement, gaps = self.ground.settlement, self.reading.gaps
        holes, older = self._open_holes(reach)
        return Carried(
            rows=rows,
            proven=settlement.provable and (self.made.after is None or self.made.carried.proven),
            origin=self.made.origin,
            holes=tuple(holes),
            older_holes=older,
            streams=() if gaps is None else tuple(gap.stream for gap in gaps.first),
            told=self.made.told,
            changed=tuple(one for one, purged in self.changed if purged is not True)[-MOST_CHANGED:],
            floor=self.made.floor(self.scene),
        )

    def _open_holes(self, reach: int) -> tuple[list[tuple[int, int]], int]:
        """Holes that the next run has to look at again, and how many more there are that nothing proves dead."""
        found, older = self.reading.holes, 0
        if self.scene.log.gapless:
            holes = found.first
        elif self.ground.settlement.provable:
            holes = [Hole(first=at, last=at) for _, at in sorted(self.evidence.seen, key=lambda place: place[1])]
            holes = holes[:MOST_CARRIED]
        else:
            holes = list(found.last)
            progress = self.made.progress
            passed = 0 if progress is None else progress.passed_holes
            kept = 0 if self.made.after is None else self.made.carried.older_holes + passed
            older = kept + max(0, found.count - len(holes))
        return [(hole.first, min(hole.last, reach)) for hole in holes if hole.first <= reach], older


def inquire(  # noqa: PLR0913 (what a run knows of a log comes from many places)
    snapshot: Snapshot,
    log: LogConfig,
    ground: Ground,
    sample_limit: int | None,
    before: LogMemory | None,
    upkeep: Upkeep | None,
    outbox: Outbox | None = None,
    *,
    copied: SentAgain | None = None,
) -> LogInquiry:
    """Look up what earlier runs saw, decide what to look at, and gather the evidence for it.

    ``upkeep``: ``None`` where nothing is remembered. ``outbox``: what was found out of it before. ``copied``: which
    rows are copies that redeliveries inserted.
    """
    before = None if upkeep is None else before
    now, extents = snapshot.clock(), snapshot.extents(log)
    places = [] if upkeep is None else places_of_heads(heads_now(extents), {} if before is None else before.heads)
    recollection = recollect(snapshot, log, before, extents, now, places)
    distrusted = None if before is None else before.distrusted
    if recollection.filled and distrusted is None and not ground.settlement.standby:
        distrusted = _distrust(recollection)
        ground = distrusting(snapshot, log, ground, distrusted)
    scene = Scene(
        snapshot=snapshot,
        log=log,
        ground=ground,
        extents=extents,
        before=before,
        recollection=recollection,
        run=Run("", now, now) if upkeep is None else Run(upkeep.run, now, upkeep.started),
        outbox=outbox,
        copied=SentAgain() if copied is None else copied,
    )
    unfinished = Unfinished(scene, upkeep)
    made = Plan() if upkeep is None else plan(scene, upkeep, unfinished.swept)
    changed = [(one, is_purged(scene, made.carried.floor, one)) for one in made.changed]
    told = None if before is None else _told(scene, before, _told_as_ranges(scene, made, changed), made.carried)
    reading = gather_log(
        scene, made, sample_limit, told, lambda number, stream, gaps: unfinished.asked(made, number, stream, gaps)
    )
    return LogInquiry(
        scene=scene,
        remembers=upkeep is not None,
        distrusted=distrusted,
        made=made,
        changed=changed,
        reading=reading,
    )


def _distrust(recollection: Recollection) -> str:
    filled = recollection.filled[0]
    return f"position {filled.events[0].position} has a row, though run {filled.hole.run} had called that hole dead"


def _told_as_ranges(
    scene: Scene, made: Plan, changed: Sequence[tuple[Changed, bool | None]]
) -> list[tuple[Changed, bool | None]]:
    """Without those in which nothing changed but that rows stand in dead holes now: each of these is told by itself."""
    filled = {event.position for one in scene.recollection.filled for event in one.events}
    known = sorted(position for position in filled if position is not None)[:MOST_SET_ASIDE]
    if made.ranges is None or not known:
        return list(changed)
    return [each for each in changed if not made.ranges.is_alike_without(each[0].then, known)]


def _told(scene: Scene, before: LogMemory, changed: Sequence[tuple[Changed, bool | None]], known: Carried) -> LogBefore:
    floors = [each for each in (known.floor, scene.extent.first) if each is not None]
    return LogBefore(
        run=before.run,
        at=before.at,
        contradicted=scene.recollection.contradicted,
        lower_heads=scene.recollection.lower_heads,
        filled=scene.recollection.filled,
        altered=[
            AlteredRange(
                first=min(one.then.last, max([one.then.first, *([min(floors)] if floors else [])])),
                last=one.then.last,
                rows_then=0 if one.then.digest is None else one.then.digest.rows,
                rows_now=one.now.rows,
                run=one.then.run,
                at=one.then.at,
                purged=purged,
                unproven=not known.proven and known.older_holes > 0,
            )
            for one, purged in changed
        ],
    )


def _is_in(hole: Hole, partition: str | None, position: int) -> bool:
    return hole.partition == partition and hole.first <= position <= hole.last
