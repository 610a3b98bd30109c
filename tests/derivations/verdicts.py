"""What a run said of a past, held against the oracle."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.auditing.session import Session
from auditor.compare.drill import GRAIN, Grain
from auditor.config import load
from auditor.gather.upkeep import Upkeep
from auditor.memory import Memory
from auditor.observer import Silent
from auditor.result import Result
from checks.catalogue import DERIVED
from checks.model.finding import Finding
from checks.model.result import Audit
from tests.derivations.oracle import Key, Seen, compared, lacking, ranges, truth
from tests.derivations.pasts import Derived, Past

JUDGED = frozenset(check.name for check in DERIVED)
STARTED = datetime(2026, 11, 25, tzinfo=UTC)
FINE = Grain(ranges=3, pieces=8, leaf=2, batch=5)
"""Cuts a handful of rows as a hundred million would be cut."""


def audited(config: Path, *, streamed: bool = False, grain: Grain = GRAIN) -> Result:
    """A run over everything, with every second look, and without a wait: nothing moves here."""
    settings = load(config)
    session = Session(
        settings, Silent(), memory=Memory(), max_findings=None, sleep=lambda _: None, streamed=streamed, grain=grain
    )
    try:
        session.audit({"v1", "v2"})
        return session.result(datetime.now(UTC))
    finally:
        session.close()


def audited_after(config: Path, memory: Memory, number: int) -> tuple[dict[str, Audit], Memory]:
    """A run that leaves out what earlier ones verified; its audits by name, and what it leaves itself."""
    upkeep = Upkeep(
        run=f"run-{number}", started=STARTED + number * timedelta(minutes=1), recheck=0, keep=lambda _: None
    )
    session = Session(
        load(config),
        Silent(),
        run=upkeep.run,
        memory=memory,
        upkeep=lambda _: upkeep,
        max_findings=None,
        sleep=lambda _: None,
        grain=FINE,
    )
    try:
        session.audit({"v1", "v2"})
        return session.audits, session.learnt
    finally:
        session.close()


def expect_what_is_new(past: Past, seen: Seen, audits: dict[str, Audit]) -> None:
    """Every finding of a full run; but in which order old rows stand, full runs alone look at."""
    for log in past.logs:
        audit, expected = audits[log.name], truth(past, log, seen)
        assert audit.totals is not None, audit.problems
        assert audit.totals.balances()
        assert (audit.totals.missing, audit.totals.pending) == (expected.totals["missing"], expected.totals["pending"])
        named = {key: positions for key, positions in _named(audit).items() if key[0] != "out-of-order"}
        assert named == {key: each for key, each in expected.findings.items() if key[0] != "out-of-order"}


def expect_the_truth(past: Past, result: Result) -> None:
    """Every total, every count, every position; and nothing besides."""
    for log in past.logs:
        [audit] = [audit for audit in result.audits if audit.name == log.name]
        _expect(past, log, audit)
    _expect_parity(past, result)


def _expect(past: Past, log: Derived, audit: Audit) -> None:
    expected = truth(past, log)
    assert audit.of == "log"
    assert audit.upstream == "orders"
    assert audit.totals is not None, audit.problems
    told = {name: getattr(audit.totals, name) for name in expected.totals}
    assert told == expected.totals, f"said {told}, expected {expected.totals}"
    said, named = _said(audit), _named(audit)
    assert named == expected.findings
    assert {key: finding.count for key, finding in said.items()} == {key: len(each) for key, each in named.items()}
    for key, finding in said.items():
        if key[0] == "underived":
            assert list(finding.ranges) == ranges(past, log, key, expected.findings[key])
    nameless = [note for note in audit.notes if "without a source" in note]
    assert bool(nameless) == bool(expected.nameless)


def _said(audit: Audit) -> dict[Key, Finding]:
    return {
        (finding.check, str(finding.verdict), finding.reason, finding.partition): finding
        for finding in audit.findings
        if finding.check in JUDGED
    }


def _named(audit: Audit) -> dict[Key, list[int]]:
    return {key: sorted(event.position or 0 for event in finding.events) for key, finding in _said(audit).items()}


def _expect_parity(past: Past, result: Result) -> None:
    one, other = past.logs
    if one.any_number or other.any_number:
        assert result.parities == ()
        return
    [parity] = result.parities
    assert parity.logs == ("v1", "v2")
    assert parity.compared == compared(past, one, other)
    lacks = {log.name: lacking(past, log, sibling) for log, sibling in ((one, other), (other, one))}
    said = {each.lacking: [(event.partition, event.position) for event in each.events] for each in parity.differences}
    assert said == {name: [(fact.tenant, fact.position) for fact in facts] for name, facts in lacks.items() if facts}
    for name, sibling in (("v1", "v2"), ("v2", "v1")):
        [audit] = [audit for audit in result.audits if audit.name == name]
        told = [finding.evidence.get("in_siblings", {}) for finding in audit.findings if finding.check == "underived"]
        assert sum(each.get(sibling, 0) for each in told if isinstance(each, dict)) == len(lacks[name])
