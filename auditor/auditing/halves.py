"""The audit of a derived log is one audit with two halves: its own rows, and what they are made of.

Its totals, its window and what was left out are those of the comparison with its upstream; of the other half there is
a note, so that nothing is claimed that was not looked at.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from auditor.auditing.doubts import LONGEST_UNSETTLED, UNVERIFIABLE, notes_on_settling, nothing_compared, unsettled
from checks.derivation import ANY_NUMBER, PURGED, derivation_of, totals
from checks.model.derived import DerivedEvidence
from checks.model.finding import Finding
from checks.model.result import Audit, Coverage, Problem, Totals
from checks.wording import counted

_UNVERIFIABLE = UNVERIFIABLE | {
    "no-identity": "what `source` would name is NULL in the upstream",
    "cursor-rows-disagree": "they lie between cursor rows of the publisher that disagree",
    "inbox-retention": "older than its retention, or of unknown age",
    "standby": "it was read on a standby that is not proven caught up",
    ANY_NUMBER: 'each may have become none (per_event = "any")',
    PURGED: "from before what the outbox still has of what was sent; declare retention, or keep what was sent",
}
"""Why nothing can be said of an upstream event, in words."""


def whole(
    own: Audit,
    evidence: DerivedEvidence,
    findings: tuple[Finding, ...],
    failures: Iterable[Problem],
    coverage: Coverage | None,
    *,
    verified: int,
    notes: tuple[str, ...] = (),
) -> Audit:
    """Both halves as one audit. ``own``: of its rows; ``verified``: events that earlier runs compared.

    Raises OutOfBalanceError.
    """
    counts, own_doubts = totals(evidence), (each for each in own.problems if each.reason != "nothing-compared")
    return replace(
        own,
        upstream=evidence.upstream,
        window=evidence.follower.window,
        totals=counts,
        findings=(*findings, *own.findings),
        problems=(*_doubts(evidence, counts, verified), *failures, *own_doubts),
        notes=(*notes, *_notes(evidence), *(f"its own rows: {note}" for note in (*own.notes, *_left_out(own)))),
        coverage=coverage,
    )


def own_alone(own: Audit, upstream: str | None, problem: Problem) -> Audit:
    """What was found in its own rows, where the comparison with its upstream could not be carried out."""
    return replace(own, upstream=upstream, window=None, totals=None, coverage=None, problems=(problem, *own.problems))


def _doubts(evidence: DerivedEvidence, counts: Totals, verified: int) -> Iterator[Problem]:
    follower, unverifiable = evidence.follower, derivation_of(evidence).unverifiable()
    if not verified:
        yield from nothing_compared(counts, follower.excluded, unverifiable.get("no-identity", 0))
    if follower.cursor_rows_disagree:
        text = "the cursor rows of its publisher disagree, or do not say of which partition they are"
        yield Problem(reason="several-cursor-rows", message=f"{text}: give it `where` or `partition`")
    elif unverifiable.get("cursor-rows-disagree"):
        text = (
            "events without a place in the order that its publisher goes by: a column of `order` is NULL or no number"
        )
        yield Problem(reason="no-order", message=text)
    if counts.produced and counts.produced == counts.unverifiable and not verified:
        text = "nothing was compared: every event of the upstream is unverifiable"
        yield Problem(reason="nothing-compared", message=text)
    yield from unsettled(follower.window, follower.settlement, max(LONGEST_UNSETTLED, evidence.max_delay))


def _notes(evidence: DerivedEvidence) -> Iterator[str]:
    follower = evidence.follower
    yield from (f"{evidence.upstream}: {note}" for note in notes_on_settling(follower.settlement))
    if follower.unmatched_types:
        names = ", ".join(repr(pattern) for pattern in follower.unmatched_types)
        yield f"no event of {evidence.upstream} has a type that matches {names}"
    if follower.unidentified_receipts:
        yield f"{counted(follower.unidentified_receipts, 'row')} without a source: of which event they are is not known"
    if follower.inbox_behind:
        yield f"its store: {follower.inbox_behind}"
    if any(cursor.absent for cursor in follower.cursors or ()):
        yield "its publisher has no cursor row: how far it is, its own rows say"
    for reason, count in derivation_of(evidence).unverifiable().items():
        yield f"{counted(count, 'event')} unverifiable: {_UNVERIFIABLE.get(reason, reason)}"


def _left_out(own: Audit) -> Iterator[str]:
    coverage = own.coverage
    if coverage is not None:
        yield f"{counted(coverage.skipped, 'row')} up to position {coverage.through} not looked at again"
