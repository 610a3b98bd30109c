"""What a check has to say: a finding, its verdict, and how much it weighs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from checks.model.event import Event


class Verdict(StrEnum):
    """How sure a finding is. A hole, a cursor or a clock alone never makes one ``confirmed``."""

    CONFIRMED = "confirmed"
    PENDING = "pending"  # may still arrive
    BENIGN = "benign"  # explained, with the reason
    UNKNOWN = "unknown"  # the evidence was not to be had


class Severity(StrEnum):
    """How loud a finding is. Ordered by :attr:`rank`, ``error`` highest."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """2 for error, 1 for warning, 0 for info."""
        return _RANKS[self]


_RANKS = {Severity.ERROR: 2, Severity.WARNING: 1, Severity.INFO: 0}
_LOUD = {Verdict.CONFIRMED: Severity.ERROR, Verdict.UNKNOWN: Severity.WARNING}
_HARMLESS = {Verdict.CONFIRMED: Severity.WARNING}
_ELSE = Severity.INFO
"""How loud what verdict is: asked of each of many findings a dozen times, so that a look into a table must do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One statement of one check about one partition, with one verdict and one reason.

    ``count`` counts the check's own unit (events, extra receipts, versions, positions). ``ranges`` are closed
    intervals of positions in the log that the events belong to, empty where positions do not apply. ``events``
    are samples, ``evidence`` is JSON-able and enough for a person to look again. ``harmless`` says that the
    finding was declared to do no harm, or cannot: it then never changes the verdict of its audit.
    ``first_seen``: when the first of the runs began that have seen it without a break; ``None``: nobody remembers.
    """

    check: str
    verdict: Verdict
    count: int
    message: str
    partition: str | None = None
    reason: str | None = None
    harmless: bool = False
    ranges: tuple[tuple[int, int], ...] = ()
    ranges_truncated: bool = False
    events: tuple[Event, ...] = ()
    evidence: Mapping[str, object] = field(default_factory=dict)
    first_seen: datetime | None = None

    @property
    def severity(self) -> Severity:
        """The contract's table: confirmed is an error, unknown a warning, the rest information."""
        return (_HARMLESS if self.harmless else _LOUD).get(self.verdict, _ELSE)

    def fingerprint(self, audit: str) -> str:
        """The name under which the same trouble is known from run to run: audit, check and partition."""
        parts = (audit, self.check, "" if self.partition is None else f"={self.partition}")
        return sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
