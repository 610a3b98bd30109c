"""Events that are to be sent again, and what became of them: the plan, and its standing at the consumer.

A plan may hold very many events, so none of these holds them all: they are read from the plan's file one by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from checks.model.event import Event


class Why(StrEnum):
    """Why an event is sent: the check that confirmed it, or that it follows such a one in its stream."""

    MISSING = "missing"
    BACKFILL = "backfill-incomplete"
    ORDER = "order"


class Order(StrEnum):
    """What is sent where later events of a stream were processed already: what is missing, or the stream from there."""

    AS_IS = "as-is"
    STRICT = "strict"


class Standing(StrEnum):
    """What became of an event, by the log and the consumer's own tables."""

    LACKING = "lacking"
    """The log has it, the consumer has no trace of it."""
    RECEIVED = "received"
    """It has a receipt that counts as processed, or one where nothing says what does."""
    UNFINISHED = "unfinished"
    """It has a receipt that is not done."""
    PARKED = "parked"
    """The consumer set it aside as failed."""
    GONE = "gone"
    """The log does not have it any more, or its row does not count any more."""
    CHANGED = "changed"
    """The log has another event in its place: another id, stream, version, type or position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEvent:
    """One event of a plan.

    - ``consumer``: who lacks it; ``also_for``: other consumers that lack it and hear the same target.
    - ``since``: when the earliest run that confirmed it began.
    - ``follows``: no other event that anybody who hears it should have stands between it and the one before it.
    - ``superseded``: the consumer has processed a later event of its stream.
    - ``attempts``: how often it was sent to this consumer before.
    """

    event: Event
    consumer: str
    target: str
    why: Why
    since: datetime | None = None
    also_for: tuple[str, ...] = ()
    follows: bool = False
    superseded: bool = False
    attempts: int = 0

    @property
    def lackers(self) -> tuple[str, ...]:
        """Everybody that it is sent for."""
        return (self.consumer, *self.also_for)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Events that a plan leaves out: why, as a short code, how many, and a sentence. ``count``: ``None`` if unknown."""

    reason: str
    count: int | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCursor:
    """Where the consumer's cursor stood when the plan was made, as text."""

    scope: str | None
    positions: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a plan sends for one consumer.

    - ``heard_by``: everybody that hears it. ``origins``: names the very tables that were read, by ``log`` and
      ``consumer``. ``identity``: the words by which receipts are found. ``fingerprint``: a hash of what the config says
      of the target.
    - ``count``: its events; ``superseded``: those whose stream went on without them; ``streams``: how many streams.
    - ``comes_again``: how many events that it has already will come again; ``None`` where that is not known.
    """

    consumer: str
    log: str
    target: str
    kind: str
    fingerprint: str
    heard_by: tuple[str, ...]
    identity: tuple[str, ...]
    origins: Mapping[str, str]
    cursors: tuple[PlannedCursor, ...] = ()
    count: int = 0
    streams: int = 0
    superseded: int = 0
    comes_again: int | None = 0
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All of a plan but for its events.

    - ``hash``: over everything else, the events too. ``run``: the run that confirmed them. ``recorded``:
      the ledger has that run.
    - ``filters``: by which of them were chosen, as they were typed. ``warnings``: what a person should weigh.
    - ``accepted_duplicates``: why events may come twice to who is not declared ``idempotent``; ``None``: they may not.
    - ``first_sighting``: events that one run alone confirmed are in it, too.
    """

    hash: str
    run: str
    created: datetime
    expires: datetime
    order: Order
    count: int
    parts: tuple[Part, ...]
    filters: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    accepted_duplicates: str | None = None
    first_sighting: bool = False
    recorded: bool = True

    @property
    def targets(self) -> tuple[str, ...]:
        """By name, each once, in the order of the parts."""
        return tuple(dict.fromkeys(part.target for part in self.parts))


class Outcome(StrEnum):
    """What a target said of an event that was given to it."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"
    """It was certainly not sent."""
    UNKNOWN = "unknown"
    """It may have been sent: nobody answered."""


class Step(StrEnum):
    """One line of the journal about one event, in the order in which they can follow each other."""

    SENDING = "sending"
    """It is about to be given to the target: without a later line nobody knows what became of it."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    """It was not sent, since it had arrived, or is not in the log any more."""
    HEALED = "healed"
    """The consumer has it."""
    MISSING = "missing"
    """A verification did not find it at the consumer."""
    PARKED = "parked"
    """A verification found it set aside as failed."""
