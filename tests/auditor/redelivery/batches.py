"""Events on their way, for tests of targets."""

from typing import Any

from auditor.config import LogConfig
from auditor.redelivery.targets.interface import Batch, Parcel
from checks.model.event import Event
from checks.model.redelivery import PlannedEvent, Why

LOG = LogConfig(name="orders", store="shop", table="events", position="position", id="event_id")


def event(place: int, /, **changes: Any) -> Event:
    """An event at that position, its id "e" and the position unless told otherwise."""
    known: dict[str, Any] = {"position": place, "id": f"e{place}", "stream": f"order-{place}", "version": 1}
    return Event(**known | {"type": "OrderPlaced"} | changes)


def parcel(place: int, /, *, follows: bool = False, data: object = None, **changes: Any) -> Parcel:
    """That event on its way to billing, its key "key-" and the position."""
    planned = PlannedEvent(event=event(place, **changes), consumer="billing", target="api", why=Why.MISSING)
    return Parcel(event=planned, key=f"key-{place}", follows=follows, data=data)


def batch_of(*parcels: Parcel, plan: str = "0123456789abcdef" * 4, count: int | None = None) -> Batch:
    """Those parcels in one batch for billing."""
    many = len(parcels) if count is None else count
    return Batch(plan=plan, consumer="billing", log=LOG, parcels=parcels, count=many)
