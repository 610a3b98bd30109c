"""What shows a finding about a log by itself. A check that is named nowhere here gets the rows that it is about."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from auditor.identity import Kind
from auditor.statements.log_table import LogTable
from auditor.statements.shown import MOST, Shown, distinct, some
from auditor.stores.interface import BIGGEST
from auditor.stores.interface.showing import Among, Between, Part
from checks.model.finding import Finding

_MOST_STATEMENTS = 3
Tells = Callable[[Finding, LogTable], Iterator[Shown]]


def statements(finding: Finding, of: LogTable, beside: Sequence[Finding] = ()) -> Iterator[Shown]:
    """At most three; one that cannot be had shows nothing. ``beside``: all that was found in this log."""
    if finding.check == "head-regressed":
        yield from head_regressed(finding, of, beside)
        return
    yield from PARTICULAR.get(finding.check, usual)(finding, of)


def usual(finding: Finding, of: LogTable) -> Iterator[Shown]:
    """The rows."""
    events = finding.events[:MOST]
    if events:
        yield Shown(of.store, f"{some(len(events), finding.count)} in {of.log.name}", of.at(events))
    elif finding.ranges:
        showing = of.within(finding.ranges[:MOST], finding.partition, MOST)
        yield Shown(of.store, f"events of {of.log.name} in these ranges, at most {MOST}", showing)


def position_gap(finding: Finding, of: LogTable) -> Iterator[Shown]:
    """The rows before and after each hole, and none between them."""
    yield from _around(finding.ranges, finding.partition, of)


def _around(ranges: Sequence[Between], partition: str | None, of: LogTable) -> Iterator[Shown]:
    holes = ranges[:MOST]
    spans = tuple((first - 1, min(last + 1, BIGGEST)) for first, last in holes)
    if spans:
        told = f"the neighbours of {some(len(holes), len(ranges), 'hole')}, and nothing between them"
        scope = None if of.log.partition is None else (of.log.partition, partition)
        yield Shown(of.store, told, replace(of.within(spans, None, 3 * MOST), partition=scope))


def version_gap(finding: Finding, of: LogTable) -> Iterator[Shown]:
    """The versions before and after each gap, and how many events each of the streams has, of which versions."""
    log, seen = of.log, finding.evidence.get("gaps")
    gaps = [gap for gap in seen if isinstance(gap, Mapping)] if isinstance(seen, Sequence) else []
    few = gaps[:MOST]
    if log.stream is None or log.version is None or not few:
        return
    wanted: list[tuple[Part, ...]] = [(gap["stream"], (gap["from"] - 1, gap["to"] + 1)) for gap in few]
    showing = of.named(Among((log.stream, log.version), (None, Kind.INTEGER), tuple(wanted)))
    showing = replace(showing, partition=of.scope(finding.partition), order=(log.stream, log.version), limit=3 * MOST)
    told = f"the neighbours of {some(len(few), len(gaps), 'gap')}, and nothing between them"
    yield Shown(of.store, told, showing)
    streams = distinct(gap["stream"] for gap in few)
    many = some(len(streams), _number(finding.evidence.get("streams"), len(streams)), "stream")
    yield Shown(of.store, f"how many versions {many} should have, and how many there are", of.streams(None, streams))


def version_conflict(finding: Finding, of: LogTable) -> Iterator[Shown]:
    """All rows that share what must not be shared."""
    events, log = finding.events[:MOST], of.log
    told = f"{some(len(events), finding.count)} of {log.name} and the earlier ones with the same"
    match finding.reason:
        case "same-version" if log.stream is not None and log.version is not None:
            pairs = ((event.stream, event.version) for event in events)
            wanted = tuple(dict.fromkeys((s, v) for s, v in pairs if s is not None and v is not None))
            showing = of.named(Among((log.stream, log.version), (None, Kind.INTEGER), wanted))
            showing = replace(showing, partition=of.scope(finding.partition), order=(log.stream, log.version))
            yield Shown(of.store, f"{told} version", replace(showing, where=log.where))
        case "same-id" if log.id is not None:
            ids = tuple((id_,) for id_ in distinct(event.id for event in events))
            showing = replace(of.named(Among((log.id,), (None,), ids)), where=log.where, order=(log.id, log.position))
            yield Shown(of.store, f"{told} id", showing)
        case _:
            yield Shown(of.store, f"{told} position", of.at(events))


def head_regressed(finding: Finding, of: LogTable, beside: Sequence[Finding] = ()) -> Iterator[Shown]:
    """What stands in the places of the events it names, and how many rows in a range that has too many or too few.

    Where the log ends says the most of a head that is lower, and the least of the others.
    """
    shown = [*_in_their_places(finding, of), *_altered(finding, of, beside)]
    if not shown and finding.ranges:
        told = f"what stands now where earlier runs looked, at most {MOST}"
        shown = [Shown(of.store, told, of.within(finding.ranges[:MOST], finding.partition, MOST))]
    if len(shown) < _MOST_STATEMENTS:
        yield Shown(of.store, f"where {of.log.name} ends now", of.end(finding.partition))
    yield from shown


def _in_their_places(finding: Finding, of: LogTable) -> Iterator[Shown]:
    events = finding.events[:MOST]
    if events:
        place = "place" if len(events) == 1 else "places"
        told = f"what stands now in the {place} of {some(len(events), len(finding.events))} that it names"
        yield Shown(of.store, told, of.at(events))


def _altered(finding: Finding, of: LogTable, beside: Sequence[Finding]) -> Iterator[Shown]:
    """How many rows the first range has in which nobody knows the very rows, and the holes in it if it lacks some."""
    said = finding.evidence.get("contradictions")
    seen = [each["seen"] for each in said if "rows" in each["seen"]] if isinstance(said, Sequence) else []
    if not seen:
        return
    first, last = seen[0]["positions"]
    told = f"how many rows stand at positions {first} to {last} now; an earlier run saw {seen[0]['rows']}"
    yield Shown(of.store, told, of.counted([(first, last)], finding.partition))
    gaps = [each for each in beside if (each.check, each.partition) == ("position-gap", finding.partition)]
    holes = [hole for gap in gaps for hole in gap.ranges if first <= hole[0] and hole[1] <= last]
    if finding.reason == "gone":
        yield from _around(sorted(holes), finding.partition, of)


def unsent(finding: Finding, of: LogTable) -> Iterator[Shown]:
    """The rows that are not marked, and the last one that is: they were overtaken if it stands beyond them."""
    log = of.log
    if log.sent is None:
        return
    marked, events = replace(of, further=(log.sent,)), finding.events[:MOST]
    rows = marked.at(events)
    if rows is not None:
        told = f"{some(len(events), finding.count)} not marked sent"
        yield Shown(of.store, told, replace(rows, where=log.where, mark=(log.sent, False)))
    last = replace(marked.end(finding.partition), where=log.where, mark=(log.sent, True), order=(log.position,))
    yield Shown(of.store, "the last one that is marked sent", last)


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


PARTICULAR: dict[str, Tells] = {
    "position-gap": position_gap,
    "version-gap": version_gap,
    "version-conflict": version_conflict,
    "unsent": unsent,
}
