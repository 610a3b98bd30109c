"""The audit of a state out of its evidence and findings: its totals, its doubts, and what a reader should know."""

from collections.abc import Iterator, Sequence

from checks.mirroring import totals_of_state
from checks.model.finding import Finding
from checks.model.result import Audit, Problem, Totals
from checks.model.state import StateEvidence
from checks.wording import counted

UNVERIFIABLE = {
    "in-several-partitions": "the stream is in several partitions of the log, and the row does not say in which one",
    "several-rows": "several rows of one stream disagree: leave one of them by `where`",
    "no-version": "the version of the row is NULL",
    "no-stream-version": "no event of the stream has a version",
    "no-time": "the time of the row, or of the stream's last event, is NULL or cannot be read",
    "no-stream": "the row names no stream (NULL)",
    "gone-from-log": "gone from the log between two looks",
    "standby": "the state was read on a standby that is not proven caught up",
}
"""Why nothing can be said of a stream or a row, in words."""


def audit_of_state(evidence: StateEvidence, findings: tuple[Finding, ...], failures: Sequence[Problem]) -> Audit:
    """Raises MismatchError where the streams do not add up."""
    counts = totals_of_state(evidence)
    return Audit(
        name=evidence.name,
        of="state",
        upstream=evidence.upstream,
        totals=counts,
        findings=findings,
        problems=(*_nothing_compared(counts, findings), *failures),
        notes=tuple(_notes(evidence)),
    )


def _nothing_compared(counts: Totals, findings: Sequence[Finding]) -> Iterator[Problem]:
    if counts.produced == 0 and not findings:
        left_out = f", {counted(counts.excluded, 'stream')} left out" if counts.excluded else ""
        text = f"nothing was compared: no stream of the log should have a row{left_out}"
        yield Problem(reason="nothing-compared", message=text)
    elif counts.produced and counts.produced == counts.unverifiable:
        text = "nothing was compared: every stream is unverifiable"
        yield Problem(reason="nothing-compared", message=text)


def _notes(evidence: StateEvidence) -> Iterator[str]:
    if evidence.on_standby:
        yield "the log was read on a standby"
    if evidence.behind:
        yield f"the state's store: {evidence.behind}"
    if evidence.unmatched_types:
        names = ", ".join(repr(pattern) for pattern in evidence.unmatched_types)
        yield f"no event of the log has a type that matches {names}"
    for reason, count in sorted(evidence.unverifiable.items()):
        yield f"{counted(count, 'stream')} unverifiable: {UNVERIFIABLE.get(reason, reason)}"
