"""The exit code of ``auditor check``, by which cron and CI decide what to do.

====  ====================================================================================
0     nothing to act on
1     findings to act on: confirmed errors, or whatever ``--fail-on`` names instead
3     something could not be decided, and there was nothing that would be 1
====  ====================================================================================

``--fail-on`` and ``--exit-zero`` move the line for the exit code alone; the verdict in the report stays what it is.
Neither turns "could not decide" into 0: an audit that could not look has not found that all is well.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from auditor.errors import UsageError
from auditor.exit_codes import ExitCode
from checks.catalogue import ALL, find, title_of
from checks.model.finding import Finding, Severity, Verdict
from checks.model.result import Audit, Result

_TERM = re.compile(r"\s*(?P<name>[^\s>]+)\s*(?:>\s*(?P<bound>[^\s>]+)\s*)?")


LAG = frozenset({"consumer/lagging", "consumer/stalled"})
"""What is lagging when it is seen for the first time is stalled when it has not moved since: no less worth a 1."""


class Term(Protocol):
    """One term of ``--fail-on``."""

    def holds(self, result: Result) -> bool:
        """Whether the run is to end with 1 because of this term."""
        ...


@dataclass(frozen=True, slots=True)
class AtLeast:
    """``warning``: any finding of that severity or a higher one."""

    severity: Severity

    def holds(self, result: Result) -> bool:
        """Whether there is such a finding."""
        return any(finding.severity.rank >= self.severity.rank for _, finding in _findings(result))


@dataclass(frozen=True, slots=True)
class MoreThan:
    """``missing>10``, ``consumer/missing``: the check confirmed more than ``count`` in all audits together."""

    titles: frozenset[str]
    count: int = 0

    def holds(self, result: Result) -> bool:
        """Whether the confirmed counts add up to more."""
        return sum(finding.count for finding in _confirmed(result, self.titles)) > self.count


@dataclass(frozen=True, slots=True)
class LaggingLonger:
    """``lagging>1h``: the oldest event that a consumer has not taken is older than that, be it slow or stalled."""

    duration: timedelta

    def holds(self, result: Result) -> bool:
        """Whether any confirmed lag is longer."""
        ages = (finding.evidence.get("oldest_age_seconds") for finding in _confirmed(result, LAG))
        return any(isinstance(age, int | float) and age > self.duration.total_seconds() for age in ages)


DEFAULT: tuple[Term, ...] = (AtLeast(Severity.ERROR),)


def exit_code(result: Result, terms: Sequence[Term] = DEFAULT, *, exit_zero: bool = False) -> ExitCode:
    """0, 1 or 3, as the table above says; with ``exit_zero`` what it would be if nothing had been found."""
    if not exit_zero and any(term.holds(result) for term in terms):
        return ExitCode.FINDINGS
    undecided = not result.audits or any(is_undecided(audit) for audit in result.audits)
    return ExitCode.UNDECIDED if undecided else ExitCode.CONSISTENT


def is_undecided(audit: Audit) -> bool:
    """Whether an audit left something open, also where its errors outrank that in its verdict."""
    doubtful = any(finding.verdict is Verdict.UNKNOWN and not finding.harmless for finding in audit.findings)
    return doubtful or bool(audit.problems) or audit.totals is None


def parse_fail_on(texts: Iterable[str]) -> tuple[Term, ...]:
    """The terms of ``--fail-on`` options, joined by commas; none typed is ``error``. UsageError: no such term."""
    terms = tuple(_parse_term(part) for text in texts for part in text.split(","))
    return terms or DEFAULT


def _parse_term(text: str) -> Term:
    match = _TERM.fullmatch(text)
    if match is None:
        raise _unusable(text, "a term is a severity, a check, or a check with a bound as in missing>10")
    name, bound = match["name"], match["bound"]
    if bound is None and name in set(Severity):
        return AtLeast(Severity(name))
    titles = frozenset(check.title for check in find(name))
    if titles & LAG == {"consumer/lagging"}:
        titles |= LAG
    if not titles:
        raise _unusable(text, "it names neither a severity nor a check", name)
    if bound is None:
        return MoreThan(titles)
    if bound.isascii() and bound.isdigit():
        return MoreThan(titles, int(bound))
    if "consumer/lagging" in titles:
        return LaggingLonger(_parse_duration(text, bound))
    raise _unusable(text, "its bound must be a whole number")


def _parse_duration(text: str, bound: str) -> timedelta:
    from auditor.config.durations import parse

    try:
        return parse(bound)
    except ValueError as error:
        raise _unusable(text, f"its bound must be a whole number or {error}") from error


def _unusable(text: str, why: str, name: str | None = None) -> UsageError:
    from auditor.config.problems import quoted, suggestion

    known = [*Severity, *dict.fromkeys(check.name for check in ALL), *(check.title for check in ALL)]
    return UsageError(f"--fail-on {quoted(text)}: {why}{suggestion(name, known) if name else ''}")


def _findings(result: Result) -> Iterator[tuple[Audit, Finding]]:
    return ((audit, finding) for audit in result.audits for finding in audit.findings)


def _confirmed(result: Result, titles: Iterable[str]) -> Iterator[Finding]:
    return (
        finding
        for audit, finding in _findings(result)
        if finding.verdict is Verdict.CONFIRMED and title_of(audit.of, finding.check) in titles
    )
