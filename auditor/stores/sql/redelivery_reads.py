"""What is read for a redelivery, beyond what audits read."""

from sqlalchemy import select

from auditor.config import LogConfig
from auditor.stores.interface import Wanted
from auditor.stores.sql.event_reads import EventReads


class RedeliveryReads(EventReads):
    """The questions of :class:`auditor.stores.interface.redelivery.RedeliveryQuestions`."""

    def lowest_order(
        self, log: LogConfig, wanted: Wanted, partition: str | None, position: int
    ) -> tuple[int, ...] | None:
        """By one walk along the rest of the log."""
        relation = self._relation(log.table)
        columns = [relation.column(name) for name in log.order]
        statement = select(*(relation.text(name).label(f"c{n}") for n, name in enumerate(log.order)))
        beyond = self._position(relation, log) >= position
        there = (column.is_not(None) for column in columns)
        rest = statement.where(self._wanted_of(relation, log, wanted, partition), beyond, *there)
        rows = self.all(rest.order_by(*columns).limit(1))
        return self._numbers(rows[0]) if rows else None
