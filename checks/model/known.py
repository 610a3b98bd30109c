"""Known findings: what somebody has looked at and put off, with a reason, and what that hides of a run.

An entry covers what was found once, unit by unit, and nothing of the same kind that comes later.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from checks.model.finding import Finding, Verdict


class Unit(NamedTuple):
    """What findings count, by a name that is the same in every run: an event, a cursor, versions ``first`` to ``last``.

    What has no numbers of its own is numbered from 1. ``each``: how many of the finding's count one number stands for.
    """

    name: str
    first: int = 1
    last: int = 1
    each: int = 1

    @property
    def amount(self) -> int:
        """How many of a finding's count it is."""
        return (self.last - self.first + 1) * self.each


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineEntry:
    """One recorded finding that is known. ``verdict``: what was accepted; what is surer than that is news.

    ``why`` and ``owner`` are people's words. ``added`` and ``expires`` are aware, on the auditor's own clock;
    ``expires`` is the first moment at which it hides nothing any more, ``None``: it does not end.
    """

    fingerprint: str
    audit: str
    check: str
    partition: str | None
    verdict: Verdict
    units: tuple[Unit, ...]
    why: str
    owner: str
    added: datetime
    run: str
    expires: datetime | None = None

    @property
    def count(self) -> int:
        """How much it covers, in the check's own unit."""
        return sum(unit.amount for unit in self.units)

    def has_expired(self, now: datetime) -> bool:
        """Whether it hides nothing any more."""
        return self.expires is not None and self.expires <= now

    @property
    def id(self) -> str:
        """One name for one entry: two people who accept the same for the same reason make one."""
        said = (self.fingerprint, self.verdict.value, self.why, self.owner, self.expires and self.expires.isoformat())
        text = repr((said, sorted(tuple(unit) for unit in self.units)))
        return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFinding:
    """What an entry hides of a finding: ``finding`` is that part by itself, with its own count, ranges and events."""

    finding: Finding
    fingerprint: str
    owner: str
    why: str
    expires: datetime | None = None

    @property
    def check(self) -> str:
        """The check that found it."""
        return self.finding.check

    @property
    def verdict(self) -> Verdict:
        """The verdict that it would have."""
        return self.finding.verdict

    @property
    def partition(self) -> str | None:
        """Where it was found."""
        return self.finding.partition

    @property
    def reason(self) -> str | None:
        """The reason that the finding has for its verdict."""
        return self.finding.reason

    @property
    def count(self) -> int:
        """How much is hidden, in the check's own unit."""
        return self.finding.count
