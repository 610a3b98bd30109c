"""Shipping packs what was paid. It waits for messages that will not come again, and knows events by order and version.

A lost tail is the loss that nothing in the consumer shows: no later event tells it that it missed one.
"""

from collections.abc import Sequence
from pathlib import Path

from auditor.demo.databases import create
from auditor.demo.faults import Fault
from auditor.demo.producer import Written, of_type, places

SCHEMA = """
CREATE TABLE parcels (order_no TEXT NOT NULL, order_version INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE last_seen (position INTEGER NOT NULL);
"""


def build(folder: Path, events: Sequence[Written]) -> tuple[Fault, ...]:
    """A parcel for every payment but the last ones."""
    wanted = of_type(events, "OrderPaid")
    arrived, tail = wanted[:-6], wanted[-6:]
    forgotten = arrived[151:153]
    create(
        folder / "shipping.db",
        SCHEMA,
        {
            "INSERT INTO parcels VALUES (?, ?, ?)": (
                (event.stream, event.version, "to pack" if event in forgotten else "handed over") for event in arrived
            ),
            "INSERT INTO last_seen VALUES (?)": [(arrived[-1].position,)],
        },
    )
    return (
        Fault(
            audit="shipping",
            check="lagging",
            places=places(tail),
            story="the customers paid and shipping never heard of it; the shop is quiet now, so nothing comes after",
        ),
        Fault(
            audit="shipping",
            check="unprocessed",
            places=places(forgotten),
            story="two parcels were noted down, and the worker that should have packed them was shut down",
        ),
    )
