"""Whether a consumer received anything beyond an event, or before it, where no cursor says how far it is.

Events at either end are asked for first, then all receipts where there are few, never the whole log: where none of
that decides it, it is not known.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from auditor.compare.merge import event_of
from auditor.compare.recipe import ALL, Range
from auditor.config import InboxConfig, LogConfig
from auditor.gather.consumer.matching import find_identity
from auditor.gather.consumer.order import BY_POSITION
from auditor.identity import canonical_all
from auditor.stores.interface import ELIGIBLE, LogRow, Match, Snapshot, Wanted
from auditor.tracing.rows import Row

AT_ONCE = 500
MOST = 5_000
"""Events that are asked for from either end, and receipts that are gone through."""


@dataclass(frozen=True, slots=True)
class Frontier:
    """The two sides, opened one after the other, and how they are matched."""

    log_side: Snapshot
    side: Snapshot
    log: LogConfig
    inbox: InboxConfig
    match: Match
    wanted: Wanted

    def is_past(self, row: Row) -> bool | None:
        """Whether any wanted event beyond this one was received; ``None``: not found out."""
        position = row.event.position
        if position is None:
            return None
        beyond = Range(position + 1, None)

        def is_beyond(other: LogRow) -> bool:
            if row.order is not None:
                return other.order is not None and other.order > row.order
            return other.position is not None and other.position > position

        from_the_end = self._positions(ALL if self.log.order else beyond, descending=True)
        found = self._any_received(from_the_end, row, is_beyond)
        return found if found is not None else self._by_the_rest(beyond, row, is_beyond)

    def has_begun_before(self, row: Row) -> bool | None:
        """Whether any wanted event before this one was received; ``None``: not found out."""
        position = row.event.position
        if position is None:
            return None

        def is_before(other: LogRow) -> bool:
            return other.position is not None and other.position < position

        before = Range(None, position)
        found = self._any_received(self._positions(before, descending=True), row, is_before)
        return found if found is not None else self._by_the_rest(before, row, is_before)

    def _by_the_rest(self, within: Range, row: Row, keep: Callable[[LogRow], bool]) -> bool | None:
        """The receipts, where they are few; else the other end."""
        found = self._by_receipts(row, keep)
        if found is None and self._any_received(self._positions(within, descending=False), row, keep):
            return True
        return found

    def _by_receipts(self, row: Row, keep: Callable[[LogRow], bool]) -> bool | None:
        """Whether any receipt is of an event that is to be kept; ``None``: there are more than are gone through."""
        receipts = self.side.receipts(self.inbox, self.match)
        looked = 0
        while batch := list(islice(receipts, AT_ONCE)):
            identities = {canonical_all(each.raw, self.match.kinds) for each in batch if each.done}
            rows = self.log_side.find_events(self.log, self.match, list(identities), self.wanted)
            kept = (other for other in rows if self._counts(other, row) and keep(other) and other.raw is not None)
            if any(canonical_all(other.raw or (), self.match.kinds) in identities for other in kept):
                return True
            looked += len(batch)
            if looked >= MOST:
                return None
        return False

    def _positions(self, within: Range, *, descending: bool) -> Iterator[int]:
        return self.log_side.eligible_positions(self.log, self.match, self.wanted, descending=descending, within=within)

    def _any_received(self, positions: Iterator[int], row: Row, keep: Callable[[LogRow], bool]) -> bool | None:
        """``None``: there are more events than are looked at, and none of these was."""
        looked = 0
        while batch := list(islice(positions, AT_ONCE)):
            rows = self.log_side.find_events(self.log, BY_POSITION, [(place,) for place in batch], self.wanted)
            kept = [other for other in rows if self._counts(other, row) and keep(other)]
            identities = {find_identity(event_of(other), self.match) for other in kept} - {None}
            if identities and self._is_any_received({each for each in identities if each is not None}):
                return True
            looked += len(batch)
            if looked >= MOST:
                return None
        return False

    def _counts(self, other: LogRow, row: Row) -> bool:
        return other.scope == ELIGIBLE and other.partition == row.event.partition

    def _is_any_received(self, identities: set[tuple[int | str, ...]]) -> bool:
        found = self.side.find_receipts(self.inbox, self.match, list(identities))
        return any(each.done and canonical_all(each.raw, self.match.kinds) in identities for each in found)
