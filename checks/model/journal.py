"""What the ledger keeps of redeliveries: each of them, every step of each event, and which positions were sent.

It is only ever added to: what was written once says the same for ever, whatever comes to be known later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from checks.identities import key_of
from checks.model.event import Event
from checks.model.redelivery import Step

SEEN_AT_THE_CONSUMER = frozenset({Step.HEALED, Step.MISSING, Step.PARKED})
"""Steps that a look at the consumer made. All others are about what was given to the target."""

Option = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redelivery:
    """One apply of a plan to one target, as it began.

    - ``number``: the ledger's own, in the order in which they began; 0 before it is recorded.
    - ``plan``: the plan's hash. ``run``: the run that confirmed its events.
    - ``consumers``: for whom it is sent; ``heard_by``: everybody that hears it.
    - ``user``, ``host``: who applied it, and where. ``reason``, ``ticket``: as they were typed.
    - ``options``: what else was allowed or asked for, by name: ``accepted_duplicates``, ``first_sighting``, ``canary``.
    """

    number: int = 0
    plan: str
    run: str
    target: str
    kind: str
    consumers: tuple[str, ...]
    heard_by: tuple[str, ...] = ()
    user: str
    host: str
    at: datetime
    reason: str | None = None
    ticket: str | None = None
    options: Mapping[str, Option] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One step of one event on its way to one consumer.

    ``number``: of its redelivery, which the ledger fills in. ``batch``: counted from 1 within that redelivery, ``None``
    for what belongs to none. ``detail``: one line, redacted. ``event``: the ledger does not keep its time.
    """

    number: int = 0
    batch: int | None = None
    consumer: str
    event: Event
    step: Step
    detail: str = ""
    at: datetime

    @property
    def key(self) -> str:
        """One text for the event, the same in every plan and every run."""
        return key_of(self.event)


class How(StrEnum):
    """What was done to a span of positions."""

    SENT = "sent"
    """Its events were given to the consumer once more."""
    UNSENT = "unsent"
    """Rows of an outbox were marked as not yet sent."""
    COPYING = "copying"
    """A row there was about to be committed as a copy. Whether it was, is known where the same span is noted again."""
    COPIED = "copied"
    """The rows in it are copies of earlier ones."""
    WITHDRAWN = "withdrawn"
    """The same span of the same redelivery came to nothing: certainly nobody was sent it, and no row was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Positions that a redelivery touched, from ``first`` to ``last``, both included.

    ``of``: ``consumer`` or ``log``, whose name is ``name``. ``at``: when; of spans that were merged, the earliest.
    ``row``: what the row of a copy says of itself (id, stream, version), where nobody knows yet whether it is there.
    """

    of: str
    name: str
    partition: str | None = None
    first: int
    last: int
    how: How
    at: datetime
    row: Event | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRedelivery:
    """A redelivery and what became of its events: how many have which step as their last one.

    ``counts``: each event counts once by the last thing that the target said of it, and, where the consumer was looked
    at afterwards, once more by what was seen there last (:data:`SEEN_AT_THE_CONSUMER`).
    """

    redelivery: Redelivery
    counts: Mapping[Step, int] = field(default_factory=dict)

    @property
    def events(self) -> int:
        """How many events it came to, for all of its consumers together."""
        return sum(count for step, count in self.counts.items() if step not in SEEN_AT_THE_CONSUMER)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is asked for: an event that agrees with ``event`` in all that is known of it.

    ``consumers``: for one of these only; ``None``: for whomever.
    """

    event: Event
    consumers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Everything that one redelivery did about one event and consumer. ``lines``: never empty, the oldest first."""

    lines: tuple[Line, ...]

    @property
    def consumer(self) -> str:
        """For whom it is sent."""
        return self.lines[0].consumer

    @property
    def event(self) -> Event:
        """The event, without its time."""
        return self.lines[0].event


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAgain:
    """A redelivery that came to an event, and everything that it did about it."""

    redelivery: Redelivery
    attempt: Attempt

    @property
    def last(self) -> Line:
        """What is known last."""
        return self.attempt.lines[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One redelivery in the log. ``attempts``: its events in the order in which they were come to, if asked for."""

    recorded: RecordedRedelivery
    attempts: tuple[Attempt, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeliveryLog:
    """Redeliveries, the newest first. ``narrowed``: not all that there are, but those that were asked for."""

    entries: tuple[LogEntry, ...] = ()
    narrowed: bool = False
