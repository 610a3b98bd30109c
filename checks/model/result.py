"""The outcome of a run: audits with their findings and totals, and what could not be judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.known import KnownFinding


class Outcome(StrEnum):
    """The verdict of an audit, and of a run. Inconsistent outranks unknown, unknown outranks consistent."""

    INCONSISTENT = "inconsistent"
    UNKNOWN = "unknown"
    CONSISTENT = "consistent"


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The verdict of several taken together; of none at all: unknown, since auditing nothing proves nothing."""
    seen = set(outcomes)
    return next((outcome for outcome in Outcome if outcome in seen), Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Positions, all inclusive. ``None``: there are none (an empty log), or not known (``settled``)."""

    first: int | None = None
    last: int | None = None
    settled: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window(Extent):
    """What an audit looked at. With partitions the bounds stand in ``partitions``, by partition, and not above."""

    partitions: tuple[tuple[str, Extent], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Control totals in events. :meth:`balances` holds for every audit that is reported."""

    produced: int = 0
    received: int = 0
    pending: int = 0
    parked: int = 0
    missing: int = 0
    unverifiable: int = 0
    duplicate: int = 0
    unexpected: int = 0
    excluded: int = 0

    def balances(self) -> bool:
        """Whether every produced event is accounted for exactly once."""
        return self.produced == self.received + self.pending + self.parked + self.missing + self.unverifiable


@dataclass(frozen=True, slots=True, kw_only=True)
class NotChecked:
    """A check that did not run. ``check`` is ``None`` where a whole audit did not. ``reason`` is a short code."""

    audit: str
    check: str | None
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why an audit cannot be more than unknown, whatever its findings say."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What an audit took from earlier runs instead of looking at it again.

    ``through``: every position up to it, inclusive, was verified by earlier runs. ``run``, ``at``: the full audit that
    began this, on the auditor's own clock. ``oldest``: when the range that was not looked at for the longest time was
    verified; ``None`` where there is none. ``skipped``: rows that this run did not look at. ``overlap``: how much was
    looked at again because it is known by age only that events are settled; ``None`` where it is proven.
    """

    through: int | None
    run: str
    at: datetime
    oldest: datetime | None = None
    skipped: int = 0
    overlap: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a consumer that began from a declared start has come.

    ``eligible``: how many events it should have by now, ``received``: how many of them it has. ``per_second``: how many
    more it received for each second since an earlier run, ``left``: how long the rest takes at that pace; ``None``
    where no earlier run is known, or it gained nothing on what is left.
    """

    received: int
    eligible: int
    per_second: float | None = None
    left: timedelta | None = None


class LostAt(StrEnum):
    """At which step of a hop an event was lost, or waits."""

    NOT_WRITTEN = "not-written"  # in the state, but not in the log
    NOT_IN_LOG = "not-in-log"  # a version that its stream lacks: never written, or deleted
    NOT_DERIVED = "not-derived"  # in the upstream, but not in the derived log
    NOT_SENT = "not-sent"  # in the outbox, not marked sent
    NOT_RECEIVED = "not-received"  # in the log that the consumer reads, but not at the consumer
    SENT_NOT_RECEIVED = "sent-not-received"  # the same, and the outbox says that it was sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Events that never reached a consumer, by the hop at which they were lost.

    Of ``NOT_IN_LOG`` they are versions, and nothing tells whether the consumer had them before the log lost them.
    ``source``, ``target``: the names in the config between which they were lost. ``audit``, ``check``: whose finding
    says so. ``count``: in that finding's unit. ``ranges``: as in that finding. ``events``: samples of them.
    """

    source: str
    target: str
    how: LostAt
    audit: str
    check: str
    count: int
    partition: str | None = None
    ranges: tuple[tuple[int, int], ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSided:
    """Upstream events that one of two derived logs has and ``lacking`` has not."""

    lacking: str
    count: int
    ranges: tuple[tuple[int, int], ...] = ()
    ranges_truncated: bool = False
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """Two logs derived from one upstream, compared up to the upstream position that both have reached.

    ``reached``: by partition of the upstream (``None`` without one), inclusive; a partition that one of them has not
    begun stands at ``None``. ``compared``: upstream events that both should have, up to there, without those of which
    one of them leaves open whether it lacks them. ``differences``: what one of them lacks and the other has, at most
    one entry for each of the two; none: they agree.
    """

    upstream: str
    logs: tuple[str, str]
    reached: tuple[tuple[str | None, int | None], ...]
    compared: int
    differences: tuple[OneSided, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was found out about one log, state or consumer.

    ``window`` and ``totals`` are ``None`` where the audit could not be carried out; ``problems`` then say why.
    ``notes`` are sentences that a reader should know and that change nothing. ``coverage``: what earlier runs verified
    and this one did not look at again; ``None`` where everything was looked at. ``known``: what was found and is
    hidden because somebody knows of it; it does not weigh on the verdict. ``losses``: of a consumer, where on their way
    the events were lost that it never received. ``progress``: of a consumer with a declared start. ``has_target``: of a
    consumer, whether the config says how it can be sent events again, and who would hear them. ``takes_twice``: whether
    all of these are declared to take an event twice: to others nothing is sent unless somebody answers for it.
    """

    name: str
    of: str
    upstream: str | None = None
    window: Window | None = None
    totals: Totals | None = None
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    coverage: Coverage | None = None
    known: tuple[KnownFinding, ...] = ()
    losses: tuple[Loss, ...] = ()
    progress: Progress | None = None
    has_target: bool = True
    takes_twice: bool = True

    @property
    def was_carried_out(self) -> bool:
        """Whether what it does not say is true, too. The window of a state is always null: its unit is streams."""
        return self.totals is not None and (self.window is not None or self.of == "state")

    @property
    def verdict(self) -> Outcome:
        """Inconsistent by any confirmed finding that is not harmless, else unknown by any doubt, else consistent."""
        weighty = [finding.verdict for finding in self.findings if not finding.harmless]
        if Verdict.CONFIRMED in weighty:
            return Outcome.INCONSISTENT
        if Verdict.UNKNOWN in weighty or self.problems or self.totals is None:
            return Outcome.UNKNOWN
        return Outcome.CONSISTENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One run. ``started`` and ``finished`` are aware, UTC, on the auditor's own clock.

    ``not_recorded``: why later runs will know nothing of it; ``None`` where it was recorded, or nobody wanted it to be.
    ``last_consistent``: when the last consistent run before it that audited all of this was finished; ``None`` where
    there was none, or nobody asked.
    """

    run: str
    started: datetime
    finished: datetime
    audits: tuple[Audit, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    parities: tuple[Parity, ...] = ()
    not_recorded: str | None = None
    last_consistent: datetime | None = None

    @property
    def verdict(self) -> Outcome:
        """The worst verdict among the audits."""
        return worst(audit.verdict for audit in self.audits)

    @property
    def known(self) -> int:
        """How much of what was found is hidden, because somebody knows of it."""
        return sum(each.count for audit in self.audits for each in audit.known)
