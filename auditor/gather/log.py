"""The evidence about one log by itself."""

from collections.abc import Iterator
from itertools import groupby, islice

from auditor.compare.merge import event_of
from auditor.config import LogConfig
from auditor.gather.rereadable import Rereadable
from auditor.gather.settled import Ground, window
from auditor.stores.interface import LogRow, Snapshot
from checks.model.log import Double, Hole, LogEvidence, Shared, VersionGap

STREAMS_AT_ONCE = 500


def gather_log(snapshot: Snapshot, log: LogConfig, ground: Ground, sample_limit: int | None) -> LogEvidence:
    """What the checks of a log judge. Good for as long as the snapshot is open."""
    eligible, excluded = snapshot.counts(log)
    has_versions = log.stream is not None and log.version is not None
    return LogEvidence(
        name=log.name,
        now=snapshot.clock(),
        window=window(log, snapshot.extents(log), ground),
        settlement=ground.settlement,
        holes=Rereadable(lambda: _holes(snapshot, log, ground)),
        doubles=Rereadable(lambda: _doubles(snapshot, log)),
        gaps=Rereadable(lambda: _gaps(snapshot, log)) if has_versions else None,
        produced=eligible - _copies(snapshot, log),
        excluded=excluded,
        gapless=log.gapless,
        first_version=log.first_version,
        retention=log.retention,
        sample_limit=sample_limit,
    )


def _holes(snapshot: Snapshot, log: LogConfig, ground: Ground) -> Iterator[Hole]:
    """Holes below the heads that were read before the writers were looked at; above, nobody looked.

    A hole may reach beyond such a head: its row was deleted since, and another one stands higher up.
    """
    for partition, first, last in snapshot.holes(log):
        head = ground.heads.get(partition)
        if head is not None and first <= head:
            yield Hole(first=first, last=min(last, head), partition=partition)


def _unique_keys(log: LogConfig) -> Iterator[tuple[Shared, tuple[str, ...]]]:
    scope = ("partition",) if log.partition else ()
    if log.id:
        yield Shared.ID, ("id",)
    yield Shared.POSITION, (*scope, "position")
    if log.stream and log.version:
        yield Shared.VERSION, (*scope, "stream", "version")


def _copies(snapshot: Snapshot, log: LogConfig) -> int:
    """Rows beyond the first of an identity."""
    _, words = next(_unique_keys(log))
    return sum(double.nth > 1 for double in snapshot.doubles(log, words))


def _doubles(snapshot: Snapshot, log: LogConfig) -> Iterator[Double]:
    for shared, words in _unique_keys(log):
        first: LogRow | None = None
        for double in snapshot.doubles(log, words):
            if double.nth == 1 or first is None:
                first = double.row
            else:
                event = event_of(double.row)
                yield Double(shared=shared, event=event, first=event_of(first), rank=double.row.rank)


def _gaps(snapshot: Snapshot, log: LogConfig) -> Iterator[VersionGap]:
    """Candidates from the rows that pass ``where``, decided by all rows of their streams."""
    candidates = snapshot.gap_streams(log)
    while batch := list(islice(candidates, STREAMS_AT_ONCE)):
        wanted = set(batch)
        rows = snapshot.stream_rows(log, batch)
        for (partition, stream), stream_rows in groupby(rows, key=lambda row: (row.partition, row.stream)):
            if stream is not None and (partition, stream) in wanted:
                gap = _gap(partition, stream, stream_rows, log.first_version)
                if gap is not None:
                    yield gap


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
