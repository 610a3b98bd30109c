"""The pipeline as the picture shows it: every part with its verdict in this run, and where on the way events were lost.

The graph of the config is drawn where it is known; without it, what the audits say of their upstreams.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from checks.model.finding import Severity
from checks.model.graph import Graph
from checks.model.result import Audit, Loss, LostAt, Result
from checks.wording import counted
from reports import way
from reports.weighing import weighing

MOST_PARTS = 60
_WORST_FIRST = ("inconsistent", "unknown", "consistent", "unaudited")


Mark = tuple[str, str]
"""How much of what, and how it was lost: ``("3 events", "not sent")``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A log, state or consumer. ``verdict``: in this run, or ``unaudited``. ``said``: what it comes from."""

    name: str
    kind: str
    verdict: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """From part to part, or with ``before == after`` within one. ``lost``: how much is lost there, and how."""

    before: str
    after: str
    lost: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """What is drawn. ``left_out``: parts that are not, all of them without errors as far as there are fewer."""

    parts: tuple[Part, ...]
    hops: tuple[Hop, ...]
    left_out: int = 0


def pipeline(result: Result, graph: Graph | None) -> Pipeline:
    """The parts in the order of the config, and every hop once."""
    audits = {audit.name: audit for audit in result.audits}
    kinds = _kinds(graph, audits)
    losses = _losses(result.audits)
    marks = {pair: tuple(_told(each) for each in of_hop) for pair, of_hop in losses.items()}
    for audit in result.audits:
        pair = (str(audit.upstream), audit.name)
        if audit.of != "state" and audit.upstream is not None and pair not in marks and (said := _underived(audit)):
            marks[pair] = (said,)
    hops = dict.fromkeys([*_edges(graph, result.audits, marks), *(pair for pair in marks if _known(pair, kinds))])
    parts = [_part(name, kind, audits.get(name)) for name, kind in kinds.items()]
    kept = _kept(parts, list(hops))
    return Pipeline(
        parts=tuple(part for part in parts if part.name in kept),
        hops=tuple(
            Hop(before=before, after=after, lost=marks.get((before, after), ()))
            for before, after in hops
            if before in kept and after in kept
        ),
        left_out=len(parts) - len(kept),
    )


def _known(pair: tuple[str, str], kinds: Mapping[str, str]) -> bool:
    return pair[0] in kinds and pair[1] in kinds


def _kinds(graph: Graph | None, audits: Mapping[str, Audit]) -> dict[str, str]:
    """What each part is, by name. What an audit names as its upstream is a log, audited or not."""
    if graph is not None:
        known = {node.name: node.kind for node in graph.nodes}
        return known | {name: audit.of for name, audit in audits.items() if name not in known}
    upstreams = {audit.upstream: "log" for audit in audits.values() if audit.upstream is not None}
    return upstreams | {
        name: "derived log" if audit.of == "log" and audit.upstream is not None else audit.of
        for name, audit in audits.items()
    }


def _edges(
    graph: Graph | None, audits: Iterable[Audit], marks: Collection[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """A state from which something was not written is before its log; of others nothing but the config says it."""
    if graph is not None:
        yield from ((edge.before, edge.after) for edge in graph.edges)
        return
    for audit in audits:
        if audit.upstream is not None and (audit.name, audit.upstream) not in marks:
            yield audit.upstream, audit.name


def _losses(audits: Sequence[Audit]) -> dict[tuple[str, str], list[Loss]]:
    """By hop. Consumers behind one hop tell of the same loss, some of a part of it: the largest counts."""
    found: dict[tuple[str, str], dict[tuple[LostAt, str, str | None], Loss]] = {}
    for _, losses in weighing(audits):
        for loss in losses:
            of_hop = found.setdefault((loss.source, loss.target), {})
            key = (loss.how, loss.check, loss.partition)
            if key not in of_hop or of_hop[key].count < loss.count:
                of_hop[key] = loss
    return {pair: _by_way(of_hop.values()) for pair, of_hop in found.items()}


def _by_way(losses: Iterable[Loss]) -> list[Loss]:
    """One for each way of losing, with the sum over partitions."""
    sums: dict[LostAt, Loss] = {}
    for loss in losses:
        before = sums.get(loss.how)
        total = loss.count + (0 if before is None else before.count)
        sums[loss.how] = Loss(
            source=loss.source, target=loss.target, how=loss.how, audit=loss.audit, check=loss.check, count=total
        )
    return list(sums.values())


_SHORT = {
    LostAt.NOT_WRITTEN: "not written",
    LostAt.NOT_IN_LOG: "gone from it",
    LostAt.NOT_DERIVED: "not derived",
    LostAt.NOT_SENT: "not sent",
    LostAt.NOT_RECEIVED: "not received",
    LostAt.SENT_NOT_RECEIVED: "sent and lost",
}


def _told(loss: Loss) -> Mark:
    return counted(loss.count, way.noun(loss)), _SHORT[loss.how]


def _underived(audit: Audit) -> Mark | None:
    """What a hop is found to have lost where no consumer's way tells of it."""
    lost = [
        finding
        for finding in audit.findings
        if finding.severity is Severity.ERROR and finding.check in ("underived", "missing", "backfill-incomplete")
    ]
    short = "not derived" if audit.of == "log" else "not received"
    return (counted(sum(each.count for each in lost), "event"), short) if lost else None


def _part(name: str, kind: str, audit: Audit | None) -> Part:
    if audit is None:
        return Part(name=name, kind=kind, verdict="unaudited", said="not audited in this run")
    by_check: dict[str, int] = {}
    for finding in audit.findings:
        if finding.severity is Severity.ERROR:
            by_check[finding.check] = by_check.get(finding.check, 0) + finding.count
    said = ", ".join(f"{count:,} {check}" for check, count in by_check.items())
    return Part(name=name, kind=kind, verdict=audit.verdict.value, said=said or audit.verdict.value)


def _kept(parts: list[Part], hops: list[tuple[str, str]]) -> set[str]:
    """All, or those that matter most with everything that comes before them."""
    if len(parts) <= MOST_PARTS:
        return {part.name for part in parts}
    before: dict[str, list[str]] = {}
    for source, target in hops:
        before.setdefault(target, []).append(source)
    kept: set[str] = set()
    for part in sorted(parts, key=lambda each: _WORST_FIRST.index(each.verdict)):
        wanted, waiting = set(), [part.name]
        while waiting:
            name = waiting.pop()
            if name not in wanted:
                wanted.add(name)
                waiting += before.get(name, ())
        if len(kept | wanted) <= MOST_PARTS:
            kept |= wanted
    return kept
