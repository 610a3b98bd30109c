"""What became of a plan's events at those who lacked them, as far as was seen when a verification ended.

An event is healed when its consumer has received it, and nothing else: that a target accepted it says nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from checks.model.event import Event
from checks.model.redelivery import Plan, Step


class Fate(StrEnum):
    """What became of one event at one consumer."""

    HEALED = "healed"
    """It has a receipt that counts as processed, or one where nothing says what does."""
    HAD = "already-had"
    """It has such a receipt, and had it when the plan was made: it is sent again for the order of its stream alone."""
    MISSING = "missing"
    """The log has it, the consumer still has no trace of it."""
    UNPROCESSED = "unprocessed"
    """It was received, and is not done."""
    PARKED = "parked"
    """The consumer set it aside as failed."""
    REJECTED = "rejected"
    """The target refused it, by the journal, and the consumer has no trace of it."""
    GONE = "gone"
    """The log does not have it any more, or has another event in its place, and the consumer has no trace of it."""
    NOT_SEEN = "not-seen"
    """The last look at the consumer failed."""

    @property
    def may_change(self) -> bool:
        """Whether it is worth looking again: what is neither healed nor decided otherwise."""
        return self in _OPEN


ARRIVED = frozenset({Fate.HEALED, Fate.HAD})
"""What is as it should be."""
_OPEN = frozenset({Fate.MISSING, Fate.UNPROCESSED, Fate.NOT_SEEN})


class Proof(StrEnum):
    """What a verification comes to."""

    HEALED = "healed"
    """Every event of the plan has arrived."""
    NOT_HEALED = "not healed"
    """At least one has not."""
    UNDECIDED = "undecided"
    """None is known to be lacking, and not everything could be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remnant:
    """One event that is not healed. ``said``: the last that the journal knows of its sending, ``None``: nothing.

    ``detail``: what the target said then, in one line.
    """

    consumer: str
    event: Event
    fate: Fate
    said: Step | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedConsumer:
    """The events of one consumer, by what became of them.

    - ``said``: of those that are missing, what the journal says last, ``None``: that it was not sent, as far as known.
    - ``problem``: why the last look failed: a short code and one line.
    """

    consumer: str
    counts: Mapping[Fate, int]
    said: Mapping[Step | None, int] = field(default_factory=dict)
    problem: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was seen when it ended, after so many ``looks`` and having ``waited``.

    - ``remnants``: samples of what is not healed, a limited number of each fate, in the plan's order.
    - ``redeliveries``: the last one of the plan to each target, by the ledger's number. None: it was not applied, as
      far as the ledger knows. ``not_recorded``: why the ledger could not be asked, or told.
    """

    plan: Plan
    began: datetime
    ended: datetime
    waited: timedelta
    looks: int
    consumers: tuple[VerifiedConsumer, ...]
    remnants: tuple[Remnant, ...] = ()
    redeliveries: tuple[int, ...] = ()
    not_recorded: str | None = None

    @property
    def proof(self) -> Proof:
        """What it comes to: what is known to be lacking outranks what could not be seen."""
        found = {fate for each in self.consumers for fate, count in each.counts.items() if count}
        if found - ARRIVED - {Fate.NOT_SEEN}:
            return Proof.NOT_HEALED
        return Proof.UNDECIDED if Fate.NOT_SEEN in found else Proof.HEALED

    def count(self, fate: Fate) -> int:
        """How many of all consumers."""
        return sum(each.counts.get(fate, 0) for each in self.consumers)

    @property
    def total(self) -> int:
        """An event counts once for everybody that lacked it."""
        return sum(count for each in self.consumers for count in each.counts.values())
