"""What became of the events of an attempt, counted as it goes on; of some of them also which they were."""

from collections import Counter

from auditor.redelivery.applying.due import Due
from checks.model.application import AppliedPart, Example, Skip
from checks.model.redelivery import Outcome, Plan

MOST_EXAMPLES = 10
"""Of one kind."""


class Tally:
    """Counts by consumer. Events count with the consumer that the plan has them under."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._counts: dict[str, Counter[str]] = {part.consumer: Counter() for part in plan.parts}
        self._skipped: dict[str, Counter[str]] = {part.consumer: Counter() for part in plan.parts}
        self._shown: Counter[str] = Counter()
        self._examples: list[Example] = []

    def plan(self, due: Due) -> None:
        """One event that the plan holds."""
        self._counts[due.planned.consumer]["planned"] += 1

    def count(self, due: Due, word: str) -> None:
        """One event: ``before``, ``healed``, ``would_send``."""
        self._counts[due.planned.consumer][word] += 1
        if word == "would_send":
            self._show(due, word)

    def answer(self, due: Due, outcome: Outcome, detail: str) -> None:
        """One event of which the target said something."""
        self._counts[due.planned.consumer][outcome.value] += 1
        if outcome is not Outcome.ACCEPTED:
            self._show(due, outcome.value, detail)

    def skip(self, due: Due, reason: Skip) -> None:
        """One event that is not sent."""
        self._skipped[due.planned.consumer][reason.value] += 1
        if reason is not Skip.RECEIVED:
            self._show(due, reason.value)

    def total(self, *words: str) -> int:
        """A count over all consumers."""
        return sum(counts[word] for counts in self._counts.values() for word in words)

    @property
    def sent(self) -> int:
        """What was given to a target."""
        return self.total(*(outcome.value for outcome in Outcome))

    @property
    def seen(self) -> int:
        """What is behind us."""
        return sum(counts.total() - counts["planned"] for counts in self._counts.values()) + sum(
            counts.total() for counts in self._skipped.values()
        )

    def parts(self) -> tuple[AppliedPart, ...]:
        """The counts, in the plan's order."""
        return tuple(
            AppliedPart(
                consumer=part.consumer,
                target=part.target,
                kind=part.kind,
                skipped={reason: count for reason, count in self._skipped[part.consumer].items() if count},
                **self._counts[part.consumer],
            )
            for part in self._plan.parts
        )

    def examples(self) -> tuple[Example, ...]:
        """Some of those that were not accepted, or would be sent."""
        return tuple(self._examples)

    def _show(self, due: Due, what: str, detail: str = "") -> None:
        if self._shown[what] < MOST_EXAMPLES:
            self._shown[what] += 1
            self._examples.append(
                Example(consumer=due.planned.consumer, event=due.planned.event, what=what, detail=detail)
            )
