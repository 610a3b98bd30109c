"""What became of an attempt to send a plan's events again, as far as is known when it ends.

*Accepted* is what a target says. Whether the consumer has an event is only seen at the consumer: ``healed``, and what a
verification finds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from checks.model.event import Event
from checks.model.redelivery import Plan
from checks.model.verification import Verification

MOST_EVENTS = 1_000
"""A plan with more left to send is refused, unless somebody says how many may be sent (``--max-events``)."""


class Skip(StrEnum):
    """Why an event was not sent, as a short code: those of ``Standing``, and what only an attempt knows."""

    RECEIVED = "received"
    UNFINISHED = "unfinished"
    PARKED = "parked"
    GONE = "gone"
    NEVER = "never"
    """The target's ``never`` names its type by now."""
    ENDED = "ended"
    """Its stream has ended since the plan was made."""
    EXPIRED = "expired"
    """It is older by now than the inbox keeps receipts: that it lacks one says nothing."""
    FORGOTTEN = "forgotten"
    """It is older by now than somebody else who hears it keeps receipts."""
    SENT_SINCE = "sent-since"
    """Another plan has sent it since this one was made."""
    REJECTED_BEFORE = "rejected-before"
    """The target refused it in an earlier attempt, and nobody asked for another one (``--again``)."""
    HELD_BACK = "held-back"
    """An earlier event of its stream did not get through: to go on would be out of order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One event of many, with what became of it (a short code), and one line that a target said about it."""

    consumer: str
    event: Event
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedPart:
    """What became of the events of one consumer. All of it are counts of events.

    - ``planned``: all of them. ``before``: accepted by earlier attempts, or found at the consumer by them.
    - ``accepted``, ``rejected``, ``failed``, ``unknown``: what the target said in this attempt.
    - ``healed``: an earlier attempt may have sent them, and the consumer has them.
    - ``skipped``: not sent, by why. ``would_send``: what a dry run would have given to the target.
    """

    consumer: str
    target: str
    kind: str
    planned: int = 0
    before: int = 0
    accepted: int = 0
    rejected: int = 0
    failed: int = 0
    unknown: int = 0
    healed: int = 0
    would_send: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def sent(self) -> int:
        """What was given to the target in this attempt, whatever came of it."""
        return self.accepted + self.rejected + self.failed + self.unknown

    @property
    def not_reached(self) -> int:
        """What was not even looked at."""
        seen = self.before + self.sent + self.healed + self.would_send + sum(self.skipped.values())
        return self.planned - seen

    @property
    def left(self) -> int:
        """What the next attempt would send, as far as is known now: all that is not decided."""
        held_back = self.skipped.get(Skip.HELD_BACK, 0)
        return self.not_reached + self.failed + self.unknown + self.would_send + held_back


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """The first events of an attempt, and what became of them before all others were sent.

    ``asked``: how many should go first; ``sent``: how many did. ``arrived`` at the consumer; ``missing``: accepted
    and not there; ``parked``: the consumer set them aside; ``refused``: not even accepted. ``waited``: in seconds.
    """

    asked: int
    sent: int
    arrived: int
    missing: int = 0
    parked: int = 0
    refused: int = 0
    waited: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether everything arrived."""
        return self.arrived == self.sent


@dataclass(frozen=True, slots=True)
class Stop:
    """Why an attempt ended before its end: a short code, and one line."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One attempt to send what a plan holds, from its beginning to its end.

    - ``executed``: ``False``: a dry run, nothing was sent.
    - ``numbers``: how the ledger calls this attempt, one a target. ``parts``: in the plan's order.
    - ``stopped``: ``None``: it came to its end. ``canary``: ``None``: none was asked for, or none was reached.
    - ``verification``: what was seen at the consumers right afterwards, where somebody asked for it.
    - ``examples``: of what was not accepted, or would be sent. ``warnings``: what a person should weigh.
    """

    plan: Plan
    executed: bool
    began: datetime
    ended: datetime
    parts: tuple[AppliedPart, ...]
    numbers: tuple[int, ...] = ()
    stopped: Stop | None = None
    canary: Canary | None = None
    verification: Verification | None = None
    examples: tuple[Example, ...] = ()
    warnings: tuple[str, ...] = ()

    def total(self, word: str) -> int:
        """A count over all parts, by its name."""
        return sum(getattr(part, word) for part in self.parts)

    def skipped(self) -> dict[str, int]:
        """What was skipped in all parts, by why."""
        counts: dict[str, int] = {}
        for part in self.parts:
            for reason, count in part.skipped.items():
                counts[reason] = counts.get(reason, 0) + count
        return counts
