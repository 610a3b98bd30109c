"""Redeliveries to write into a ledger, and their lines."""

from collections.abc import Iterable
from typing import Any

from checks.model.event import Event
from checks.model.journal import Line, Redelivery
from checks.model.redelivery import Step
from tests.ledgers import began

PLAN = "3fa2" * 16


def redelivery(minute: float = 0, **changes: Any) -> Redelivery:
    """The redelivery of a minute."""
    known: dict[str, Any] = {
        "plan": PLAN,
        "run": "run-1",
        "target": "orders-api",
        "kind": "http",
        "consumers": ("billing",),
        "user": "ann",
        "host": "ops-1",
        "at": began(minute),
    }
    return Redelivery(**(known | changes))


def line(position: int, step: Step, consumer: str = "billing", **changes: Any) -> Line:
    """One step of the event at a position."""
    event = Event(position=position, id=f"e{position}", stream=f"order-{position}", version=1, type="OrderPlaced")
    known: dict[str, Any] = {"consumer": consumer, "event": event, "step": step, "at": began(1)}
    return Line(**(known | changes))


def steps(position: int, *taken: Step, consumer: str = "billing") -> list[Line]:
    """Steps of one event, in their order."""
    return [line(position, step, consumer) for step in taken]


def told(lines: Iterable[Line]) -> list[tuple[int | None, str, str]]:
    """Position, consumer and step of each."""
    return [(each.event.position, each.consumer, each.step.value) for each in lines]
