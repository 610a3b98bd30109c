"""A result as tables: rows of plain values, for whatever reads tables.

Five tables say different things. ``audits`` has the verdicts and the totals; ``findings`` what was found, each with
its number; ``events`` the events that findings name; ``ranges`` the positions they cover; ``not_checked`` what was not
judged. The number of a finding ties them together. It counts within this result alone: the next run numbers anew, and
``fingerprint`` is what stays.

Events are samples, as many as the run was told to keep; ``count`` is the truth about how many there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from checks.model.event import Event
from checks.model.finding import Finding
from checks.model.result import Audit, NotChecked, Result, Totals, Window


class Table(StrEnum):
    """The tables by their names."""

    EVENTS = "events"
    FINDINGS = "findings"
    RANGES = "ranges"
    AUDITS = "audits"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One event that a finding names; for a finding that names none, one row whose event is all ``None``.

    In a file, also why an audit could not be decided: then there is no ``finding``, and all else of one is ``None``.
    """

    finding: int | None = None
    audit: str | None
    of: str | None
    check: str | None = None
    verdict: str
    severity: str
    reason: str | None
    fingerprint: str | None = None
    partition: str | None = None
    position: int | None = None
    id: str | None = None
    stream: str | None = None
    version: int | None = None
    type: str | None = None
    time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One finding. ``events`` is how many of the ``count`` it names. In a file also what is none, as in the other."""

    finding: int | None = None
    audit: str | None
    of: str | None
    check: str | None = None
    verdict: str
    severity: str
    reason: str | None
    partition: str | None = None
    count: int | None = None
    events: int | None = None
    ranges_truncated: bool = False
    message: str
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeRow:
    """One closed interval of positions that a finding covers."""

    finding: int
    audit: str
    check: str
    verdict: str
    partition: str | None
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One audit. With partitions there is no one window: its bounds are then ``None``, as in the JSON document."""

    audit: str
    of: str
    upstream: str | None
    verdict: str
    first: int | None
    last: int | None
    settled: int | None
    produced: int | None
    received: int | None
    pending: int | None
    parked: int | None
    missing: int | None
    unverifiable: int | None
    duplicate: int | None
    unexpected: int | None
    excluded: int | None
    problems: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCheckedRow:
    """A check that did not run; ``check`` is ``None`` where a whole audit did not."""

    audit: str
    check: str | None
    reason: str
    message: str


Row = EventRow | FindingRow | RangeRow | AuditRow | NotCheckedRow

ROWS: dict[Table, type[Row]] = {
    Table.EVENTS: EventRow,
    Table.FINDINGS: FindingRow,
    Table.RANGES: RangeRow,
    Table.AUDITS: AuditRow,
    Table.NOT_CHECKED: NotCheckedRow,
}
"""What a row of each table is. Its fields are the columns, in their order."""


def rows(result: Result, table: Table) -> Iterator[Row]:
    """The rows of one table, in the order of the result."""
    match table:
        case Table.EVENTS:
            return (row for number, audit, finding in _findings(result) for row in _events(number, audit, finding))
        case Table.FINDINGS:
            return (_finding(number, audit, finding) for number, audit, finding in _findings(result))
        case Table.RANGES:
            return (row for number, audit, finding in _findings(result) for row in _ranges(number, audit, finding))
        case Table.AUDITS:
            return map(_audit, result.audits)
        case Table.NOT_CHECKED:
            return map(_not_checked, result.not_checked)


def _findings(result: Result) -> Iterator[tuple[int, Audit, Finding]]:
    """Every finding with its number, from 1 on, and its audit."""
    number = 0
    for audit in result.audits:
        for finding in audit.findings:
            number += 1
            yield number, audit, finding


def _events(number: int, audit: Audit, finding: Finding) -> Iterator[EventRow]:
    fingerprint = finding.fingerprint(audit.name)
    for event in finding.events or (Event(),):
        yield EventRow(
            finding=number,
            audit=audit.name,
            of=audit.of,
            check=finding.check,
            verdict=finding.verdict.value,
            severity=finding.severity.value,
            reason=finding.reason,
            fingerprint=fingerprint,
            partition=finding.partition if event.partition is None else event.partition,
            position=event.position,
            id=event.id,
            stream=event.stream,
            version=event.version,
            type=event.type,
            time=event.time,
        )


def _finding(number: int, audit: Audit, finding: Finding) -> FindingRow:
    return FindingRow(
        finding=number,
        audit=audit.name,
        of=audit.of,
        check=finding.check,
        verdict=finding.verdict.value,
        severity=finding.severity.value,
        reason=finding.reason,
        partition=finding.partition,
        count=finding.count,
        events=len(finding.events),
        ranges_truncated=finding.ranges_truncated,
        message=finding.message,
        fingerprint=finding.fingerprint(audit.name),
    )


def _ranges(number: int, audit: Audit, finding: Finding) -> Iterator[RangeRow]:
    for first, last in finding.ranges:
        yield RangeRow(
            finding=number,
            audit=audit.name,
            check=finding.check,
            verdict=finding.verdict.value,
            partition=finding.partition,
            first=first,
            last=last,
        )


def _audit(audit: Audit) -> AuditRow:
    window = audit.window or Window()
    totals: dict[str, int | None] = {each.name: getattr(audit.totals, each.name, None) for each in fields(Totals)}
    return AuditRow(
        audit=audit.name,
        of=audit.of,
        upstream=audit.upstream,
        verdict=audit.verdict.value,
        first=window.first,
        last=window.last,
        settled=window.settled,
        **totals,
        problems="; ".join(problem.message for problem in audit.problems) or None,
    )


def _not_checked(entry: NotChecked) -> NotCheckedRow:
    return NotCheckedRow(audit=entry.audit, check=entry.check, reason=entry.reason, message=entry.message)
