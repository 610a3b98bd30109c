"""The outbox: what customers should be told, each message written with its event and sent later by a relay.

Two things go wrong with outboxes: the relay stops at a message that it cannot send, and with it everything behind;
and a message is marked as sent that never arrived, which is a loss that the outbox itself denies.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import NAMESPACE_OID, UUID, uuid5

from auditor.demo.databases import create
from auditor.demo.faults import Fault, Hop, at_positions
from auditor.demo.producer import Written, of_type
from checks.model.result import LostAt

STUCK = 6
"""How many messages wait: the first of them is the one that cannot be sent."""
SECOND = timedelta(seconds=1)

OUTBOX = """
CREATE TABLE outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    event_id TEXT NOT NULL,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    queued_at TEXT NOT NULL,
    sent_at TEXT
);
"""
MAILS = "CREATE TABLE mails (number INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE);"


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the outbox, and the event that it tells of."""

    number: int
    id: UUID
    event: Written


def build(folder: Path, events: Sequence[Written]) -> Iterator[Fault]:
    """Add the outbox to bank.db and write mails.db; what was done to the two."""
    messages = [
        Message(number, uuid5(NAMESPACE_OID, str(event.id)), event)
        for number, event in enumerate(of_type(events, "MoneyReceived", "MoneySent"), start=1)
    ]
    sent, waiting = messages[:-STUCK], messages[-STUCK:]
    swallowed = sent[400:402]
    create(
        folder / "bank.db",
        OUTBOX,
        {"INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?)": (_row(each, sent=each in sent) for each in messages)},
    )
    create(
        folder / "mails.db",
        MAILS,
        {"INSERT INTO mails (message_id) VALUES (?)": ((str(m.id),) for m in sent if m not in swallowed)},
    )
    return _faults(waiting, swallowed)


def _row(message: Message, *, sent: bool) -> tuple[int | str | None, ...]:
    event = message.event
    queued = event.time.isoformat()
    at = (event.time + SECOND).isoformat() if sent else None
    return message.number, str(message.id), str(event.id), event.stream, event.type, queued, at


def _faults(waiting: Sequence[Message], swallowed: Sequence[Message]) -> Iterator[Fault]:
    unsent, gone = at_positions(each.number for each in waiting), at_positions(each.number for each in swallowed)
    yield Fault(
        audit="outbox",
        check="unsent",
        places=unsent,
        story="the relay cannot send one message and tries it for ever; the ones behind it wait in vain",
    )
    yield Fault(
        audit="mails",
        check="lagging",
        places=unsent,
        hop=Hop(source="outbox", target="mails", how=LostAt.NOT_SENT, consumers=("mails",)),
        story="so the last customers get no mail: the mailer is well, it was sent nothing",
    )
    yield Fault(
        audit="mails",
        check="missing",
        places=gone,
        hop=Hop(source="outbox", target="mails", how=LostAt.SENT_NOT_RECEIVED, consumers=("mails",)),
        story="the broker was down, the relay took no notice and marked two messages as sent",
    )
