"""The evidence about one log by itself.

Where earlier runs found the beginning of the log in order, only what lies beyond it is read, and what was open before.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice

from auditor.compare.merge import event_of
from auditor.config import LogConfig
from auditor.gather.horizon import MOST_HOLES
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

STREAMS_AT_ONCE = 500
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


def gather_log(scene: Scene, made: Plan, sample_limit: int | None, before: LogBefore | None) -> LogReading:
    """What the checks of a log judge. Good for as long as the snapshot is open.

    ``before``: what became of that which earlier runs saw.
    """
    snapshot, log, ground, after = scene.snapshot, scene.log, scene.ground, made.after
    eligible, excluded = snapshot.counts(log) if after is None else snapshot.counts_after(log, after)
    gone, outbox = scene.recollection.gone(), scene.outbox or Outbox()
    unjudged: deque[Hole] = deque(maxlen=MOST_HOLES)
    holes = Recorded(lambda: _holes(scene, made, gone, unjudged), lambda hole: hole.first, MOST_CARRIED)
    gaps = None
    if log.stream is not None and log.version is not None:
        gaps = Recorded(lambda: _gaps(snapshot, log, made), _place, MOST_CARRIED)
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


def _place(gap: VersionGap) -> int | None:
    return None if gap.next_event is None else gap.next_event.position


def _holes(scene: Scene, made: Plan, gone: frozenset[Place], unjudged: deque[Hole]) -> Iterator[Hole]:
    """Holes below the heads that were read before the writers were looked at; above, nobody looked who writes.

    A hole may reach beyond such a head: its row was deleted since, and another one stands higher up. What lies beyond
    is noted in ``unjudged``.
    """
    unjudged.clear()
    snapshot, log = scene.snapshot, scene.log
    if made.after is None:
        found = snapshot.holes(log)
    else:
        open_ones = _open_holes(scene, made, gone)
        found = ((None, *hole) for hole in chain(open_ones, snapshot.holes_after(log, made.after)))
    for partition, first, last in found:
        head = scene.ground.heads.get(partition)
        if head is not None and first <= head:
            yield Hole(first=first, last=min(last, head), partition=partition)
        if head is None or last > head:
            unjudged.append(Hole(first=first if head is None else max(first, head + 1), last=last, partition=partition))


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


def _gaps(snapshot: Snapshot, log: LogConfig, made: Plan) -> Iterator[VersionGap]:
    """Candidates from the rows that pass ``where``, decided by all rows of their streams."""
    if made.after is None:
        candidates = snapshot.gap_streams(log)
    else:
        candidates = _candidates(snapshot, log, made.carried.streams, made.after)
    while batch := list(islice(candidates, STREAMS_AT_ONCE)):
        wanted = set(batch)
        rows = snapshot.stream_rows(log, batch)
        for (partition, stream), stream_rows in groupby(rows, key=lambda row: (row.partition, row.stream)):
            if stream is not None and (partition, stream) in wanted:
                gap = _gap(partition, stream, stream_rows, log.first_version)
                if gap is not None:
                    yield gap


def _candidates(
    snapshot: Snapshot, log: LogConfig, known: Sequence[str], after: int
) -> Iterator[tuple[str | None, str]]:
    """Of the streams that had a gap before, and those that may have one in what is new."""
    streams = iter(dict.fromkeys(chain(known, snapshot.unpreceded_streams(log, after))))
    while some := list(islice(streams, STREAMS_AT_ONCE)):
        yield from snapshot.gap_streams(log, some)


def _gap(partition: str | None, stream: str, rows: Iterator[LogRow], first_version: int) -> VersionGap | None:
    absent: list[tuple[int, int]] = []
    after: LogRow | None = None
    expected = first_version
    for row in rows:
        if row.version is None or row.version < expected:
            continue
        if row.version > expected:
            absent.append((expected, row.version - 1))
            after = after or row
        expected = row.version + 1
    if not absent:
        return None
    return VersionGap(
        stream=stream,
        partition=partition,
        absent=tuple(absent),
        last=expected - 1,
        next_event=None if after is None else event_of(after),
    )
