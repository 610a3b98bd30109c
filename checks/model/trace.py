"""What ``auditor trace`` says: where one event is, hop by hop, at this moment.

A trace states facts and judges nobody: that an event has no receipt yet is no finding here, whatever its age. It is
``complete`` where every place could be looked at, and only then does it say that something is nowhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from checks.model.event import Event
from checks.model.journal import SentAgain


class HopKind(StrEnum):
    """What stands at a hop. An outbox and a publisher are parts of the log whose name they bear."""

    STATE = "state"
    LOG = "log"
    OUTBOX = "outbox"
    PUBLISHER = "publisher"
    CONSUMER = "consumer"


class HopVerdict(StrEnum):
    """What is true of the event at a hop.

    ``not written``: no row of the log is it. ``not in the log``: the same, and what is elsewhere shows that one was, or
    that somebody acts on what never was. ``not derived``: the publisher is past it, or nobody knows how far it is.
    ``past``: a cursor stands at or beyond it. ``not yet``: nothing has come so far that it could be there. ``not
    wanted``: it should not be there.
    """

    WRITTEN = "written"
    NOT_WRITTEN = "not written"
    NOT_IN_LOG = "not in the log"
    IN_STEP = "in step"
    BEHIND = "behind"
    AHEAD = "ahead"
    NO_ROW = "no row"
    SENT = "sent"
    NOT_SENT = "not sent"
    PAST = "past"
    DERIVED = "derived"
    NOT_DERIVED = "not derived"
    RECEIVED = "received"
    RECEIVED_TWICE = "received twice"
    PROCESSED = "processed"
    PARKED = "parked"
    NOT_RECEIVED = "not received"
    NOT_YET = "not yet"
    NOT_WANTED = "not wanted"
    CANNOT_TELL = "cannot tell"


PRESENT = frozenset(
    {
        HopVerdict.WRITTEN,
        HopVerdict.DERIVED,
        HopVerdict.RECEIVED,
        HopVerdict.RECEIVED_TWICE,
        HopVerdict.PROCESSED,
        HopVerdict.PARKED,
    }
)
"""The verdicts that say that the event itself was found at the hop."""


UNKNOWN = Event()


class By(StrEnum):
    """By what an event was asked for."""

    ID = "id"
    POSITION = "position"
    VERSION = "version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """One way to understand what was asked for. ``log``: the one log that it is looked for in; ``None``: in all.

    ``event`` has what was asked by, and nothing else.
    """

    by: By
    event: Event
    log: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """How much later a hop's time is than that of the hop before: signed, since two clocks may disagree.

    ``of``, ``name``: the hop before; ``clock``: the store whose time that is.
    """

    by: timedelta
    of: HopKind
    name: str
    clock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One place on the event's way, or where it should be.

    - ``upstream``: the log that it hangs on; ``None`` for a log that is made of no other.
    - ``depth``: how many logs lie above it.
    - ``store``: where it was read. ``time`` was written there, ``None`` where no time is known.
    - ``event``: what the row there says of the event; of a consumer, what the log says of it; of a state, the stream
      and the version of its row. Where there is no row, what was looked for.
    - ``count``: how many rows say so: receipts of a consumer, else 1, or 0 where there is none.
    - ``cursor``: where the cursor stands, if one was read and its rows agree: the last processed (or delivered)
      position, all parts of it, or the version.
    - ``message``: why, and what else is known.
    - ``problem``: the short code of what kept the hop from being looked at.
    - ``sent_again``: the redeliveries that came to it for this consumer, the oldest first, as far as a ledger knows.
    """

    of: HopKind
    name: str
    verdict: HopVerdict
    store: str
    event: Event = UNKNOWN
    upstream: str | None = None
    depth: int = 0
    count: int = 0
    time: datetime | None = None
    delay: Delay | None = None
    cursor: tuple[int, ...] | None = None
    message: str | None = None
    problem: str | None = None
    sent_again: tuple[SentAgain, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A log, state or consumer in which the event was looked for by what was asked, and what came of it.

    ``found``: ``None`` where it could not be looked at; ``problem`` is then a short code.
    """

    of: HopKind
    name: str
    found: bool | None
    message: str
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One event across every hop of the config, in the order of its way.

    ``asked`` is what was typed, ``sought`` how it was understood; ``None`` where it was found in no way. ``event``: as
    the first log on its way has it, else what was asked. ``looked``: where it was looked for, and what came of it.
    """

    asked: str
    at: datetime
    sought: Sought | None = None
    event: Event = UNKNOWN
    hops: tuple[Hop, ...] = ()
    looked: tuple[Look, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether any log or consumer has it, or a state that is ahead of its log."""
        return any(hop.verdict in PRESENT or hop.verdict is HopVerdict.AHEAD for hop in self.hops)

    @property
    def in_a_log(self) -> bool:
        """Whether any log has it."""
        return any(hop.of is HopKind.LOG and hop.verdict in PRESENT for hop in self.hops)

    @property
    def complete(self) -> bool:
        """Whether every place could be looked at."""
        problems = [*(hop.problem for hop in self.hops), *(look.problem for look in self.looked)]
        return not any(problems)
