"""An event is known again from run to run, whatever its time says, and is not taken for another one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from auditor.gather.consumer.earlier import Earlier
from auditor.memory import ConsumerMemory, Sighting
from auditor.reach import Reach
from checks.model.event import Event

FIRST, MINUTE = datetime(2026, 3, 1, 12, tzinfo=UTC), timedelta(minutes=1)
AHEAD = Event(position=7, id="e7", time=FIRST + 30 * MINUTE)
"""Whoever wrote it has a clock that is half an hour ahead."""


def seen_at(now: datetime, *events: Event, before: Earlier | None = None) -> Earlier:
    """A run at a moment, which knows what one before saw of these events without a receipt."""
    at = FIRST if before is None else before.now
    eyes = before or Earlier(None, Reach(None, {}, partitioned=False), at)
    sightings = {eyes.key(event): eyes.sighting(event) or Sighting(at) for event in events}
    memory = ConsumerMemory(run="r", at=at, sightings=sightings)
    return Earlier(memory, eyes.reach, now, knows_any_ahead=any(key.startswith("ahead") for key in sightings))


def test_whoever_was_seen_before_its_time_is_known_again_when_that_has_come_and_ever_after() -> None:
    earlier = seen_at(FIRST + 10 * MINUTE, AHEAD)
    assert earlier.seen_for(AHEAD) == 10 * MINUTE
    for minutes in (29, 31, 90):
        earlier = seen_at(FIRST + minutes * MINUTE, AHEAD, before=earlier)
        assert earlier.seen_for(AHEAD) == minutes * MINUTE


def test_what_was_written_after_that_in_its_place_is_another_event() -> None:
    for other in (replace(AHEAD, time=FIRST + 31 * MINUTE), replace(AHEAD, time=FIRST + 20 * MINUTE)):
        assert seen_at(FIRST + 40 * MINUTE, AHEAD).sighting(other) is None


def test_what_was_seen_in_its_time_is_another_event_where_it_says_that_it_was_written_later() -> None:
    punctual = replace(AHEAD, time=FIRST - MINUTE)
    earlier = seen_at(FIRST + 10 * MINUTE, punctual)
    assert earlier.seen_for(punctual) == 10 * MINUTE
    assert earlier.sighting(replace(punctual, time=FIRST + MINUTE)) is None
    assert earlier.sighting(AHEAD) is None
