"""The first look: the log's snapshot is opened before the consumer's, whose cursor and inbox share one.

Both are compared by digests, or row by row where those have no ground. What has no receipt, or no event, is a
candidate and stands on the scratch paper.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from auditor.compare.again import Again
from auditor.compare.merge import Comparison, Merge, Terms, event_of
from auditor.compare.scratch import AbsenceNote
from auditor.config import ParkedConfig
from auditor.gather.consumer.case import Case, in_batches
from auditor.gather.consumer.copies import settle_copies
from auditor.gather.consumer.cursor_alone import compare_by_cursor
from auditor.gather.consumer.digested import ByDigest, Sides, compare_by_digest
from auditor.gather.consumer.earlier import count_crossed
from auditor.gather.consumer.matching import Matching, match_receipts, match_table
from auditor.gather.consumer.neighbours import rank
from auditor.gather.consumer.remainder import Remainder
from auditor.gather.consumer.remembered import count_receipts, keep_so_far, remainder_for, remembered, unmatched_types
from auditor.gather.horizon import MOST_HOLES
from auditor.identity import Kind, canonical, canonical_all
from auditor.memory import Verified
from auditor.moment import to_moment
from auditor.reach import Reach, Reading, parse_place, read_cursors
from auditor.stores.interface import Identity, LogRow, Match, Snapshot
from checks.model.event import Event
from checks.model.result import Extent

FURTHEST_HOLE = 10_000
"""So many positions below the head are looked at for empty ones by a run that does not audit the log itself."""
_TRANSACTION_WORDS = ("transaction", "txid", "xid", "tx_id")


@dataclass(slots=True)
class Seen:
    """What the first look left behind.

    ``recount``: how the same receipts are counted again, where the comparison left some out. ``remainder``: what it
    left out, ``verified``: what later runs may leave out; both ``None`` where rows were compared one by one.
    ``cursor_after``: how long after the log's clock the cursor was read. ``crossed``: see ``Cursor.crossed``.
    ``again``: what was sent again before the consumer's tables were read, or while they were. ``holes``: positions of
    the log at which no row stood, first and last, as far as such may still appear and anybody looked.
    """

    extents: Mapping[str | None, Extent]
    matching: Matching
    parked_match: Match | None
    reading: Reading | None
    comparison: Comparison
    log_now: datetime
    side_now: datetime
    at: float
    receipts: int = 0
    mark: str | None = None
    log_mark: str | None = None
    xmin: int | None = None
    sorted_by_transaction: bool = False
    unmatched_types: tuple[str, ...] = ()
    below_the_floor: tuple[bool, int] = (False, 0)
    recount: Callable[[Snapshot], int] | None = None
    remainder: Remainder | None = None
    verified: Verified | None = None
    cursor_after: timedelta = timedelta(0)
    crossed: Mapping[str | None, int] = field(default_factory=dict)
    again: Again = field(default_factory=Again)
    holes: tuple[tuple[int, int], ...] = ()

    @property
    def cursor_at(self) -> datetime:
        """When the cursor was read, on the clock of the log's store."""
        return self.log_now + self.cursor_after


def first_look(case: Case) -> Seen:
    """Log first, then the cursor and the inbox in one snapshot; then both are compared."""
    case.observer.phase(f"{case.consumer.name}: comparing with {case.log.name}")
    with case.log_store.snapshot() as log_side:
        log_now, began = log_side.clock(), time.monotonic()
        xmin = log_side.oldest_transaction() if case.log.order else None
        extents = log_side.extents(case.log)
        with case.store.snapshot() as side:
            at, side_now = time.monotonic(), side.clock()
            reading, again = _read_cursors(case, side, extents), case.sent_again()
            matching = match_receipts(log_side, side, case.log, case.consumer)
            parked_match = _parked_match(case, log_side, side)
            terms = replace(_terms(case, log_side, matching, reading, side_now), again=again)
            sides = Sides(case, log_side, side, matching, again)
            by_digest = _by_digest(sides, terms, reading, extents.get(None, Extent()), side_now)
            comparison = by_digest.comparison if by_digest is not None else None
            if comparison is None:
                comparison = compare_by_cursor(case, log_side, side, terms, parked_match, reading)
            if comparison is None:
                comparison = _merge(sides, terms, parked_match)
            seen = Seen(
                extents, matching, parked_match, reading, comparison, log_now, side_now, at,
                receipts=_count_receipts(sides, comparison, by_digest=by_digest is not None),
                recount=_recount(sides, by_digest),
                remainder=None if by_digest is None else by_digest.remainder,
                mark=side.mark(case.consumer_tables),
                log_mark=log_side.mark([case.log.table]),
                xmin=xmin,
                sorted_by_transaction=_sorted_by_transaction(case, log_side),
                unmatched_types=unmatched_types(sides, by_digest.remainder if by_digest is not None else None),
                below_the_floor=_below_the_floor(case, log_side, extents, reading),
                cursor_after=timedelta(seconds=at - began),
                crossed=count_crossed(case, log_side, reading),
                again=again,
                holes=_holes(case, log_side, extents.get(None, Extent())),
            )  # fmt: skip
            if by_digest or parked_match != matching.match:
                _find_parked(case, side, seen)
            case.scratch.find_inversions()
            if by_digest is not None:
                seen.verified = remembered(sides, by_digest, reading, extents.get(None, Extent()))
        if again.copies:
            settle_copies(case, log_side, seen.matching.match, again, comparison, seen.remainder)
        rank(case, log_side)
    return seen


def _holes(case: Case, log_side: Snapshot, extent: Extent) -> tuple[tuple[int, int], ...]:
    """Below the head, beyond what is proven to be settled: nothing to ask of a log to which nobody writes just now."""
    log, settlement = case.log, case.ground.settlement
    if not case.looks_for_holes or log.partition is not None or settlement.standby:
        return ()
    is_number = log_side.kind(log.table, log.position) is Kind.INTEGER
    if (
        extent.first is None
        or extent.last is None
        or not is_number
        or not log_side.is_indexed(log.table, log.position, {})
    ):
        return ()
    settled = case.ground.settled.get(None) if settlement.provable else None
    bounds = (settled, extent.first - 1, extent.last - FURTHEST_HOLE)
    after = max(bound for bound in bounds if bound is not None)
    return tuple(deque(log_side.holes_after(log, after), maxlen=MOST_HOLES)) if after < extent.last else ()


def _by_digest(
    sides: Sides, terms: Terms, reading: Reading | None, extent: Extent, side_now: datetime
) -> ByDigest | None:
    return compare_by_digest(
        sides,
        terms,
        side_now,
        lambda sides, recipe: remainder_for(sides, recipe, reading),
        lambda found: keep_so_far(sides, found, reading, extent),
    )


def _recount(sides: Sides, by_digest: ByDigest | None) -> Callable[[Snapshot], int] | None:
    """How receipts are counted again, where not all of them were; ``None`` where all were."""
    if by_digest is None or by_digest.remainder.is_everything:
        return None
    return lambda side: count_receipts(side, sides, by_digest)


def _read_cursors(case: Case, side: Snapshot, extents: Mapping[str | None, Extent]) -> Reading | None:
    cursor = case.consumer.cursor
    if cursor is None:
        return None
    if cursor.stream is None:
        return read_cursors(side.cursors(cursor), case.consumer, case.log, extents)
    reading = Reading(streams=True)
    for row in side.cursors(cursor):
        place = parse_place(row, cursor, case.consumer.store, 1)
        if row.scope is not None and place is not None:
            case.scratch.note_stream_cursor(str(canonical(row.scope, Kind.TEXT)), place[0])
            reading.rows[None] = 1
    return reading


def _parked_match(case: Case, log_side: Snapshot, side: Snapshot) -> Match | None:
    parked = case.consumer.parked
    return match_table(log_side, side, case.log, parked, case.consumer.store) if parked else None


def _terms(case: Case, log_side: Snapshot, matching: Matching, reading: Reading | None, side_now: datetime) -> Terms:
    log, inbox = case.log, case.consumer.inbox
    by_cursor = reading is not None and not reading.streams
    return Terms(
        match=matching.match,
        shared=matching.shared,
        ordered=inbox is not None and inbox.received is not None and log.stream is not None,
        sequenced=case.derived is not None,
        by_version=log.version is not None,
        seasoned_before=side_now - case.patience,
        uncharted_if=_uncharted(case, reading, log_side.clock()) if reading is not None and by_cursor else None,
        unseen_if=_unseen(case, reading) if reading is not None and by_cursor and inbox is None else None,
    )


def _count_receipts(sides: Sides, comparison: Comparison, *, by_digest: bool) -> int:
    """All that are this consumer's, also those without an identity, where there can be any."""
    inbox = sides.case.consumer.inbox
    if inbox is None:
        return 0
    names = (getattr(inbox, word) for word in sides.matching.match.words)
    if by_digest and all(sides.side.is_required(inbox.table, name) for name in names):
        return comparison.receipts
    return sides.side.count_receipts(inbox)


def _merge(sides: Sides, terms: Terms, parked_match: Match | None) -> Comparison:
    """Row by row."""
    case, log_side, side, match = sides.case, sides.log_side, sides.side, sides.matching.match
    log, inbox, parked = case.log, case.consumer.inbox, case.consumer.parked
    merge = Merge(terms, case.scratch, lambda rows: case.observer.progress(rows, None))
    for row in log_side.unidentified(log, match, case.wanted):
        merge.take_unidentified(row)
    return merge.run(
        log_side.events(log, match, case.wanted),
        side.receipts(inbox, match) if inbox else (),
        side.parked(parked, match) if parked and parked_match == match else (),
    )


def _unseen(case: Case, reading: Reading) -> Callable[[LogRow], bool]:
    reach = Reach(reading, {}, case.log.partition is not None)
    return lambda row: reach.past(row.partition, row.position, row.order) is True


def _uncharted(case: Case, reading: Reading, now: datetime) -> Callable[[LogRow], bool] | None:
    """Asked only where some cursor row is absent: a consumer that has all its rows pays nothing for it."""
    if reading.rows and case.cursor.partition is None:
        return None

    if case.log.time is None:
        return lambda row: row.partition not in reading.rows

    def is_old_and_uncharted(row: LogRow) -> bool:
        written = None if row.partition in reading.rows else to_moment(row.time)
        if written is None or now - written <= case.consumer.max_lag:
            return False
        appeared = case.late_commits.of(event_of(row), now, case.consumer.max_lag)
        return appeared is None or appeared.visible_for > case.consumer.max_lag

    return is_old_and_uncharted


def _sorted_by_transaction(case: Case, log_side: Snapshot) -> bool:
    """Whether the log's order begins with the writer's transaction id."""
    if not case.log.order:
        return False
    first = case.log.order[0]
    kind = log_side.kind(case.log.table, first)
    return kind is Kind.OTHER or any(word in first.lower() for word in _TRANSACTION_WORDS)


def _below_the_floor(
    case: Case, log_side: Snapshot, extents: Mapping[str | None, Extent], reading: Reading | None
) -> tuple[bool, int]:
    """Whether streams lack their first versions, and the longest hole: what tells a purge from unused positions.

    Asked only where it decides something: a log with a retention and a cursor below its floor.
    """
    log = case.log
    floors = [extent.first for extent in extents.values() if extent.first is not None]
    lowest = [low[-1] for low, _ in reading.bounds.values() if low] if reading is not None else []
    if log.retention is None or not floors or not lowest or min(lowest) + 1 >= max(floors):
        return False, 0
    longest = max((last - first + 1 for _, first, last in log_side.holes(log)), default=0)
    if not (log.stream and log.version):
        return False, longest
    unforgiving = log.model_copy(update={"retention": None})
    return next(log_side.gap_streams(unforgiving), None) is not None, longest


def _find_parked(case: Case, side: Snapshot, seen: Seen) -> None:
    """Where parked events were not merged with the receipts, they are looked up among the absences."""
    parked, match = case.consumer.parked, seen.parked_match
    if parked is None or match is None:
        return
    for batch in in_batches(case.scratch.absences()):
        case.scratch.mark_parked(parked_among(side, parked, match, batch))


def parked_among(side: Snapshot, parked: ParkedConfig, match: Match, notes: Iterable[AbsenceNote]) -> list[int]:
    """The numbers of those notes whose event stands among the parked ones."""
    by_identity = {identity: note.number for note in notes if (identity := identity_by(note.event, match))}
    found = (canonical_all(row.raw, match.kinds) for row in side.find_parked(parked, match, list(by_identity)))
    return [by_identity[identity] for identity in found if identity in by_identity]


def identity_by(event: Event, match: Match) -> Identity | None:
    """By what an event is matched; ``None`` where some of it is not known."""
    values = [getattr(event, word) for word in match.words]
    return None if None in values else canonical_all(values, match.kinds)
