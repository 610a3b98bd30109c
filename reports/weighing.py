"""What a loss weighs: as much of it as nobody knows of yet.

A loss counts what is lost, a baseline hides some of it. Whoever reads the first lines of a report is called for the
rest, so that is what they count, and the age that they tell is never that of an event that somebody has put off.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.result import Audit, Loss
from checks.spans import common, union
from checks.wording import counted

Key = tuple[str, str, str | None]
"""Whose finding it is: audit, check and partition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed(Loss):
    """The part of a loss that is not known: ``count``, ``ranges`` and ``events`` are of that part alone.

    ``known``: how many more were lost there and are known. ``None``: some of ``count`` are, and how many is not told,
    since the findings do not name them all; ``events`` are then empty, so that nothing is said of a known one.
    """

    known: int | None = None


@dataclass(frozen=True, slots=True)
class _Parts:
    """Confirmed findings of one key, told apart by whether somebody knows of them."""

    known: Sequence[Finding]
    new: Sequence[Finding]

    @property
    def count(self) -> int:
        return sum(each.count for each in (*self.known, *self.new))


def weighing(audits: Sequence[Audit]) -> list[tuple[Audit, list[Loss]]]:
    """The losses of each audit as far as they are not known: they weigh no more than the findings that tell of them."""
    parts = _parts(audits)
    if not parts:
        return [(audit, list(audit.losses)) for audit in audits]
    return [(audit, list(_weighed(audit.losses, parts))) for audit in audits]


def many(losses: Iterable[Loss], noun: str) -> str:
    """How many they are, and how many more are known: ``3 new events beside 6 known``."""
    losses = list(losses)
    count, known = sum(loss.count for loss in losses), _known(losses)
    if known is None:
        return f"{counted(_all(losses), noun)} (some of them known)"
    return f"{counted(count, f'new {noun}')} beside {known:,} known" if known else counted(count, noun)


def figure(losses: Iterable[Loss]) -> str:
    """As :func:`many`, where what is counted has been said before: ``3 new beside 6 known``."""
    losses = list(losses)
    count, known = sum(loss.count for loss in losses), _known(losses)
    if known is None:
        return f"{_all(losses):,} (some of them known)"
    return f"{count:,} new beside {known:,} known" if known else f"{count:,}"


def is_partly_known(losses: Iterable[Loss]) -> bool:
    """Whether somebody knows of some of what was lost there."""
    return any(isinstance(loss, Weighed) for loss in losses)


def oldest_new(losses: Iterable[Loss]) -> datetime | None:
    """When the oldest event was written that is not known; ``None``: it cannot be told."""
    oldest: list[datetime] = []
    for loss in losses:
        times = [event.time for event in loss.events if event.time is not None]
        if isinstance(loss, Weighed) and not times:
            return None
        oldest += times
    return min(oldest, default=None)


def _known(losses: Iterable[Loss]) -> int | None:
    total = 0
    for loss in losses:
        if isinstance(loss, Weighed):
            if loss.known is None:
                return None
            total += loss.known
    return total


def _all(losses: Iterable[Loss]) -> int:
    return sum(loss.count + (loss.known or 0 if isinstance(loss, Weighed) else 0) for loss in losses)


def _parts(audits: Sequence[Audit]) -> Mapping[Key, _Parts]:
    """The findings of which something is known."""
    known: dict[Key, list[Finding]] = {}
    for audit in audits:
        for each in audit.known:
            if each.verdict is Verdict.CONFIRMED:
                known.setdefault((audit.name, each.check, each.partition), []).append(each.finding)
    new: dict[Key, list[Finding]] = {key: [] for key in known}
    for audit in audits if known else ():
        for finding in audit.findings:
            key = (audit.name, finding.check, finding.partition)
            if finding.verdict is Verdict.CONFIRMED and key in new:
                new[key].append(finding)
    return {key: _Parts(findings, new[key]) for key, findings in known.items()}


def _weighed(losses: Iterable[Loss], parts: Mapping[Key, _Parts]) -> Iterator[Loss]:
    for loss in losses:
        its = parts.get((loss.audit, loss.check, loss.partition))
        left = loss if its is None else _left(loss, its)
        if left is not None:
            yield left


def _left(loss: Loss, parts: _Parts) -> Loss | None:
    """What is not known of a loss; ``None``: nothing. Where that cannot be told, all of it weighs."""
    if not parts.new:
        return None
    if loss.count == parts.count:
        events = [event for finding in parts.new for event in finding.events]
        ranges = union(*(finding.ranges for finding in parts.new))
        return _narrowed(loss, sum(each.count for each in parts.new), ranges, events)
    belongs = _membership(loss)
    known = sum(belongs(event) for finding in parts.known for event in finding.events)
    events = [event for finding in parts.new for event in finding.events if belongs(event)]
    if known + len(events) != loss.count:
        return _narrowed(loss, loss.count, loss.ranges, [], unclear=True)
    if not known:
        return loss
    ranges = common(loss.ranges, union(*(finding.ranges for finding in parts.new)))
    return _narrowed(loss, len(events), ranges, events) if events else None


def _membership(loss: Loss) -> Callable[[Event], bool]:
    """Whether an event of the finding is one of a loss that is a part of it."""
    if len(loss.events) == loss.count:
        return set(loss.events).__contains__
    firsts = [first for first, _ in loss.ranges]

    def is_within(event: Event) -> bool:
        at = 0 if event.position is None else bisect_right(firsts, event.position)
        return at > 0 and event.position is not None and event.position <= loss.ranges[at - 1][1]

    return is_within


def _narrowed(
    loss: Loss, count: int, ranges: Sequence[tuple[int, int]], events: Iterable[Event], *, unclear: bool = False
) -> Weighed:
    return Weighed(
        source=loss.source,
        target=loss.target,
        how=loss.how,
        audit=loss.audit,
        check=loss.check,
        partition=loss.partition,
        count=count,
        ranges=tuple(ranges),
        events=tuple(events),
        known=None if unclear else loss.count - count,
    )
