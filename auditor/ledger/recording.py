"""One run into the ledger, in one transaction: its result, what is open since when, and what later runs shall know.

The rows of everything that it is about are locked first, so that of two runs at once one comes after the other.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from importlib.metadata import version
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select

from auditor.ledger import baseline, memories, pieces, pipeline_documents, standings, subjects, tracking
from auditor.ledger.packing import pack
from auditor.ledger.result_documents import to_document
from auditor.ledger.schema import audits, documents, findings, runs
from auditor.memory import Memory
from checks.baseline import apply
from checks.model.finding import Finding, Severity
from checks.model.graph import Graph
from checks.model.result import Audit, Result, Totals, Window

_BIGGEST = 2**63 - 1
_TOTALS = tuple(each.name for each in fields(Totals))


class Circumstances(NamedTuple):
    """How a run came about. ``recalled``: the number of the last run that was recorded when it began, 0 if unknown.

    ``hide_known``: its result is to be without what somebody knows of. ``pipeline``: that of its config.
    """

    recalled: int
    config: str | None
    hide_known: bool
    pipeline: Graph | None = None


def record(
    connection: Connection, result: Result, learnt: Memory, keys: memories.Keys, circumstances: Circumstances
) -> Result:
    """Keep it all, and give the result back with ``first_seen`` in its findings."""
    names = {*(audit.name for audit in result.audits), *learnt.logs, *learnt.consumers}
    known = subjects.lock(connection, names | learnt.horizons.keys())
    late = {name for name, last in known.items() if _looked_later(last, result, circumstances)}
    judged = _without_known(connection, result) if circumstances.hide_known else result
    moment = tracking.Moment(_run(connection, judged, circumstances.config), result.run, result.started)
    pairs = zip(result.audits, judged.audits, strict=True)
    dated = replace(
        judged, audits=tuple(_audit(connection, judged, whole, shown, moment, late) for whole, shown in pairs)
    )
    _details(connection, dated, moment.seq, circumstances.pipeline)
    memories.remember(connection, learnt, keys, late)
    subjects.advance(connection, names - late, moment.seq, result.started)
    return dated


def _without_known(connection: Connection, result: Result) -> Result:
    found = {finding.fingerprint(audit.name) for audit in result.audits for finding in audit.findings}
    return replace(result, audits=apply(result.audits, baseline.about(connection, found), result.started))


def last_number(connection: Connection) -> int:
    """The number of the last run that was recorded."""
    return connection.execute(select(func.max(runs.c.seq))).scalar_one() or 0


def _looked_later(last: subjects.Last, result: Result, circumstances: Circumstances) -> bool:
    """Whether another run overtook this one.

    What was recorded before this one began never did, whatever the clock said then: else one run under a clock that is
    years ahead would make all others late.
    """
    return last.seq > circumstances.recalled and last.started > result.started


def _run(connection: Connection, result: Result, config: str | None) -> int:
    loudness = [finding.severity for audit in result.audits for finding in audit.findings]
    values = {
        "run": result.run,
        "started": result.started,
        "finished": result.finished,
        "verdict": result.verdict.value,
        "errors": loudness.count(Severity.ERROR),
        "warnings": loudness.count(Severity.WARNING),
        "infos": loudness.count(Severity.INFO),
        "version": version("auditor"),
        "config": config,
    }
    seq: int = connection.execute(insert(runs).returning(runs.c.seq), values).scalar_one()
    return seq


def _audit(
    connection: Connection, result: Result, whole: Audit, shown: Audit, moment: tracking.Moment, late: set[str]
) -> Audit:
    """Follow what one audit found, known or not, unless a later look is recorded already; date what it shows."""
    if whole.name in late:
        known = standings.seen_since(connection, whole.name)
    else:
        unchecked = {each.check for each in result.not_checked if each.audit == whole.name}
        open_now = tracking.track(connection, whole, moment, unchecked)
        known = standings.follow(connection, whole, moment, unchecked, open_now)
    dated = tuple(_dated(whole, finding, known, result.started) for finding in shown.findings)
    hidden = tuple(replace(each, finding=_dated(whole, each.finding, known, result.started)) for each in shown.known)
    return replace(shown, findings=tuple(_beside_known(connection, shown, each) for each in dated), known=hidden)


def _dated(audit: Audit, finding: Finding, known: Mapping[standings.Followed, datetime], started: datetime) -> Finding:
    since = known.get(standings.followed(audit, finding), started)
    return replace(finding, first_seen=min(since, started))


def _beside_known(connection: Connection, audit: Audit, finding: Finding) -> Finding:
    """What is new is as old as its own oldest event, not as what was known before it, where all of them are named."""
    where = (finding.check, finding.partition, finding.verdict)
    is_part = any((each.check, each.partition, each.verdict) == where for each in audit.known)
    if not is_part or len(finding.events) < finding.count:
        return finding
    since = tracking.open_since(connection, audit.name, finding)
    return finding if since is None else replace(finding, first_seen=since)


def _details(connection: Connection, result: Result, seq: int, pipeline: Graph | None) -> None:
    document = to_document(result)
    if pipeline is not None:
        document[pipeline_documents.KEY] = pipeline_documents.to_document(pipeline)
    pieces.write(connection, result.started, pieces.take_out(document))
    connection.execute(insert(documents), {"seq": seq, "body": pack(document)})
    if rows := [_audit_row(seq, number, audit) for number, audit in enumerate(result.audits)]:
        connection.execute(insert(audits), rows)
    found = [(audit, finding) for audit in result.audits for finding in audit.findings]
    if rows := [_finding_row(seq, number, audit, finding) for number, (audit, finding) in enumerate(found)]:
        connection.execute(insert(findings), rows)


def _audit_row(seq: int, number: int, audit: Audit) -> dict[str, Any]:
    window = audit.window or Window()
    return {
        "seq": seq,
        "number": number,
        "audit": audit.name,
        "of": audit.of,
        "upstream": audit.upstream,
        "verdict": audit.verdict.value,
        "decided": audit.was_carried_out,
        "first": _number(window.first),
        "last": _number(window.last),
        "settled": _number(window.settled),
        **{name: _number(getattr(audit.totals, name, None)) for name in _TOTALS},
    }


def _number(value: int | None) -> int | None:
    """What fits into a column. The document has it in any case."""
    return value if value is not None and -_BIGGEST <= value <= _BIGGEST else None


def _finding_row(seq: int, number: int, audit: Audit, finding: Finding) -> dict[str, Any]:
    return {
        "seq": seq,
        "number": number,
        "audit": audit.name,
        "check": finding.check,
        "verdict": finding.verdict.value,
        "severity": finding.severity.value,
        "partition": finding.partition,
        "reason": finding.reason,
        "count": _number(finding.count) or 0,
        "fingerprint": finding.fingerprint(audit.name),
        "first_seen": finding.first_seen,
    }
