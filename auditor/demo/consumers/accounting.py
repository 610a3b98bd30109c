"""Accounting is healthy: it books once a day, and what it has not booked yet is not due.

It is here because an auditor that cries wolf is soon ignored: lag within what was agreed, holes in the positions and
events that it does not want are no faults.
"""

from collections.abc import Sequence
from pathlib import Path

from auditor.demo.databases import create
from auditor.demo.faults import Fault
from auditor.demo.producer import Written, of_type, places
from checks.model.finding import Verdict

SCHEMA = """
CREATE TABLE journal (entry INTEGER PRIMARY KEY, voucher TEXT NOT NULL, booked INTEGER NOT NULL);
CREATE TABLE subscriptions (name TEXT PRIMARY KEY, position TEXT NOT NULL);
"""


def build(folder: Path, events: Sequence[Written]) -> tuple[Fault, ...]:
    """Everything but the last payments is in the journal, and all but the last of those are booked."""
    wanted = of_type(events, "OrderPaid", "OrderRefunded")
    arrived, to_come = wanted[:-12], wanted[-12:]
    to_book = arrived[-3:]
    create(
        folder / "accounting.db",
        SCHEMA,
        {
            "INSERT INTO journal (voucher, booked) VALUES (?, ?)": (
                (str(event.id).upper(), int(event not in to_book)) for event in arrived
            ),
            "INSERT INTO subscriptions VALUES (?, ?)": [("shop/orders", f"{arrived[-1].position:012}")],
        },
    )
    return (
        Fault(
            audit="accounting",
            check="lagging",
            verdict=Verdict.PENDING,
            places=places(to_come),
            story="the payments of the last hours, which tonight's run will fetch: not due, so no fault",
        ),
        Fault(
            audit="accounting",
            check="unprocessed",
            verdict=Verdict.PENDING,
            places=places(to_book),
            story="payments that were fetched and that tonight's run will book: no fault either",
        ),
    )
