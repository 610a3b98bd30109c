"""Billing writes invoices. It moves its cursor before it does the work, and it goes by positions alone.

Both habits lose events without a trace: the cursor is past them, there is no lag, and no error was logged.
"""

from collections.abc import Sequence
from pathlib import Path

from auditor.demo.databases import create
from auditor.demo.faults import Fault
from auditor.demo.producer import Written, of_type, places

SCHEMA = """
CREATE TABLE invoices (invoice INTEGER PRIMARY KEY, event BLOB NOT NULL UNIQUE);
CREATE TABLE failed_invoices (event TEXT NOT NULL, error TEXT NOT NULL);
CREATE TABLE progress (reader TEXT PRIMARY KEY, position INTEGER NOT NULL);
"""


def build(folder: Path, events: Sequence[Written]) -> tuple[Fault, ...]:
    """Invoices for all but a few; the cursor has gone past every event."""
    wanted = of_type(events, "OrderPlaced", "OrderCancelled")
    crashed, committed_late, failed = wanted[200:204], wanted[340:341], [wanted[51], wanted[77], wanted[333]]
    lost = {*crashed, *committed_late, *failed}
    create(
        folder / "billing.db",
        SCHEMA,
        {
            "INSERT INTO invoices (event) VALUES (?)": ((event.id.bytes,) for event in wanted if event not in lost),
            "INSERT INTO failed_invoices VALUES (?, 'no country')": ((event.id.hex,) for event in failed),
            "INSERT INTO progress VALUES (?, ?)": [("invoices", wanted[-1].position), ("reminders", 0)],
        },
    )
    return _faults(crashed, committed_late, failed)


def _faults(
    crashed: Sequence[Written], committed_late: Sequence[Written], failed: Sequence[Written]
) -> tuple[Fault, ...]:
    return (
        Fault(
            audit="billing",
            check="missing",
            places=places(crashed),
            story="it moved its cursor, crashed before it wrote the invoices, and never looked back",
        ),
        Fault(
            audit="billing",
            check="missing",
            places=places(committed_late),
            story="an event was committed late, at a position that the cursor had already gone past",
        ),
        Fault(
            audit="billing",
            check="parked",
            places=places(failed),
            story="events that it could not process and set aside: known, so a warning and not an error",
        ),
    )
