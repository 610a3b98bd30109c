"""The evidence about one consumer: a first look at both sides, a second at what is in doubt, a third after waiting.

1. First look: the log's snapshot is opened before the consumer's, and the cursor and the inbox share one snapshot.
   Both are streamed and merged. What has no receipt, or no event, is a candidate.
2. Second look: receipts without an event are looked up in the whole log, and the heads are read again, in a snapshot
   younger than the consumer's; events without a receipt are looked up at the consumer, in a snapshot younger than
   the log's. What is found there was merely under way.
3. Third look: where nothing shows that an absence has lasted ``grace``, that time is waited for.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from auditor.compare import Comparison, Merge, Terms, differing, event_of
from auditor.config import ConsumerConfig, CursorConfig, LogConfig, ParkedConfig
from auditor.gather.log import Rereadable
from auditor.gather.matching import Matching, match_receipts, match_table
from auditor.gather.settled import Ground, window
from auditor.identity import Kind, canonical_all, fold
from auditor.observer import Observer
from auditor.reach import Reach, Reading, highest_places, parse_place, read_cursors
from auditor.scratch import AbsenceNote, Scratch
from auditor.stores.interface import Identity, LogRow, Match, Snapshot, Store
from checks.accounting import standing
from checks.model.consumer import Absence, ConsumerEvidence, Cursor, Inversion, Means, Standing
from checks.model.event import Event
from checks.model.result import Extent

AT_ONCE = 1_000
"""Identities looked up by one query."""
_TRANSACTION_WORDS = ("transaction", "txid", "xid", "tx_id")
Item = TypeVar("Item")


@dataclass(slots=True)
class _Seen:
    """What the first look left behind."""

    extents: Mapping[str | None, Extent]
    matching: Matching
    parked_match: Match | None
    reading: Reading | None
    comparison: Comparison
    log_now: datetime
    side_now: datetime
    at: float
    receipts: int = 0
    xmin: int | None = None
    sorted_by_transaction: bool = False
    unmatched_types: tuple[str, ...] = ()
    below_the_floor: tuple[bool, int] = (False, 0)


@dataclass(slots=True)
class _Second:
    """What the later looks found."""

    heads: Mapping[str | None, int | None] = field(default_factory=dict)
    head_order: tuple[int, ...] | None = None
    highest_drawn: int | None = None
    in_flight: tuple[str, ...] = ()
    behind: str | None = None
    standby: bool = False
    done: bool = False


class Inquiry:
    """The gathering of evidence about one consumer, from the first look to the evidence itself."""

    def __init__(
        self,
        consumer: ConsumerConfig,
        log: LogConfig,
        stores: tuple[Store, Store],
        ground: Ground,
        *,
        observer: Observer,
        sleep: Callable[[float], None],
        sample_limit: int | None,
    ) -> None:
        self.consumer, self.log = consumer, log
        self._log_store, self._store = stores
        self._ground = ground
        self._observer = observer
        self._sleep = sleep
        self._sample_limit = sample_limit
        self._scratch = Scratch()
        self._second = _Second()
        self._undecided = 0
        self._seen: _Seen | None = None

    def close(self) -> None:
        """Throw the scratch paper away."""
        self._scratch.close()

    @property
    def seen(self) -> _Seen:
        """What the first look saw; it must have taken place."""
        if self._seen is None:
            raise RuntimeError("the first look has not taken place")
        return self._seen

    @property
    def patience(self) -> timedelta:
        """How long an absence must have lasted: ``grace``, or ``max_lag`` where the cursor says delivered only."""
        cursor = self.consumer.cursor
        delivered = cursor is not None and cursor.means is Means.DELIVERED
        return self.consumer.max_lag if delivered else self.consumer.grace

    # -- first look --------------------------------------------------------------------------------------------

    def first_look(self) -> None:
        """Log first, then the cursor and the inbox in one snapshot; both streamed and merged."""
        self._observer.phase(f"{self.consumer.name}: comparing with {self.log.name}")
        self._ask_whether_behind()
        with self._log_store.snapshot() as log_side:
            log_now, xmin = log_side.clock(), log_side.oldest_transaction() if self.log.order else None
            extents = log_side.extents(self.log)
            with self._store.snapshot() as side:
                at, side_now = time.monotonic(), side.clock()
                reading = self._read_cursors(side)
                matching = match_receipts(log_side, side, self.log, self.consumer)
                parked_match = self._parked_match(log_side, side)
                comparison = self._merge(log_side, side, matching, parked_match, reading, side_now)
                inbox = self.consumer.inbox
                self._seen = _Seen(
                    extents, matching, parked_match, reading, comparison, log_now, side_now, at,
                    receipts=side.count_receipts(inbox) if inbox else 0,
                    xmin=xmin,
                    sorted_by_transaction=self._sorted_by_transaction(log_side),
                    unmatched_types=log_side.unmatched_types(self.log, self.consumer.types or ()),
                    below_the_floor=self._below_the_floor(log_side, extents, reading),
                )  # fmt: skip
                self._find_parked(side)
        self._second.heads = {partition: extent.last for partition, extent in extents.items()}

    def _ask_whether_behind(self) -> None:
        """Before each look, since what is replayed after it may be what it lacked. One look that lacks is enough."""
        self._second.behind = self._second.behind or self._store.behind(self._sleep)

    def _read_cursors(self, side: Snapshot) -> Reading | None:
        cursor = self.consumer.cursor
        if cursor is None:
            return None
        if cursor.stream is None:
            return read_cursors(side.cursors(cursor), self.consumer, self.log)
        reading = Reading(streams=True)
        for row in side.cursors(cursor):
            place = parse_place(row, cursor, self.consumer.store, 1)
            if row.scope is not None and place is not None:
                self._scratch.note_stream_cursor(fold(row.scope), place[0])
                reading.rows[None] = 1
        return reading

    def _parked_match(self, log_side: Snapshot, side: Snapshot) -> Match | None:
        parked = self.consumer.parked
        return match_table(log_side, side, self.log, parked, self.consumer.store) if parked else None

    def _merge(
        self,
        log_side: Snapshot,
        side: Snapshot,
        matching: Matching,
        parked_match: Match | None,
        reading: Reading | None,
        side_now: datetime,
    ) -> Comparison:
        consumer, log, match = self.consumer, self.log, matching.match
        start = self._start
        inbox, parked = consumer.inbox, consumer.parked
        terms = Terms(
            match=match,
            shared=matching.shared,
            ordered=inbox is not None and inbox.received is not None and log.stream is not None,
            seasoned_before=side_now - self.patience,
            unseen_if=None if inbox or reading is None or reading.streams else self._unseen(reading),
        )
        merge = Merge(terms, self._scratch, lambda rows: self._observer.progress(rows, None))
        for row in log_side.unidentified(log, match, consumer.types, start):
            merge.take_unidentified(row)
        return merge.run(
            log_side.events(log, match, consumer.types, start),
            side.receipts(inbox, match) if inbox else (),
            side.parked(parked, match) if parked and parked_match == match else (),
        )

    def _unseen(self, reading: Reading) -> Callable[[LogRow], bool]:
        reach = Reach(reading, {}, self.log.partition is not None)
        return lambda row: reach.past(row.partition, row.position, row.order) is True

    def _sorted_by_transaction(self, log_side: Snapshot) -> bool:
        """Whether the log's order begins with the writer's transaction id."""
        if not self.log.order:
            return False
        first = self.log.order[0]
        kind = log_side.kind(self.log.table, first)
        return kind is Kind.OTHER or any(word in first.lower() for word in _TRANSACTION_WORDS)

    def _below_the_floor(
        self, log_side: Snapshot, extents: Mapping[str | None, Extent], reading: Reading | None
    ) -> tuple[bool, int]:
        """Whether streams lack their first versions, and the longest hole: what tells a purge from unused positions.

        Asked only where it decides something: a log with a retention and a cursor below its floor.
        """
        log = self.log
        floors = [extent.first for extent in extents.values() if extent.first is not None]
        lowest = [low[-1] for low, _ in reading.bounds.values()] if reading is not None else []
        if log.retention is None or not floors or not lowest or min(lowest) + 1 >= max(floors):
            return False, 0
        longest = max((last - first + 1 for _, first, last in log_side.holes(log)), default=0)
        if not (log.stream and log.version):
            return False, longest
        unforgiving = log.model_copy(update={"retention": None})
        return next(log_side.gap_streams(unforgiving), None) is not None, longest

    def _find_parked(self, side: Snapshot) -> None:
        """Where parked events are named in another way than receipts, they are looked up among the absences."""
        parked, match = self.consumer.parked, self.seen.parked_match
        if parked is None or match is None or match == self.seen.matching.match:
            return
        for batch in _batches(self._scratch.absences()):
            self._scratch.mark_parked(self._parked_among(side, parked, match, batch))

    def _parked_among(
        self, side: Snapshot, parked: ParkedConfig, match: Match, notes: Iterable[AbsenceNote]
    ) -> list[int]:
        by_identity = {identity: note.number for note in notes if (identity := _identity_of(note.event, match))}
        found = (
            canonical_all(row.raw, match.kinds) for row in side.find_parked(parked, match, list(by_identity))
        )
        return [by_identity[identity] for identity in found if identity in by_identity]

    # -- second look -------------------------------------------------------------------------------------------

    def second_look(self) -> None:
        """Look again at whatever the first look would hold against the consumer or the log."""
        self._second.done = True
        self._second.standby = self._log_store.is_standby()
        self._look_at_the_log()
        self._look_at_the_consumer()

    def _look_at_the_log(self) -> None:
        """For strangers, conflicts and cursors ahead: the whole log, in a snapshot younger than the consumer's."""
        second = self._second
        self._read_heads()
        if not self._doubts_the_log():
            return
        with self._log_store.snapshot() as snapshot:
            self._settle_strangers(snapshot)
            self._settle_conflicts(snapshot)
        if self._doubts_the_log():
            writers = self._log_store.writers(self.log, self._sleep)
            second.in_flight = tuple(writer.describe() for writer in writers)
            with self._log_store.snapshot() as snapshot:
                self._settle_strangers(snapshot)
                self._settle_conflicts(snapshot)
            self._read_heads()
        second.highest_drawn = self._log_store.highest_drawn(self.log)

    def _read_heads(self) -> None:
        reading = self.seen.reading
        with self._log_store.snapshot() as snapshot:
            extents = snapshot.extents(self.log)
            self._second.heads = {partition: extent.last for partition, extent in extents.items()}
            if self.log.order:
                self._second.head_order = snapshot.head_order(self.log)
            if reading is not None and reading.streams:
                for stream, version in snapshot.stream_heads(self.log):
                    self._scratch.note_stream_head(fold(stream), version)

    def _doubts_the_log(self) -> bool:
        strange = next(self._scratch.stranger_identities(), None) or next(self._scratch.conflict_identities(), None)
        return strange is not None or any(_is_ahead(cursor) for cursor in self._cursors())

    def _settle_strangers(self, snapshot: Snapshot) -> None:
        match = self.seen.matching.match
        for batch in _batches(self._scratch.stranger_identities()):
            rows = snapshot.find_events(self.log, match, [identity for _, identity in batch])
            there = {canonical_all(row.raw or (), match.kinds) for row in rows}
            self._scratch.drop_strangers(number for number, identity in batch if identity in there)

    def _settle_conflicts(self, snapshot: Snapshot) -> None:
        """A conflict is dropped where some row of that identity agrees with the receipt after all."""
        matching = self.seen.matching
        for batch in _batches(self._scratch.conflict_identities()):
            rows: dict[Identity, list[Event]] = {}
            for row in snapshot.find_events(self.log, matching.match, [identity for _, identity, _ in batch]):
                rows.setdefault(canonical_all(row.raw or (), matching.match.kinds), []).append(event_of(row))
            agreeing = (
                number
                for number, identity, receipt in batch
                if any(not differing(event, receipt, matching.shared) for event in rows.get(identity, ()))
            )
            self._scratch.drop_conflicts(list(agreeing))

    def _look_at_the_consumer(self) -> None:
        """For events without a receipt: by identity, without bounds, in a snapshot younger than the log's."""
        if next(self._candidates(), None) is None:
            return
        self._ask_whether_behind()
        with self._store.snapshot() as side:
            later = self._read_again(side)
            with self._log_store.snapshot() as log_side:
                for batch in _batches(self._candidates()):
                    absent = self._in_the_log(log_side, self._without_receipt(side, batch))
                    self._undecided += self._mark_lasted(absent, lambda note: self._shown_to_last(note, later))

    def _candidates(self) -> Iterator[AbsenceNote]:
        """The absences that would count as missing."""
        evidence = self.evidence()
        accusing = (Standing.MISSING, Standing.BACKFILL_INCOMPLETE)
        for note in self._scratch.absences():
            if note.lasted is None and standing(self._absence(note), evidence) in accusing:
                yield note

    def _without_receipt(self, side: Snapshot, notes: list[AbsenceNote]) -> list[AbsenceNote]:
        """Those of the notes for which the consumer has no trace now, either; the others are set right."""
        inbox, match = self.consumer.inbox, self.seen.matching.match
        if inbox is None:
            return []
        by_identity = {note.identity: note for note in notes if note.identity is not None}
        found: dict[Identity, bool] = {}
        for row in side.find_receipts(inbox, match, list(by_identity)):
            identity = canonical_all(row.raw, match.kinds)
            if identity in by_identity:
                found[identity] = row.done or found.get(identity, False)
        for note in (by_identity[identity] for identity, done in found.items() if done):
            self.seen.comparison.received += 1
            self.seen.comparison.reach(note.event.partition, note.event.position, note.ordering)
        self._scratch.heal(by_identity[identity].number for identity, done in found.items() if done)
        self._scratch.mark_received(by_identity[identity].number for identity, done in found.items() if not done)
        absent = [note for identity, note in by_identity.items() if identity not in found]
        parked, parked_match = self.consumer.parked, self.seen.parked_match
        if parked is None or parked_match is None:
            return absent
        aside = set(self._parked_among(side, parked, parked_match, absent))
        self._scratch.mark_parked(aside)
        return [note for note in absent if note.number not in aside]

    def _in_the_log(self, log_side: Snapshot, notes: list[AbsenceNote]) -> list[AbsenceNote]:
        """Those of the notes whose event is still there; the others are marked as gone.

        By position, which the log writes in one way only: an event that is merely written oddly is not gone.
        """
        by_position = Match(("position",), (Kind.INTEGER,))
        wanted = [(note.event.position,) for note in notes if note.event.position is not None]
        there = {(row.partition, row.position) for row in log_side.find_events(self.log, by_position, wanted)}
        self._scratch.mark_gone(n.number for n in notes if (n.event.partition, n.event.position) not in there)
        return [note for note in notes if (note.event.partition, note.event.position) in there]

    def _read_again(self, side: Snapshot) -> Reading | int:
        """The cursor once more, or without one the number of receipts: has the consumer moved since?"""
        if self.seen.reading is not None and not self.seen.reading.streams:
            return read_cursors(side.cursors(self._cursor_config), self.consumer, self.log)
        return side.count_receipts(self.consumer.inbox) if self.consumer.inbox else 0

    def _shown_to_last(self, note: AbsenceNote, later: Reading | int) -> str | None:
        """What shows that the cursor has been past an event for long enough without a receipt, if anything does.

        An event's age alone does not: a consumer that catches up passes old events just now. So it counts only where
        the consumer did not move between the two looks.
        """
        seen, patience = self.seen, self.patience
        if patience <= timedelta(0):
            return "cursor and receipts are written in one transaction (grace = 0)"
        position, partition = note.event.position, note.event.partition
        seasoned = seen.comparison.seasoned.get(partition)
        if position is not None and seasoned is not None and position < seasoned:
            return "a later event was received longer than grace ago"
        age = self._age(note.event)
        if age is not None and age > patience and not self._moved(later, partition):
            return "the event is older than grace, and the consumer did not move between two looks"
        if time.monotonic() - seen.at >= patience.total_seconds():
            return "it was still absent when grace had passed"
        return None

    def _moved(self, later: Reading | int, partition: str | None) -> bool:
        if isinstance(later, Reading):
            return self.seen.reading is None or self.seen.reading.moved(later, partition)
        return later != self.seen.receipts

    def _mark_lasted(self, notes: Iterable[AbsenceNote], shown: Callable[[AbsenceNote], str | None]) -> int:
        """Note what shows that absences have lasted; returns for how many nothing does."""
        undecided = 0
        reasons: dict[str, list[int]] = {}
        for note in notes:
            reason = shown(note)
            if reason is None:
                undecided += 1
            else:
                reasons.setdefault(reason, []).append(note.number)
        for reason, numbers in reasons.items():
            self._scratch.mark_lasted(numbers, reason)
        return undecided

    # -- third look --------------------------------------------------------------------------------------------

    def seconds_until_due(self) -> float | None:
        """How long until a third look decides what is still open; ``None`` where nothing is, or waiting is no use.

        ``grace`` is waited for; ``max_lag``, which decides for delivered cursors, is left to later runs.
        """
        if not self._undecided or self.patience > self.consumer.grace:
            return None
        return max(0.0, self.seen.at + self.patience.total_seconds() - time.monotonic())

    def third_look(self) -> None:
        """After ``grace``: what still has no receipt is missing."""
        self._ask_whether_behind()
        with self._store.snapshot() as side:
            for batch in _batches(self._candidates()):
                absent = self._without_receipt(side, batch)
                self._mark_lasted(absent, lambda _: "it was still absent when grace had passed")

    # -- evidence ----------------------------------------------------------------------------------------------

    def evidence(self) -> ConsumerEvidence:
        """What the checks judge, as known by now. Good until :meth:`close`."""
        seen, second, consumer, log = self.seen, self._second, self.consumer, self.log
        comparison, inbox = seen.comparison, consumer.inbox
        return ConsumerEvidence(
            name=consumer.name,
            upstream=log.name,
            now=seen.log_now,
            window=window(log, seen.extents, self._ground, self._start),
            settlement=self._ground.settlement,
            produced=comparison.produced,
            received=comparison.received,
            excluded=comparison.excluded,
            unseen=comparison.unseen,
            absences=Rereadable(lambda: (self._absence(note) for note in self._scratch.absences())),
            repeats=Rereadable(self._scratch.repeats),
            inversions=Rereadable(lambda: inversions(self._scratch, comparison.sequenced)),
            strangers=Rereadable(lambda: self._scratch.strangers(seen.side_now)),
            conflicts=Rereadable(self._scratch.conflicts),
            cursors=self._cursors() if consumer.cursor else None,
            cursor_rows_disagree=self._rows_disagree(),
            means=consumer.cursor.means if consumer.cursor else Means.LAST_PROCESSED,
            has_inbox=inbox is not None,
            has_parked=consumer.parked is not None,
            has_done=inbox is not None and inbox.done is not None,
            has_time=log.time is not None,
            has_receipt_time=comparison.sequenced is False,
            has_receipt_order=inbox is not None and inbox.received is not None,
            has_streams=log.stream is not None,
            shared_columns=tuple(word for word, _ in seen.matching.shared),
            receipts_are_sequenced=comparison.sequenced,
            confirmed_reads=second.done,
            in_flight=second.in_flight,
            log_on_standby=second.standby or self._ground.settlement.standby,
            inbox_behind=second.behind,
            streams_begin_late=seen.below_the_floor[0],
            longest_hole=seen.below_the_floor[1],
            start_declared=consumer.start is not None,
            start=self._start,
            gapless=log.gapless,
            log_retention=log.retention,
            inbox_retention=inbox.retention if inbox else None,
            max_lag=consumer.max_lag,
            grace=consumer.grace,
            settle=log.settle,
            idempotent=consumer.idempotent,
            ordered=consumer.ordered,
            sample_limit=self._sample_limit,
            unmatched_types=seen.unmatched_types,
            unidentified_receipts=seen.receipts - comparison.receipts if inbox else 0,
            uncovered=self._uncovered(),
        )

    @property
    def _start(self) -> int | None:
        return self.consumer.start if isinstance(self.consumer.start, int) else None

    def _age(self, event: Event) -> timedelta | None:
        """On the log store's clock, at the first look. A time ahead of that clock is no evidence of age."""
        age = None if event.time is None else self.seen.log_now - event.time
        return None if age is None or age < timedelta(0) else age

    def _absence(self, note: AbsenceNote) -> Absence:
        seen, event = self.seen, note.event
        lowest = seen.comparison.lowest.get(event.partition)
        past = self._reach().past(event.partition, event.position, note.ordering, event.version, note.stream_cursor)
        held_back = seen.sorted_by_transaction and seen.xmin is not None and note.ordering is not None
        return Absence(
            event=event,
            rank=note.rank,
            past=past,
            age=self._age(event),
            identified=note.identity is not None,
            parked=note.parked,
            received=note.received,
            receipt_age=None if note.received_at is None else seen.side_now - note.received_at,
            held_back=held_back and note.ordering is not None and note.ordering[0] >= (seen.xmin or 0),
            before_first_receipt=lowest is None or event.position is None or event.position < lowest,
            gone=note.gone,
            lasted=note.lasted,
        )

    def _reach(self) -> Reach:
        """Without a cursor, or where its row is absent, the highest position received decides."""
        seen = self.seen
        frontier = highest_places(seen.comparison.highest, seen.comparison.highest_order, self.log.order)
        without = seen.reading is None or (not seen.reading.rows and self.consumer.inbox is not None)
        return Reach(None if without else seen.reading, frontier, self.log.partition is not None)

    def _rows_disagree(self) -> bool:
        reading = self.seen.reading
        if reading is None:
            return False
        return self._scratch.stream_cursor_counts()[1] > 0 if reading.streams else reading.several

    def _uncovered(self) -> tuple[str | None, ...]:
        """Partitions of which nothing was received although the cursor has passed something in them."""
        if self.consumer.inbox is None or self.consumer.start is not None:
            return ()
        reach, lowest = self._reach(), self.seen.comparison.lowest
        floors = {partition: extent.first for partition, extent in self.seen.extents.items()}
        if reach.cursor is None or reach.cursor.streams or self.log.order:
            return () if lowest or not floors else tuple(floors)
        return tuple(p for p, floor in floors.items() if p not in lowest and reach.past(p, floor, None) is not False)

    def _cursors(self) -> tuple[Cursor, ...]:
        reading = self.seen.reading
        if reading is None:
            return ()
        if reading.streams:
            return self._stream_cursors(reading)
        partitions = self._cursor_config.partition is not None
        scopes: set[str | None] = set(reading.rows) | (set(self.seen.extents) if partitions else {None})
        return tuple(self._cursor(reading, scope) for scope in sorted(scopes, key=lambda scope: scope or ""))

    def _cursor(self, reading: Reading, scope: str | None) -> Cursor:
        _, high = reading.bounds.get(scope, (None, None))
        extent = self.seen.extents.get(scope, Extent())
        composite = high is not None and len(high) > 1
        return Cursor(
            position=None if high is None else high[-1],
            partition=scope,
            order=high if composite else None,
            absent=scope not in reading.rows,
            head=self._second.heads.get(scope),
            head_order=self._second.head_order if composite else None,
            highest_drawn=self._second.highest_drawn,
            floor=extent.first,
        )

    def _stream_cursors(self, reading: Reading) -> tuple[Cursor, ...]:
        """Only those that are ahead of their stream: there may be as many cursors as streams."""
        if not reading.rows:
            return (Cursor(position=None, absent=True),)
        if not self._second.done:
            return ()
        ahead = islice(self._scratch.stream_cursors_ahead(), self._sample_limit)
        return tuple(Cursor(position=cursor, stream=stream, head=head) for stream, cursor, head in ahead)

    @property
    def _cursor_config(self) -> CursorConfig:
        if self.consumer.cursor is None:
            raise RuntimeError(f"{self.consumer.name} has no cursor")
        return self.consumer.cursor


def inversions(scratch: Scratch, sequenced: bool | None) -> Iterator[Inversion]:
    """Events received after a later event of their stream."""
    for event, rank, overtaken_by, later in scratch.overtaken():
        apart = None if sequenced else timedelta(microseconds=later)
        yield Inversion(event=event, rank=rank, overtaken_by=overtaken_by, apart=apart)


def _identity_of(event: Event, match: Match) -> Identity | None:
    values = [getattr(event, word) for word in match.words]
    return None if None in values else canonical_all(values, match.kinds)


def _is_ahead(cursor: Cursor) -> bool:
    if cursor.position is None:
        return False
    if cursor.order is not None:
        return cursor.head_order is None or cursor.order > cursor.head_order
    return cursor.head is None or cursor.position > cursor.head


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch
