"""Consumers that stand still or are late: nothing of theirs is lost, and all of it is lacking now."""

from collections.abc import Iterator

from checks.model.finding import Finding, Severity
from checks.model.result import Audit, Loss, Result
from checks.wording import counted
from reports.html.words import ago, earliest, number, shortened, when

MOST_TOLD = 4
_HOW = {"stalled": "stands still", "lagging": "is late"}
"""The heavier first."""


def late(result: Result) -> list[str]:
    """A sentence for each such consumer, those that stand still first, and of very many only how many more."""
    told = [
        _sentence(audit, how, found, result)
        for check, how in _HOW.items()
        for audit, found in _confirmed(result, check)
    ]
    if (more := len(told) - MOST_TOLD) > 0:
        return [*told[:MOST_TOLD], f"{number(more)} more such findings stand below."]
    return told


def _confirmed(result: Result, check: str) -> Iterator[tuple[Audit, list[Finding]]]:
    for audit in result.audits:
        found = [each for each in audit.findings if each.check == check and each.severity is Severity.ERROR]
        if found and not (check == "lagging" and _is_told(audit, found)):
            yield audit, found


def _is_told(audit: Audit, found: list[Finding]) -> bool:
    """Whether all that waits is among what the consumer lacks, such as rows of an outbox that nobody sent."""
    lost = [loss for loss in audit.losses if loss.source == audit.upstream]
    return all(
        not each.ranges_truncated
        and each.ranges
        and all(_is_within(span, each.partition, lost) for span in each.ranges)
        for each in found
    )


def _is_within(span: tuple[int, int], partition: str | None, lost: list[Loss]) -> bool:
    return any(
        first <= span[0] and span[1] <= last
        for loss in lost
        if loss.partition == partition
        for first, last in loss.ranges
    )


def _sentence(audit: Audit, how: str, found: list[Finding], result: Result) -> str:
    count = sum(each.count for each in found)
    said = f"{shortened(audit.name)} {how}: {counted(count, 'event')} {'waits' if count == 1 else 'wait'}"
    oldest = earliest(event for each in found for event in each.events)
    if oldest is None:
        return f"{said}."
    return f"{said}, {'the oldest ' if count > 1 else ''}written {when(oldest)}, {ago(oldest, result.started)}."
