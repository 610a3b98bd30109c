"""What is lost, of whom, since when: one sentence a loss, and what else is certainly wrong."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from checks.catalogue import title_of
from checks.model.finding import Finding, Severity
from checks.model.result import Audit, Loss, LostAt, Outcome, Result
from checks.spans import union
from checks.wording import lasting
from reports import way
from reports.headline import sentences
from reports.html.words import number, places, shortened, some, when
from reports.weighing import is_partly_known, many, oldest_new, weighing

MOST_LOST = 100
MOST_OPEN = 4
"""Losses that stand there at once; the others have to be opened."""
MOST_WRONG = 8
_LONGEST_CAUSE = 300
"""Characters of a finding's sentence in the banner."""
_URGENT = ("stalled", "lagging", "head-regressed", "cursor-ahead", "cursor-rewound", "cursor-jumped")
"""Who stands still, then what a restored or rewritten log shows by, which other errors often follow from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """One loss. ``whose``: who lacks it. ``where``: between which two it was lost, or within which one.

    ``facts``: what else is known of it.
    """

    whose: tuple[str, ...]
    what: str
    how: str
    where: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """An error that no loss tells of: an audit, how many of what, and the finding's own sentence."""

    audit: str
    title: str
    count: str
    message: str


def lost(result: Result) -> list[Lost]:
    """What weighs of every loss once, with all who lack it, the heaviest first. What is known gets nobody up."""
    groups: dict[tuple[str, ...], dict[str, list[Loss]]] = {}
    for audit, losses in weighing(result.audits):
        for loss in losses:
            key = (loss.source, loss.target, loss.how.value, loss.audit, loss.check)
            groups.setdefault(key, {}).setdefault(audit.name, []).append(loss)
    told = sorted(groups.values(), key=_weight)
    return [_lost(by_consumer, result) for by_consumer in told]


def _weight(by_consumer: dict[str, list[Loss]]) -> tuple[bool, int]:
    """Events that one consumer lacks come before streams and versions that nobody got, and many before few."""
    losses = max(by_consumer.values(), key=lambda each: sum(loss.count for loss in each))
    return (way.noun(losses[0]) != "event", -sum(loss.count for loss in losses))


def _lost(by_consumer: dict[str, list[Loss]], result: Result) -> Lost:
    """Consumers may lack different parts of one loss: the largest is told."""
    losses = max(by_consumer.values(), key=lambda each: sum(loss.count for loss in each))
    first = losses[0]
    found = [
        finding
        for audit in result.audits
        if audit.name == first.audit
        for finding in audit.findings
        if finding.check == first.check and finding.severity is Severity.ERROR
    ]
    of = next((audit.of for audit in result.audits if audit.name == first.audit), "consumer")
    return Lost(
        whose=tuple(map(shortened, by_consumer)) if first.how is not LostAt.NOT_IN_LOG else (shortened(first.source),),
        what=_what(losses),
        how=_how(first, by_consumer),
        where=_where(first),
        facts=tuple(_facts(losses, found, result.started)),
        title=title_of(of, first.check),
    )


def _what(losses: list[Loss]) -> str:
    counts = many(losses, way.noun(losses[0]))
    return f"the changes of {counts}" if losses[0].how is LostAt.NOT_WRITTEN else counts


def _how(loss: Loss, consumers: Iterable[str]) -> str:
    """How they were lost. Nothing names a version that a log lacks, so nobody can be said to lack it but the log."""
    if loss.how is not LostAt.NOT_IN_LOG:
        return way.at_hop(loss)
    readers = some(list(map(shortened, consumers)))
    return f"below the last of their streams, never written, or deleted; whether {readers} had them cannot be told"


def _where(loss: Loss) -> tuple[str, ...]:
    source, target = shortened(loss.source), shortened(loss.target)
    return (source,) if loss.source == loss.target else (source, target)


def _facts(losses: list[Loss], found: Iterable[Finding], now: datetime) -> Iterator[tuple[str, str]]:
    partitions = [loss.partition for loss in losses if loss.partition is not None]
    if len(losses) == 1 and losses[0].ranges:
        yield "where", places(losses[0].ranges)
    elif losses[0].ranges and not partitions:
        yield "where", places(union(*(loss.ranges for loss in losses)))
    if partitions:
        yield "partitions", some(partitions)
    events = [event for loss in losses for event in loss.events]
    if streams := list(dict.fromkeys(event.stream for event in events if event.stream is not None)):
        yield "streams", some(streams)
    if (written := oldest_new(losses)) is not None:
        name = "oldest new written" if is_partly_known(losses) else "oldest written"
        yield name, f"{when(written)} ({lasting(now - written)} before)" if written < now else when(written)
    seen = min((each.first_seen for each in found if each.first_seen is not None), default=None)
    if seen is not None:
        yield "such findings since", f"{when(seen)} ({lasting(now - seen)} before)" if seen < now else "this run"


def wrong(result: Result) -> list[Wrong]:
    """What is confirmed and no loss tells of, by audit and check: what people are called for first."""
    told = {(loss.audit, loss.check) for _, losses in weighing(result.audits) for loss in losses}
    groups: dict[tuple[str, str], list[Finding]] = {}
    of: dict[str, Audit] = {}
    for audit in result.audits:
        of[audit.name] = audit
        for finding in audit.findings:
            if finding.severity is Severity.ERROR and (audit.name, finding.check) not in told:
                groups.setdefault((audit.name, finding.check), []).append(finding)
    return [
        _wrong(of[name], check, findings)
        for (name, check), findings in sorted(groups.items(), key=lambda group: _urgency(group[0][1]))
    ]


def _urgency(check: str) -> int:
    return _URGENT.index(check) if check in _URGENT else len(_URGENT)


def _wrong(audit: Audit, check: str, findings: list[Finding]) -> Wrong:
    more = f" (and {number(len(findings) - 1)} findings more)" if len(findings) > 1 else ""
    return Wrong(
        audit=shortened(audit.name),
        title=title_of(audit.of, check),
        count=number(sum(each.count for each in findings)),
        message=f"{findings[0].message}{more}",
    )


def headline(result: Result, losses: Sequence[Lost], errors: Sequence[Wrong]) -> list[str]:
    """Sentences for the banner. Of an inconsistent run never none: without losses and delays, the first error."""
    told = sentences(result, shortened)
    if told or result.verdict is not Outcome.INCONSISTENT:
        return told
    if losses:
        first = losses[0]
        return [f"{some(first.whose)} {'lack' if len(first.whose) > 1 else 'lacks'} {first.what}: {first.how}."]
    return [f"{each.audit}: {shortened(each.message, _LONGEST_CAUSE)}" for each in errors[:1]]
