"""What is known when a consumer is to go on in another log of the same events, and what is said of it.

The *old* log is the one that it reads, the *new* one that in which it wants to go on; both are derived from one
*upstream*, whose events are what they have in common.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from checks.model.event import Event


class Doubt(StrEnum):
    """Why an event is not proven processed, the weightiest first."""

    NOT_IN_OLD_LOG = "not in the log that it reads"
    PARKED = "parked"
    CONTRADICTED = "its receipt says something else than the log"
    UNFINISHED = "received, not processed"
    NO_RECEIPT = "no receipt"
    CHANGED = "its row changed while it was read"


class Facts(NamedTuple):
    """One upstream event, and what the two logs and the consumer have of it.

    - ``position``: in the upstream; ``None`` where the upstream does not have it (any more). ``name``: what the derived
      logs call it then.
    - ``expected``: it passes the upstream's ``where`` and the old log's ``types``; of an event that the upstream does
      not have nobody knows, so it counts as expected.
    - ``old_rows``: its rows in the old log, whatever they pass; ``wanted``: those of them that the consumer should
      have; ``unproven``: those of these without a processed receipt; ``doubt``: why, of the first of them.
    - ``new_first``: the lowest position of its rows in the new log; ``None`` where it has none there.
    - ``age``: on the upstream's clock; ``None`` where its time is absent, ahead, or not configured.
    """

    position: int | None
    name: str | None
    expected: bool
    old_rows: int
    wanted: int
    unproven: int
    doubt: Doubt | None
    new_first: int | None
    age: timedelta | None


class NewRow(NamedTuple):
    """A row of the new log with a position, and the event that it belongs to."""

    position: int
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class CutoverEvidence:
    """What the choice of a start goes by.

    ``events``: every event that one of the three logs has, in the order of the upstream, those that it does not have
    last; ``rows_beyond``: the rows of the new log beyond a position, in its order. Both are read as often as they are
    asked for. ``settled``: nothing can still appear in the new log at or below it. ``max_delay``: how long an event
    may take into the new log. ``old_retention``: of the old log, whose older rows may be gone. ``old_skips``: the old
    log may leave any event out (``per_event = "any"``).
    """

    events: Iterable[Facts]
    rows_beyond: Callable[[int], Iterable[NewRow]]
    settled: int
    max_delay: timedelta
    old_retention: timedelta | None = None
    old_skips: bool = False
    sample_limit: int | None = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Some events: how many, closed ranges of their positions in one log, and samples."""

    count: int = 0
    ranges: tuple[tuple[int, int], ...] = ()
    ranges_truncated: bool = False
    events: tuple[Event, ...] = ()


NOBODY = Listed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Where the consumer can go on, or what stands against it.

    ``start``: the last position of the new log that it need not read; ``None``: there is none. ``first``: the event
    that keeps it from being higher, if one does. ``lost``: events that the new log lacks and the consumer was not
    shown to have processed, by their position in the upstream; ``ageless``: the same of events of which nothing says
    whether they are late or only young. ``twice``: rows of the new log beyond ``start`` of events that it has
    processed. ``doubts``: how many events are not proven processed, by the reason. ``waiting``: not in the new log yet.
    ``spared``: processed, and not in the new log. ``foreign``: events that are none of the consumer's business.
    ``unknowable``: only in the upstream, where the old log need not have them, or may have purged them.
    ``beyond``: rows of the new log beyond ``start``; ``nameless``: those of them that name no event, which are all that
    do so, and which no count of events has.
    """

    start: int | None
    first: Facts | None = None
    lost: Listed = NOBODY
    ageless: Listed = NOBODY
    twice: Listed = NOBODY
    processed: int = 0
    doubts: Mapping[Doubt, int] = field(default_factory=dict)
    waiting: int = 0
    spared: int = 0
    foreign: int = 0
    unknowable: int = 0
    beyond: int = 0
    nameless: int = 0


class Decision(StrEnum):
    """What came of it."""

    FOUND = "found"
    LACKING = "lacking"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutover:
    """What ``auditor cutover`` says.

    ``choice`` is ``None`` where it could not be made; then ``reason`` is a short code and ``message`` says why.
    ``settled`` and ``head`` are those of the new log, ``how`` the ground on which it is known to be settled.
    ``cursor``: what the consumer's cursor held while everything was read, as it is stored; ``cursor_after``: what it
    has to hold.
    ``statement``: the SQL that moves it, only if it still holds that. ``config``: lines to change in its section.
    ``trusted``: the cursor's word was taken for what was processed.
    """

    consumer: str
    old: str
    new: str
    upstream: str
    decision: Decision
    choice: Choice | None = None
    reason: str | None = None
    message: str | None = None
    settled: int | None = None
    head: int | None = None
    how: str | None = None
    idempotent: bool | None = None
    trusted: bool = False
    cursor: str | None = None
    cursor_after: str | None = None
    statement: str | None = None
    config: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
