"""Every two logs that were derived from one upstream and audited in one run, held against each other.

What one lacks that the other has is said where it is found, too: in the findings of the one that lacks it.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import replace
from itertools import combinations

from auditor.config import LogConfig
from auditor.deadline import Deadline
from auditor.errors import StoreError
from auditor.observer import Observer
from auditor.redact import redact
from auditor.stores.interface import BIGGEST, Snapshot, Store, Wanted
from checks.model.derived import DerivedEvidence
from checks.model.finding import Finding, Verdict
from checks.model.result import Audit, Parity
from checks.parity import Reached, Side, compare, reached_by_both
from checks.wording import counted

Evidences = Mapping[str, DerivedEvidence]


def side_by_side(
    logs: Mapping[str, LogConfig],
    evidences: Evidences,
    audits: MutableMapping[str, Audit],
    store: Callable[[str], Store],
    deadline: Deadline,
    observer: Observer,
) -> Iterator[Parity]:
    """Each comparison, while the ``audits`` of both are told of it. One that fails leaves them as they are."""
    for one, other in _pairs(logs, evidences):
        upstream = logs[one.derived_from or ""]
        try:
            with deadline.blamed(), store(upstream.store).snapshot() as snapshot:
                parity, sides = _compared(one, other, evidences, upstream, snapshot)
        except Exception as error:
            if not isinstance(error, StoreError):
                observer.crash(error)
            note = f"it was not held against {other.name}: {redact(str(error))}"
            audits[one.name] = replace(audits[one.name], notes=(*audits[one.name].notes, note))
            continue
        for log, side, sibling in ((one, sides[0], other), (other, sides[1], one)):
            audits[log.name] = _told(audits[log.name], side, sibling.name)
        yield parity


def _pairs(logs: Mapping[str, LogConfig], evidences: Evidences) -> Iterator[tuple[LogConfig, LogConfig]]:
    """Those of one upstream, in the config's order. Of what may become any number of rows nothing can be lacking."""
    audited = [logs[name] for name in logs if name in evidences and evidences[name].one_each]
    return (pair for pair in combinations(audited, 2) if pair[0].derived_from == pair[1].derived_from)


def _compared(
    one: LogConfig, other: LogConfig, evidences: Evidences, upstream: LogConfig, snapshot: Snapshot
) -> tuple[Parity, tuple[Side, Side]]:
    reached = reached_by_both(evidences[one.name], evidences[other.name])
    eligible = _count(upstream, one, other, reached, snapshot)
    return compare(evidences[one.name], evidences[other.name], reached, eligible)


def _count(upstream: LogConfig, one: LogConfig, other: LogConfig, reached: Reached, snapshot: Snapshot) -> int:
    wanted = Wanted(types=one.types, also=other.types)
    ends = ((partition, last) for partition, last in reached.items() if last is not None)
    return sum(snapshot.count_within(upstream, wanted, partition, -BIGGEST, last) for partition, last in ends)


def _told(audit: Audit, side: Side, sibling: str) -> Audit:
    """An audit whose findings say how many of their events stand in the sibling."""
    return replace(audit, findings=tuple(_said_of(finding, side, sibling) for finding in audit.findings))


def _said_of(finding: Finding, side: Side, sibling: str) -> Finding:
    if finding.check != "underived" or finding.verdict is not Verdict.CONFIRMED:
        return finding
    count = side.by_reason[finding.partition, finding.reason or ""]
    if not count:
        return finding
    before = finding.evidence.get("in_siblings")
    standing = {**(before if isinstance(before, Mapping) else {}), sibling: count}
    said = f"{finding.message}; {_how_many(count, finding.count)} in {sibling}"
    return replace(finding, message=said, evidence={**finding.evidence, "in_siblings": standing})


def _how_many(some: int, count: int) -> str:
    if some == count:
        return "all of them stand" if count > 1 else "it stands"
    return counted(some, "of them stands", "of them stand")
