"""At which hop of their way events were lost that a consumer never received, drawn from the findings of a whole run.

The way leads from the states and the log at the very top through each log derived from it to the consumer. Each event
is attributed to the first hop that lost it: what was never sent is not also said to be underived or missing. Nothing
is judged here: every loss is a confirmed finding, or that part of one that lies at this hop.

An outbox that did not send an event has not lost it for whoever has it all the same, so of its unsent rows those count
that the next hop is found to lack. Where not all of them are named, as many as can be: at most so many are lost there.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from checks.had import Had, note, told_apart
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.result import Audit, Loss, LostAt
from checks.spans import Spans, around, common, union, without

MOST_SAMPLES = 100
"""Events that a loss names; the finding that it is drawn from may name more."""
WRITTEN = ("silent-change", "state-unexpected")
KEPT = ("version-gap",)
DERIVED = ("underived",)
SENT = ("unsent",)
RECEIVED = ("missing", "backfill-incomplete")
LATE = ("lagging", "stalled", "cursor-absent")
"""Checks that say, of a consumer, that it does not have an event yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A log on the way. ``states``: those that are kept beside it, in one store. ``outbox``: it marks what it sent."""

    log: str
    derived: bool = False
    outbox: bool = False
    states: tuple[str, ...] = ()

    @property
    def losing(self) -> Iterator[str]:
        """The audits that can tell of losses here."""
        yield from self.states
        if self.derived or self.outbox:
            yield self.log


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The way to one consumer: its log comes last, what that is derived from before it."""

    consumer: str
    stages: tuple[Stage, ...]


def losses(route: Route, audits: Mapping[str, Audit]) -> tuple[Loss, ...]:
    """What was lost for the consumer, in the order of the way; not what it has all the same."""
    left = (had.left for _, had in _told_apart(route, audits))
    return tuple(replace(loss, events=loss.events[:MOST_SAMPLES]) for loss in left if loss is not None)


def had_before(route: Route, audits: Mapping[str, Audit]) -> tuple[str, ...]:
    """What is no loss of the consumer although a log on its way lacks it, in sentences."""
    apart = _told_apart(route, audits)
    return tuple(note(loss, had, route.consumer) for loss, had in apart if had.certain or had.possible)


def _told_apart(route: Route, audits: Mapping[str, Audit]) -> Iterator[tuple[Loss, Had]]:
    """Each loss, and what the consumer has of it. What stands in the log that it reads was looked for at it."""
    unexpected = [finding for finding in _findings(audits, route.consumer) if finding.check == "unexpected"]
    for loss in _losses(route, audits):
        is_before = loss.target != route.consumer
        yield loss, told_apart(loss, unexpected) if is_before and unexpected else Had(loss, 0, 0)


def unaudited(route: Route, audits: Mapping[str, Audit]) -> tuple[str, ...]:
    """Whose audits would tell of losses before the consumer, and were not made, or failed."""
    names = dict.fromkeys(name for stage in route.stages for name in stage.losing)
    return tuple(name for name in names if name not in audits or audits[name].totals is None)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the events of a finding."""

    count: int
    ranges: Spans
    events: tuple[Event, ...]


def _losses(route: Route, audits: Mapping[str, Audit]) -> Iterator[Loss]:
    unsent: list[Finding] = []
    for before, stage, after in zip([None, *route.stages], route.stages, [*route.stages[1:], None], strict=False):
        if stage.derived and before is not None:
            yield from _underived(before.log, stage.log, unsent, audits)
        for state in stage.states:
            for finding in _confirmed(audits, state, WRITTEN):
                yield _loss(state, stage.log, LostAt.NOT_WRITTEN, state, finding, _whole(finding))
        if before is None:  # what lacks further down is found there
            for finding in _confirmed(audits, stage.log, KEPT):
                yield _loss(stage.log, stage.log, LostAt.NOT_IN_LOG, stage.log, finding, _whole(finding))
        unsent = list(_confirmed(audits, stage.log, SENT)) if stage.outbox else []
        target, by = (route.consumer, (*RECEIVED, *LATE)) if after is None else (after.log, DERIVED)
        lacking = [finding for finding in _findings(audits, target) if finding.check in by]
        for finding in unsent:
            part = _together([_common(finding, each) for each in lacking], most=finding.count)
            if part.count:
                yield _loss(stage.log, target, LostAt.NOT_SENT, stage.log, finding, part)
    yield from _unreceived(route, unsent, audits)


def _underived(upstream: str, log: str, unsent: Sequence[Finding], audits: Mapping[str, Audit]) -> Iterator[Loss]:
    for finding in _confirmed(audits, log, DERIVED):
        untold, never_sent = _not_sent(finding, unsent)
        if untold.count > 0:
            yield _loss(upstream, log, LostAt.NOT_SENT, log, finding, untold)
        left = _left(finding, [never_sent])
        if left.count > 0:
            yield _loss(upstream, log, LostAt.NOT_DERIVED, log, finding, left)


def _unreceived(route: Route, unsent: Sequence[Finding], audits: Mapping[str, Audit]) -> Iterator[Loss]:
    """What stands in the log that the consumer reads, by what its mark says where it has one."""
    log, consumer = route.stages[-1].log, route.consumer
    for finding in _confirmed(audits, consumer, RECEIVED):
        untold, never_sent = _not_sent(finding, unsent)
        sent = _marked(finding, "marked_sent")
        if untold.count > 0:
            yield _loss(log, consumer, LostAt.NOT_SENT, consumer, finding, untold)
        if sent.count:
            yield _loss(log, consumer, LostAt.SENT_NOT_RECEIVED, consumer, finding, sent)
        left = _left(finding, [sent, never_sent])
        if left.count > 0:
            yield _loss(log, consumer, LostAt.NOT_RECEIVED, consumer, finding, left)


def _not_sent(finding: Finding, unsent: Sequence[Finding]) -> tuple[_Part, _Part]:
    """What the outbox before it did not send: as far as the outbox's own audit does not say so, and all of it."""
    told, marked = _never_sent(finding, unsent), _marked(finding, "not_sent")
    untold = _Part(marked.count - told.count, without(marked.ranges, told.ranges), marked.events)
    return untold, marked if marked.count > told.count else told


def _findings(audits: Mapping[str, Audit], name: str) -> Sequence[Finding]:
    return audits[name].findings if name in audits else ()


def _confirmed(audits: Mapping[str, Audit], name: str, checks: Sequence[str]) -> Iterator[Finding]:
    found = _findings(audits, name)
    return (each for each in found if each.check in checks and each.verdict is Verdict.CONFIRMED)


def _whole(finding: Finding) -> _Part:
    return _Part(finding.count, finding.ranges, finding.events)


def _never_sent(finding: Finding, unsent: Sequence[Finding]) -> _Part:
    """That part of what is absent which stands in the outbox before it, not sent."""
    return _together([_common(each, finding) for each in unsent], most=finding.count)


def _common(unsent: Finding, lacking: Finding) -> _Part:
    """What is in both. Every row that counts between the ends of an unsent range is unsent, and so is what lacks there.

    Where the absent events are not all named, the unsent ones tell how many there can be, else the smaller count; but
    never those that are marked sent.
    """
    ranges = common(unsent.ranges, lacking.ranges) if unsent.partition == lacking.partition else ()
    if not ranges:
        return _Part(0, (), ())
    events = _within(lacking.events, ranges)
    if len(lacking.events) == lacking.count:
        return _Part(len(events), around(ranges, _positions(events)), events)
    most = lacking.count - _marked(lacking, "marked_sent").count
    there = len(_within(unsent.events, ranges)) if len(unsent.events) == unsent.count else unsent.count
    return _Part(min(there, most), ranges, events)


def _together(parts: Sequence[_Part], *, most: int) -> _Part:
    """No event is in two of them."""
    events = tuple(event for part in parts for event in part.events)
    return _Part(min(most, sum(part.count for part in parts)), union(*(part.ranges for part in parts)), events)


def _left(finding: Finding, parts: Sequence[_Part]) -> _Part:
    """The finding without these parts of it."""
    count = finding.count - sum(part.count for part in parts)
    if count == finding.count:
        return _whole(finding)
    ranges = without(finding.ranges, union(*(part.ranges for part in parts)))
    events = _within(finding.events, ranges)
    if len(finding.events) == finding.count:
        ranges = around(ranges, _positions(events))
    return _Part(count, ranges, events)


def _marked(finding: Finding, key: str) -> _Part:
    """The events of a finding that have this mark, as :mod:`checks.marks` puts them into its evidence."""
    count, said = finding.evidence.get(key), finding.evidence.get(f"{key}_ranges")
    ranges = tuple((first, last) for first, last in said) if isinstance(said, list | tuple) else ()
    return _Part(count if isinstance(count, int) else 0, ranges, _within(finding.events, ranges))


def _within(events: Iterable[Event], ranges: Spans) -> tuple[Event, ...]:
    firsts = [first for first, _ in ranges]

    def is_within(position: int) -> bool:
        at = bisect_right(firsts, position)
        return at > 0 and position <= ranges[at - 1][1]

    return tuple(event for event in events if event.position is not None and is_within(event.position))


def _positions(events: Iterable[Event]) -> list[int]:
    return sorted(event.position for event in events if event.position is not None)


def _loss(source: str, target: str, how: LostAt, audit: str, finding: Finding, part: _Part) -> Loss:
    return Loss(
        source=source,
        target=target,
        how=how,
        audit=audit,
        check=finding.check,
        count=part.count,
        partition=finding.partition,
        ranges=part.ranges,
        events=part.events,
    )
