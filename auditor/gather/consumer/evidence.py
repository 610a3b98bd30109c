"""From what was seen to what the checks judge."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from auditor.compare.scratch import AbsenceNote, Scratch
from auditor.gather.consumer.case import Case
from auditor.gather.consumer.earlier import Earlier
from auditor.gather.consumer.first_look import Seen
from auditor.gather.consumer.remainder import window_of
from auditor.gather.consumer.remembered import coverage
from auditor.gather.log.recollection import Place, place_of
from auditor.gather.rereadable import Rereadable
from auditor.gather.settled import window
from auditor.reach import NOTHING, Reach, Reading, highest_places
from checks.derivation import proving_nothing
from checks.model.consumer import Absence, ConsumerEvidence, Cursor, Inversion, Means
from checks.model.derived import DerivedEvidence, Remains
from checks.model.event import Event
from checks.model.result import Coverage, Extent
from checks.progress import Reached


@dataclass(slots=True)
class Later:
    """What the later looks found. ``remains``: of an outbox that stands here for a consumer."""

    heads: Mapping[str | None, int | None] = field(default_factory=dict)
    head_order: tuple[int, ...] | None = None
    highest_drawn: int | None = None
    in_flight: tuple[str, ...] = ()
    behind: str | None = None
    standby: bool = False
    reappeared: frozenset[str | None] = frozenset()
    done: bool = False
    marks: Mapping[Place, bool] = field(default_factory=dict)
    remains: Mapping[str | None, Remains] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a case: what the first look saw, what later looks add to it, and what earlier runs left."""

    case: Case
    seen: Seen
    later: Later
    earlier: Earlier

    def evidence(self) -> ConsumerEvidence:
        """What the checks judge, as known by now. Good until :meth:`close`."""
        seen, second, consumer, log = self.seen, self.later, self.case.consumer, self.case.log
        comparison, inbox = seen.comparison, consumer.inbox
        rows, agreed = self._left_out()
        return ConsumerEvidence(
            name=consumer.name,
            upstream=log.name,
            now=seen.log_now,
            window=window(log, self._looked_at(), self.case.ground, self.case.start),
            settlement=self.case.ground.settlement,
            produced=comparison.produced + agreed,
            received=comparison.received + agreed,
            excluded=comparison.excluded + rows - agreed,
            unseen=comparison.unseen,
            uncharted=dict(comparison.uncharted),
            highest_received=dict(comparison.highest),
            absences=Rereadable(lambda: (absence for _, absence in self.absences())),
            repeats=Rereadable(self.case.scratch.repeats),
            inversions=Rereadable(lambda: inversions(self.case.scratch, sequenced=comparison.sequenced)),
            strangers=Rereadable(lambda: self.case.scratch.strangers(seen.side_now, seen.extents)),
            conflicts=Rereadable(self.case.scratch.conflicts),
            cursors=self.cursors() if consumer.cursor else None,
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
            log_on_standby=second.standby or self.case.ground.settlement.standby,
            inbox_behind=second.behind,
            streams_begin_late=seen.below_the_floor[0],
            longest_hole=seen.below_the_floor[1],
            start_declared=consumer.start is not None,
            start=self.case.start,
            gapless=log.gapless,
            log_retention=log.retention,
            log_lets_go=log.sent is not None,
            inbox_retention=inbox.retention if inbox else None,
            max_lag=consumer.max_lag,
            grace=consumer.grace,
            settle=log.settle,
            idempotent=consumer.idempotent,
            ordered=consumer.ordered,
            sample_limit=self.case.sample_limit,
            unmatched_types=seen.unmatched_types,
            unidentified_receipts=seen.receipts - comparison.receipts if inbox else 0,
            uncovered=self._uncovered(),
            previous=self.earlier.before(),
            cursor_by_stream=consumer.cursor is not None and consumer.cursor.stream is not None,
            sent_again=tuple(seen.again.sent),
        )

    def _looked_at(self) -> Mapping[str | None, Extent]:
        """Where the log begins and ends, without what earlier runs verified at its beginning."""
        remainder, extents = self.seen.remainder, self.seen.extents
        if remainder is None or remainder.is_everything:
            return extents
        return {partition: window_of(remainder, extent) for partition, extent in extents.items()}

    def _left_out(self) -> tuple[int, int]:
        """Rows and events in the window that earlier runs found to agree, and this one did not look at."""
        remainder, floor = self.seen.remainder, self.seen.extents.get(None, Extent()).first
        return (0, 0) if remainder is None else remainder.within_window(floor)

    def reached(self) -> Reached | None:
        """How many events of the whole log it has, and should have; ``None`` where no start is declared, or no inbox.

        What earlier runs verified is counted in, though it may lie below the window.
        """
        consumer, comparison, remainder = self.case.consumer, self.seen.comparison, self.seen.remainder
        if consumer.start is None or consumer.inbox is None:
            return None
        verified = 0 if remainder is None else remainder.events_left_out
        received, eligible = comparison.received + verified, comparison.produced + verified
        return Reached(received=received, eligible=eligible, at=self.seen.log_now)

    def reached_before(self) -> Reached | None:
        """The same, as the run before saw it."""
        before = self.case.before
        if before is None or before.reached is None:
            return None
        received, eligible = before.reached
        return Reached(received=received, eligible=eligible, at=before.at)

    def coverage(self) -> Coverage | None:
        """What earlier runs verified and this one did not look at; ``None``: it looked at everything."""
        remainder, floor = self.seen.remainder, self.seen.extents.get(None, Extent()).first
        return None if remainder is None else coverage(remainder, floor, self.case.ground.settlement.how)

    def age(self, event: Event) -> timedelta | None:
        """On the log store's clock, at the first look. A time ahead of that clock is no evidence of age."""
        return self._age(event, self.earlier.seen_for(event))

    def _age(self, event: Event, seen_for: timedelta | None) -> timedelta | None:
        """``seen_for``: how long ago it was seen first. It is as old as that, though its time was yet to come then."""
        age = None if event.time is None else self.seen.log_now - event.time
        return None if age is None or age < timedelta(0) else max(age, seen_for or age)

    def absences(self) -> Iterator[tuple[AbsenceNote, Absence]]:
        """The notes from the scratch paper, each also as the checks read it."""
        reach = self.reach()
        return ((note, self._absence(note, reach)) for note in self.case.scratch.absences())

    def _absence(self, note: AbsenceNote, reach: Reach) -> Absence:
        seen, event = self.seen, note.event
        seen_for = self.earlier.seen_for(event)
        lowest = seen.comparison.lowest.get(event.partition)
        past = reach.past(event.partition, event.position, note.ordering, event.version, note.stream_cursor)
        oldest = seen.xmin if seen.sorted_by_transaction else None
        held_back = oldest is not None and note.ordering is not None and note.ordering[0] >= oldest
        return Absence(
            event=event,
            rank=note.rank,
            past=False if held_back and past else past,
            age=self._age(event, seen_for),
            appeared=self.case.late_commits.of(event, seen.log_now, self.case.consumer.max_lag),
            seen_for=seen_for,
            crossed=bool(past) and not held_back and self.earlier.saw_it_ahead(note),
            identified=note.identity is not None,
            parked=note.parked,
            received=note.received,
            receipt_age=None if note.received_at is None else seen.side_now - note.received_at,
            held_back=held_back,
            before_first_receipt=lowest is None or event.position is None or event.position < lowest,
            gone=note.gone,
            lasted=note.lasted,
            marked_sent=None if event.position is None else self.later.marks.get(place_of(event)),
            sent_again=seen.again.last(event.partition, event.position),
        )

    def proves_nothing(self, evidence: ConsumerEvidence) -> Callable[[Absence], bool]:
        """A derived log may have no row of an event, or none any more, without any fault."""
        log = self.case.derived
        if log is None:
            return lambda _: False
        one_each, remains = log.per_event == "one", self.later.remains
        return proving_nothing(DerivedEvidence(follower=evidence, one_each=one_each, remains=remains))

    def reach(self, reading: Reading | None = None) -> Reach:
        """How far the consumer is, by the first look's cursor or a later one's. Without a row, receipts decide."""
        seen = self.seen
        reading = reading or seen.reading
        frontier = highest_places(seen.comparison.highest, seen.comparison.highest_order, self.case.log.order)
        without = reading is None or (not reading.rows and self.case.consumer.inbox is not None)
        return Reach(None if without else reading, frontier, self.case.log.partition is not None)

    @property
    def _cursor_is_too_coarse(self) -> bool:
        """One cursor for a log whose positions are counted per partition."""
        cursor = self.case.consumer.cursor
        scoped = cursor is None or cursor.partition is not None or cursor.stream is not None
        return self.case.log.partition is not None and not scoped

    def _rows_disagree(self) -> bool:
        reading = self.seen.reading
        if reading is None:
            return False
        if reading.streams:
            return self.case.scratch.stream_cursor_counts()[1] > 0
        return reading.several or self._cursor_is_too_coarse

    def _uncovered(self) -> tuple[str | None, ...]:
        """Partitions of which nothing was received although the cursor has passed something in them."""
        if self.case.consumer.inbox is None or self.case.consumer.start is not None:
            return ()
        reach, lowest = self.reach(), self.seen.comparison.lowest
        floors = {partition: extent.first for partition, extent in self.seen.extents.items()}
        if reach.cursor is None or reach.cursor.streams:
            return () if lowest or not floors else tuple(floors)
        if self.case.log.order:
            return tuple(partition for partition in floors if partition not in lowest)
        return tuple(p for p, floor in floors.items() if p not in lowest and reach.past(p, floor, None) is not False)

    def cursors(self) -> tuple[Cursor, ...]:
        """Every cursor, held against the head as known by now; by stream only those that are ahead."""
        reading = self.seen.reading
        if reading is None or self._cursor_is_too_coarse:
            return ()
        if reading.streams:
            return self._stream_cursors(reading)
        partitions = self.case.cursor.partition is not None
        scopes: set[str | None] = set(reading.rows) | (set(self.seen.extents) if partitions else {None})
        return tuple(self._cursor(reading, scope) for scope in sorted(scopes, key=lambda scope: scope or ""))

    def _cursor(self, reading: Reading, scope: str | None) -> Cursor:
        _, high = reading.bounds.get(scope, (NOTHING, NOTHING))
        extent = self.seen.extents.get(scope, Extent())
        composite = len(high) > 1
        return Cursor(
            position=high[-1] if high else None,
            partition=scope,
            order=high if composite else None,
            absent=scope not in reading.rows,
            head=self.later.heads.get(scope),
            head_order=self.later.head_order if composite else None,
            highest_drawn=self.later.highest_drawn,
            floor=extent.first,
            reappeared=scope in self.later.reappeared,
            crossed=self.seen.crossed.get(scope),
        )

    def _stream_cursors(self, reading: Reading) -> tuple[Cursor, ...]:
        """Only those that are ahead of their stream: there may be as many cursors as streams."""
        if not reading.rows:
            return (Cursor(position=None, absent=True),)
        if not self.later.done:
            return ()
        ahead = self.case.scratch.stream_cursors_ahead()
        return tuple(Cursor(position=cursor, stream=stream, head=head) for stream, cursor, head in ahead)


def inversions(scratch: Scratch, *, sequenced: bool | None) -> Iterator[Inversion]:
    """Events received after a later event of their stream."""
    for event, rank, overtaken_by, later in scratch.overtaken():
        apart = None if sequenced else timedelta(microseconds=later)
        yield Inversion(event=event, rank=rank, overtaken_by=overtaken_by, apart=apart)
