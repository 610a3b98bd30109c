"""The consumer's own cursor, put back to right before the first event that it lacks: it then reads on from there.

Everything that it has processed since comes again, so it must be able to tell: by receipts that are still there. It
must be stopped, or it would write its cursor over ours a moment later. Nobody can see from outside that a program is
stopped: its owner says so, two looks at the cursor agree, and the cursor is only moved from where it was seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from auditor.config import ConsumerConfig, CursorConfig
from auditor.config.targets import CursorTargetConfig
from auditor.desk import Desk
from auditor.errors import AuditorError
from auditor.identity import Kind, canonical
from auditor.redelivery.look import View, viewing
from auditor.redelivery.targets.cursor_place import Back, place_before, shown
from auditor.redelivery.targets.cursor_row import CursorTable
from auditor.redelivery.targets.database import Need, expect_rights, expect_same_table, open_database
from auditor.redelivery.targets.interface import Answer, Batch
from auditor.stores.interface import CursorRow
from checks.model.event import Event
from checks.model.redelivery import Outcome
from checks.wording import counted, in_partition, lasting, quoted

BETWEEN_LOOKS = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The table to be written, and where the cursor was seen, by partition."""

    cursor: CursorConfig
    table: CursorTable
    seen: dict[str | None, CursorRow]


class CursorTarget:
    """Answers :class:`auditor.redelivery.targets.interface.Target` for one consumer."""

    sends_whole = True
    needs_data = False
    shared = False

    def __init__(
        self,
        desk: Desk,
        target: CursorTargetConfig,
        consumer: ConsumerConfig,
        *,
        consumer_stopped: bool,
        firsts: Sequence[Event] = (),
        pause: timedelta = BETWEEN_LOOKS,
    ) -> None:
        """``consumer_stopped``: its owner says so. ``pause``: between the two looks.

        ``firsts``: the first planned event of each partition, for :meth:`prepare` to refuse what ``send`` would reject.
        """
        self._desk, self._target, self._consumer = desk, target, consumer
        self._stopped, self._firsts, self._pause = consumer_stopped, firsts, pause
        self._prepared: _Prepared | None = None

    def prepare(self) -> None:
        """Look whether the cursor can be put back, and that it stands still. Raises AuditorError; changes nothing."""
        self._prepared = prepared = self._opened()
        for event in self._firsts:
            with viewing(self._desk, self._consumer) as view:
                refusal = self._planned(view, prepared, event)
            if isinstance(refusal, Answer) and refusal.outcome is Outcome.REJECTED:
                raise AuditorError(f"consumer {quoted(self._consumer.name)}: {refusal.detail}")

    def send(self, batch: Batch) -> Sequence[Answer]:
        """Put the cursor back to right before the batch's first event, if it is still where it was seen."""
        event = batch.parcels[0].event.event
        try:
            self._prepared = prepared = self._prepared or self._opened()
            with viewing(self._desk, self._consumer) as view:
                back = self._planned(view, prepared, event)
                if isinstance(back, Answer):
                    return [back]
                told = _told(view, back, batch)
            written = prepared.table.put_back(back)
        except AuditorError as error:
            return [Answer(Outcome.FAILED, str(error))]
        if written.doubt is not None:
            return [Answer(Outcome.UNKNOWN, written.doubt)]
        prepared.seen[_scope(event.partition)] = CursorRow(back.seen.scope, back.texts)
        return [Answer(Outcome.ACCEPTED, told)]

    def close(self) -> None:
        """Nothing stays open between transactions; the stores are the desk's."""
        self._prepared = None

    def _opened(self) -> _Prepared:
        consumer = self._consumer
        if not self._stopped:
            text = f"consumer {quoted(consumer.name)} must be stopped before its cursor is put back"
            raise AuditorError(f"{text} (say that it is with --consumer-stopped)")
        cursor = self._expected()
        database = open_database(self._desk, self._target.store or consumer.store)
        database.expect_writable()
        expect_same_table(self._desk, database, consumer.store, cursor.table)
        table = CursorTable(database, database.relation(cursor.table), cursor)
        expect_rights(database, table.relation, [Need("SELECT", table.columns), Need("UPDATE", cursor.position)])
        before = self._look()
        self._desk.sleep(self._pause.total_seconds())
        after = self._look()
        if before != after:
            moved = next(scope for scope in {**before, **after} if before.get(scope) != after.get(scope))
            text = f"the cursor of {quoted(consumer.name)}{in_partition(moved)} moved within {lasting(self._pause)}"
            raise AuditorError(
                f"{text}, from {shown(before.get(moved))} to {shown(after.get(moved))}: the consumer is running"
            )
        return _Prepared(cursor, table, after)

    def _expected(self) -> CursorConfig:
        consumer = self._consumer
        with viewing(self._desk, consumer) as view:
            cursor, log = view.consumer.cursor, view.log
        name = f"consumer {quoted(consumer.name)}"
        if cursor is None:
            raise AuditorError(f"{name} has no cursor that could be put back")
        if cursor.stream is not None:
            raise AuditorError(f"{name} has a cursor for each stream: those are not put back")
        if log.partition is not None and cursor.partition is None:
            raise AuditorError(f"{name} has one cursor for all partitions of {quoted(log.name)}: where is not known")
        return cursor

    def _look(self) -> dict[str | None, CursorRow]:
        with viewing(self._desk, self._consumer) as view:
            rows = view.cursors()
        by_scope = {_scope(row.scope): row for row in rows}
        name = f"consumer {quoted(self._consumer.name)}"
        if not rows:
            raise AuditorError(f"{name} has no row in its cursor table: there is nothing to put back")
        if len(by_scope) < len(rows):
            raise AuditorError(f"{name} has {counted(len(rows), 'cursor row')}: which of them counts is not known")
        return by_scope

    def _planned(self, view: View, prepared: _Prepared, event: Event) -> Back | Answer:
        """Where the cursor is put, or why it is not."""
        seen = prepared.seen.get(_scope(event.partition))
        if seen is None:
            return Answer(Outcome.REJECTED, f"there is no cursor row{in_partition(event.partition)}")
        back = place_before(view, prepared.cursor, seen, event)
        if isinstance(back, str):
            return Answer(Outcome.REJECTED, back)
        if back.stood is None or back.stood < back.place:
            text = f"the cursor stands at {shown(seen)}, before the event: it will come by itself"
            return Answer(Outcome.REJECTED, text)
        if back.stood == back.place:
            return Answer(Outcome.ACCEPTED, f"the cursor stands at {shown(seen)} already, right before the event")
        expired = self._expired(view, event)
        return back if expired is None else Answer(Outcome.REJECTED, expired)

    def _expired(self, view: View, event: Event) -> str | None:
        """Why receipts of what comes again may be gone, so that it would be applied twice."""
        inbox = self._consumer.inbox
        if inbox is None or inbox.retention is None:
            return None
        if event.time is None:
            return f"its age is not known, and receipts older than {lasting(inbox.retention)} may be gone"
        if event.time >= view.log_side.clock() - inbox.retention:
            return None
        text = f"it is older than receipts are kept ({lasting(inbox.retention)})"
        return f"{text}: what comes again with it could be applied twice"


def _told(view: View, back: Back, batch: Batch) -> str:
    """One line: from where to where, and what comes again."""
    event = batch.parcels[0].event.event
    put = f"put back from {shown(back.seen)} to {shown(CursorRow(None, back.texts))}"
    if back.stood is None or len(back.stood) > 1 or event.position is None:
        return f"{put}: all that it has processed since comes again"
    through = back.stood[-1]
    again = view.log_side.count_within(view.log, view.wanted, event.partition, event.position - 1, through)
    events = f"{counted(again, 'event')} from position {event.position} to {through}"
    return f"{put}: {events} will be read again, {batch.count:,} of them planned"


def _scope(scope: str | None) -> str | None:
    """A partition may be spelt in more than one way."""
    return None if scope is None else str(canonical(scope, Kind.TEXT))
