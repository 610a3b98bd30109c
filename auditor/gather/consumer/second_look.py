"""The second look, at whatever the first would hold against the consumer or the log, and a third after waiting.

Receipts without an event are looked up in the whole log, and the heads are read again, in a snapshot younger than
the consumer's; events without a receipt are looked up at the consumer, in a snapshot younger than the log's. What is
found there was merely under way. Where nothing shows that an absence has lasted ``grace``, that time is waited for.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta

from auditor.compare.drill import at_once
from auditor.compare.merge import differing, event_of
from auditor.compare.scratch import AbsenceNote
from auditor.gather.consumer.case import Case, in_batches
from auditor.gather.consumer.earlier import rows_that_came_back
from auditor.gather.consumer.evidence import Known
from auditor.gather.consumer.first_look import parked_among
from auditor.identity import Kind, canonical, canonical_all
from auditor.moment import received_at
from auditor.reach import Reading, read_cursors
from auditor.stores.interface import Identity, Match, ReceiptRow, Snapshot
from checks.accounting import ABSENT, standing
from checks.model.consumer import Cursor, Standing
from checks.model.event import Event

Place = tuple[str | None, int | None]
"""Partition and position."""
SEEN_EARLIER = "earlier runs saw it without a receipt, and the cursor past it, for longer than grace"
STANDS_STILL = timedelta(milliseconds=500)
"""A consumer whose cursor and receipts have not moved for this long is not in the middle of a batch."""


class SecondLook:
    """The later looks of one inquiry. What they find stands on the scratch paper and in ``known.later``."""

    def __init__(self, case: Case, known: Known) -> None:
        self._case = case
        self._known = known
        self._undecided = 0

    def seconds_until_due(self) -> float:
        """How long the first look must be past, so that a consumer that has not moved can be said to stand still."""
        earlier, patience = self._known.earlier, self._case.patience
        if earlier.lost:
            least = STANDS_STILL
        elif patience <= timedelta(0) or all(map(earlier.says_when, self._candidates(*ABSENT))):
            return 0.0
        else:
            least = min(patience, STANDS_STILL)
        return max(0.0, self._known.seen.at + least.total_seconds() - time.monotonic())

    def take(self) -> None:
        """Look again at whatever the first look would hold against the consumer or the log."""
        self._known.later.done = True
        self._known.later.standby = self._case.log_store.is_standby()
        self._look_at_the_log()
        self._look_at_the_consumer()
        self._known.later.reappeared = rows_that_came_back(self._case, self._known.earlier.lost)

    def ask_whether_behind(self) -> None:
        """Before each look, since what is replayed after it may be what it lacked. One look that lacks is enough."""
        self._known.later.behind = self._known.later.behind or self._case.store.behind(self._case.sleep)

    def _look_at_the_log(self) -> None:
        """For strangers, conflicts and cursors ahead: the whole log, in a snapshot younger than the consumer's."""
        second = self._known.later
        self._read_heads()
        if not self._doubts_the_log():
            return
        with self._case.log_store.snapshot() as snapshot:
            self._settle_strangers(snapshot)
            self._settle_conflicts(snapshot)
        if self._doubts_the_log():
            writers = self._case.log_store.writers(self._case.log, self._case.sleep)
            second.in_flight = tuple(writer.describe() for writer in writers)
            with self._case.log_store.snapshot() as snapshot:
                self._settle_strangers(snapshot)
                self._settle_conflicts(snapshot)
            self._read_heads()
        second.highest_drawn = self._case.log_store.highest_drawn(self._case.log)

    def _read_heads(self) -> None:
        reading = self._known.seen.reading
        with self._case.log_store.snapshot() as snapshot:
            extents = snapshot.extents(self._case.log)
            self._known.later.heads = {partition: extent.last for partition, extent in extents.items()}
            if self._case.log.order:
                self._known.later.head_order = snapshot.head_order(self._case.log)
            if reading is not None and reading.streams:
                for stream, version in snapshot.stream_heads(self._case.log):
                    self._case.scratch.note_stream_head(str(canonical(stream, Kind.TEXT)), version)

    def _doubts_the_log(self) -> bool:
        strange = next(self._case.scratch.stranger_identities(), None) or next(
            self._case.scratch.conflict_identities(), None
        )
        return strange is not None or any(_is_ahead(cursor) for cursor in self._known.cursors())

    def _settle_strangers(self, snapshot: Snapshot) -> None:
        match = self._known.seen.matching.match
        for batch in in_batches(self._case.scratch.stranger_identities()):
            rows = snapshot.find_events(self._case.log, match, [identity for _, identity in batch])
            there = {canonical_all(row.raw or (), match.kinds) for row in rows}
            self._case.scratch.drop_strangers(number for number, identity in batch if identity in there)

    def _settle_conflicts(self, snapshot: Snapshot) -> None:
        """A conflict is dropped where some row of that identity agrees with the receipt after all."""
        matching = self._known.seen.matching
        for batch in in_batches(self._case.scratch.conflict_identities()):
            rows: dict[Identity, list[Event]] = {}
            for row in snapshot.find_events(self._case.log, matching.match, [identity for _, identity, _ in batch]):
                rows.setdefault(canonical_all(row.raw or (), matching.match.kinds), []).append(event_of(row))
            agreeing = (
                number
                for number, identity, receipt in batch
                if any(not differing(event, receipt, matching.shared) for event in rows.get(identity, ()))
            )
            self._case.scratch.drop_conflicts(list(agreeing))

    def _look_at_the_consumer(self) -> None:
        """For events without a receipt: by identity, without bounds, in a snapshot younger than the log's."""
        ahead = () if self._case.derived is None else (Standing.LAGGING,)
        if next(self._candidates(*ABSENT, *ahead), None) is None:
            return
        self.ask_whether_behind()
        with self._case.store.snapshot() as side:
            later = self._read_again(side)
            with self._case.log_store.snapshot() as log_side:
                for batch in in_batches(self._candidates(*ahead) if ahead else ()):
                    self._still_absent(side, log_side, batch)
                for batch in in_batches(self._candidates(*ABSENT)):
                    absent = self._still_absent(side, log_side, batch)
                    self._undecided += self._mark_lasted(absent, lambda note: self._shown_to_last(note, later))

    def _candidates(self, *accusing: Standing) -> Iterator[AbsenceNote]:
        """The absences of these standings, but for those that prove nothing, whatever a look-up says."""
        evidence = self._known.evidence()
        proves_nothing = self._known.proves_nothing(evidence)
        for note, absence in self._known.absences():
            if note.lasted is None and standing(absence, evidence) in accusing and not proves_nothing(absence):
                yield note

    def _still_absent(self, side: Snapshot, log_side: Snapshot, notes: list[AbsenceNote]) -> list[AbsenceNote]:
        """Those of the notes that are in the log and of which the consumer has no trace; the others are set right."""
        inbox, seen = self._case.consumer.inbox, self._known.seen
        if inbox is None:
            return []
        identities = [note.identity for note in notes if note.identity is not None]

        def look_for_receipts() -> list[ReceiptRow]:
            is_as_before = seen.mark is not None and seen.mark == side.mark(self._case.consumer_tables)
            return [] if is_as_before else list(side.find_receipts(inbox, seen.matching.match, identities))

        places, receipts = at_once(lambda: self._places(log_side, notes), look_for_receipts, side.cancel)
        return self._in_the_log(places, self._without_receipt(side, notes, receipts))

    def _without_receipt(
        self, side: Snapshot, notes: list[AbsenceNote], receipts: Iterable[ReceiptRow]
    ) -> list[AbsenceNote]:
        match = self._known.seen.matching.match
        by_identity = {note.identity: note for note in notes if note.identity is not None}
        found: dict[Identity, bool] = {}
        received: dict[int, datetime | None] = {}
        by_itself: set[Identity] = set()
        for row in receipts:
            identity = canonical_all(row.raw, match.kinds)
            if identity in by_identity:
                found[identity] = row.done or found.get(identity, False)
                event = by_identity[identity].event
                received[by_identity[identity].number] = received_at(row.received)
                if not self._known.seen.again.brought(event.partition, event.position, row.received):
                    by_itself.add(identity)
        for note in (by_identity[identity] for identity, done in found.items() if done):
            self._known.seen.comparison.received += 1
            if note.identity in by_itself:
                self._known.seen.comparison.reach(note.event.partition, note.event.position, note.ordering)
        self._case.scratch.heal(by_identity[identity].number for identity, done in found.items() if done)
        waiting = {by_identity[identity].number for identity, done in found.items() if not done}
        self._case.scratch.mark_received({number: moment for number, moment in received.items() if number in waiting})
        absent = [note for identity, note in by_identity.items() if identity not in found]
        parked, parked_match = self._case.consumer.parked, self._known.seen.parked_match
        if parked is None or parked_match is None:
            return absent
        aside = set(parked_among(side, parked, parked_match, absent))
        self._case.scratch.mark_parked(aside)
        return [note for note in absent if note.number not in aside]

    def _places(self, log_side: Snapshot, notes: Iterable[AbsenceNote]) -> set[Place]:
        """Where the log still has an event, of the places of these.

        By position, which the log writes in one way only: an event that is merely written oddly is not gone.
        """
        if self._known.seen.log_mark is not None and self._known.seen.log_mark == log_side.mark([self._case.log.table]):
            return {(note.event.partition, note.event.position) for note in notes}
        by_position = Match(("position",), (Kind.INTEGER,))
        wanted = [(note.event.position,) for note in notes if note.event.position is not None]
        return {(row.partition, row.position) for row in log_side.find_events(self._case.log, by_position, wanted)}

    def _in_the_log(self, there: Collection[Place], notes: list[AbsenceNote]) -> list[AbsenceNote]:
        """Those of the notes whose event is still there; the others are marked as gone."""
        self._case.scratch.mark_gone(n.number for n in notes if (n.event.partition, n.event.position) not in there)
        return [note for note in notes if (note.event.partition, note.event.position) in there]

    def _read_again(self, side: Snapshot) -> tuple[Reading | None, int]:
        """The cursor once more, and the number of receipts: has the consumer moved since?"""
        seen, inbox = self._known.seen, self._case.consumer.inbox
        reading = later = seen.reading
        if inbox is not None and seen.mark is not None and seen.mark == side.mark(self._case.consumer_tables):
            return reading, seen.receipts
        if reading is not None and not reading.streams:
            later = read_cursors(
                side.cursors(self._case.cursor), self._case.consumer, self._case.log, self._known.seen.extents
            )
        count = seen.recount or (lambda side: side.count_receipts(inbox) if inbox else 0)
        return later, count(side)

    def _shown_to_last(self, note: AbsenceNote, later: tuple[Reading | None, int]) -> str | None:
        """What shows that the cursor has been past an event for long enough without a receipt, if anything does.

        An event's age alone does not: a consumer that catches up passes old events just now. So it counts only where
        a later event was received long ago, or the consumer did not move between the two looks. A later receipt alone
        does not either: an event that is committed late appears below it.
        """
        seen, patience = self._known.seen, self._case.patience
        if patience <= timedelta(0):
            return "cursor and receipts are written in one transaction (grace = 0)"
        earlier, position, partition = self._known.earlier, note.event.position, note.event.partition
        if earlier.showed_to_last(note.event) or patience <= earlier.passed_for(note.event):
            return SEEN_EARLIER
        if self._is_old(note.event) and not self._was_passed_lately(note):
            seasoned = None if self._case.log.order else seen.comparison.seasoned.get(partition)
            if position is not None and seasoned is not None and position < seasoned:
                return "the event is older than grace, and a later one was received longer ago than that"
            if not earlier.says_when(note) and not self._moved(later, partition):
                return "the event is older than grace, and the consumer did not move between two looks"
        if time.monotonic() - seen.at >= patience.total_seconds():
            return "it was still absent when grace had passed"
        return None

    def _is_old(self, event: Event) -> bool:
        """Whether the event has been there for longer than ``grace``; what has just appeared is waited for."""
        case, now = self._case, self._known.seen.log_now
        age, seen_for = self._known.age(event), self._known.earlier.seen_for(event)
        if age is None:
            age = seen_for
        elif appeared := case.late_commits.of(event, now, None if self._may_wait else case.patience):
            age = min(age, max(appeared.visible_for, seen_for or timedelta(0)))
        return age is not None and age > case.patience

    def _was_passed_lately(self, note: AbsenceNote) -> bool:
        """Whether the run before, less than ``grace`` ago, saw the cursor short of the event: then it has not lasted.

        If that run looked longer ago, the cursor may have passed the event long since, or this very moment. That it
        does not move then says little: some move first and work after.
        """
        earlier = self._known.earlier
        return earlier.may_be_passed_since(note) and earlier.looked_within(self._case.patience)

    def _moved(self, later: tuple[Reading | None, int], partition: str | None) -> bool:
        before, (reading, receipts) = self._known.seen, later
        if receipts != before.receipts:
            return True
        return before.reading is not None and reading is not None and before.reading.moved(reading, partition)

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
            self._case.scratch.mark_lasted(numbers, reason)
        return undecided

    @property
    def _may_wait(self) -> bool:
        return self._case.patience <= self._case.consumer.grace

    def seconds_until_third(self) -> float | None:
        """How long until a third look decides what is still open; ``None`` where nothing is, or waiting is no use.

        ``grace`` is waited for; ``max_lag``, which decides for delivered cursors, is left to later runs.
        """
        if not self._undecided or not self._may_wait:
            return None
        return max(0.0, self._known.seen.at + self._case.patience.total_seconds() - time.monotonic())

    def take_again(self) -> None:
        """After ``grace``: what still has no receipt is missing."""
        self.ask_whether_behind()
        with self._case.store.snapshot() as side:
            later, _ = self._read_again(side)
            with self._case.log_store.snapshot() as log_side:
                for batch in in_batches(self._candidates(*ABSENT)):
                    absent = self._still_absent(side, log_side, batch)
                    self._mark_lasted(absent, lambda note: self._shown_by_waiting(note, later))

    def _shown_by_waiting(self, note: AbsenceNote, later: Reading | None) -> str | None:
        """A cursor that was put back meanwhile will come to the event again."""
        event, reach = note.event, self._known.reach(later)
        if reach.past(event.partition, event.position, note.ordering, event.version, note.stream_cursor) is False:
            return None
        return "it was still absent when grace had passed"


def _is_ahead(cursor: Cursor) -> bool:
    if cursor.position is None:
        return False
    if cursor.order is not None:
        return cursor.head_order is None or cursor.order > cursor.head_order
    return cursor.head is None or cursor.position > cursor.head
