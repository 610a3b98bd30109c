"""When sending stops by itself, and which events must wait because of others that did not get through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from auditor.config import ConsumerConfig
from auditor.redelivery.applying.due import Due
from checks.model.application import Stop
from checks.model.redelivery import Outcome

_ENOUGH = 10
"""So many events say something about all others."""


@dataclass(slots=True)
class Brake:
    """Stops an attempt of which too much goes wrong. ``share``: of all that was sent, from 0 to 1."""

    share: float
    sent: int = 0
    wrong: int = 0
    _whole: bool = False

    def note(self, outcomes: Sequence[Outcome], batch: int) -> Stop | None:
        """Count what became of one batch; why to stop, if so. ``batch``: how many a batch has when it is full."""
        count = len(outcomes)
        self.sent += count
        self.wrong += sum(outcome is not Outcome.ACCEPTED for outcome in outcomes)
        self._whole = self._whole or count >= batch
        if self.wrong <= self.share * self.sent or not (self._whole or self.sent >= _ENOUGH):
            return None
        return Stop(
            "error-share",
            f"{self.wrong:,} of {self.sent:,} events that were sent did not get through, more than"
            f" {self.share:.0%} (--max-error-share)",
        )


@dataclass(slots=True)
class Streams:
    """Streams of which an event did not get through, by the consumer that needs their order.

    What comes later in them waits for another attempt: sent now, it would be out of order.
    """

    consumers: Mapping[str, ConsumerConfig]
    _held: set[tuple[str, str | None, str]] = field(default_factory=set)

    def hold(self, due: Due) -> None:
        """This one did not get through."""
        self._held.update(self._of(due))

    def holds_back(self, due: Due) -> bool:
        """Whether it has to wait."""
        return any(each in self._held for each in self._of(due))

    def _of(self, due: Due) -> list[tuple[str, str | None, str]]:
        event = due.planned.event
        if event.stream is None:
            return []
        return [(name, event.partition, event.stream) for name in due.lackers if self._needs_order(name)]

    def _needs_order(self, name: str) -> bool:
        consumer = self.consumers.get(name)
        return consumer is None or consumer.ordered
