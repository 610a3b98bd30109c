"""A result with fewer events in it than were gathered: what is written down, what is shown, and what a file has."""

from dataclasses import replace
from typing import TypeVar

from checks.model.finding import Finding
from checks.model.result import Audit, Parity, Result

AnyResult = TypeVar("AnyResult", bound=Result)


def sampled(result: AnyResult, most: int | None) -> AnyResult:
    """With at most that many events a finding: more were gathered, to be written down."""
    if most is None:
        return result
    return replace(
        result,
        audits=tuple(_sampled(audit, most) for audit in result.audits),
        parities=tuple(_briefly(parity, most) for parity in result.parities),
    )


def _briefly(parity: Parity, most: int) -> Parity:
    return replace(parity, differences=tuple(replace(each, events=each.events[:most]) for each in parity.differences))


def _sampled(audit: Audit, most: int) -> Audit:
    losses = tuple(replace(loss, events=loss.events[:most]) for loss in audit.losses)
    return replace(audit, findings=tuple(_few(finding, most) for finding in audit.findings), losses=losses)


def _few(finding: Finding, most: int) -> Finding:
    evidence = {
        key: value[:most] if isinstance(value, list) and key != "sql" else value
        for key, value in finding.evidence.items()
    }
    return replace(finding, events=finding.events[:most], evidence=evidence)


def with_all_events(result: AnyResult, most: int | None) -> AnyResult:
    """With every event of every finding, for a format that carries all; losses and parities keep to samples."""
    audits = zip(result.audits, sampled(result, most).audits, strict=True)
    brief = sampled(replace(result, audits=()), most)
    return replace(brief, audits=tuple(replace(few, findings=whole.findings) for whole, few in audits))
