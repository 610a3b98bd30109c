"""The rows of a derived log, found by the upstream events that they name."""

from collections.abc import Iterable, Mapping

from auditor.config import LogConfig
from auditor.gather.consumer.case import Case, in_batches
from auditor.gather.consumer.first_look import identity_by
from auditor.gather.derived.follower import inbox_of
from auditor.identity import canonical_all
from auditor.stores.interface import CopyRow, Identity, Match, Snapshot
from checks.model.event import Event
from checks.sent_again import SentAgain


class Rows:
    """Finds rows in one snapshot of the derived log. ``copied``: rows that redeliveries inserted count for nothing."""

    def __init__(self, case: Case, match: Match, log: LogConfig, side: Snapshot, copied: SentAgain) -> None:
        self._match, self._inbox = match, inbox_of(log, case.log)
        self._log, self._side, self._copied = log, side, copied

    def of(self, events: Iterable[Event]) -> "Found":
        """The rows of each of these, the lowest positions first."""
        wanted = {identity for event in events if (identity := identity_by(event, self._match)) is not None}
        found: dict[Identity, list[CopyRow]] = {}
        for batch in in_batches(wanted):
            for copy in self._side.find_copies(self._log, self._inbox, self._match, batch):
                identity = canonical_all(copy.row.raw or (), self._match.kinds)
                if identity in wanted and self._copied.at(copy.row.partition, copy.row.position) is None:
                    found.setdefault(identity, []).append(copy)
        for rows in found.values():
            rows.sort(key=lambda copy: (copy.row.position is None, copy.row.position or 0))
        return Found(self, found)

    def identity(self, event: Event) -> Identity | None:
        """By what rows name an upstream event."""
        return identity_by(event, self._match)


class Found:
    """Rows that were found, by event."""

    def __init__(self, rows: Rows, found: Mapping[Identity, list[CopyRow]]) -> None:
        self._rows, self._found = rows, found

    def __getitem__(self, event: Event) -> list[CopyRow]:
        identity = self._rows.identity(event)
        return [] if identity is None else self._found.get(identity, [])
