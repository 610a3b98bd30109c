"""What an audit said of a history, in the oracle's terms, and the comparison of the two."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from auditor.auditing.session import Session
from auditor.compare.drill import GRAIN, Grain
from auditor.config import load
from auditor.observer import Silent
from checks.model.finding import Finding
from checks.model.result import Audit
from tests.histories.history import History
from tests.histories.oracle import Truth, truth

JUDGED = {"missing", "backfill-incomplete", "lagging", "parked", "unprocessed", "duplicate", "out-of-order"}
JUDGED |= {"stalled", "cursor-rewound", "cursor-jumped"}


FINE = Grain(ranges=3, pieces=8, leaf=2, batch=5)
"""Cuts a handful of rows as a hundred million would be cut."""


def audit(config: Path, *, streamed: bool = False, grain: Grain = GRAIN) -> Audit:
    """The audit of ``billing``, with every second look, and without the wait for ``grace``: nothing moves here."""
    settings = load(config)
    session = Session(settings, Silent(), max_findings=None, sleep=lambda _: None, streamed=streamed, grain=grain)
    try:
        session.audit({"orders", "billing"})
    finally:
        session.close()
    return session.audits["billing"]


def expect_the_same(config: Path) -> None:
    """Digests, fine and coarse, say what the comparison row by row says: all of it, to the last sample."""
    row_by_row = without_ages(audit(config, streamed=True))
    for grain in (GRAIN, FINE):
        assert without_ages(audit(config, grain=grain)) == row_by_row


def without_ages(audited: Audit) -> Audit:
    """An audit without what time alone changes in the evidence."""
    findings = (
        replace(finding, evidence={key: value for key, value in finding.evidence.items() if "age" not in key})
        for finding in audited.findings
    )
    return replace(audited, findings=tuple(findings))


def expect_the_truth(history: History, audited: Audit) -> None:
    """Every total, every count, every position; and nothing besides."""
    expect(truth(history), history, audited)


def expect(expected: Truth, history: History, audited: Audit) -> None:
    """The same, where other things are true than of a history by itself."""
    if not history.events and not expected.totals["unexpected"]:
        assert audited.verdict == "unknown"
        return
    assert audited.totals is not None, audited.problems
    told = {name: getattr(audited.totals, name) for name in expected.totals}
    assert told == expected.totals, f"said {told}, expected {expected.totals}"
    assert audited.totals.balances()
    said: dict[tuple[str, str, str | None], list[Finding]] = defaultdict(list)
    for finding in audited.findings:
        if finding.check in JUDGED:
            said[finding.check, str(finding.verdict), finding.partition].append(finding)
    counted = {key: sum(finding.count for finding in found) for key, found in said.items()}
    counts = {key: count for key, (count, _) in expected.findings.items()}
    assert counted == counts, f"said {counted}, expected {counts}"
    for key, found in said.items():
        if len(found) == 1:
            assert found[0].ranges == expected.findings[key][1], key
