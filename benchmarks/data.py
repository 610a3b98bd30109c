"""What the audited databases hold: a wide log, and narrow inboxes that lack some of its events.

Everything follows from an event's number, which is its position, so both sides can be written on their own and nobody
holds a log in memory. Identities are spread like random uuids: the two sides share no order on disk.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass

TYPES = ("OrderPlaced", "OrderPaid", "OrderPacked", "OrderShipped", "OrderClosed")
"""The type of event n is the one at n modulo 5."""
PAID = TYPES[:2]
EVENTS_IN_A_STREAM = 5
FEW = 13
FEWEST = 500
"""So many events a benchmark needs at least, that a fifth of them can lack some."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """A table of receipts: which events it lacks, and how many of ``TYPES`` it receives."""

    table: str
    lost: frozenset[int]
    types: int = len(TYPES)


@dataclass(frozen=True, slots=True)
class Databases:
    """A log and its consumer's inboxes, written and ready to be audited."""

    events: int
    log_url: str
    inbox_url: str


def nothing() -> Inbox:
    """The inbox of a log without events, or of one of which nothing is missing."""
    return Inbox("inbox", frozenset())


def few_missing(events: int) -> Inbox:
    """13 are missing."""
    return Inbox("inbox", frozenset(_chance().sample(range(1, events), FEW)))


def percent_missing(events: int) -> Inbox:
    """1 % is missing, scattered."""
    return Inbox("inbox_percent", frozenset(_chance().sample(range(1, events), events // 100)))


def paid_missing(events: int) -> Inbox:
    """Only the ``PAID`` types are received, of which 13 are missing."""
    rounds = _chance().sample(range(1, events // len(TYPES)), FEW)
    return Inbox("inbox_paid", frozenset(len(TYPES) * n + n % len(PAID) for n in rounds), types=len(PAID))


def streams(events: int) -> int:
    """How many streams a log has; its events take turns in them."""
    return max(events // EVENTS_IN_A_STREAM, 1)


def receipts(events: int, inbox: Inbox) -> Iterable[int]:
    """The events that the inbox has, ascending."""
    return (n for n in range(1, events + 1) if n % len(TYPES) < inbox.types and n not in inbox.lost)


def _chance() -> random.Random:
    return random.Random(1)
