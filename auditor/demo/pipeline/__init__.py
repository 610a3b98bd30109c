"""The second act: every hop of an event's way, from an account that changed to those who should hear of it.

A bank writes twice, to its accounts and to its log. A log of messages and two integration streams are made of that
log, and of these three consumers live. Something goes wrong at each step, and what is missing at the end of the way
was lost somewhere before.
"""

from datetime import datetime
from pathlib import Path

from auditor.demo.faults import Fault
from auditor.demo.pipeline import bank, outbox, readers, streams

ABOUT = """\
A bank changes its accounts and then writes down what happened. Messages and two streams are made of its log.

  accounts -> bookings -> outbox      -> mails
                       -> bookings-v1 -> statements
                       -> bookings-v2 -> insights
"""

TRACED = ("bookings:343", "account-27@11")
"""An event that v1 lacks, and so those who read it; and one that was never written, of which only the account knows."""


def produce(folder: Path, now: datetime) -> tuple[Fault, ...]:
    """Write the bank's databases and its readers' into the folder; what was done to them. Raises sqlite3.Error."""
    events, damage = bank.open_bank(folder, now)
    v1, v2, of_streams = streams.build(folder, events)
    return (
        *bank.faults(events, damage),
        *outbox.build(folder, events),
        *of_streams,
        *readers.statements(folder, v1),
        *readers.insights(folder, v2),
    )
