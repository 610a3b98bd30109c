"""The first look at a consumer without an inbox: its cursor is all there is, so only what lies beyond it is read.

What the cursor has passed is unverifiable, and counting it is enough; but for parked events, which are known.
"""

from collections.abc import Iterator

from auditor.compare.merge import Comparison, Merge, Terms
from auditor.gather.consumer.case import Case, in_batches
from auditor.identity import canonical_all
from auditor.reach import Reading
from auditor.stores.interface import ELIGIBLE, LogRow, Match, Snapshot


def compare_by_cursor(
    case: Case, log_side: Snapshot, side: Snapshot, terms: Terms, parked_match: Match | None, reading: Reading | None
) -> Comparison | None:
    """What a comparison row by row would say; ``None`` where that has to be asked."""
    cursor = _cursor(case, reading)
    log, match = case.log, terms.match
    if cursor is None or not log_side.never_repeats(log.table, [getattr(log, word) for word in match.words], log.where):
        return None
    merge = Merge(terms, case.scratch, lambda rows: case.observer.progress(rows, None))
    for row in log_side.unidentified(log, match, case.wanted):
        merge.take_unidentified(row)
    rows, wanted = log_side.counts_through(log, match, case.wanted, cursor)
    merge.comparison.produced += wanted
    merge.comparison.unseen += wanted
    merge.comparison.excluded += rows - wanted
    parked = case.consumer.parked
    if parked is not None and parked_match == match:
        for row in _parked_through(case, log_side, side, match, cursor):
            merge.park(row)
    return merge.run(
        log_side.events(log, match, case.wanted, after=cursor),
        (),
        side.parked(parked, match) if parked is not None and parked_match == match else (),
    )


def _cursor(case: Case, reading: Reading | None) -> int | None:
    """The one position that says how far the consumer is, where there is just one."""
    if case.streamed or case.consumer.inbox is not None or case.log.partition is not None or case.log.order:
        return None
    if reading is None or reading.streams or reading.several or not reading.bounds.get(None, ((), ()))[0]:
        return None
    return reading.bounds[None][0][-1]


def _parked_through(case: Case, log_side: Snapshot, side: Snapshot, match: Match, cursor: int) -> Iterator[LogRow]:
    """The wanted events at or below the cursor that were set aside, each once."""
    parked = case.consumer.parked
    identities = () if parked is None else (canonical_all(row.raw, match.kinds) for row in side.parked(parked, match))
    done: set[int | None] = set()
    for batch in in_batches(identities):
        some = set(batch)
        for row in log_side.find_events(case.log, match, list(some), case.wanted):
            is_named = row.raw is not None and canonical_all(row.raw, match.kinds) in some
            if is_named and row.scope == ELIGIBLE and (row.position or 0) <= cursor and row.position not in done:
                done.add(row.position)
                yield row
