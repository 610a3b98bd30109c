"""The second act of the demo says the truth about itself: what was lost at each hop is found, and nothing else."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor import demo
from auditor.audit import run
from auditor.config import load
from auditor.demo import pipeline
from auditor.demo.agreement import Line, compare, compare_hops
from auditor.demo.faults import Fault
from checks.model.result import Outcome, Result

Difference = tuple[str, str, str, int, int]
"""Audit, check and verdict, or consumer, hop and how; what was injected of it, and what was found."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank as the demo leaves it. Whoever changes it takes a copy."""
    return tmp_path_factory.mktemp("kept") / "bank"


@pytest.fixture(scope="module")
def faults(kept: Path) -> tuple[Fault, ...]:
    return demo.build_pipeline(kept)


@pytest.fixture(scope="module")
def result(kept: Path, faults: tuple[Fault, ...]) -> Result:
    return run(kept / "auditor.toml")


@pytest.fixture
def bank(kept: Path, faults: tuple[Fault, ...], tmp_path: Path) -> Path:
    return shutil.copytree(kept, tmp_path / "bank")


def differing(lines: tuple[Line, ...]) -> set[Difference]:
    return {(line.audit, line.check, line.verdict, line.injected, line.found) for line in lines if not line.agrees}


def test_every_fault_is_found_place_by_place_and_at_its_hop(faults: tuple[Fault, ...], result: Result) -> None:
    assert differing(compare(faults, result)) == set()
    assert differing(compare_hops(faults, result).lines) == set()


def test_there_are_faults_at_every_hop(faults: tuple[Fault, ...], kept: Path) -> None:
    config = load(kept / "auditor.toml")
    assert {fault.audit for fault in faults} == {*config.logs, *config.states, *config.consumers}
    assert {fault.check for fault in faults} >= {
        *("silent-change", "state-behind", "state-missing", "state-unexpected", "version-gap", "unsent"),
        *("underived", "unexpected", "duplicate", "out-of-order", "parity with bookings-v2"),
        *("missing", "lagging", "backfill-incomplete"),
    }
    places = [(fault.audit, fault.check, fault.verdict, place) for fault in faults for place in fault.places]
    assert all(fault.places for fault in faults)
    assert len(places) == len(set(places))


def test_the_newcomer_is_told_how_far_it_has_come(result: Result) -> None:
    [progress] = [audit.progress for audit in result.audits if audit.name == "insights"]
    assert progress is not None
    assert (progress.received, progress.eligible) == (781, 879)


def test_the_head_of_the_line_that_nothing_gets_past_is_named(result: Result) -> None:
    [unsent] = [f for audit in result.audits for f in audit.findings if f.check == "unsent"]
    assert unsent.events[0].position == 784


@pytest.mark.parametrize(
    ("file", "statement", "differences", "lost"),
    [
        pytest.param(
            "bank.db",
            "UPDATE accounts SET version = version - 1 WHERE account = 'account-27'",
            {("accounts", "silent-change", "confirmed", 3, 2)},
            {(name, "accounts -> bookings", "not-written", 4, 3) for name in ("mails", "statements", "insights")},
            id="a silent change that was undone",
        ),
        pytest.param(
            "bank.db",
            "UPDATE outbox SET sent_at = queued_at WHERE sent_at IS NULL",
            {("outbox", "unsent", "confirmed", 6, 0)},
            {("mails", "outbox -> mails", "not-sent", 6, 0)},
            id="messages that were sent after all",
        ),
        pytest.param(
            "streams.db",
            "DELETE FROM bookings_v2 WHERE seq = 860",
            {
                ("bookings-v2", "position-gap", "benign", 0, 1),
                ("bookings-v2", "underived", "confirmed", 0, 1),
                ("bookings-v2", "parity with bookings-v1", "lacking", 0, 1),
                ("bookings-v2", "parity with outbox", "lacking", 0, 1),
                ("insights", "lagging", "pending", 79, 78),
            },
            {("insights", "bookings -> bookings-v2", "not-derived", 0, 1)},
            id="one more event that v2 lacks",
        ),
        pytest.param(
            "statements.db",
            "DELETE FROM received WHERE number = 300",
            {("statements", "missing", "confirmed", 0, 1)},
            {("statements", "bookings-v1 -> statements", "not-received", 0, 1)},
            id="one more that did not arrive",
        ),
    ],
)
def test_it_notices(
    file: str,
    statement: str,
    differences: set[Difference],
    lost: set[Difference],
    bank: Path,
    faults: tuple[Fault, ...],
) -> None:
    with closing(sqlite3.connect(bank / file)) as database, database:
        assert database.execute(statement).rowcount > 0
    changed = run(bank / "auditor.toml")
    assert differing(compare(faults, changed)) == differences
    assert differing(compare_hops(faults, changed).lines) == lost


def test_a_second_audit_says_the_same_and_changes_nothing(kept: Path, result: Result) -> None:
    def said(result: Result) -> list[object]:
        return [
            (audit.name, audit.totals, audit.losses, finding.check, finding.verdict, finding.count, finding.events)
            for audit in result.audits
            for finding in audit.findings
        ]

    before = {file.name: file.read_bytes() for file in kept.iterdir()}
    assert said(run(kept / "auditor.toml")) == said(result)
    assert {file.name: file.read_bytes() for file in kept.iterdir()} == before


def test_nothing_is_in_doubt(result: Result) -> None:
    assert {audit.verdict for audit in result.audits} == {Outcome.INCONSISTENT}


def test_it_is_the_same_bank_every_time(faults: tuple[Fault, ...], tmp_path: Path) -> None:
    assert pipeline.produce(tmp_path, datetime(2026, 3, 1, tzinfo=UTC)) == faults
