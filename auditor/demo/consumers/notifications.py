"""Notifications sends mails. A broker pushes the events to it, so it has no cursor, only the list of what it sent.

Here nothing is lost. What went wrong is what a count of events would not show: twice, too late, wrong, made up.
"""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from auditor.demo.databases import create
from auditor.demo.faults import Fault, known_as
from auditor.demo.producer import Written, of_type, places

TRIED_OUT = UUID("00000000-0000-4000-8000-0000000e57ed")
SCHEMA = "CREATE TABLE mails (number INTEGER PRIMARY KEY, event_id TEXT NOT NULL, about TEXT NOT NULL);"


def build(folder: Path, events: Sequence[Written]) -> tuple[Fault, ...]:
    """A mail for every event of an order, and some more."""
    wanted = [event for event in events if event.type.startswith("Order")]
    overtaken, misread = of_type(wanted[600:], "OrderPaid")[:2], of_type(wanted[1200:], "OrderDelivered")[:1]
    twice = wanted[900:905]
    mails = [
        (str(event.id), "OrderCancelled" if event in misread else event.type) for event in _received(wanted, overtaken)
    ]
    again = [(str(event.id), event.type) for event in twice]
    create(
        folder / "notifications.db",
        SCHEMA,
        {
            "INSERT INTO mails (event_id, about) VALUES (?, ?)": [
                *mails[:905],
                *again,
                *mails[905:],
                (str(TRIED_OUT), "OrderPlaced"),
            ]
        },
    )
    return _faults(twice, overtaken, misread)


def _received(events: Sequence[Written], overtaken: Sequence[Written]) -> list[Written]:
    """The events in the order of their receipt: the overtaken ones right after the next event of their stream."""
    received = list(events)
    for event in overtaken:
        received.remove(event)
        after = next(row for row in received if (row.stream, row.version) == (event.stream, event.version + 1))
        received.insert(received.index(after) + 1, event)
    return received


def _faults(twice: Sequence[Written], overtaken: Sequence[Written], misread: Sequence[Written]) -> tuple[Fault, ...]:
    return (
        Fault(
            audit="notifications",
            check="unexpected",
            places=frozenset({known_as(str(TRIED_OUT))}),
            story="somebody tried something out in production: a mail about an order that nobody placed",
        ),
        Fault(
            audit="notifications",
            check="conflict",
            places=places(misread),
            story="the order was delivered, and the customer was told that it is cancelled",
        ),
        Fault(
            audit="notifications",
            check="out-of-order",
            places=places(overtaken),
            story="two workers shared a queue, and parcels were announced before the payment was confirmed",
        ),
        Fault(
            audit="notifications",
            check="duplicate",
            places=places(twice),
            story="an acknowledgement got lost, the broker sent the batch again, and so did notifications",
        ),
    )
