"""A copy that a redelivery inserted in an outbox is the event that it is a copy of, whatever its position.

Where receipts are found by id, or by stream and version, that is so by itself. Where they are found by position, a copy
looks like another event: its consumer, which knows the id, takes one of the two and has no receipt of the other. So the
copies are put to their originals here, by what the log says of both beside the position: whoever has one of them has
the event, and whoever has none lacks one event. A copy is counted as a row that nobody wants.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from auditor.compare.again import Again
from auditor.compare.merge import Comparison
from auditor.gather.consumer.case import Case, in_batches
from auditor.gather.consumer.remainder import Remainder
from auditor.identity import Kind, canonical_all, joint
from auditor.stores.interface import ELIGIBLE, Identity, LogRow, Match, Snapshot

MOST_COPIES = 1_000_000
"""Rows that redeliveries inserted in one partition. Of more, the rest is compared as any other event."""


def settle_copies(
    case: Case, log_side: Snapshot, match: Match, again: Again, comparison: Comparison, remainder: Remainder | None
) -> None:
    """Set right what a comparison by position noted of copies and of their originals."""
    by = _told_by(case, log_side)
    if case.consumer.inbox is None or match.words[-1] != "position" or by is None:
        return
    for copies in in_batches(_copies(case, log_side, again)):
        for rows in _families(case, log_side, by, copies):
            _settle(case, comparison, rows, again, remainder)


def _settle(
    case: Case, comparison: Comparison, rows: Sequence[LogRow], again: Again, remainder: Remainder | None
) -> None:
    """All rows of one event, the lowest position first: who has one of them has it."""
    copies = [row for row in rows[1:] if again.copies.at(row.partition, row.position) and row.scope == ELIGIBLE]
    compared = [row for row in copies if remainder is None or remainder.covers(row.position)]
    absent = {row.position: number for row in compared if (number := _absence(case, row)) is not None}
    comparison.produced -= len(compared)
    comparison.excluded += len(compared)
    comparison.received -= len(compared) - len(absent)
    healed = list(absent.values())
    original = _absence(case, rows[0])
    if original is not None and len(absent) < len(copies):
        comparison.received += 1
        healed.append(original)
    case.scratch.heal(healed)


def _absence(case: Case, row: LogRow) -> int | None:
    """The number under which it was noted as one without a processed receipt; ``None``: it has one."""
    return None if row.position is None else case.scratch.absence_at(row.partition, row.position)


def _told_by(case: Case, log_side: Snapshot) -> Match | None:
    """By what a copy and its original are the same; ``None`` where the log names nothing but positions."""
    log = case.log
    in_stream = ("partition", "stream", "version") if log.partition else ("stream", "version")
    words = ("id",) if log.id else in_stream if log.stream and log.version else ()
    kinds = [_kind(log_side, log.table, getattr(log, word)) for word in words]
    return Match(words, tuple(kinds)) if words and Kind.OTHER not in kinds else None


def _kind(log_side: Snapshot, table: str, column: str) -> Kind:
    kind = log_side.kind(table, column)
    return joint(kind, kind) or Kind.OTHER


def _copies(case: Case, log_side: Snapshot, again: Again) -> Iterator[LogRow]:
    for partition, some in groupby(again.copies, key=lambda each: each.partition):
        spans = [(each.first, each.last) for each in some]
        yield from log_side.standing_in(case.log, partition, spans, MOST_COPIES)


def _families(case: Case, log_side: Snapshot, by: Match, copies: Sequence[LogRow]) -> Iterator[Sequence[LogRow]]:
    """Of each event that was copied all rows that the log has, whether wanted or not."""
    said = [[getattr(row, word) for word in by.words] for row in copies]
    families: dict[Identity, list[LogRow]] = {
        canonical_all(values, by.kinds): [] for values in said if None not in values
    }
    for row in log_side.find_events(case.log, by, list(families), case.wanted):
        if row.raw is not None and (rows := families.get(canonical_all(row.raw, by.kinds))) is not None:
            rows.append(row)
    return (sorted(rows, key=lambda row: row.position or 0) for rows in families.values() if rows)
