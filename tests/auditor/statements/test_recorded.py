"""SQL goes into the ledger with its finding, and whoever knows a part of that gets SQL of the rest."""

from dataclasses import replace
from pathlib import Path

import pytest

from auditor import statements
from auditor.audit import run
from auditor.config import load
from auditor.ledger import open_ledger
from auditor.result import Result
from auditor.sampling import sampled
from checks.model.finding import Finding
from checks.model.known import BaselineEntry
from checks.units import identities
from tests.auditor.statements.executing import answers, sql_of
from tests.auditor.statements.faults import Loud
from tests.auditor.statements.test_hostile import build
from tests.browser.shops import shop


def missing(result: Result) -> Finding:
    [found] = [each for audit in result.audits for each in audit.findings if each.check == "missing"]
    return found


def test_a_recorded_run_has_the_sql_of_the_run_itself_however_few_samples_are_shown(tmp_path: Path) -> None:
    config = build(tmp_path, ("a", "b", "c", "d"))
    result = run(config, ledger=True, max_findings=1, observer=Loud())
    assert len(sql_of(missing(result))) == 3
    ledger = open_ledger(load(config).ledger)
    try:
        recorded = ledger.result(result.run)
    finally:
        ledger.close()
    assert missing(sampled(recorded, 0)).evidence["sql"] == sql_of(missing(result))


def test_what_is_known_is_not_in_the_sql_of_what_is_new(tmp_path: Path) -> None:
    config = build(tmp_path, ("a", "b", "c", "d"))
    whole = missing(run(config, ledger=True, observer=Loud()))
    known = replace(whole, count=1, events=whole.events[:1], ranges=((3, 3),))
    entry = BaselineEntry(
        fingerprint=whole.fingerprint("billing"),
        audit="billing",
        check="missing",
        partition=None,
        verdict=whole.verdict,
        units=identities(known).units,
        why="ticket 7",
        owner="kim",
        added=run(config, observer=Loud()).started,
        run="r",
    )
    ledger = open_ledger(load(config).ledger)
    try:
        ledger.add_to_baseline([entry])
    finally:
        ledger.close()
    new = missing(run(config, ledger=True, observer=Loud()))
    assert [event.position for event in new.events] == [4]
    assert answers(new, {"shop": tmp_path / "shop.db"})[0].column("position") == [4]


def test_the_weightiest_findings_have_sql_and_the_rest_goes_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "MOST_FINDINGS", 3)
    config = shop(tmp_path / "shop", tenants=5, events=3, lost=lambda number: number == 2)
    [audit] = [audit for audit in run(config, ledger=True, observer=Loud()).audits if audit.name == "billing"]
    assert ["sql" in finding.evidence for finding in audit.findings] == [True, True, True, False, False]
