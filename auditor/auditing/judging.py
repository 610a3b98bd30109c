"""Every check that has ground, over one audit's evidence. One that crashes is a doubt, never silence."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from auditor.deadline import Deadline
from auditor.errors import StoreError
from auditor.observer import Observer
from auditor.redact import redact
from checks.model.check import Check
from checks.model.finding import Finding
from checks.model.result import NotChecked, Problem

Evidence = TypeVar("Evidence")
Judged = tuple[tuple[Finding, ...], list[Problem]]
"""What checks found, and which of them failed."""


@dataclass(frozen=True, slots=True)
class Judge:
    """The checks of one run. ``not_checked``: what had no ground, or crashed, in the order in which that was met."""

    observer: Observer
    deadline: Deadline
    not_checked: list[NotChecked] = field(default_factory=list)

    def judge(self, name: str, checks: Iterable[Check[Evidence]], evidence: Evidence) -> Judged:
        """The findings of one audit. Raises StoreError where evidence is read on demand, and OutOfTime."""
        findings: list[Finding] = []
        failures: list[Problem] = []
        for check in checks:
            lack = check.lacks(evidence)
            if lack is not None:
                self._skip(name, check.name, lack.reason, lack.message)
                continue
            try:
                with self.deadline.blamed():
                    findings += list(check.judge(evidence))
            except StoreError:
                raise
            except Exception as error:
                message = f"{check.title} failed: {redact(f'{type(error).__name__}: {error}')}"
                failures.append(Problem(reason="crashed", message=message))
                self._skip(name, check.name, "crashed", message)
                self.observer.crash(error)
        return tuple(findings), failures

    def cannot_check(self, name: str, reason: str, message: str) -> None:
        """An audit as a whole could not be carried out."""
        self.not_checked.append(NotChecked(audit=name, check=None, reason=reason, message=message))

    def _skip(self, name: str, check: str, reason: str, message: str) -> None:
        self.not_checked.append(NotChecked(audit=name, check=check, reason=reason, message=message))
