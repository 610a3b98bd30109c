"""Events that a log on the way lacks although a consumer behind it has receipts of them: the log lost them after that.

Such a receipt is one that the log which the consumer reads does not have. It is told by the id, or by stream and
version. Where a receipt tells neither as the lost events do (a bare position of the log that lost them, or one that is
not named), it may be any of them: what cannot be shown to be absent at a consumer is not said to be absent there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from checks.model.event import Event
from checks.model.finding import Finding
from checks.model.result import Loss, LostAt
from checks.spans import without
from checks.wording import counted

OF_EVENTS = (LostAt.NOT_DERIVED, LostAt.NOT_SENT)
"""What is lost there is known as events, so that each may be one of the receipts. Elsewhere a version has to agree."""


@dataclass(frozen=True, slots=True)
class Had:
    """Of one loss: what is left of it, ``None``: nothing; how many the consumer has, and how many it may have."""

    left: Loss | None
    certain: int
    possible: int


def told_apart(loss: Loss, unexpected: Sequence[Finding]) -> Had:
    """``loss``: with all events that its finding names. ``unexpected``: what the consumer has and its log does not."""
    strangers = [event for finding in unexpected for event in finding.events]
    known = {name for event in strangers for name in _names(event)}
    has = [event for event in loss.events if not known.isdisjoint(_names(event))]
    if has or loss.how in OF_EVENTS:
        possible = min(loss.count - len(has), _unclear(loss, has, unexpected)) if loss.how in OF_EVENTS else 0
        return Had(_without(loss, has, possible), len(has), possible)
    return Had(loss, 0, 0)


def _unclear(loss: Loss, has: Iterable[Event], unexpected: Iterable[Finding]) -> int:
    """How many receipts nothing tells from the events that were lost."""
    matched = {name for event in has for name in _names(event)}
    all_named = len(loss.events) == loss.count
    kinds = {frozenset(kind for kind, *_ in _names(event)) for event in loss.events}
    unclear = 0
    for finding in unexpected:
        unclear += finding.count - len(finding.events)
        for event in finding.events:
            names = set(_names(event))
            its = {kind for kind, *_ in names}
            if matched.isdisjoint(names) and not (all_named and all(its & each for each in kinds)):
                unclear += 1
    return unclear


def _without(loss: Loss, has: Sequence[Event], possible: int) -> Loss | None:
    count = loss.count - len(has) - possible
    if count <= 0:
        return None
    if not has:
        return replace(loss, count=count)
    places = sorted({event.position for event in has if event.position is not None})
    gone, events = set(has), loss.events
    ranges = without(loss.ranges, [(place, place) for place in places])
    return replace(loss, count=count, ranges=ranges, events=tuple(event for event in events if event not in gone))


def note(loss: Loss, had: Had, consumer: str) -> str:
    """Why it is not counted, for who reads the consumer's audit."""
    unit = {LostAt.NOT_IN_LOG: "version", LostAt.NOT_WRITTEN: "stream"}.get(loss.how, "event")
    many = had.certain + had.possible
    of = f" of {loss.source}" if loss.source != loss.target else ""
    said = (
        f"{counted(many, unit)}{of} not in {loss.target} {'is' if many == 1 else 'are'} not called lost for {consumer}"
    )
    if not had.possible:
        it = "it" if many == 1 else "them"
        return f"{said}, which has receipts of {it}: gone from {loss.target} after {consumer} had {it}"
    return f"{said}: it has receipts of what its log does not have, and they may be of these"


def _names(event: Event) -> Iterable[tuple[str, ...]]:
    if event.id is not None:
        yield ("id", event.id)
    if event.stream is not None and event.version is not None:
        yield ("version", event.partition or "", event.stream, str(event.version))
