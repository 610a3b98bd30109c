"""Plans of redelivery, as tests need them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from checks.model.event import Event
from checks.model.redelivery import LeftOut, Order, Part, Plan, PlannedCursor, PlannedEvent, Why

NOON = datetime(2026, 3, 1, 12, 0, 0, 250, tzinfo=UTC)


def planned(number: int, consumer: str = "billing", **more: Any) -> PlannedEvent:
    """The event ``e`` and its number, at that position. ``more``: of the event, where an event has such a thing."""
    event: dict[str, Any] = {
        "position": number,
        "id": f"e{number}",
        "stream": f"order-{number % 7}",
        "version": number,
        "type": "OrderPlaced",
        "time": NOON - timedelta(hours=1),
    }
    event.update({key: more.pop(key) for key in (*event, "partition") if key in more})
    others: dict[str, Any] = {"target": "orders-api", "why": Why.MISSING, "since": NOON - timedelta(minutes=5), **more}
    return PlannedEvent(event=Event(**event), consumer=consumer, **others)


def events(count: int) -> Iterator[PlannedEvent]:
    """So many events for billing, one by one."""
    return (planned(number) for number in range(1, count + 1))


def part(consumer: str = "billing", **more: Any) -> Part:
    """What is sent for a consumer."""
    values: dict[str, Any] = {
        "log": "orders",
        "target": "orders-api",
        "kind": "http",
        "fingerprint": "5e" * 32,
        "heard_by": (consumer,),
        "identity": ("id",),
        "origins": {"log": "a database", "consumer": "another one"},
        "cursors": (PlannedCursor(scope=None, positions=("17", None)),),
        "left_out": (LeftOut(reason="pending", count=None, message="too young to be late"),),
    }
    return Part(consumer=consumer, **{**values, **more})


def plan(*parts: Part, **more: Any) -> Plan:
    """A plan, for billing unless parts are given."""
    values: dict[str, Any] = {
        "hash": "",
        "run": "r-1",
        "created": NOON,
        "expires": NOON + timedelta(hours=1),
        "order": Order.AS_IS,
        "count": 0,
        "filters": {"--limit": "3"},
        "warnings": ("their streams went on without 2 of them",),
    }
    return Plan(parts=parts or (part(),), **{**values, **more})
