"""What is recorded of runs, as far as people ask for it: which runs there were, what stood open, who was audited last.

All moments are on the auditor's own clock, aware and in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from checks.model.event import Event
from checks.model.finding import Verdict
from checks.model.result import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An event of a confirmed or unknown finding, from the first run that found it there to the first that did not.

    ``key``: of :func:`checks.identities.key_in`. ``verdict``: the last one. ``opened_at``, ``closed_at``: when those
    runs began. ``closed_run`` is ``None`` while it is open: a run that did not look closes nothing. ``opened_run`` is
    ``None`` where it is not known which run found it first.
    """

    audit: str
    check: str
    partition: str | None
    key: str
    event: Event
    verdict: Verdict
    opened_run: str | None
    opened_at: datetime
    closed_run: str | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEntry:
    """One run in a list of runs: the verdict of each of its audits, by name, and its findings by severity.

    ``incremental``: the audits that did not look again at what earlier runs had verified; ``None``: nobody knows.
    ``left_out``: how many of what the config has now it did not audit.
    """

    run: str
    started: datetime
    finished: datetime
    verdict: Outcome
    errors: int
    warnings: int
    audits: Mapping[str, Outcome] = field(default_factory=dict)
    incremental: frozenset[str] | None = None
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Runs, newest first. ``narrowed``: not all that there are, but those that were asked for."""

    runs: tuple[RunEntry, ...] = ()
    narrowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAudit:
    """The last audit of a log, state or consumer that is recorded: in which run, which began ``at``, and its verdict.

    ``found``: what the verdict comes from, by check, in the order of the run: confirmed errors where it is
    inconsistent, what could not be decided where it is unknown.
    """

    of: str
    run: str
    at: datetime
    verdict: Outcome
    found: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The totals of one audit of one run, which began ``at``; ``None`` where it could not be carried out.

    ``lagging``: events that its consumer should have had by then, part of ``pending``.
    """

    audit: str
    of: str
    run: str
    at: datetime
    verdict: Outcome
    produced: int | None = None
    missing: int | None = None
    pending: int | None = None
    lagging: int = 0
