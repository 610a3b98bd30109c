"""Events that a log on the way lacks although a consumer behind it has receipts of them: the log lost them after that.

Such a receipt is one that the log which the consumer reads does not have. It is told by the id, or by stream and
version. Where a receipt tells neither as the lost events do (a bare position of the log that lost them, or one that is
not named), it may be any of them: what cannot be shown to be absent at a consumer is not said to be absent there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from checks.model.event import Event
from checks.model.finding import Finding
from checks.model.result import Loss, LostAt
from checks.spans import union, without
from checks.wording import counted

OF_EVENTS = (LostAt.NOT_DERIVED, LostAt.NOT_SENT)
"""What is lost there is known as events, so that each may be one of the receipts. Elsewhere a version has to agree."""


@dataclass(frozen=True, slots=True)
class Had:
    """Of one loss: what is left of it, ``None``: nothing; how many the consumer has, and how many it may have."""

    left: Loss | None
    certain: int
    possible: int


def told_apart(loss: Loss, unexpected: Iterable[Finding]) -> Had:
    """``loss``: with all events that its finding names. ``unexpected``: what the consumer has and its log does not."""
    strangers = [event for finding in unexpected for event in finding.events]
    known = {name for event in strangers for name in _names(event)}
    has = [event for event in loss.events if any(name in known for name in _names(event))]
    certain = len(has)
    possible = 0
    if loss.how in OF_EVENTS:
        unnamed = sum(finding.count - len(finding.events) for finding in unexpected)
        matched = {name for event in has for name in _names(event)}
        rest = [event for event in strangers if not any(name in matched for name in _names(event))]
        lacking = loss.count - certain
        possible = min(lacking, unnamed + sum(_may_be(event, loss) for event in rest))
    count = loss.count - certain - possible
    if not certain and not possible:
        return Had(loss, 0, 0)
    if count <= 0:
        return Had(None, certain, possible)
    places = [event.position for event in has if event.position is not None]
    spans = union(*(((place, place),) for place in places))
    events = tuple(event for event in loss.events if event not in has)
    return Had(replace(loss, count=count, ranges=without(loss.ranges, spans), events=events), certain, possible)


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


def _may_be(stranger: Event, loss: Loss) -> bool:
    """Whether nothing tells the receipt from the lost events, or some of these are not named."""
    if len(loss.events) < loss.count:
        return True
    kinds = {name[0] for name in _names(stranger)}
    return any(not kinds & {name[0] for name in _names(event)} for event in loss.events)
