"""What became of the streams of which an event is missing: whether they went on without it, and whether they ended.

A stream is ordered by its versions, or where the log has none by its positions.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from auditor.compare.merge import event_of
from auditor.config import LogConfig
from auditor.gather.consumer.matching import match_by_position
from auditor.redelivery.look import Seen, View
from auditor.redelivery.planning.scratch import PAGE, PlanScratch, Stream
from auditor.stores.interface import ELIGIBLE
from checks.globs import matches
from checks.model.event import Event
from checks.model.redelivery import Standing

AT_ONCE = 200
"""Streams that are read by one statement."""

Key = tuple[str | None, str]


def word_of(log: LogConfig) -> str:
    """What orders the events of a stream."""
    return "position" if log.version is None else "version"


def note_streams(view: View, ended: Sequence[str] | None, paper: PlanScratch) -> None:
    """Leave out what stands before the end of its stream; mark what the consumer went on without."""
    if view.log.stream is None:
        return
    word, name = word_of(view.log), view.consumer.name
    for some in _some(paper.streams(name, word)):
        there = _Read(view, word, some)
        there.read(ended)
        for key, end in there.ends.items():
            paper.end(name, there.streams[key], word, end)
        for key, processed in there.processed.items():
            paper.supersede(name, there.streams[key], word, processed)


def later_events(view: View, paper: PlanScratch, *, shared: bool) -> Iterator[list[Seen]]:
    """Of the planned streams that went on: what comes after the first planned event, up to the last processed one.

    What stands beyond that may still arrive by itself, and comes in order then. ``shared``: also of streams of which
    the missing event is sent with those of another consumer, who may not have come as far.
    """
    if view.log.stream is None:
        return
    word = word_of(view.log)
    for some in _some(paper.streams(view.consumer.name, word, superseded=True, shared=shared)):
        there = _Read(view, word, some)
        there.read(None)
        for events in _pages(event for event in there.wanted() if there.was_passed(event)):
            yield view.look(events)


class _Read:
    """Some streams, read once. ``ends``, ``processed``: how far, by stream, where they did."""

    def __init__(self, view: View, word: str, streams: Sequence[Stream]) -> None:
        self.streams: dict[Key, Stream] = {(each.partition, each.name): each for each in streams}
        self.ends: dict[Key, int] = {}
        self.processed: dict[Key, int] = {}
        self._view, self._word = view, word

    def read(self, ended: Sequence[str] | None) -> None:
        """Find out both."""

        def note_end(event: Event) -> None:
            if ended is not None and matches(event.type, ended):
                key, place = self._key(event), getattr(event, self._word)
                self.ends[key] = max(place, self.ends.get(key, place))

        for events in _pages(self.wanted(note_end)):
            for each in self._view.look(events):
                if each.standing is Standing.RECEIVED:
                    key, place = self._key(each.event), getattr(each.event, self._word)
                    self.processed[key] = max(place, self.processed.get(key, place))

    def wanted(self, told: Callable[[Event], None] | None = None) -> Iterator[Event]:
        """What the consumer should have after the lowest of each. ``told``: of what comes after it at all."""
        log, match = self._view.log, match_by_position(self._view.log)
        names = [name for _, name in self.streams]
        for row in self._view.log_side.events_of_streams(log, match, self._view.wanted, names):
            event = event_of(row)
            stream = self.streams.get(self._key(event))
            place = getattr(event, self._word)
            if stream is None or place is None or place <= stream.lowest:
                continue
            if told is not None:
                told(event)
            if row.scope == ELIGIBLE:
                yield event

    def was_passed(self, event: Event) -> bool:
        """Whether the consumer processed it, or a later event of its stream."""
        processed = self.processed.get(self._key(event))
        return processed is not None and getattr(event, self._word) <= processed

    def _key(self, event: Event) -> Key:
        return event.partition, event.stream or ""


def _some(streams: Iterable[Stream]) -> Iterator[list[Stream]]:
    rest = iter(streams)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _pages(events: Iterable[Event]) -> Iterator[list[Event]]:
    rest = iter(events)
    while page := list(islice(rest, PAGE)):
        yield page
