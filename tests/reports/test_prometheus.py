"""Metrics, read back by Prometheus' own client: what is not known has no series, and a name is only ever a label."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from syrupy.assertion import SnapshotAssertion

from checks.catalogue import CONSUMER
from checks.model.finding import Verdict
from checks.model.known import KnownFinding
from checks.model.result import Audit, NotChecked, Outcome, Problem, Result, Totals
from reports import render
from reports.prometheus import LAG
from reports.visible import visible
from tests.reports import samples

FINISHED = samples.CONSISTENT.finished.timestamp()


def read(result: Result) -> dict[tuple[str, ...], float]:
    """The samples by their name and the values of their labels, in the order of the labels' names."""
    found: dict[tuple[str, ...], float] = {}
    for family in text_string_to_metric_families(render(result, "prometheus")):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            key = (sample.name, *(sample.labels[name] for name in sorted(sample.labels)))
            assert key not in found
            assert sample.timestamp is None
            found[key] = sample.value
    return found


def of(audit: Audit, name: str, *not_checked: NotChecked) -> float | None:
    return read(samples.result(audit, not_checked=not_checked)).get((f"auditor_audit_{name}", audit.name, audit.of))


def left_out(*checks: str) -> tuple[NotChecked, ...]:
    return tuple(NotChecked(audit="billing", check=check, reason="no-cursor", message="none") for check in checks)


@pytest.mark.parametrize("name", ["consistent", "inconsistent", "hostile", "nothing"])
def test_it_is_what_it_was(name: str, snapshot: SnapshotAssertion) -> None:
    assert render(samples.ALL[name], "prometheus") == snapshot


@pytest.mark.parametrize(
    ("audit", "known", "consistent"),
    [(samples.log(), 1, 1), (samples.consumer(samples.finding()), 1, 0), (samples.UNREACHABLE, 0, None)],
    ids=["consistent", "inconsistent", "unknown"],
)
def test_an_audit_without_a_verdict_is_not_known_and_neither_consistent_nor_not(
    audit: Audit, known: float, consistent: float | None
) -> None:
    assert (of(audit, "known"), of(audit, "consistent")) == (known, consistent)
    run = read(samples.result(audit))
    assert (run[("auditor_run_known",)], run.get(("auditor_run_consistent",))) == (known, consistent)


@pytest.mark.parametrize(
    ("audit", "undecided", "known"),
    [
        (samples.consumer(), 0, 1),
        (samples.consumer(samples.finding()), 0, 1),
        (samples.consumer(samples.finding("lagging", Verdict.UNKNOWN)), 1, 0),
        (samples.consumer(samples.finding(), samples.finding("lagging", Verdict.UNKNOWN)), 1, 1),
        (samples.consumer(samples.finding(), problems=(Problem(reason="unsettled", message="pid 1"),)), 1, 1),
        (samples.log(samples.finding("position-gap", Verdict.UNKNOWN, harmless=True)), 0, 1),
        (samples.UNREACHABLE, 1, 0),
        (samples.consumer(samples.finding(verdict=Verdict.PENDING, reason="not-confirmed")), 1, 1),
        (samples.consumer(samples.finding(verdict=Verdict.PENDING, reason="in-flight")), 0, 1),
    ],
    ids=[
        "well",
        "errors",
        "doubt",
        "errors-and-doubt",
        "errors-and-problem",
        "harmless",
        "not-carried-out",
        "no-confirm",
        "pending",
    ],
)
def test_a_doubt_is_told_beside_errors_too(audit: Audit, undecided: float, known: float) -> None:
    assert (of(audit, "undecided"), of(audit, "known")) == (undecided, known)
    assert undecided or of(audit, "consistent") is not None


def test_an_audit_that_was_not_carried_out_has_nothing_but_that_it_is_not_known() -> None:
    names = {key[0] for key in read(samples.result(samples.UNREACHABLE)) if key[1:2] == ("mail",)}
    assert names == {"auditor_audit_info", "auditor_audit_known", "auditor_audit_undecided"}


def test_totals_are_those_of_the_audit() -> None:
    totals = Totals(
        produced=45, received=9, pending=8, parked=7, missing=11, unverifiable=10, duplicate=5, unexpected=4
    )
    audit = samples.consumer(totals=totals)
    names = ("produced", "received", "pending", "parked", "missing", "unverifiable", "duplicate", "unexpected")
    assert [of(audit, name) for name in names] == [45, 9, 8, 7, 11, 10, 5, 4]


def test_findings_are_counted_by_check_verdict_and_severity_over_all_partitions() -> None:
    audit = samples.consumer(
        samples.finding(partition="eu"),
        samples.finding(partition="us", count=3),
        samples.finding(verdict=Verdict.PENDING),
        samples.finding("parked", harmless=True, count=2),
    )
    counts = {key[1:]: value for key, value in read(samples.result(audit)).items() if key[0].endswith("_findings")}
    assert {key: value for key, value in counts.items() if value} == {
        ("billing", "missing", "consumer", "error", "confirmed"): 7,
        ("billing", "missing", "consumer", "info", "pending"): 4,
        ("billing", "parked", "consumer", "warning", "confirmed"): 2,
    }
    assert {key[1] for key in counts} == {check.name for check in CONSUMER}


def test_a_check_that_did_not_run_has_not_even_a_zero() -> None:
    checks = {
        key[2]
        for key in read(samples.result(samples.consumer(), not_checked=left_out("duplicate")))
        if key[0] == "auditor_audit_findings"
    }
    assert checks == {check.name for check in CONSUMER} - {"duplicate"}


@pytest.mark.parametrize("check", sorted(LAG))
def test_lag_is_what_either_check_confirmed(check: str) -> None:
    behind = samples.finding(check, count=9, evidence={"oldest_age_seconds": 600.5})
    young = samples.finding(check, Verdict.PENDING, count=1, evidence={"oldest_age_seconds": 1.5})
    audit = samples.consumer(behind, young)
    assert (of(audit, "lag_events"), of(audit, "lag_seconds")) == (9, 600.5)


def test_lag_is_nothing_where_neither_found_any_and_absent_where_it_cannot_be_known() -> None:
    audit = samples.consumer()
    assert (of(audit, "lag_events"), of(audit, "lag_seconds")) == (0, 0)
    assert of(audit, "lag_events", *left_out("stalled")) == 0
    assert of(audit, "lag_events", *left_out(*LAG)) is None
    assert of(samples.log(), "lag_events") is None
    doubtful = samples.consumer(samples.finding("lagging", Verdict.UNKNOWN))
    assert (of(doubtful, "lag_events"), of(doubtful, "lag_seconds")) == (None, None)


def test_a_problem_of_an_audit_makes_no_zero_of_what_was_not_found() -> None:
    problem = Problem(reason="several-cursor-rows", message="its cursor rows disagree")
    audit = samples.consumer(samples.finding(count=4), problems=(problem,))
    assert (of(audit, "lag_events"), of(audit, "lag_seconds")) == (None, None)
    counted = {key[1:] for key in read(samples.result(audit)) if key[0] == "auditor_audit_findings"}
    assert counted == {("billing", "missing", "consumer", "error", "confirmed")}


def test_a_doubt_of_a_check_is_no_zero_beside_it() -> None:
    audit = samples.consumer(samples.finding(verdict=Verdict.UNKNOWN))
    verdicts = {
        key[5] for key in read(samples.result(audit)) if key[0] == "auditor_audit_findings" and key[2] == "missing"
    }
    assert verdicts == {"unknown"}


def test_what_is_hidden_is_counted() -> None:
    known = KnownFinding(finding=samples.finding(count=7), fingerprint="f", owner="ann", why="old")
    assert of(samples.consumer(known=(known,)), "baselined") == 7


def test_a_run_is_a_success_where_it_is_consistent_else_the_last_one_was() -> None:
    last_run, success = ("auditor_last_run_timestamp_seconds",), ("auditor_last_success_timestamp_seconds",)
    good = read(samples.CONSISTENT)
    assert good[last_run] == good[success] == FINISHED
    assert success not in read(samples.UNDECIDED)
    remembered = replace(samples.UNDECIDED, last_consistent=samples.STARTED - timedelta(minutes=1))
    assert read(remembered)[success] == samples.STARTED.timestamp() - 60
    assert read(remembered)[last_run] == FINISHED


def test_a_ledger_that_failed_is_told() -> None:
    assert read(samples.CONSISTENT)[("auditor_run_not_recorded",)] == 0
    assert read(replace(samples.CONSISTENT, not_recorded="no space left"))[("auditor_run_not_recorded",)] == 1


def test_no_label_has_more_values_than_the_config_has_names() -> None:
    text = render(samples.INCONSISTENT, "prometheus")
    assert not [word for word in ("order-1", "e12", "OrderPlaced", "eu", "r-1", "4711") if f'"{word}"' in text]


@given(st.lists(st.text(st.characters(), min_size=1), min_size=1, max_size=3))
def test_any_names_can_be_read_and_none_of_them_makes_two_series_one(names: list[str]) -> None:
    result = samples.result(*(samples.consumer(name=name, upstream=name) for name in (*names, names[0])))
    labels = [key[1] for key in read(result) if key[0] == "auditor_audit_known"]
    assert len(labels) == len(names) + 1
    assert labels[0] == visible(names[0])


@pytest.mark.parametrize("result", samples.ALL.values(), ids=samples.ALL)
def test_every_result_can_be_read_and_says_its_verdict(result: Result) -> None:
    metrics = read(result)
    said = metrics.get(("auditor_run_consistent",))
    assert said == {Outcome.CONSISTENT: 1, Outcome.INCONSISTENT: 0}.get(result.verdict)
