"""Which receipts a redelivery brought, so that nothing is concluded from when they came.

What was sent again is received late by design. Its receipts show that an event arrived, and nothing else: not in which
order a consumer receives, not how far it is, not where it began. Where receipts have times, one that is older than the
sending is no redelivery's. Where a sequence numbers them, nothing tells, and then all receipts of such an event are
left out of these questions: so its own order, too, is never judged again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from auditor.identity import as_integer
from auditor.moment import received_at
from auditor.stores.interface import LogRow, ReceiptRow
from checks.model.sent_again import MOST_SKEW
from checks.sent_again import SentAgain

Place = tuple[str | None, int]
"""Partition and position."""


@dataclass(frozen=True, slots=True)
class Again:
    """What was sent again, to whom one comparison is about.

    ``sent``: positions of the log, also of copies that were inserted into it. ``copies``: these alone. ``rows``:
    positions of the derived log whose rows are the receipts. ``known``: events of which an earlier run saw that they
    had been received, and since when: a later redelivery did not bring them.
    """

    sent: SentAgain = field(default_factory=SentAgain)
    copies: SentAgain = field(default_factory=SentAgain)
    rows: SentAgain = field(default_factory=SentAgain)
    known: Mapping[Place, datetime] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything was."""
        return bool(self.sent) or bool(self.rows)

    def brought(self, partition: str | None, position: int | None, received: object) -> bool:
        """Whether a redelivery brought the receipt of an event, or may have."""
        if self.rows and (row := as_integer(received)) is not None and self.rows.anywhere(row) is not None:
            return True
        stretch = self.sent.at(partition, position)
        if stretch is None:
            return False
        came = received_at(received)
        return came is None or came >= stretch.began - MOST_SKEW

    def others(self, row: LogRow, receipts: Sequence[ReceiptRow]) -> Sequence[ReceiptRow]:
        """The receipts of an event that no redelivery brought."""
        if not self:
            return receipts
        return [each for each in receipts if not self.brought(row.partition, row.position, each.received)]

    def was_received(self, partition: str | None, position: int | None) -> bool:
        """Whether an earlier run saw that an event had been received, before it was sent again."""
        since = None if position is None else self.known.get((partition, position))
        stretch = self.sent.at(partition, position)
        return since is not None and stretch is not None and since < stretch.began - MOST_SKEW

    def last(self, partition: str | None, position: int | None) -> datetime | None:
        """When an event was sent again last, on the auditor's clock; ``None``: never."""
        stretch = self.sent.at(partition, position)
        return None if stretch is None else stretch.at
