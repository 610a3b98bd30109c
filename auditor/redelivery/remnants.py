"""What a verification ends with: counts for each consumer, and samples of what is not healed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.desk import Failure
from auditor.redelivery.fates import Pair
from checks.model.event import Event
from checks.model.journal import Line
from checks.model.redelivery import Step
from checks.model.verification import ARRIVED, Fate, Remnant, VerifiedConsumer


@dataclass
class Report:
    """Counts what became of the pairs, and keeps samples: ``most`` of each fate."""

    most: int | None
    remnants: list[Remnant] = field(default_factory=list)
    _counts: dict[str, Counter[Fate]] = field(default_factory=dict)
    _said: dict[str, Counter[Step | None]] = field(default_factory=dict)
    _kept: Counter[Fate] = field(default_factory=Counter)

    def add(self, pair: Pair, fate: Fate, given: Line | None) -> None:
        """Count one. ``given``: what the journal says of its sending."""
        self._counts.setdefault(pair.consumer, Counter())[fate] += 1
        said = None if given is None else given.step
        if fate is Fate.MISSING:
            self._said.setdefault(pair.consumer, Counter())[said] += 1
        if fate not in ARRIVED and (self.most is None or self._kept[fate] < self.most):
            self._kept[fate] += 1
            self.remnants.append(_remnant(pair.consumer, pair.planned.event, fate, given))

    def consumers(self, problems: Mapping[str, Failure]) -> tuple[VerifiedConsumer, ...]:
        """In the order in which the plan names them. ``problems``: why the last look at one failed."""
        return tuple(
            VerifiedConsumer(
                consumer=name,
                counts=dict(counts),
                said=dict(self._said.get(name, {})),
                problem=None if (failure := problems.get(name)) is None else (failure.reason, failure.message),
            )
            for name, counts in self._counts.items()
        )


def _remnant(consumer: str, event: Event, fate: Fate, given: Line | None) -> Remnant:
    said, detail = (None, "") if given is None else (given.step, given.detail)
    return Remnant(consumer=consumer, event=event, fate=fate, said=said, detail=detail)
