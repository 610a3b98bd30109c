"""A whole result as JSON and back again, nothing lost but the types of evidence that JSON does not know.

It is no report: ``auditor.result/1`` is for other people's programs, this is for the auditor's own, and keeps what that
one leaves out. Long lists are cut up by :mod:`auditor.ledger.pieces`; here they are whole.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from auditor.result import Result
from checks.model import result as model
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.known import KnownFinding
from checks.model.result import (
    Audit,
    Coverage,
    Extent,
    Loss,
    LostAt,
    NotChecked,
    OneSided,
    Parity,
    Problem,
    Progress,
    Totals,
    Window,
)
from reports.json_document import plain

Document = dict[str, Any]
"""JSON's own types."""

_TOTALS = tuple(each.name for each in fields(Totals))


def to_document(result: model.Result) -> Document:
    """A result in JSON's own types."""
    return {
        "run": result.run,
        "started": result.started.isoformat(),
        "finished": result.finished.isoformat(),
        "audits": [_audit(audit) for audit in result.audits],
        "not_checked": [[each.audit, each.check, each.reason, each.message] for each in result.not_checked],
        "not_recorded": result.not_recorded,
        "parities": [_parity(parity) for parity in result.parities],
    }


def from_document(document: Document) -> Result:
    """The result that :func:`to_document` was given. KeyError, TypeError, ValueError: it is no such document."""
    return Result(
        run=document["run"],
        started=datetime.fromisoformat(document["started"]),
        finished=datetime.fromisoformat(document["finished"]),
        audits=tuple(_to_audit(audit) for audit in document["audits"]),
        not_checked=tuple(
            NotChecked(audit=audit, check=check, reason=reason, message=message)
            for audit, check, reason, message in document["not_checked"]
        ),
        not_recorded=document["not_recorded"],
        parities=tuple(_to_parity(parity) for parity in document.get("parities", ())),  # older runs have none
    )


def _audit(audit: Audit) -> Document:
    return {
        "name": audit.name,
        "of": audit.of,
        "upstream": audit.upstream,
        "window": None if audit.window is None else _window(audit.window),
        "totals": None if audit.totals is None else [getattr(audit.totals, name) for name in _TOTALS],
        "findings": [_finding(finding) for finding in audit.findings],
        "problems": [[problem.reason, problem.message] for problem in audit.problems],
        "notes": list(audit.notes),
        "coverage": None if audit.coverage is None else _coverage(audit.coverage),
        "known": [_known(each) for each in audit.known],
        "losses": [_loss(each) for each in audit.losses],
        "progress": None if audit.progress is None else _progress(audit.progress),
        "has_target": audit.has_target,
        "takes_twice": audit.takes_twice,
    }


def _to_audit(document: Document) -> Audit:
    window, totals, coverage = document["window"], document["totals"], _coverage_in(document)
    return Audit(
        name=document["name"],
        of=document["of"],
        upstream=document["upstream"],
        window=None if window is None else _to_window(window),
        totals=None if totals is None else Totals(**dict(zip(_TOTALS, totals, strict=True))),
        findings=tuple(_to_finding(finding) for finding in document["findings"]),
        problems=tuple(Problem(reason=reason, message=message) for reason, message in document["problems"]),
        notes=tuple(document["notes"]),
        coverage=None if coverage is None else _to_coverage(coverage),
        known=tuple(_to_known(each) for each in document.get("known", ())),  # older runs have none of these
        losses=tuple(_to_loss(each) for each in document.get("losses", ())),
        progress=_to_progress(document.get("progress")),
        has_target=document.get("has_target", True),
        takes_twice=document.get("takes_twice", True),
    )


def incremental_in(document: Document) -> frozenset[str] | None:
    """The audits that left out what earlier runs had verified. ``None``: it does not say, or none was carried out."""
    audits = document["audits"]
    if any("coverage" not in audit for audit in audits) or all(audit["totals"] is None for audit in audits):
        return None
    return frozenset(audit["name"] for audit in audits if audit["coverage"] is not None)


def _coverage_in(document: Document) -> Document | None:
    """The first documents had none."""
    coverage: Document | None = document.get("coverage")
    return coverage


def _coverage(coverage: Coverage) -> Document:
    return {
        "through": coverage.through,
        "run": coverage.run,
        "at": _moment(coverage.at),
        "oldest": _moment(coverage.oldest),
        "skipped": coverage.skipped,
        "overlap": None if coverage.overlap is None else coverage.overlap.total_seconds(),
    }


def _to_coverage(document: Document) -> Coverage:
    overlap = document["overlap"]
    return Coverage(
        through=document["through"],
        run=document["run"],
        at=datetime.fromisoformat(document["at"]),
        oldest=_to_moment(document["oldest"]),
        skipped=document["skipped"],
        overlap=None if overlap is None else timedelta(seconds=overlap),
    )


def _loss(loss: Loss) -> Document:
    return {
        "source": loss.source,
        "target": loss.target,
        "how": loss.how.value,
        "audit": loss.audit,
        "check": loss.check,
        "count": loss.count,
        "partition": loss.partition,
        "ranges": [list(bounds) for bounds in loss.ranges],
        "events": [event_document(event) for event in loss.events],
    }


def _to_loss(document: Document) -> Loss:
    return Loss(
        source=document["source"],
        target=document["target"],
        how=LostAt(document["how"]),
        audit=document["audit"],
        check=document["check"],
        count=document["count"],
        partition=document["partition"],
        ranges=tuple((first, last) for first, last in document["ranges"]),
        events=tuple(event_from(event) for event in document["events"]),
    )


def _progress(progress: Progress) -> list[float | None]:
    left = None if progress.left is None else progress.left.total_seconds()
    return [progress.received, progress.eligible, progress.per_second, left]


def _to_progress(parts: list[Any] | None) -> Progress | None:
    if parts is None:
        return None
    received, eligible, per_second, left = parts
    return Progress(
        received=received,
        eligible=eligible,
        per_second=per_second,
        left=None if left is None else timedelta(seconds=left),
    )


def _extent(extent: Extent) -> list[int | None]:
    return [extent.first, extent.last, extent.settled]


def _to_extent(parts: list[int | None]) -> Extent:
    first, last, settled = parts
    return Extent(first=first, last=last, settled=settled)


def _window(window: Window) -> Document:
    partitions = window.partitions
    return {
        "whole": _extent(window),
        "partitions": None if partitions is None else [[name, _extent(extent)] for name, extent in partitions],
    }


def _to_window(document: Document) -> Window:
    first, last, settled = document["whole"]
    partitions = document["partitions"]
    return Window(
        first=first,
        last=last,
        settled=settled,
        partitions=None if partitions is None else tuple((name, _to_extent(parts)) for name, parts in partitions),
    )


def _finding(finding: Finding) -> Document:
    return {
        "check": finding.check,
        "verdict": finding.verdict.value,
        "count": finding.count,
        "message": finding.message,
        "partition": finding.partition,
        "reason": finding.reason,
        "harmless": finding.harmless,
        "ranges": [list(bounds) for bounds in finding.ranges],
        "ranges_truncated": finding.ranges_truncated,
        "events": [event_document(event) for event in finding.events],
        "evidence": plain(finding.evidence),
        "first_seen": _moment(finding.first_seen),
    }


def _to_finding(document: Document) -> Finding:
    evidence: Mapping[str, object] = document["evidence"]
    return Finding(
        check=document["check"],
        verdict=Verdict(document["verdict"]),
        count=document["count"],
        message=document["message"],
        partition=document["partition"],
        reason=document["reason"],
        harmless=document["harmless"],
        ranges=tuple((first, last) for first, last in document["ranges"]),
        ranges_truncated=document["ranges_truncated"],
        events=tuple(event_from(event) for event in document["events"]),
        evidence=evidence,
        first_seen=_to_moment(document["first_seen"]),
    )


def _known(known: KnownFinding) -> Document:
    return {
        "finding": _finding(known.finding),
        "fingerprint": known.fingerprint,
        "owner": known.owner,
        "why": known.why,
        "expires": _moment(known.expires),
    }


def _to_known(document: Document) -> KnownFinding:
    return KnownFinding(
        finding=_to_finding(document["finding"]),
        fingerprint=document["fingerprint"],
        owner=document["owner"],
        why=document["why"],
        expires=_to_moment(document["expires"]),
    )


def _parity(parity: Parity) -> Document:
    return {
        "upstream": parity.upstream,
        "logs": list(parity.logs),
        "reached": [list(each) for each in parity.reached],
        "compared": parity.compared,
        "differences": [
            {
                "lacking": each.lacking,
                "count": each.count,
                "ranges": [list(bounds) for bounds in each.ranges],
                "ranges_truncated": each.ranges_truncated,
                "events": [event_document(event) for event in each.events],
            }
            for each in parity.differences
        ],
    }


def _to_parity(document: Document) -> Parity:
    one, other = document["logs"]
    return Parity(
        upstream=document["upstream"],
        logs=(one, other),
        reached=tuple((partition, position) for partition, position in document["reached"]),
        compared=document["compared"],
        differences=tuple(
            OneSided(
                lacking=each["lacking"],
                count=each["count"],
                ranges=tuple((first, last) for first, last in each["ranges"]),
                ranges_truncated=each["ranges_truncated"],
                events=tuple(event_from(event) for event in each["events"]),
            )
            for each in document["differences"]
        ),
    )


def event_document(event: Event) -> list[Any]:
    """An event as a list: there may be ten thousand."""
    time = _moment(event.time)
    return [event.position, event.id, event.stream, event.version, event.type, time, event.partition]


def event_from(parts: list[Any]) -> Event:
    """The event that :func:`event_document` was given."""
    position, identity, stream, version, type_, time, partition = parts
    return Event(
        position=position,
        id=identity,
        stream=stream,
        version=version,
        type=type_,
        time=_to_moment(time),
        partition=partition,
    )


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _to_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
