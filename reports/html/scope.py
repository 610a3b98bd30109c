"""What was looked at and what was not: audits with their windows, what earlier runs had verified, what is in doubt."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from checks.catalogue import AnyCheck, checks_of, title_of
from checks.model.graph import Graph
from checks.model.known import KnownFinding
from checks.model.result import Audit, Extent, NotChecked, Result, Window
from reports.earlier import covering
from reports.html.words import number, shortened, some, span, when

MOST_PARTITIONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One audit. ``settled``: up to where nothing can appear any more. ``earlier``: what earlier runs had verified."""

    name: str
    kind: str
    store: str
    verdict: str
    window: tuple[str, ...]
    settled: tuple[str, ...]
    earlier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A sentence, and all of whom it is true."""

    whose: str
    sentence: str
    reason: str = ""


def audited(result: Result, graph: Graph | None) -> list[Audited]:
    """Every audit of the run."""
    stores = {} if graph is None else {node.name: node.store for node in graph.nodes}
    return [
        Audited(
            name=shortened(audit.name),
            kind=audit.of if audit.upstream is None else f"{audit.of} of {shortened(audit.upstream)}",
            store=shortened(stores.get(audit.name, "")),
            verdict=audit.verdict.value,
            window=tuple(_window(audit)),
            settled=tuple(_settled(audit.window)),
            earlier=_earlier(audit, result.started),
        )
        for audit in result.audits
    ]


def _earlier(audit: Audit, now: datetime) -> str:
    if audit.coverage is not None:
        return covering(audit.coverage, now)
    return "everything was looked at" if audit.totals is not None else ""


def _window(audit: Audit) -> Iterator[str]:
    if audit.window is None:
        yield "by stream, not by position" if audit.was_carried_out else "not carried out"
    elif audit.window.partitions is None:
        yield _extent(audit.window)
    else:
        for name, extent in audit.window.partitions[:MOST_PARTITIONS]:
            yield f"{shortened(name)}: {_extent(extent)}"
        if (more := len(audit.window.partitions) - MOST_PARTITIONS) > 0:
            yield f"and {number(more)} partitions more"


def _extent(extent: Extent) -> str:
    if extent.last is None:
        return "empty"
    if extent.first is not None and extent.first > extent.last:
        return f"nothing beyond {number(extent.last)}"
    return span(extent.first if extent.first is not None else extent.last, extent.last)


def _settled(window: Window | None) -> Iterator[str]:
    if window is None:
        return
    if window.partitions is None:
        yield _bound(window)
        return
    for name, extent in window.partitions[:MOST_PARTITIONS]:
        yield f"{shortened(name)}: {_bound(extent)}"


def _bound(extent: Extent) -> str:
    if extent.settled is None:
        return "not known"
    return "all of it" if extent.settled == extent.last else f"to {number(extent.settled)}"


def undecided(result: Result) -> list[Said]:
    """What kept audits from a verdict."""
    return _said((audit.name, each.message, each.reason) for audit in result.audits for each in audit.problems)


def notes(result: Result) -> list[Said]:
    """What a reader should know and what changes nothing."""
    return _said((audit.name, note, "") for audit in result.audits for note in audit.notes)


def _said(entries: Iterable[tuple[str, str, str]]) -> list[Said]:
    """Each sentence once."""
    whose: dict[tuple[str, str], list[str]] = {}
    for name, sentence, reason in entries:
        whose.setdefault((sentence, reason), []).append(name)
    return [Said(whose=some(names, 8), sentence=sentence, reason=reason) for (sentence, reason), names in whose.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchecked:
    """What was not checked of one audit: checks, why, and that in one word; ``""`` in place of checks: the whole."""

    audit: str
    rows: tuple[tuple[str, str, str], ...]


def unchecked(result: Result) -> list[Unchecked]:
    """What was not checked, by audit and check, in the order of the audits and of the catalogue."""
    order = {audit.name: [check.name for check in _checks(audit)] for audit in result.audits}
    by_audit: dict[str, list[NotChecked]] = {name: [] for name in order}
    for each in result.not_checked:
        by_audit.setdefault(each.audit, []).append(each)
    return [
        Unchecked(audit=shortened(name), rows=tuple(_rows(entries, order.get(name, []))))
        for name, entries in by_audit.items()
        if entries
    ]


def _checks(audit: Audit) -> tuple[AnyCheck, ...]:
    return checks_of(audit.of, derived=audit.upstream is not None)


def _rows(entries: Iterable[NotChecked], order: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Checks that were left out for one reason are told together, where the first of them stands."""
    places = {name: place for place, name in enumerate(order)}
    why: dict[tuple[str, str], list[str]] = {}
    for each in sorted(entries, key=lambda each: -1 if each.check is None else places.get(each.check, len(places))):
        why.setdefault((each.message, each.reason), []).append(each.check or "")
    for (message, reason), checks in why.items():
        yield ", ".join(filter(None, checks)), message, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A finding that is hidden because somebody knows of it."""

    audit: str
    title: str
    count: str
    why: str
    owner: str
    until: str


def known(result: Result) -> list[Known]:
    """What the baseline hides."""
    return [_known(audit, each) for audit in result.audits for each in audit.known]


def _known(audit: Audit, each: KnownFinding) -> Known:
    return Known(
        audit=shortened(audit.name),
        title=title_of(audit.of, each.check),
        count=number(each.count),
        why=each.why,
        owner=each.owner,
        until="for good" if each.expires is None else when(each.expires),
    )
