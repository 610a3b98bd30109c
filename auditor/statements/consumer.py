"""What shows a finding about a consumer: the events in the log, what the inbox has of them, where the cursor stands.

A check that is named nowhere here gets all three, in words that leave open what is found.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from auditor.identity import Kind
from auditor.statements.shown import MOST, Shown, distinct, it, some
from auditor.statements.subscription import Subscription
from checks.model.event import Event
from checks.model.finding import Finding

Tells = Callable[[Finding, Subscription], Iterator[Shown]]

NEVER_CAME = frozenset(
    {"missing", "backfill-incomplete", "lagging", "stalled", "cursor-jumped"},
)
"""Checks of events that left no receipt."""


def statements(finding: Finding, of: Subscription) -> Iterator[Shown]:
    """At most four; one that cannot be had shows nothing."""
    yield from PARTICULAR.get(finding.check, usual)(finding, of)


def usual(finding: Finding, of: Subscription) -> Iterator[Shown]:
    """Events, receipts, cursor."""
    events = finding.events[:MOST]
    yield _events(finding, of)
    name = of.consumer.name
    told = (
        f"no receipt of {it(events)} at {name}"
        if finding.check in NEVER_CAME
        else f"what {name} received of {it(events)}"
    )
    yield Shown(of.store, told, of.receipts(events))
    yield _cursor(finding, of, f"where {name} stands")


def _events(finding: Finding, of: Subscription, total: int | None = None) -> Shown:
    events, log = finding.events[:MOST], of.upstream
    if events:
        return Shown(
            of.log_store,
            f"{some(len(events), finding.count if total is None else total)} in {of.log.name}",
            log.at(events),
        )
    spans = finding.ranges[:MOST]
    showing = log.within(spans, finding.partition, MOST) if spans else None
    return Shown(of.log_store, f"events of {of.log.name} in these ranges, at most {MOST}", showing)


def _cursor(finding: Finding, of: Subscription, told: str) -> Shown:
    streams = distinct(event.stream for event in finding.events)
    return Shown(of.store, told, of.cursor(finding.partition, streams))


def duplicate(finding: Finding, of: Subscription) -> Iterator[Shown]:
    """Each of them more than once, and once in the log."""
    events = finding.events[:MOST]
    total = _number(finding.evidence.get("events"), len(events))
    told = f"more than one receipt of {some(len(events), total)}"
    yield Shown(of.store, told, of.receipts(events))
    yield _events(finding, of, total)


def unexpected(finding: Finding, of: Subscription) -> Iterator[Shown]:
    """Receipts, and no such event anywhere in the log."""
    events = finding.events[:MOST]
    told = f"the receipts of {some(len(events), finding.count)}"
    yield Shown(of.store, told, of.receipts(events))
    yield Shown(of.log_store, f"no such event in {of.log.name}", of.upstream.matching(of.match, events))


def conflict(finding: Finding, of: Subscription) -> Iterator[Shown]:
    """Both sides, to be laid beside each other."""
    events = finding.events[:MOST]
    many = some(len(events), finding.count)
    yield Shown(of.store, f"how {of.consumer.name} received {many}", of.receipts(events))
    yield Shown(of.log_store, f"how {of.log.name} has the same", of.upstream.matching(of.match, events))


def unprocessed(finding: Finding, of: Subscription) -> Iterator[Shown]:
    """Whole receipts: their state, and the last error, if it is kept there."""
    events = finding.events[:MOST]
    told = f"the receipts of {some(len(events), finding.count)}, which are not done"
    yield Shown(of.store, told, of.receipts(events, whole=True))
    yield _events(finding, of)


def parked(finding: Finding, of: Subscription) -> Iterator[Shown]:
    """Whole rows, with the errors that are kept there."""
    events = finding.events[:MOST]
    yield Shown(of.store, f"{some(len(events), finding.count)} set aside", of.parked(events))
    yield _events(finding, of)


def out_of_order(finding: Finding, of: Subscription) -> Iterator[Shown]:
    """The events and those that overtook them, in the order of receipt, and as the log has them."""
    late = finding.events[: MOST // 2]
    pairs = finding.evidence.get("overtaken")
    overtakers = [
        _overtaker(event, pair) for event, pair in zip(late, pairs if isinstance(pairs, Sequence) else (), strict=False)
    ]
    both = tuple(dict.fromkeys((*late, *overtakers)))
    many = some(len(late), finding.count)
    yield Shown(of.store, f"{many}, and what overtook {it(late)}, in the order of receipt", of.receipts(both))
    showing, log = of.upstream.at(both), of.log
    in_order = tuple(name for name in (log.stream, log.version) if name is not None)
    told = f"the same in {log.name}, in the order of their streams"
    yield Shown(of.log_store, told, None if showing is None else replace(showing, order=in_order))


def _overtaker(event: Event, pair: object) -> Event:
    seen = pair if isinstance(pair, dict) else {}
    return Event(
        position=seen.get("overtaken_by_position"),
        id=seen.get("overtaken_by_id"),
        stream=event.stream,
        version=seen.get("overtaken_by_version"),
        partition=event.partition,
    )


def out_of_retention(finding: Finding, of: Subscription) -> Iterator[Shown]:
    """Where it stands, where the log begins, and that nothing is left in between."""
    yield _cursor(finding, of, f"where {of.consumer.name} stands")
    yield Shown(of.log_store, f"where {of.log.name} begins", of.upstream.end(finding.partition, first=True))
    [(first, last)] = finding.ranges
    showing = of.upstream.counted(finding.ranges, finding.partition)
    yield Shown(of.log_store, f"how much {of.log.name} has left from {first} to {last}: nothing", showing)


def cursor_rewound(finding: Finding, of: Subscription) -> Iterator[Shown]:
    """Where it stands now; where it stood before, only the ledger knows."""
    yield _cursor(finding, of, f"where {of.consumer.name} stands now{_stood(finding)}")


def _stood(finding: Finding) -> str:
    previous = finding.evidence.get("previous")
    seen = previous[0] if isinstance(previous, Sequence) and previous else None
    return f" (run {seen.get('run')} saw it at {seen.get('position')})" if isinstance(seen, dict) else ""


def cursor_ahead(finding: Finding, of: Subscription) -> Iterator[Shown]:
    """The cursor, and the head of the log; of cursors by stream the last versions of those."""
    seen = finding.evidence.get("cursors")
    cursors = [each for each in seen if isinstance(each, dict)] if isinstance(seen, Sequence) else []
    streams = distinct(each.get("stream") for each in cursors)
    yield Shown(of.store, f"where {of.consumer.name} stands", of.cursor(finding.partition, streams))
    if streams:
        yield Shown(of.log_store, f"how long the streams are in {of.log.name}", of.upstream.streams(Kind.TEXT, streams))
    else:
        yield Shown(of.log_store, f"where {of.log.name} ends", of.upstream.end(finding.partition))


def cursor_absent(finding: Finding, of: Subscription) -> Iterator[Shown]:
    """No row, and what it ought to cover: events that wait, or receipts."""
    yield _cursor(finding, of, f"no cursor row of {of.consumer.name}")
    if finding.events or finding.ranges:
        yield _events(finding, of)
        events = finding.events[:MOST]
        told = f"no receipt of {it(events)} at {of.consumer.name}"
        yield Shown(of.store, told, of.receipts(events))
    else:
        yield Shown(of.store, f"how much {of.consumer.name} received", of.count_of_receipts(finding.partition))


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


PARTICULAR: dict[str, Tells] = {
    "duplicate": duplicate,
    "unexpected": unexpected,
    "conflict": conflict,
    "unprocessed": unprocessed,
    "parked": parked,
    "out-of-order": out_of_order,
    "out-of-retention": out_of_retention,
    "cursor-rewound": cursor_rewound,
    "cursor-ahead": cursor_ahead,
    "cursor-absent": cursor_absent,
}
