"""What a ledger answers with: runs at a glance, events that are or were open, and what a pruning removed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from checks.model.recorded import Opening
from checks.model.result import Outcome

__all__ = ["Opening", "Pruned", "RunSummary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One recorded run. ``errors``, ``warnings`` and ``infos`` count its findings by severity.

    ``audits``: the verdict of each, by name, in the order of the run. ``version``: that of the auditor that ran.
    ``config``: the file it was given, where that was told. ``incremental``: the audits that did not look again at what
    earlier runs had verified; ``None``: nobody knows.
    """

    run: str
    started: datetime
    finished: datetime
    verdict: Outcome
    errors: int = 0
    warnings: int = 0
    infos: int = 0
    audits: Mapping[str, Outcome] = field(default_factory=dict)
    version: str = ""
    config: str | None = None
    incremental: frozenset[str] | None = None

    @property
    def duration(self) -> timedelta:
        """How long it took."""
        return self.finished - self.started


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How much a pruning removed. ``observations``: where cursors and heads were; ``memories``: what runs left."""

    runs: int = 0
    openings: int = 0
    observations: int = 0
    memories: int = 0
