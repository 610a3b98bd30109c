"""Copies that a redelivery was about to commit in an outbox, and of which nobody wrote down whether they were.

Whoever looks at the row finds it out: it says what was noted, or is another one, or is not there. Where it is not there
it may have been, for an outbox may let go of what it sent; or it may be on its way, as a commit that waits for a
standby. So only another row in its place is proof that it was never written.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from auditor.config import LogConfig
from auditor.gather.log.recollection import standing_at
from auditor.identity import Kind, canonical
from auditor.memory import DoubtfulCopy
from auditor.stores.interface import Snapshot
from checks.model.event import Event

_WORDS = ("id", "stream", "version")


class Fate(StrEnum):
    """What became of a copy in doubt."""

    THERE = "there"
    NEVER = "never"
    ABSENT = "absent"


def fates_of(
    snapshot: Snapshot, log: LogConfig, doubtful: Sequence[DoubtfulCopy]
) -> Iterator[tuple[DoubtfulCopy, Fate]]:
    """What each has come to, by the rows that stand in their places. Raises StoreError."""
    places = {(each.stretch.partition, each.stretch.first) for each in doubtful}
    rows = standing_at(snapshot, log, places)
    for each in doubtful:
        here = rows.get((each.stretch.partition, each.stretch.first), ())
        is_it = any(_agrees(log, each.row, row) for row in here)
        yield each, Fate.THERE if is_it else Fate.NEVER if here else Fate.ABSENT


def _agrees(log: LogConfig, noted: Event, row: Event) -> bool:
    """In all that was noted of it and is still read; what nothing is known of but its place is known by that alone."""
    for word in _WORDS:
        ours, theirs = getattr(noted, word), getattr(row, word)
        is_known = ours is not None and getattr(log, word) is not None
        if is_known and (theirs is None or canonical(ours, Kind.TEXT) != canonical(theirs, Kind.TEXT)):
            return False
    return True
