"""What is read of a derived log beside its own audit: its rows by the upstream event that they name."""

from collections.abc import Iterator, Sequence

from sqlalchemy import case, func, not_, null, select

from auditor.config import InboxConfig, LogConfig
from auditor.identity import Kind
from auditor.stores.interface import EVERYTHING, CopyRow, Identity, Match
from auditor.stores.sql.event_rows import EventRows
from auditor.stores.sql.relation import Expression


class DerivedReads(EventRows):
    """The reads of a derived log against its upstream."""

    def find_copies(
        self, log: LogConfig, inbox: InboxConfig, match: Match, identities: Sequence[Identity]
    ) -> Iterator[CopyRow]:
        """The rows that pass ``where`` and name these events. May yield others: compare by identity."""
        relation = self._relation(log.table)
        raws = self._raws(relation, inbox, match)
        sent: Expression = null() if log.sent is None else case((relation.is_unset(log.sent), 0), else_=1)
        statement = self._log_rows(relation, log, raws, EVERYTHING).add_columns(sent.label("sent"))
        statement = statement.where(relation.holds(log.where), *(raw.is_not(None) for raw in raws))
        for condition in self._matching(relation, inbox, match, identities):
            for row in self.stream(statement.where(condition)):
                *values, mark = row
                yield CopyRow(self._log_row(values, len(raws), len(log.order)), None if mark is None else bool(mark))

    def earliest_sent(self, log: LogConfig) -> object:
        """By one pass, or the beginning of an index."""
        relation, name = self._relation(log.table), log.sent or ""
        lowest = func.min(relation.column(name) if relation.kind(name) is not Kind.OTHER else relation.text(name))
        statement = select(lowest).select_from(relation.table)
        return self.all(statement.where(relation.holds(log.where), not_(relation.is_unset(name))))[0][0]
