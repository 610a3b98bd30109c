"""From where on an outbox still has what was sent, where nothing says what it lets go of.

An outbox may delete what was sent, mostly the oldest rows first, and what it has not sent it keeps. So below the lowest
event of which a row remains that was sent, nothing is proven by absence. Two things may put such a row too low: it was
stuck while later ones were sent and deleted, or it was left over. Therefore it counts only where the next event has a
row, too, or where it is of the very first one; and where the outbox says *when* a row was sent, nothing is proven of
what was written before the earliest of these moments either: whatever it has let go of had been sent by then.
"""

from collections.abc import Iterator
from itertools import groupby

from auditor.compare.merge import event_of
from auditor.config import LogConfig
from auditor.gather.consumer.case import Case, in_batches
from auditor.gather.consumer.matching import match_by_position
from auditor.gather.derived.rows import Rows
from auditor.moment import to_moment
from auditor.scratch import Scratch
from auditor.stores.interface import ELIGIBLE, LogRow, Match
from checks.model.derived import Remains
from checks.model.event import Event


def remains(case: Case, match: Match, log: LogConfig) -> dict[str | None, Remains] | None:
    """By partition of the upstream; ``None`` where absence proves all that it proves elsewhere.

    Asked once, after the look that found what is absent: what the outbox has deleted since makes it prove less.
    """
    if log.sent is None or log.retention is not None or not case.scratch.has_absences():
        return None
    found: dict[str | None, Remains] = {}
    with case.store.snapshot() as side, case.log_store.snapshot() as log_side:
        since, rows = to_moment(side.earliest_sent(log)), Rows(case, match, log, side)
        events = log_side.events(case.log, match_by_position(case.log), case.wanted)
        for partition, group in groupby(events, key=lambda row: row.partition):
            lowest = _lowest((row for row in group if row.scope == ELIGIBLE), rows, case.scratch)
            if lowest is not None:
                found[partition] = Remains(position=lowest, since=since)
            if case.log.partition is None:
                break
    return found


def _lowest(eligible: Iterator[LogRow], rows: Rows, scratch: Scratch) -> int | None:
    """The position of the first event that was sent and is still there, and so is the one after it."""
    candidate, is_first = None, True
    for batch in in_batches(eligible):
        events = [event_of(row) for row in batch]
        found = rows.of(event for event in events if not _is_absent(event, scratch))
        for event in events:
            copies = found[event]
            if candidate is not None and copies:
                return candidate
            was_sent = any(copy.sent for copy in copies)
            candidate = event.position if was_sent else None
            if was_sent and is_first:
                return candidate
            is_first = False
    return candidate


def _is_absent(event: Event, scratch: Scratch) -> bool:
    """Whether the look has found no row of what stands there: of most of what was purged nobody needs to ask again."""
    position = event.position
    return position is not None and scratch.has_absence_within(event.partition, position - 1, position)
