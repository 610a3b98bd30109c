"""The evidence about one log by itself.

Where earlier runs found the beginning of the log in order, only what lies beyond it is read, and what was open before.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from auditor.compare.merge import event_of
from auditor.config import LogConfig
from auditor.gather.horizon import MOST_HOLES
from auditor.gather.log.gaps import gaps_of
from auditor.gather.log.notes import MOST_CARRIED
from auditor.gather.log.outbox import Outbox
from auditor.gather.log.plan import Plan
from auditor.gather.log.recollection import Place, occupied
from auditor.gather.log.recorded import Recorded
from auditor.gather.log.scene import Scene
from auditor.gather.rereadable import Rereadable
from auditor.gather.settled import window
from auditor.stores.interface import LogRow, Snapshot
from auditor.verified import without
from checks.model.log import Double, Hole, LogEvidence, Shared, VersionGap
from checks.model.recalled import LogBefore
from checks.sent_again import SentAgain

MOST_IN_HOLES = 100_000
"""Rows that appeared in open holes; of more, the next full audit knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReading:
    """The evidence, what of it is kept, and how many rows were looked at, whether eligible or not.

    ``unjudged``: the highest holes beyond the heads up to which holes are judged, once all were read.
    """

    evidence: LogEvidence
    holes: Recorded[Hole]
    unjudged: deque[Hole]
    gaps: Recorded[VersionGap] | None
    rows: int


def gather_log(
    scene: Scene,
    made: Plan,
    sample_limit: int | None,
    before: LogBefore | None,
    passed: Callable[[int, str | None, Recorded[VersionGap]], None],
) -> LogReading:
    """What the checks of a log judge. Good for as long as the snapshot is open.

    ``before``: what became of that which earlier runs saw. ``passed``: told how far a full audit has come with the
    versions of streams (:func:`auditor.gather.log.gaps.gaps_of`), with the gaps that it found so far.
    """
    snapshot, log, ground, after = scene.snapshot, scene.log, scene.ground, made.after
    eligible, excluded = _counts(scene, made)
    gone, outbox = scene.recollection.gone(), scene.outbox or Outbox()
    unjudged: deque[Hole] = deque(maxlen=MOST_HOLES)
    holes = Recorded(lambda: _holes(scene, made, gone, unjudged), lambda hole: hole.first, MOST_CARRIED)
    gaps = None
    if log.stream is not None and log.version is not None:
        gaps = _recorded_gaps(scene, made, passed)
    evidence = LogEvidence(
        name=log.name,
        now=snapshot.clock(),
        window=window(log, scene.extents, ground, None if after is None else after + 1),
        settlement=ground.settlement,
        holes=holes,
        doubles=Rereadable(lambda: _doubles(snapshot, log, scene.copied)),
        gaps=gaps,
        produced=eligible - _copies(snapshot, log, after),
        excluded=excluded,
        gapless=log.gapless,
        first_version=log.first_version,
        retention=log.retention,
        sample_limit=sample_limit,
        before=before,
        seen=gone,
        has_sent=log.sent is not None,
        drawn_on_insert=log.positions == "drawn-on-insert",
        has_time=log.time is not None,
        max_delay=log.max_delay,
        unsent=outbox.unsent,
        looked_twice=outbox.looked_twice,
        behind=outbox.behind,
    )
    return LogReading(evidence=evidence, holes=holes, unjudged=unjudged, gaps=gaps, rows=eligible + excluded)


def _counts(scene: Scene, made: Plan) -> tuple[int, int]:
    """Rows that pass ``where``, and rows that do not. Digests have counted them where all pass."""
    snapshot, log, sweep = scene.snapshot, scene.log, made.sweep
    if made.after is not None:
        return snapshot.counts_after(log, made.after)
    if log.where or sweep is None or sweep.through is None:
        return snapshot.counts(log)
    return sweep.rows + sum(snapshot.counts_after(log, sweep.through)), 0


def _recorded_gaps(
    scene: Scene, made: Plan, passed: Callable[[int, str | None, Recorded[VersionGap]], None]
) -> Recorded[VersionGap]:
    def read() -> Iterator[VersionGap]:
        return gaps_of(scene.snapshot, scene.log, made, lambda number, stream: passed(number, stream, recorded))

    recorded = Recorded(read, _place, MOST_CARRIED)
    return recorded


def _place(gap: VersionGap) -> int | None:
    return None if gap.next_event is None else gap.next_event.position


def _holes(scene: Scene, made: Plan, gone: frozenset[Place], unjudged: deque[Hole]) -> Iterator[Hole]:
    """Holes below the heads that were read before the writers were looked at; above, nobody looked who writes.

    A hole may reach beyond such a head: its row was deleted since, and another one stands higher up. What lies beyond
    is noted in ``unjudged``.
    """
    unjudged.clear()
    snapshot, log = scene.snapshot, scene.log
    if made.after is None and made.sweep is None:
        found = snapshot.holes(log)
    else:
        open_ones = () if made.after is None else _open_holes(scene, made, gone)
        found = ((None, *hole) for hole in chain(open_ones, _holes_beyond(snapshot, log, made)))
    for partition, first, last in found:
        head = scene.ground.heads.get(partition)
        if head is not None and first <= head:
            yield Hole(first=first, last=min(last, head), partition=partition)
        if head is None or last > head:
            unjudged.append(Hole(first=first if head is None else max(first, head + 1), last=last, partition=partition))


def _holes_beyond(snapshot: Snapshot, log: LogConfig, made: Plan) -> Iterator[tuple[int, int]]:
    """In what is looked at, up to the head of the log."""
    return made.sweep.all_holes() if made.sweep is not None else snapshot.holes_after(log, made.after or 0)


def _open_holes(scene: Scene, made: Plan, gone: frozenset[Place]) -> Iterator[tuple[int, int]]:
    """What is left of the holes that were open before, and where an event is gone. Below the first row is no hole."""
    snapshot, log, after = scene.snapshot, scene.log, made.after or 0
    floor = after if scene.extent.first is None else scene.extent.first
    holes = [hole for hole in made.carried.holes if floor < hole[0] <= after]
    spans = occupied(snapshot, log, None, holes)
    rows = snapshot.standing_in(log, None, spans, MOST_IN_HOLES) if spans else ()
    left = list(without(holes, sorted({row.position for row in rows if row.position is not None})))
    lost = [position for _, position in gone if floor < position <= after]
    singles = [(one, one) for one in lost if not any(first <= one <= last for first, last in left)]
    yield from sorted([*left, *singles])


def _unique_keys(log: LogConfig) -> Iterator[tuple[Shared, tuple[str, ...]]]:
    scope = ("partition",) if log.partition else ()
    if log.id:
        yield Shared.ID, ("id",)
    yield Shared.POSITION, (*scope, "position")
    if log.stream and log.version:
        yield Shared.VERSION, (*scope, "stream", "version")


def _copies(snapshot: Snapshot, log: LogConfig, after: int | None) -> int:
    """Rows beyond the first of an identity, of those that are looked at."""
    _, words = next(_unique_keys(log))
    later = (double for double in snapshot.doubles(log, words) if double.nth > 1)
    return sum(after is None or (double.row.position or 0) > after for double in later)


def _doubles(snapshot: Snapshot, log: LogConfig, copied: SentAgain) -> Iterator[Double]:
    """Rows that a redelivery inserted as copies of others are no second events."""
    for shared, words in _unique_keys(log):
        first: LogRow | None = None
        for double in snapshot.doubles(log, words):
            if double.nth == 1 or first is None:
                first = double.row
            elif copied.at(double.row.partition, double.row.position) is None:
                event = event_of(double.row)
                yield Double(shared=shared, event=event, first=event_of(first), rank=double.row.rank)
