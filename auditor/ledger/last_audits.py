"""The last audit of each log, state and consumer: one statement for some hundred of them, however many runs there are.

The last one is that of the run which began last, as :mod:`auditor.ledger.subjects` keeps it: a run that was overtaken
was recorded later and looked earlier. Where it was pruned, the one that was recorded last stands in for it.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, func, select
from sqlalchemy.engine import Connection

from auditor.ledger.batches import batches
from auditor.ledger.schema import audits, findings, runs, subjects
from checks.model.finding import Severity, Verdict
from checks.model.recorded import LastAudit
from checks.model.result import Outcome

_WEIGHTY = {
    Outcome.INCONSISTENT: (Severity.ERROR, Verdict.CONFIRMED),
    Outcome.UNKNOWN: (Severity.WARNING, Verdict.UNKNOWN),
}
"""What a verdict comes from."""


def last_audits(connection: Connection, names: Iterable[str]) -> dict[str, LastAudit]:
    """By name. Those of which nothing is recorded are left out."""
    found: dict[str, LastAudit] = {}
    counts: dict[str, dict[str, int]] = {}
    for batch in batches(names):
        for row in connection.execute(_statement(batch)):
            verdict = Outcome(row.verdict)
            found[row.name] = LastAudit(of=row.of, run=row.run, at=row.started, verdict=verdict)
            if (row.severity, row.finding) == _WEIGHTY.get(verdict):
                by_check = counts.setdefault(row.name, {})
                by_check[row.check] = by_check.get(row.check, 0) + int(row.counted)
    return {
        name: LastAudit(
            of=last.of,
            run=last.run,
            at=last.at,
            verdict=last.verdict,
            found=tuple(counts.get(name, {}).items()),
        )
        for name, last in found.items()
    }


def counts(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """How many audits are recorded, by name. Those of which nothing is recorded are left out."""
    found: dict[str, int] = {}
    for batch in batches(names):
        statement = select(audits.c.audit, func.count()).where(audits.c.audit.in_(batch)).group_by(audits.c.audit)
        found |= {name: int(count) for name, count in connection.execute(statement)}
    return found


def _statement(names: Iterable[str]) -> Select[Any]:
    """A row for each audit, or for each kind of finding that it has; findings in the order of the run."""
    number = func.coalesce(_number(audits.c.seq == subjects.c.seq), _number())
    latest = select(subjects.c.name, number.label("seq")).where(subjects.c.name.in_(list(names))).subquery()
    its_audit = and_(audits.c.audit == latest.c.name, audits.c.seq == latest.c.seq)
    its_findings = and_(findings.c.audit == latest.c.name, findings.c.seq == latest.c.seq)
    grouped = (latest.c.name, audits.c.of, audits.c.verdict, runs.c.run, runs.c.started)
    kinds = (findings.c.check, findings.c.severity, findings.c.verdict)
    return (
        select(*grouped, *kinds[:2], findings.c.verdict.label("finding"), func.sum(findings.c.count).label("counted"))
        .select_from(latest)
        .join(audits, its_audit)
        .join(runs, runs.c.seq == latest.c.seq)
        .outerjoin(findings, its_findings)
        .group_by(*grouped, *kinds)
        .order_by(latest.c.name, func.min(findings.c.number))
    )


def _number(*narrower: Any) -> ScalarSelect[Any]:
    """The number of the last recorded run that audited a subject."""
    return select(func.max(audits.c.seq)).where(audits.c.audit == subjects.c.name, *narrower).scalar_subquery()
