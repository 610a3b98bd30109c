"""Counts, ranges and samples of events of one kind, gathered one by one in flat memory, and the finding they make."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.ranges import RangeBuilder
from checks.scattered import ScatteredRanges


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a finding says of its events. ``limit``: how many samples it keeps, ``None`` for all."""

    limit: int | None
    count: int = 0
    ranges: RangeBuilder | ScatteredRanges = field(default_factory=RangeBuilder)
    events: list[Event] = field(default_factory=list)

    def add(self, event: Event, rank: int, count: int = 1) -> None:
        """Count an event, in the order that ``ranges`` asks for. Without a position it has no place in the ranges."""
        self.count += count
        if event.position is not None:
            self.ranges.add(event.position, rank)
        self.sample(event)

    def sample(self, event: Event) -> None:
        """Keep the event as a sample, if there is room."""
        if self.has_room:
            self.events.append(event)

    @property
    def has_room(self) -> bool:
        """Whether one more sample would be kept."""
        return self.limit is None or len(self.events) < self.limit

    def finding(
        self,
        check: str,
        verdict: Verdict,
        message: str,
        *,
        partition: str | None,
        reason: str | None = None,
        harmless: bool = False,
        evidence: Mapping[str, object] | None = None,
    ) -> Finding:
        """The finding about these events."""
        ranges = self.ranges.build()
        return Finding(
            check=check,
            verdict=verdict,
            count=self.count,
            message=message,
            partition=partition,
            reason=reason,
            harmless=harmless,
            ranges=ranges,
            ranges_truncated=self.ranges.truncated,
            events=tuple(self.events),
            evidence=evidence or {},
        )
