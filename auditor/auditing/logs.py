"""The audit of a log out of its evidence and findings: its totals, and its doubts."""

from collections.abc import Sequence

from auditor.auditing.doubts import LONGEST_UNSETTLED, has_positions, nothing_compared, unsettled
from checks.model.finding import Finding
from checks.model.log import LogEvidence
from checks.model.result import Audit, Coverage, Problem, Totals


def audit_of_log(
    evidence: LogEvidence,
    findings: tuple[Finding, ...],
    failures: Sequence[Problem],
    coverage: Coverage | None,
    notes: tuple[str, ...],
) -> Audit:
    """What a log has no upstream for is received as soon as it is produced. ``failures``: checks that crashed."""
    counts = Totals(produced=evidence.produced, received=evidence.produced, excluded=evidence.excluded)
    nameless = 0 if has_positions(evidence.window) else counts.produced
    doubts = [
        *(() if coverage else nothing_compared(counts, evidence.excluded, nameless)),
        *unsettled(evidence.window, evidence.settlement, LONGEST_UNSETTLED),
        *failures,
    ]
    return Audit(
        name=evidence.name,
        of="log",
        window=evidence.window,
        totals=counts,
        findings=findings,
        problems=tuple(doubts),
        notes=notes,
        coverage=coverage,
    )
