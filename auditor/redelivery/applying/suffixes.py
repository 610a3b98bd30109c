"""Streams that are sent again from a missing event on: of what follows there, also what the consumer has comes again.

That is what a plan in strict order is for. Where nothing of a stream is sent, as it arrived meanwhile, nothing follows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from auditor.redelivery.applying.due import Due
from checks.model.redelivery import Why


@dataclass(slots=True)
class Suffixes:
    """The streams, by consumer, of which this plan has sent something, or is about to."""

    _begun: set[tuple[str, str | None, str | None]] = field(default_factory=set)

    def note(self, due: Due) -> None:
        """What earlier attempts sent of it, or may have sent."""
        unsure = due.unsure_since is not None
        self.begin(due, (name for name in due.planned.lackers if unsure or name not in due.lackers))

    def begin(self, due: Due, consumers: Iterable[str]) -> None:
        """It is sent for these."""
        event = due.planned.event
        self._begun.update((name, event.partition, event.stream) for name in consumers if event.stream is not None)

    def follows(self, due: Due, consumer: str) -> bool:
        """Whether it is to come again although the consumer has it."""
        event = due.planned.event
        return due.planned.why is Why.ORDER and (consumer, event.partition, event.stream) in self._begun
