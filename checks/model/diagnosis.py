"""What ``auditor doctor`` says: whether audits can work as configured, line by line, and what to do where not.

A diagnosis is about the config, the databases and the role, never about events: it holds no findings, and "fine" does
not say that nothing is missing from a log.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a thing that was examined stands, worst first.

    ``failure``: audits that need it cannot work. ``unknown``: it could not be looked at. ``warning``: audits work, and
    say less, or take longer, than they could. ``fine``: nothing to do; its advice, if there is any, is only an offer.
    """

    FAILURE = "failure"
    UNKNOWN = "unknown"
    WARNING = "warning"
    FINE = "fine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One thing that was looked at.

    ``of`` is ``config``, ``ledger``, ``store``, ``log``, ``state``, ``consumer`` or ``redelivery``, ``name`` which one.
    ``topic`` is a short code for what was examined, ``advice`` what to do in words. ``statements`` can be run as they
    are, one after the other, each outside of a transaction, by a role that may do so.
    """

    of: str
    name: str
    topic: str
    level: Level
    message: str
    advice: str | None = None
    statements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All lines, as they were examined: the config, the ledger, stores, logs, states, consumers, targets."""

    lines: tuple[Examined, ...] = ()

    @property
    def level(self) -> Level:
        """The worst of all lines; of none: unknown."""
        return worst(self.lines)

    @property
    def decided(self) -> bool:
        """Whether nothing failed and everything could be looked at. Warnings do not change that."""
        return self.level in (Level.WARNING, Level.FINE)

    def counts(self) -> dict[Level, int]:
        """How many lines there are of each level, worst first."""
        found = Counter(line.level for line in self.lines)
        return {level: found[level] for level in Level}


def worst(lines: Iterable[Examined]) -> Level:
    """The worst level among ``lines``; unknown where there are none, since looking at nothing shows nothing."""
    seen = {line.level for line in lines}
    return next((level for level in Level if level in seen), Level.UNKNOWN)
