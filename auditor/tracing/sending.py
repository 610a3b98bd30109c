"""What an outbox says of one of its rows: was it sent, and when?"""

from dataclasses import dataclass
from datetime import datetime

from auditor.config import InboxConfig, LogConfig
from auditor.desk import Desk
from auditor.identity import Kind
from auditor.moment import received_at
from auditor.stores.interface import Match
from checks.model.event import Event
from checks.model.trace import HopVerdict
from checks.wording import lasting

_NOT = frozenset({"", "0", "f", "false"})
"""What a column of text holds where another one would hold ``false``, or 0."""


@dataclass(frozen=True, slots=True)
class Sending:
    """Whether a row was marked sent, and when, where the mark is a time."""

    verdict: HopVerdict
    at: datetime | None = None
    message: str | None = None


def gather(desk: Desk, log: LogConfig, event: Event) -> Sending:
    """The mark of the row at the event's position. Raises StoreError."""
    if event.position is None:
        return Sending(HopVerdict.CANNOT_TELL, message="its row has no position by which the mark is found")
    outbox = InboxConfig(
        table=log.table, position=log.position, partition=log.partition, stream=log.partition, received=log.sent
    )
    with desk.snapshot(log.store) as snapshot:
        now = snapshot.clock()
        found = snapshot.find_receipts(outbox, Match(("position",), (Kind.INTEGER,)), [(event.position,)])
        marks = [row.received for row in found if row.position == event.position and row.stream == event.partition]
    if not marks:
        return Sending(HopVerdict.CANNOT_TELL, message="the row was deleted meanwhile")
    sent = [mark for mark in marks if is_mark(mark)]
    if len(sent) == len(marks):
        return Sending(HopVerdict.SENT, received_at(sent[0]))
    age = None if event.time is None else now - event.time
    if age is not None and 0 <= age.total_seconds() < log.max_delay.total_seconds():
        return Sending(HopVerdict.NOT_SENT, message=f"it is {lasting(age)} old, and may take {lasting(log.max_delay)}")
    return Sending(HopVerdict.NOT_SENT)


def is_mark(value: object) -> bool:
    """Whether what stands in the column says that the row was sent."""
    return value.strip().lower() not in _NOT if isinstance(value, str) else bool(value)
