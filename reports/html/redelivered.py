"""What was sent again, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from checks.model.journal import SEEN_AT_THE_CONSUMER, RecordedRedelivery
from checks.model.redelivery import Step
from reports.html.words import number, shortened, some, when

_BAD = frozenset({Step.REJECTED, Step.FAILED, Step.MISSING})
_DOUBTFUL = frozenset({Step.SENDING, Step.UNKNOWN, Step.PARKED})
_SHORT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One redelivery. ``given``: what the target said; ``seen``: what was seen at the consumer: look, words."""

    number: str
    at: str
    who: str
    plan: str
    target: str
    consumers: str
    why: str
    given: tuple[tuple[str, str], ...]
    seen: tuple[tuple[str, str], ...]


def redelivered(found: Iterable[RecordedRedelivery]) -> list[Sent]:
    """Each of them, in the order in which they are given."""
    return [_sent(each) for each in found]


def _sent(recorded: RecordedRedelivery) -> Sent:
    redelivery = recorded.redelivery

    def told(*, seen: bool) -> tuple[tuple[str, str], ...]:
        return tuple(
            (_look(step), f"{number(recorded.counts[step])} {step}")
            for step in Step
            if recorded.counts.get(step) and (step in SEEN_AT_THE_CONSUMER) is seen
        )

    return Sent(
        number=str(redelivery.number),
        at=when(redelivery.at),
        who=shortened(f"{redelivery.user}@{redelivery.host}"),
        plan=redelivery.plan[:_SHORT],
        target=f"{shortened(redelivery.target)} ({redelivery.kind})",
        consumers=some(redelivery.consumers, 5),
        why=": ".join(each for each in (redelivery.ticket, redelivery.reason) if each),
        given=told(seen=False),
        seen=told(seen=True),
    )


def _look(step: Step) -> str:
    return "bad" if step in _BAD else "warn" if step in _DOUBTFUL else "good" if step is Step.HEALED else "plain"
