"""What an audit and a run come to."""

from datetime import timedelta

import pytest

from checks.model.finding import Finding, Verdict
from checks.model.result import Audit, Outcome, Problem, Result, Totals, worst
from tests.checks.samples import NOW


def finding(verdict: Verdict, *, harmless: bool = False) -> Finding:
    return Finding(check="missing", verdict=verdict, count=1, message="", harmless=harmless)


def audit(*findings: Finding, totals: Totals | None = None, problems: tuple[Problem, ...] = ()) -> Audit:
    return Audit(name="billing", of="consumer", totals=totals or Totals(), findings=findings, problems=problems)


PROBLEM = Problem(reason="unreachable", message="no answer")


@pytest.mark.parametrize(
    ("judged", "outcome"),
    [
        pytest.param(audit(), Outcome.CONSISTENT, id="nothing found"),
        pytest.param(
            audit(finding(Verdict.PENDING), finding(Verdict.BENIGN)), Outcome.CONSISTENT, id="pending, benign"
        ),
        pytest.param(audit(finding(Verdict.UNKNOWN)), Outcome.UNKNOWN, id="unknown"),
        pytest.param(audit(finding(Verdict.UNKNOWN), finding(Verdict.CONFIRMED)), Outcome.INCONSISTENT, id="confirmed"),
        pytest.param(audit(finding(Verdict.CONFIRMED, harmless=True)), Outcome.CONSISTENT, id="confirmed, harmless"),
        pytest.param(audit(finding(Verdict.UNKNOWN, harmless=True)), Outcome.CONSISTENT, id="unknown, harmless"),
        pytest.param(audit(problems=(PROBLEM,)), Outcome.UNKNOWN, id="a problem"),
        pytest.param(audit(finding(Verdict.CONFIRMED), problems=(PROBLEM,)), Outcome.INCONSISTENT, id="both"),
        pytest.param(Audit(name="billing", of="consumer"), Outcome.UNKNOWN, id="not carried out"),
    ],
)
def test_the_verdict_of_an_audit(judged: Audit, outcome: Outcome) -> None:
    assert judged.verdict is outcome


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([Outcome.CONSISTENT, Outcome.UNKNOWN, Outcome.INCONSISTENT], Outcome.INCONSISTENT),
        ([Outcome.CONSISTENT, Outcome.UNKNOWN], Outcome.UNKNOWN),
        ([Outcome.CONSISTENT], Outcome.CONSISTENT),
        ([], Outcome.UNKNOWN),
    ],
)
def test_the_worst_counts_and_auditing_nothing_is_no_success(outcomes: list[Outcome], expected: Outcome) -> None:
    assert worst(outcomes) is expected


def test_a_run_is_as_its_worst_audit() -> None:
    run = Result(
        run="1", started=NOW, finished=NOW + timedelta(seconds=1), audits=(audit(), audit(problems=(PROBLEM,)))
    )
    assert run.verdict is Outcome.UNKNOWN


@pytest.mark.parametrize("column", ["received", "pending", "parked", "missing", "unverifiable"])
def test_each_column_of_the_balance_counts_and_the_others_do_not(column: str) -> None:
    assert Totals(produced=1, duplicate=5, unexpected=6, excluded=7, **{column: 1}).balances()
    assert not Totals(**{column: 1}).balances()
