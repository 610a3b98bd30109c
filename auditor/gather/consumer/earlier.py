"""What earlier runs saw of this consumer: first sightings of events without a receipt, and where its cursors stood.

A sighting tells that an event was there, and without a receipt, at least that long ago; so it shows that something is
old, never that it is young. A cursor that was put back since is another matter: it will come to its events again, and
what was seen behind it proves nothing any more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.compare.scratch import AbsenceNote
from auditor.gather.consumer.case import Case
from auditor.memory import ConsumerMemory, Sighting
from auditor.reach import NOTHING, Reach, Reading, read_cursors
from auditor.stores.interface import BIGGEST, Snapshot
from checks.identities import key_of
from checks.model.event import Event
from checks.model.previous import ConsumerBefore
from checks.moves import place_of

_NOT_AT_ALL = timedelta(0)
_AHEAD = "ahead "
"""How the key of a sighting begins that has the event's time in it."""


def sighting_key(event: Event) -> str:
    """By what a sighting is found again. With the id: after a restore a position may be another event's."""
    return key_of(event) if event.id is None else f"{key_of(event)} {event.id}"


def _key_with_time(event: Event, time: datetime) -> str:
    return f"{_AHEAD}{time.isoformat()} {sighting_key(event)}"


@dataclass(frozen=True, slots=True)
class Earlier:
    """The memory of the run before, if there is any, held against the cursors of this one.

    ``reach``: how far the consumer was then. ``now``: when this run read the log, on the clock of its store.
    ``put_back``: the partitions whose cursor stands lower now, or is gone; ``lost``: those whose row is gone.
    ``knows_any_ahead``: whether any event was seen while its time was yet to come.
    """

    memory: ConsumerMemory | None
    reach: Reach
    now: datetime
    put_back: frozenset[str | None] = frozenset()
    lost: frozenset[str | None] = frozenset()
    knows_any_ahead: bool = False

    def key(self, event: Event) -> str:
        """By what a sighting of it is kept: with its very time, where that lay ahead of the clock at first sight.

        Such a time is no evidence of when the event was written, but it tells it apart from another one in its place.
        """
        if event.time is None or (event.time <= self.now and not self.knows_any_ahead):
            return sighting_key(event)
        with_time, known = _key_with_time(event, event.time), {} if self.memory is None else self.memory.sightings
        return with_time if event.time > self.now or with_time in known else sighting_key(event)

    def sighting(self, event: Event) -> Sighting | None:
        """Since when earlier runs saw the event without a receipt. What was written after that is another event."""
        if self.memory is None or not self.memory.sightings:
            return None
        found = self.memory.sightings.get(key := self.key(event))
        is_later = found is not None and event.time is not None and event.time > found.first_seen
        return None if is_later and not key.startswith(_AHEAD) else found

    def seen_for(self, event: Event) -> timedelta | None:
        """How long ago the event was seen first; ``None``: never before, or the clock went back."""
        sighting = self.sighting(event)
        return None if sighting is None or sighting.first_seen > self.now else self.now - sighting.first_seen

    def passed_for(self, event: Event) -> timedelta:
        """For how long, at least, the cursor has been past the event without a receipt."""
        since = self.passed_since(event)
        return _NOT_AT_ALL if since is None else max(self.now - since, _NOT_AT_ALL)

    def passed_since(self, event: Event) -> datetime | None:
        """Since when every run saw the cursor past the event; ``None`` where it was put back, too."""
        sighting = None if event.partition in self.put_back else self.sighting(event)
        return None if sighting is None else sighting.passed_since

    def saw_it_ahead(self, note: AbsenceNote) -> bool:
        """Whether the run before saw the cursor, and short of this event."""
        event, cursor = note.event, self.reach.cursor
        if cursor is None or event.partition not in cursor.rows:
            return False
        return self.reach.past(event.partition, event.position, note.ordering, event.version) is False

    def may_be_passed_since(self, note: AbsenceNote) -> bool:
        """Whether the consumer may have passed the event after the run before had looked, for all that one saw."""
        sighting = self.sighting(note.event)
        was_ahead = self.saw_it_ahead(note) or (sighting is not None and sighting.passed_since is None)
        return note.event.partition in self.put_back or was_ahead

    def showed_to_last(self, event: Event) -> bool:
        """Whether an earlier run has shown that the cursor had been past the event for long enough, as it still is."""
        sighting = None if event.partition in self.put_back else self.sighting(event)
        return sighting is not None and sighting.lasted

    def says_when(self, note: AbsenceNote) -> bool:
        """Whether earlier runs say anything about when the consumer passed the event: then that counts, not a guess."""
        return self.may_be_passed_since(note) or self.sighting(note.event) is not None

    def looked_within(self, duration: timedelta) -> bool:
        """Whether the run before looked less than so long ago."""
        return self.memory is not None and self.now - self.memory.at < duration

    def before(self) -> ConsumerBefore | None:
        """The run before, as checks know it."""
        memory = self.memory
        return None if memory is None else ConsumerBefore(run=memory.run, at=memory.at, cursors=memory.cursors)


def earlier(case: Case, reading: Reading | None, now: datetime) -> Earlier:
    """What the memory of a case says, next to the cursors of this run, which read the log at ``now``."""
    then = _reading_of(case.before)
    bounds = {} if reading is None else reading.bounds
    back = {scope for scope, (place, _) in then.bounds.items() if bounds.get(scope, (NOTHING, NOTHING))[1] < place}
    lost = back - bounds.keys()
    return Earlier(
        memory=case.before,
        reach=Reach(then, {}, case.log.partition is not None),
        now=now,
        put_back=frozenset(back),
        lost=frozenset(lost),
        knows_any_ahead=case.before is not None and any(key.startswith(_AHEAD) for key in case.before.sightings),
    )


def _reading_of(memory: ConsumerMemory | None) -> Reading:
    reading = Reading()
    for scope, cursor in ({} if memory is None else memory.cursors).items():
        reading.add(scope, place_of(cursor))
    return reading


def count_crossed(case: Case, log_side: Snapshot, reading: Reading | None) -> dict[str | None, int]:
    """By partition, how many eligible events the cursor passed since the run before, where some of them are absent.

    Only where a place is a position: what lies between two composite ones is not counted.
    """
    then = _reading_of(case.before)
    if reading is None or case.consumer.inbox is None or reading.several or case.log.order:
        return {}
    counted: dict[str | None, int] = {}
    for scope in then.bounds.keys() & reading.bounds.keys():
        after, through = then.bounds[scope][1], reading.bounds[scope][1]
        low = after[-1] if after else -BIGGEST
        if through > after and case.scratch.has_absence_within(scope, low, through[-1]):
            counted[scope] = log_side.count_within(case.log, case.wanted, scope, low, through[-1])
    return counted


def rows_that_came_back(case: Case, lost: frozenset[str | None]) -> frozenset[str | None]:
    """Partitions whose cursor row the run before saw, the first look did not, and a later one does.

    Some consumers delete their row and write a new one; who looks in between sees none.
    """
    if not lost or case.consumer.cursor is None:
        return frozenset()
    with case.store.snapshot() as side:
        rows = read_cursors(side.cursors(case.cursor), case.consumer, case.log, lost).rows
    return lost & rows.keys()
