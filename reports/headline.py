"""What is lost, of whom and since when, and who is late: a few sentences that stand first in a report for people.

Somebody woken in the night reads them before all else, so they name nobody for what is known and hidden, count what is
new before what is known beside it, and what is merely late apart from what is lost.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from checks.model.event import Event
from checks.model.finding import Finding, Severity
from checks.model.result import Audit, Loss, Result
from checks.wording import counted, lasting, moment
from reports import way
from reports.visible import visible
from reports.weighing import figure, is_partly_known, many, oldest_new, weighing

MOST_SUMMED = 4
MOST_LATE = 4
_HOW = {"stalled": "stands still", "lagging": "is late"}
"""The heavier first."""

Named = Callable[[str], str]
"""How a name from the config is put."""

Weighs = tuple[Audit, list[Loss]]
"""An audit with what weighs of its losses."""


def sentences(result: Result, named: Named = visible) -> list[str]:
    """What consumers lack in one sentence, and one for each that is late; none where nobody lacks or waits."""
    weighed = weighing(result.audits)
    return [each for each in (_lacking(result, weighed, named), *_late(result, weighed, named)) if each]


def earliest(events: Iterable[Event]) -> datetime | None:
    """When the oldest of them was written; ``None``: of none it is known."""
    return min((event.time for event in events if event.time is not None), default=None)


def _lacking(result: Result, weighed: Sequence[Weighs], named: Named) -> str:
    """How many events each consumer lacks, and since when: ``billing lacks 4 events, mail 2; the oldest …``."""
    whose = [(audit.name, list(filter(_of_events, losses))) for audit, losses in weighed]
    told = sorted(((name, losses) for name, losses in whose if losses), key=lambda each: -_count(each[1]))
    if not told:
        return ""
    (first, its), *others = told
    parts = [f"{named(first)} lacks {many(its, 'event')}"]
    parts += [f"{named(name)} {figure(losses)}" for name, losses in others[:MOST_SUMMED]]
    if (more := len(others) - MOST_SUMMED) > 0:
        parts.append(f"{more:,} more consumers some")
    return f"{', '.join(parts)}{_since([loss for _, losses in told for loss in losses], result.started)}."


def _count(losses: Iterable[Loss]) -> int:
    return sum(loss.count for loss in losses)


def _since(losses: list[Loss], now: datetime) -> str:
    oldest = oldest_new(losses)
    if oldest is None:
        return ""
    which = "the oldest that is not known" if is_partly_known(losses) else "the oldest"
    return f"; {which} was written {moment(oldest)}, {_ago(oldest, now)}"


def _of_events(loss: Loss) -> bool:
    return way.noun(loss) == "event"


def _ago(then: datetime, now: datetime) -> str:
    """How long before a run that began at ``now``."""
    return f"{lasting(now - then)} before this run" if then < now else "while this run was under way"


def _late(result: Result, weighed: Sequence[Weighs], named: Named) -> list[str]:
    """A sentence for each consumer that stands still or is late, and of very many only how many more.

    Nothing of theirs is lost, and all of it is lacking now.
    """
    told = [
        _waiting(audit, how, found, result, named)
        for check, how in _HOW.items()
        for audit, found in _confirmed(weighed, check)
    ]
    if (more := len(told) - MOST_LATE) > 0:
        return [*told[:MOST_LATE], f"{more:,} more such findings stand below."]
    return told


def _confirmed(weighed: Sequence[Weighs], check: str) -> Iterator[tuple[Audit, list[Finding]]]:
    for audit, losses in weighed:
        found = [each for each in audit.findings if each.check == check and each.severity is Severity.ERROR]
        if found and not (check == "lagging" and _is_told(audit, losses, found)):
            yield audit, found


def _is_told(audit: Audit, losses: Sequence[Loss], found: list[Finding]) -> bool:
    """Whether all that waits is among what the consumer lacks, such as rows of an outbox that nobody sent."""
    lost = [loss for loss in losses if loss.source == audit.upstream]
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


def _waiting(audit: Audit, how: str, found: list[Finding], result: Result, named: Named) -> str:
    count = sum(each.count for each in found)
    said = f"{named(audit.name)} {how}: {counted(count, 'event')} {'waits' if count == 1 else 'wait'}"
    oldest = earliest(event for each in found for event in each.events)
    if oldest is None:
        return f"{said}."
    return f"{said}, {'the oldest ' if count > 1 else ''}written {moment(oldest)}, {_ago(oldest, result.started)}."
