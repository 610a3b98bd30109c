"""The cursors of a consumer, by what they cover: the whole log, a partition, or a stream."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from checks.model.consumer import Cursor
from checks.model.event import Event


class CursorIndex:
    """Finds the cursors that cover an event without looking at all of them: there may be one for each stream."""

    def __init__(self, cursors: Iterable[Cursor]) -> None:
        """Index the cursors by their partition and stream."""
        self._by_cover: defaultdict[tuple[str | None, str | None], list[Cursor]] = defaultdict(list)
        self._any_absent = False
        for cursor in cursors:
            self._by_cover[cursor.partition, cursor.stream].append(cursor)
            self._any_absent = self._any_absent or cursor.absent

    def covering(self, partition: str | None, streams: Iterable[str | None]) -> Iterator[Cursor]:
        """The cursors of that partition and of those streams, and those that cover everything."""
        covers = product(dict.fromkeys((None, partition)), dict.fromkeys((None, *streams)))
        return (cursor for cover in covers for cursor in self._by_cover.get(cover, ()))

    def lacks_row_for(self, event: Event) -> bool:
        """Whether the cursor that ought to cover the event has no row."""
        return self._any_absent and any(cursor.absent for cursor in self.covering(event.partition, (event.stream,)))

    def described(self, partition: str | None, events: Sequence[Event]) -> list[dict[str, object]]:
        """The cursors that cover these events, as evidence: JSON-able, as they were seen."""
        return [describe(cursor) for cursor in self.covering(partition, (event.stream for event in events))]


def describe(cursor: Cursor) -> dict[str, object]:
    """One cursor as evidence: what it covers and where it stands."""
    return {
        "partition": cursor.partition,
        "stream": cursor.stream,
        "position": cursor.position,
        "order": None if cursor.order is None else list(cursor.order),
        "absent": cursor.absent,
        "head": cursor.head,
    }
