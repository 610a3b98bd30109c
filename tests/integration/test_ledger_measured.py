"""How totals went from run to run. In SQLite and PostgreSQL."""

from auditor.ledger import Ledger
from checks.model.finding import Verdict
from checks.model.recorded import Measured
from checks.model.result import Outcome, Problem, Totals
from tests.ledgers import audit, began, finding, record, run

UNDECIDED = Problem(reason="unreachable", message="gone")


def told(found: list[Measured]) -> list[tuple[str, str, int | None]]:
    return [(each.run, each.audit, each.missing) for each in found]


def test_totals_come_with_their_run_the_oldest_first(ledger: Ledger) -> None:
    totals = Totals(produced=9, received=4, missing=2, pending=3)
    late = finding([8, 9], "lagging")
    record(ledger, run(1, audit(late, finding([1, 2]), totals=totals)), run(0, audit()))
    assert ledger.measured(["billing"], began(9), 10) == [
        Measured(
            audit="billing",
            of="consumer",
            run="run-0",
            at=began(0),
            verdict=Outcome.CONSISTENT,
            produced=0,
            missing=0,
            pending=0,
        ),
        Measured(
            audit="billing",
            of="consumer",
            run="run-1",
            at=began(1),
            verdict=Outcome.INCONSISTENT,
            produced=9,
            missing=2,
            pending=3,
            lagging=2,
        ),
    ]


def test_only_what_is_confirmed_is_late(ledger: Ledger) -> None:
    found = (finding([7, 8], "lagging", verdict=Verdict.PENDING), finding([6], "stalled"), finding([5], "missing"))
    record(ledger, run(0, audit(*found)))
    assert [each.lagging for each in ledger.measured(["billing"], began(0), 1)] == [1]


def test_an_audit_that_was_not_carried_out_has_no_totals(ledger: Ledger) -> None:
    record(ledger, run(0, audit(problems=(UNDECIDED,), totals=None, window=None)))
    [only] = ledger.measured(["billing"], began(0), 1)
    assert (only.produced, only.missing, only.pending, only.verdict) == (None, None, None, Outcome.UNKNOWN)


def test_only_these_audits_and_the_last_runs_until_then_are_told(ledger: Ledger) -> None:
    record(ledger, *(run(minute, audit(), audit(name="mail")) for minute in range(6)))
    assert told(ledger.measured(["mail"], began(4), 2)) == [("run-3", "mail", 0), ("run-4", "mail", 0)]
    assert ledger.measured([], began(9), 9) == []
    assert ledger.measured(["mail"], began(-1), 9) == []


def test_there_may_be_more_runs_than_one_statement_takes(ledger: Ledger) -> None:
    record(ledger, *(run(minute, audit()) for minute in range(520)))
    assert len(ledger.measured(["billing"], began(600), 510)) == 510
