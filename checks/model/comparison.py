"""What lies between two runs: which events of findings are new, open as before, healed, or were not judged again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from checks.model.event import Event
from checks.model.finding import Severity, Verdict
from checks.model.result import Outcome


class State(StrEnum):
    """What became of an event of a finding from the earlier run to the later one.

    ``new``: it was not open in the earlier run, or only unknown there and confirmed now. ``open``: in both.
    ``turned``: the finding is gone, and another one has the event. ``healed``: no finding of the later run has it any
    more. ``unjudged``: it was open, and the later run did not look, or could not decide.
    """

    NEW = "new"
    OPEN = "open"
    TURNED = "turned"
    HEALED = "healed"
    UNJUDGED = "unjudged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """Where an event stands in the other run: what a new one was before, what one that turned is now."""

    check: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One event of a finding; of a finding that names none, one change for all of it, with an empty event.

    ``closed_run``, ``closed_at``: ``None`` where it was still open in the later run. ``lasted``: how long it was open,
    until then or until the later run.
    """

    event: Event
    opened_run: str | None
    opened_at: datetime
    closed_run: str | None
    closed_at: datetime | None
    lasted: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Changes that are alike. ``count`` is in the unit of the check where its finding names no events.

    ``of``: ``None`` where neither run audited it, and the event was open since before. ``verdict``, ``severity``: of
    the later run, or of the earlier one where the later one has no such finding. ``count_before``, ``count_after``: of
    all findings of this check and partition that are confirmed or unknown, in the earlier and the later run; ``None``
    where that run did not judge it. ``note``: what a reader must know.
    """

    state: State
    audit: str
    of: str | None
    check: str
    partition: str | None
    verdict: Verdict
    severity: Severity
    count: int
    count_before: int | None
    count_after: int | None
    changes: tuple[Change, ...]
    counterpart: Counterpart | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two runs. ``lacks``: what it did not audit, though the other one did."""

    run: str
    started: datetime
    verdict: Outcome
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs, and what lies between them, what hurts most first."""

    earlier: Side
    later: Side
    groups: tuple[Group, ...] = ()

    def counts(self) -> dict[State, int]:
        """How many there are in each state."""
        return {state: sum(group.count for group in self.groups if group.state is state) for state in State}

    @property
    def worse(self) -> bool:
        """Whether something is new that is a confirmed error."""
        return any(group.state is State.NEW and group.severity is Severity.ERROR for group in self.groups)
