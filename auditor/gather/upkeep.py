"""How a run deals with what earlier ones verified of a log or a consumer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.memory import Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """How a run deals with what earlier ones verified.

    ``run`` and ``started`` are its own, ``started`` on the auditor's clock. ``full``: it believes nothing of it.
    ``recheck``: seconds for old ranges, ``rows_at_once`` of them between two looks at the clock. ``keep``, called
    every ``keep_every`` seconds: takes what is verified so far, lest an interruption loses it; ``keep_log`` takes what
    is verified of a log by itself, where that is another place (a derived log has two).
    """

    run: str
    started: datetime
    full: bool = False
    full_every: timedelta = timedelta(days=7)
    overlap: timedelta = timedelta(hours=1)
    recheck: float = 0.2
    rows_at_once: int = 250_000
    keep: Callable[[Verified], object]
    keep_log: Callable[[Verified], object] | None = None
    keep_every: float = 2.0

    def is_due(self, begun: datetime) -> bool:
        """Whether the last full audit is too old, or a clock that was wrong said that it is yet to come."""
        return abs(self.started - begun) >= self.full_every
