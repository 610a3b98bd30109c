"""Rows of what a run could not decide, for tables that leave the house alone.

A frame has the table of audits beside it. A file has not: without rows it would say of an audit that never took place
what it says of one that found nothing.
"""

from collections.abc import Iterator

from checks.model.finding import Severity, Verdict
from checks.model.result import Audit, Result
from reports.tables.rows import EventRow, FindingRow, Row, Table

NOTHING_AUDITED = ("nothing-audited", "nothing was audited")
NOT_CARRIED_OUT = ("not-carried-out", "the audit was not carried out")


def undecided(result: Result, table: Table) -> Iterator[Row]:
    """A row for each reason that kept an audit from a verdict; for a run that audited nothing, one without an audit.

    They belong to no finding and to no check. ``table``: that of events or that of findings.
    """
    for audit in result.audits:
        for reason, message in _reasons(audit):
            yield _row(table, audit.name, audit.of, reason, message)
    if not result.audits:
        yield _row(table, None, None, *NOTHING_AUDITED)


def _reasons(audit: Audit) -> Iterator[tuple[str, str]]:
    """Every problem once. One with neither problems nor totals is as little decided."""
    yield from dict.fromkeys((each.reason, each.message) for each in audit.problems)
    if audit.totals is None and not audit.problems:
        yield NOT_CARRIED_OUT


def _row(table: Table, audit: str | None, of: str | None, reason: str, message: str) -> Row:
    if table is Table.EVENTS:
        return EventRow(
            audit=audit, of=of, verdict=Verdict.UNKNOWN.value, severity=Severity.WARNING.value, reason=reason
        )
    return FindingRow(
        audit=audit,
        of=of,
        verdict=Verdict.UNKNOWN.value,
        severity=Severity.WARNING.value,
        reason=reason,
        message=message,
    )
