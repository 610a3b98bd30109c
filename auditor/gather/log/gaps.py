"""Streams that lack versions: candidates from the rows that pass ``where``, decided by all rows of their streams.

A full audit asks some streams at a time, where that costs no more than asking all at once, and one that goes on where
an earlier one was interrupted asks those that are left. Of the others it asks what any run does that leaves the
beginning of a log out: those that had a gap before, and those that may have one in what was not looked at.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, groupby, islice

from auditor.compare.merge import event_of
from auditor.config import LogConfig
from auditor.gather.log.plan import Plan
from auditor.stores.interface import LogRow, Snapshot, StreamRange
from checks.model.log import VersionGap

STREAMS_AT_ONCE = 500
ROWS_AT_ONCE = 500_000
"""Of a log, whose streams are asked before what was found is kept."""


def gaps_of(
    snapshot: Snapshot, log: LogConfig, made: Plan, passed: Callable[[int, str | None], None]
) -> Iterator[VersionGap]:
    """Every stream with a gap, of those that are looked at.

    ``passed`` is called whenever the streams up to one, as the database orders them, have all been asked, and the gaps
    in them were told: with how often it was called, and with that stream, at last with ``None``.
    """
    if made.after is not None and made.progress is None:
        yield from _decided(snapshot, log, _candidates(snapshot, log, made.carried.streams, made.after))
        return
    progress, told = made.progress, set[str]()
    if progress is not None and progress.has_asked and made.after is not None:
        for gap in _decided(snapshot, log, _candidates(snapshot, log, made.carried.streams, made.after)):
            told.add(gap.stream)
            yield gap
    if progress is not None and progress.asked_all:
        passed(0, None)
        return
    for number, within in enumerate(_ranges(snapshot, log, made, None if progress is None else progress.asked)):
        for gap in _decided(snapshot, log, snapshot.gap_streams(log, within=within)):
            if gap.stream not in told:
                yield gap
        passed(number, within.through)


def _ranges(snapshot: Snapshot, log: LogConfig, made: Plan, after: str | None) -> Iterator[StreamRange]:
    """All streams beyond one, in ranges that touch; in one where each would be a look at the whole log."""
    rows = 0 if made.sweep is None else made.sweep.total
    if rows > ROWS_AT_ONCE and snapshot.ranges_streams(log):
        for through in snapshot.stream_cuts(log, after, ROWS_AT_ONCE, rows):
            yield StreamRange(after, through)
            after = through
    yield StreamRange(after, None)


def _candidates(
    snapshot: Snapshot, log: LogConfig, known: Sequence[str], after: int
) -> Iterator[tuple[str | None, str]]:
    """Of the streams that had a gap before, and those that may have one in what is new."""
    streams = iter(dict.fromkeys(chain(known, snapshot.unpreceded_streams(log, after))))
    while some := list(islice(streams, STREAMS_AT_ONCE)):
        yield from snapshot.gap_streams(log, some)


def _decided(snapshot: Snapshot, log: LogConfig, candidates: Iterator[tuple[str | None, str]]) -> Iterator[VersionGap]:
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
