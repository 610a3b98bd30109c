"""What a full audit leaves on its way, lest an interruption loses it: what a later run need not look at again.

It is kept as verified ranges are, which they become when the audit has come to its end. Until then it also says how far
that had come: with the digests of ranges and the holes in them, and after these with the versions of streams. What is
said of a stream is only kept with digests that were taken before: see :mod:`auditor.gather.log.sweep`.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from auditor.gather.log.notes import MOST_CARRIED, MOST_CHANGED, Carried, Changed, Progress
from auditor.gather.log.plan import Plan
from auditor.gather.log.purged import is_purged
from auditor.gather.log.recorded import Recorded
from auditor.gather.log.scene import Scene
from auditor.gather.log.sweep import Sweep
from auditor.gather.upkeep import Upkeep
from auditor.memory import Verified
from auditor.stores.interface import BIGGEST
from auditor.verified import shortened
from checks.model.log import VersionGap

_NEVER = -1


@dataclass(slots=True)
class Unfinished:
    """Keeps what one audit of a log has found so far, every few seconds. ``upkeep``: ``None``: nothing is kept."""

    scene: Scene
    upkeep: Upkeep | None
    kept_at: float = field(default_factory=time.monotonic)
    _asked: int = _NEVER
    _purged: dict[Changed, bool] = field(default_factory=dict)

    def swept(self, made: Plan) -> None:
        """More ranges were digested. Where streams were asked by an earlier run, they have not been asked of these."""
        if self._is_time() and not (made.progress is not None and made.progress.has_asked):
            self._keep(made, None, is_all=False, gaps=None)

    def asked(self, made: Plan, number: int, stream: str | None, gaps: Recorded[VersionGap]) -> None:
        """All streams up to one were asked, ``None``: every one; by the so-manyth look, as some look more than once."""
        if number > self._asked and self._is_time():
            self._asked = number
            self._keep(made, stream, is_all=stream is None, gaps=gaps)

    def _is_time(self) -> bool:
        return self.upkeep is not None and time.monotonic() - self.kept_at >= self.upkeep.keep_every

    def _keep(self, made: Plan, asked: str | None, *, is_all: bool, gaps: Recorded[VersionGap] | None) -> None:
        if self.upkeep is None or made.sweep is None:
            return
        verified = self._verified(made, made.sweep, asked, is_all=is_all, gaps=gaps)
        if verified is not None:
            (self.upkeep.keep_log or self.upkeep.keep)(verified)
        self.kept_at = time.monotonic()

    def _verified(
        self, made: Plan, sweep: Sweep, asked: str | None, *, is_all: bool, gaps: Recorded[VersionGap] | None
    ) -> Verified | None:
        """``None`` where there is nothing to be kept."""
        through = sweep.ranges.boundary(min(self._limits(made, sweep, gaps)))
        if through is None:
            return None
        known = [one for one in sweep.ranges.ranges if one.last <= through]
        others = [one for one in sweep.ranges.earlier() if one.last > through]
        before, run = self.scene.verified, self.scene.run
        goes_on = before is not None and made.progress is not None
        carried = self._carried(made, sweep, through, has_others=bool(others))
        progress = Progress(
            through=through,
            asked=asked,
            asked_all=is_all,
            passed_holes=self._passed(made, sweep, through) if self.is_provable and not self.scene.log.gapless else 0,
            is_another=made.is_another,
        )
        noted = replace(
            carried,
            rows=sum(one.digest.rows for one in known if one.digest),
            streams=() if gaps is None else tuple(gap.stream for gap in gaps.first),
            progress=progress,
        )
        return Verified(
            basis=sweep.ranges.basis,
            salt=sweep.ranges.salt,
            begun_run=before.begun_run if goes_on and before is not None else run.name,
            begun_at=before.begun_at if goes_on and before is not None else run.started,
            complete=False,
            ranges=(*shortened(known), *shortened(others)),
            notes=noted.as_notes(),
        )

    @property
    def is_provable(self) -> bool:
        """Whether it is proven that what is empty below the settled position stays so."""
        return self.scene.ground.settlement.provable

    def _limits(self, made: Plan, sweep: Sweep, gaps: Recorded[VersionGap] | None) -> Iterator[int]:
        """Beyond any of these something is not known, or open and not carried."""
        yield -BIGGEST if made.reach is None else made.reach
        swept = made.after if sweep.through is None else sweep.through
        yield -BIGGEST if swept is None else swept
        if gaps is not None and gaps.beyond is not None:
            yield gaps.beyond - 1
        if self.scene.log.gapless:
            holes = [*_known_holes(made), *sweep.holes.first]
            if len(holes) >= MOST_CARRIED:  # One more may be open at the end.
                yield holes[MOST_CARRIED - 1][0] - 1

    def _carried(self, made: Plan, sweep: Sweep, through: int, *, has_others: bool) -> Carried:
        """``has_others``: there are ranges of an earlier full audit left, whose open holes are needed yet."""
        before = made.carried
        is_fresh = made.after is None and not has_others
        others = [hole for hole in before.holes if hole[0] > through] if has_others else []
        passed = 0 if self.is_provable or self.scene.log.gapless else self._passed(made, sweep, through)
        return Carried(
            proven=self.is_provable and (is_fresh or before.proven),
            origin=made.origin,
            holes=(*self._holes(made, sweep, through), *others),
            older_holes=passed + (0 if is_fresh else before.older_holes),
            told=made.told,
            changed=self._changed(made),
            floor=made.floor(self.scene),
        )

    def _changed(self, made: Plan) -> tuple[Changed, ...]:
        """Also what is as it was, for as long as what stands there now, with another digest, may be looked at later."""
        found = (*made.changed, *made.back)
        return tuple(one for one in found if not self._was_purged(made, one))[-MOST_CHANGED:]

    def _was_purged(self, made: Plan, one: Changed) -> bool:
        """Whether ``retention`` took what a range lacks: the next run, to which the floor is no news, could not say."""
        if one not in self._purged:
            self._purged[one] = is_purged(self.scene, made.carried.floor, one) is True
        return self._purged[one]

    def _holes(self, made: Plan, sweep: Sweep, through: int) -> list[tuple[int, int]]:
        """The open ones, or the highest: also those that are proven dead, which this audit has to tell of yet."""
        found = sweep.holes.first if self.scene.log.gapless else sweep.holes.last
        holes = [*_known_holes(made), *found, *sweep.open_end(through)]
        return [(first, min(last, through)) for first, last in holes if first <= through][-MOST_CARRIED:]

    def _passed(self, made: Plan, sweep: Sweep, through: int) -> int:
        """How many holes were found by now that are not carried."""
        before = 0 if made.progress is None else made.progress.passed_holes
        found = len(_known_holes(made)) + sweep.holes.count_through(through)
        return before + max(0, found - len(self._holes(made, sweep, through)))


def _known_holes(made: Plan) -> list[tuple[int, int]]:
    """Those of what an interrupted audit had looked at."""
    return [] if made.after is None else [hole for hole in made.carried.holes if hole[0] <= made.after]
