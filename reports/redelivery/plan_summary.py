"""What a plan comes to, counted while its events are read one by one: by whom, where, when, of which types, and why.

What is counted here is what the events say, not what the plan's head says of them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from checks.model.redelivery import Part, Plan, PlannedEvent, Why

MOST_TYPES = 1_000
"""So many types are told apart; whatever comes after them is counted as others."""


@dataclass(slots=True)
class Tally:
    """The events of one consumer.

    - ``places``: the first and the last position in each partition. ``also_for``: how many others lack, by consumer.
    - ``types``: how many of each; ``None``: no type is known. ``other_types``: how many are of further types.
    - ``sent_before``: how many were sent to it before, and ``most_attempts`` how often one of them.
    """

    count: int = 0
    superseded: int = 0
    places: dict[str | None, tuple[int, int]] = field(default_factory=dict)
    earliest: datetime | None = None
    latest: datetime | None = None
    why: Counter[Why] = field(default_factory=Counter)
    types: Counter[str | None] = field(default_factory=Counter)
    other_types: int = 0
    also_for: Counter[str] = field(default_factory=Counter)
    sent_before: int = 0
    most_attempts: int = 0

    def add(self, planned: PlannedEvent) -> None:
        """Count an event."""
        event = planned.event
        self.count += 1
        self.superseded += planned.superseded
        self.why[planned.why] += 1
        self.also_for.update(planned.also_for)
        self.sent_before += planned.attempts > 0
        self.most_attempts = max(self.most_attempts, planned.attempts)
        if event.type in self.types or len(self.types) < MOST_TYPES:
            self.types[event.type] += 1
        else:
            self.other_types += 1
        if event.position is not None:
            first, last = self.places.get(event.partition, (event.position, event.position))
            self.places[event.partition] = (min(first, event.position), max(last, event.position))
        if event.time is not None:
            self.earliest = event.time if self.earliest is None else min(self.earliest, event.time)
            self.latest = event.time if self.latest is None else max(self.latest, event.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """A plan, what its events come to for each part, and the first of them. ``now``: when it is looked at."""

    plan: Plan
    now: datetime
    parts: tuple[tuple[Part, Tally], ...]
    events: tuple[PlannedEvent, ...] = ()

    @property
    def has_expired(self) -> bool:
        """Whether it is too old to be applied."""
        return self.now >= self.plan.expires

    @property
    def count(self) -> int:
        """The events of all parts."""
        return sum(tally.count for _, tally in self.parts)


def summarised(plan: Plan, events: Iterable[PlannedEvent], now: datetime, *, samples: int = 0) -> PlanSummary:
    """Count the events of a plan, and keep the first so many."""
    tallies = {part.consumer: Tally() for part in plan.parts}
    kept: list[PlannedEvent] = []
    for planned in events:
        tallies[planned.consumer].add(planned)
        if len(kept) < samples:
            kept.append(planned)
    parts = tuple((part, tallies[part.consumer]) for part in plan.parts)
    return PlanSummary(plan=plan, now=now, parts=parts, events=tuple(kept))
