"""What was last found out about each log, state and consumer. In SQLite and PostgreSQL."""

import pytest

from auditor.ledger import Ledger, batches
from checks.model.finding import Verdict
from checks.model.recorded import LastAudit
from checks.model.result import Outcome, Problem
from tests.ledgers import audit, began, finding, record, run

UNDECIDED = Problem(reason="unreachable", message="gone")


def test_each_has_its_own_last_run(ledger: Ledger) -> None:
    record(
        ledger,
        run(0, audit(finding([5, 7])), audit(name="orders", of="log", upstream=None)),
        run(1, audit(), audit(name="mail", problems=(UNDECIDED,))),
        run(2, audit(name="mail")),
    )
    consistent = Outcome.CONSISTENT
    assert ledger.last_audits(["billing", "orders", "mail", "search"]) == {
        "billing": LastAudit(of="consumer", run="run-1", at=began(1), verdict=consistent),
        "orders": LastAudit(of="log", run="run-0", at=began(0), verdict=consistent),
        "mail": LastAudit(of="consumer", run="run-2", at=began(2), verdict=consistent),
    }


def test_only_those_that_are_asked_for_are_told(ledger: Ledger) -> None:
    record(ledger, run(0, audit(), audit(name="mail")))
    assert list(ledger.last_audits(["mail"])) == ["mail"]
    assert ledger.last_audits([]) == {}


def test_what_an_inconsistent_verdict_comes_from_is_told_by_check_in_the_order_of_the_run(ledger: Ledger) -> None:
    found = (
        finding([1], "parked", harmless=True),
        finding([2, 3], "missing"),
        finding([4], "missing", partition="b"),
        finding([5], "lagging", verdict=Verdict.PENDING),
        finding([6], "unexpected", verdict=Verdict.UNKNOWN),
        finding([7], "duplicate"),
    )
    record(ledger, run(0, audit(*found)))
    last = ledger.last_audits(["billing"])["billing"]
    assert (last.verdict, last.found) == (Outcome.INCONSISTENT, (("missing", 3), ("duplicate", 1)))


def test_what_an_unknown_verdict_comes_from_is_what_could_not_be_decided(ledger: Ledger) -> None:
    doubtful = finding([6], "unexpected", verdict=Verdict.UNKNOWN)
    record(
        ledger, run(0, audit(doubtful, finding([1], "parked", harmless=True)), audit(name="m", problems=(UNDECIDED,)))
    )
    last = ledger.last_audits(["billing", "m"])
    assert (last["billing"].verdict, last["billing"].found) == (Outcome.UNKNOWN, (("unexpected", 1),))
    assert (last["m"].verdict, last["m"].found) == (Outcome.UNKNOWN, ())


def test_a_run_that_was_overtaken_is_not_the_last_one_although_it_was_recorded_last(ledger: Ledger) -> None:
    record(ledger, run(5, audit()), run(3, audit(finding([5]))))
    assert ledger.last_audits(["billing"])["billing"].run == "run-5"


def test_an_audit_of_which_the_last_run_was_pruned_has_the_one_that_is_left(ledger: Ledger) -> None:
    record(ledger, run(5, audit()), run(3, audit(finding([5]))))
    ledger.prune(began(9))
    assert ledger.last_audits(["billing"])["billing"].run == "run-3"


def test_what_is_recorded_of_each_is_counted(ledger: Ledger) -> None:
    record(ledger, run(0, audit(), audit(name="mail")), run(1, audit(totals=None)))
    assert ledger.recorded(["billing", "mail", "search"]) == {"billing": 2, "mail": 1}


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "'; drop table auditor_runs; --", "x" * 5000, "日本"])
def test_a_name_may_be_anything(ledger: Ledger, name: str) -> None:
    record(ledger, run(0, audit(name="billing"), audit(name="n")))
    assert ledger.last_audits([name]) == {}


def test_there_may_be_more_than_a_statement_takes(ledger: Ledger) -> None:
    names = [f"c{number}" for number in range(batches.BATCH + 1)]
    record(ledger, run(0, *(audit(name=name) for name in names)))
    assert set(ledger.last_audits(names)) == set(names)
