"""Which exit code which result has: the table that cron and CI rest on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from auditor.cli.exit_code import AtLeast, LaggingLonger, MoreThan, exit_code, parse_fail_on
from auditor.errors import UsageError
from checks.model.finding import Severity, Verdict
from checks.model.result import Problem, Result
from tests.reports.samples import UNREACHABLE, consumer, finding, log, result

CLEAN = result(log(), consumer())
MISSING = result(consumer(finding("missing", count=4)), consumer(finding("missing", count=3), name="mail"))
STALLED = result(consumer(finding("stalled", count=2, evidence={"oldest_age_seconds": 600.0})))
LAGGING = result(consumer(finding("lagging", count=2, evidence={"oldest_age_seconds": 600.0})))
PARKED = result(consumer(finding("parked", harmless=True)))
PENDING = result(consumer(finding("missing", Verdict.PENDING)))
UNKNOWN = result(consumer(finding("missing", Verdict.UNKNOWN)))
BY_THE_WAY = result(log(finding("position-gap", Verdict.UNKNOWN, harmless=True)))
UNREACHED = result(UNREACHABLE, log())
MISSING_AND_UNREACHED = result(*MISSING.audits, UNREACHABLE)
MISSING_IN_DOUBT = result(replace(MISSING.audits[0], problems=(Problem(reason="timeout", message="too slow"),)))


@pytest.mark.parametrize(
    ("case", "of", "expected", "expected_with_exit_zero"),
    [
        ("clean", CLEAN, 0, 0),
        ("confirmed errors", MISSING, 1, 0),
        ("declared harmless", PARKED, 0, 0),
        ("pending", PENDING, 0, 0),
        ("unknown", UNKNOWN, 3, 3),
        ("unknown without weight", BY_THE_WAY, 0, 0),
        ("a store out of reach", UNREACHED, 3, 3),
        ("nothing audited", result(), 3, 3),
        ("errors outrank a store out of reach", MISSING_AND_UNREACHED, 1, 3),
        ("errors outrank a doubt within the audit", MISSING_IN_DOUBT, 1, 3),
    ],
)
def test_exit_codes_of_the_contract(case: str, of: Result, expected: int, expected_with_exit_zero: int) -> None:
    assert (exit_code(of), exit_code(of, exit_zero=True)) == (expected, expected_with_exit_zero)


@pytest.mark.parametrize(
    ("fail_on", "of", "expected"),
    [
        ("error", MISSING, 1),
        ("warning", MISSING, 1),
        ("warning", PARKED, 1),
        ("warning", PENDING, 0),
        ("info", PENDING, 1),
        ("info", CLEAN, 0),
        ("missing", MISSING, 1),
        ("consumer/missing", MISSING, 1),
        ("missing", PENDING, 0),
        ("missing", UNKNOWN, 3),
        ("missing>6", MISSING, 1),
        ("missing > 7", MISSING, 0),
        ("missing>7", MISSING_AND_UNREACHED, 3),
        ("missing>7", MISSING_IN_DOUBT, 3),
        ("duplicate", MISSING, 0),
        ("duplicate,missing", MISSING, 1),
        ("parked", PARKED, 1),
        ("lagging>9m", LAGGING, 1),
        ("lagging>10m", LAGGING, 0),
        ("lagging>1", LAGGING, 1),
        ("lagging>2", LAGGING, 0),
        ("lagging>1s", PENDING, 0),
        ("lagging", STALLED, 1),
        ("lagging>9m", STALLED, 1),
        ("lagging>10m", STALLED, 0),
        ("lagging>2", STALLED, 0),
        ("stalled", STALLED, 1),
        ("stalled", LAGGING, 0),
    ],
)
def test_fail_on_moves_the_line_and_never_turns_doubt_into_0(fail_on: str, of: Result, expected: int) -> None:
    assert exit_code(of, parse_fail_on([fail_on])) == expected


def test_exit_zero_outranks_fail_on() -> None:
    assert exit_code(MISSING, parse_fail_on(["missing"]), exit_zero=True) == 0


def test_a_lag_whose_age_is_not_known_is_not_longer_than_anything() -> None:
    of = result(consumer(finding("lagging", evidence={"oldest_age_seconds": None})))
    assert exit_code(of, parse_fail_on(["lagging>1s"])) == 0


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("warning", (AtLeast(Severity.WARNING),)),
        (" error , version-gap ", (AtLeast(Severity.ERROR), MoreThan(frozenset({"log/version-gap"})))),
        ("consumer/duplicate>10", (MoreThan(frozenset({"consumer/duplicate"}), 10),)),
        ("lagging>1.5h", (LaggingLonger(timedelta(hours=1.5)),)),
    ],
)
def test_terms_are_read(text: str, terms: tuple[object, ...]) -> None:
    assert parse_fail_on([text]) == terms


def test_fail_on_may_be_repeated_and_left_out() -> None:
    assert parse_fail_on(["missing", "parked"]) == parse_fail_on(["missing,parked"])
    assert parse_fail_on([]) == (AtLeast(Severity.ERROR),)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("mising", r"did you mean 'missing'\?"),
        ("consumer/mising", r"did you mean 'consumer/missing'\?"),
        ("eror", r"did you mean 'error'\?"),
        ("log/missing", r"did you mean"),
        ("", "a term is a severity"),
        ("missing,,parked", "a term is a severity"),
        ("missing>", "a term is a severity"),
        ("missing>=3", "its bound must be a whole number"),
        ("missing>-1", "its bound must be a whole number"),
        ("missing>5m", "its bound must be a whole number"),
        ("error>5", "neither a severity nor a check"),
        ("lagging>5 minutes", "a term is a severity"),
        ("lagging>5y", "a whole number or a duration like"),
    ],
)
def test_terms_that_mean_nothing_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        parse_fail_on([text])
