"""What a redelivery asks of a store, beyond what audits do."""

from typing import Protocol

from auditor.config import LogConfig
from auditor.stores.interface.rows import Wanted


class RedeliveryQuestions(Protocol):
    """Part of every :class:`auditor.stores.interface.Snapshot`."""

    def lowest_order(
        self, log: LogConfig, wanted: Wanted, partition: str | None, position: int
    ) -> tuple[int, ...] | None:
        """Of the wanted rows of a partition at or beyond a position the first one by the log's ``order``.

        It may stand beyond the position: what was written later may have been begun earlier.
        """
        ...
