"""JUnit XML, held against a schema: a failure is lost events, an error is what could not be looked at."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from xmlschema import XMLSchema

from checks.catalogue import CONSUMER, DERIVED, LOG, STATE, AnyCheck
from checks.model.finding import Finding, Verdict
from checks.model.known import KnownFinding
from checks.model.result import Audit, NotChecked, Outcome, Problem, Result
from reports import render
from tests.reports import samples

SCHEMA = XMLSchema(Path(__file__).with_name("junit.xsd"))
KNOWN = KnownFinding(
    finding=samples.finding(count=7),
    fingerprint="f",
    owner="ann",
    why="the import of 2024",
    expires=samples.STARTED + timedelta(days=30),
)
CRASHED = "consumer/duplicate failed: KeyError: 'x'"


def read(result: Result) -> ET.Element:
    text = render(result, "junit")
    SCHEMA.validate(text)
    return ET.fromstring(text)  # noqa: S314 (our own)


def became(audit: Audit, *not_checked: NotChecked) -> dict[str, tuple[str, str, str]]:
    """What became of each check of one audit that did not pass: the element, its type and its message."""
    cases = read(samples.result(audit, not_checked=not_checked)).iter("testcase")
    return {
        case.attrib["name"]: (child.tag, child.attrib.get("type", ""), child.attrib["message"])
        for case in cases
        for child in case
    }


def skipped(check: str | None, reason: str, message: str, audit: str = "billing") -> NotChecked:
    return NotChecked(audit=audit, check=check, reason=reason, message=message)


@pytest.mark.parametrize("name", ["consistent", "inconsistent", "hostile", "nothing"])
def test_it_is_what_it_was(name: str, snapshot: SnapshotAssertion) -> None:
    assert render(samples.ALL[name], "junit") == snapshot


@pytest.mark.parametrize("result", samples.ALL.values(), ids=samples.ALL)
def test_there_are_failures_where_it_is_inconsistent_and_only_errors_where_it_is_unknown(result: Result) -> None:
    root = read(result)
    failures, errors = int(root.attrib["failures"]), int(root.attrib["errors"])
    assert (failures > 0) == (result.verdict is Outcome.INCONSISTENT)
    if result.verdict is not Outcome.INCONSISTENT:
        assert (errors > 0) == (result.verdict is Outcome.UNKNOWN)


@pytest.mark.parametrize("result", samples.ALL.values(), ids=samples.ALL)
def test_what_is_counted_is_what_is_there(result: Result) -> None:
    root = read(result)
    for whole in (root, *root.iter("testsuite")):
        children = Counter(child.tag for case in whole.iter("testcase") for child in case)
        assert int(whole.attrib["tests"]) == len(list(whole.iter("testcase")))
        assert int(whole.attrib["failures"]) == children["failure"]
        assert int(whole.attrib["errors"]) == children["error"]
        assert int(whole.attrib.get("skipped", children["skipped"])) == children["skipped"]


@pytest.mark.parametrize(
    ("audit", "checks"),
    [
        (samples.log(), LOG),
        (samples.log(upstream="internal"), (*LOG, *DERIVED)),
        (Audit(name="accounts", of="state", totals=samples.log().totals), STATE),
        (samples.consumer(), CONSUMER),
    ],
)
def test_an_audit_is_a_suite_and_each_of_its_checks_a_case(audit: Audit, checks: tuple[AnyCheck, ...]) -> None:
    [suite] = read(samples.result(audit))
    assert suite.attrib["name"] == audit.name
    assert [case.attrib["name"] for case in suite.iter("testcase")] == [check.name for check in checks]
    assert {case.attrib["classname"] for case in suite.iter("testcase")} == {audit.name}
    assert became(audit) == {}


def test_a_confirmed_error_is_a_failure_with_its_places_and_samples() -> None:
    lost = samples.finding(ranges=((5, 7), (12, 12)), events=(samples.event(5),))
    [failure] = read(samples.result(samples.consumer(lost))).iter("failure")
    assert failure.attrib == {"type": "confirmed", "message": "4 confirmed: about missing"}
    assert failure.text is not None
    assert failure.text.splitlines() == [
        "4 confirmed, positions 5-7, 12: about missing",
        "- position 5, order-1@2, OrderPlaced, id e5, 2026-03-01T12:00:00Z",
    ]


def test_findings_of_one_check_are_one_failure() -> None:
    parts = (samples.finding(partition="eu"), samples.finding(partition="us", count=3))
    assert became(samples.consumer(*parts)) == {
        "missing": ("failure", "confirmed", "7 confirmed: about missing, and 1 finding more")
    }


@pytest.mark.parametrize(
    ("finding", "outcome"),
    [
        (samples.finding(verdict=Verdict.UNKNOWN), {"missing": ("error", "unknown", "4 unknown: about missing")}),
        (samples.finding(verdict=Verdict.UNKNOWN, harmless=True), {}),
        (samples.finding(verdict=Verdict.PENDING), {}),
        (samples.finding(verdict=Verdict.BENIGN), {}),
        (samples.finding("parked", harmless=True), {}),
    ],
)
def test_only_a_doubt_that_weighs_is_an_error(finding: Finding, outcome: dict[str, tuple[str, str, str]]) -> None:
    audit = samples.consumer(finding)
    assert became(audit) == outcome
    [out] = read(samples.result(audit)).iter("system-out")
    assert (f"{finding.check}: " in (out.text or "")) == (not outcome)


def test_every_check_of_an_audit_that_was_not_carried_out_is_an_error() -> None:
    outcome = became(samples.UNREACHABLE, skipped(None, "unreachable", "store 'mail': refused", "mail"))
    assert outcome == {check.name: ("error", "unreachable", "store 'mail': refused") for check in CONSUMER}


def test_a_check_without_ground_is_skipped_and_one_that_crashed_is_an_error() -> None:
    audit = samples.consumer(problems=(Problem(reason="crashed", message=CRASHED),))
    outcome = became(audit, skipped("missing", "no-inbox", "no inbox"), skipped("duplicate", "crashed", CRASHED))
    assert outcome == {"missing": ("skipped", "", "no inbox (no-inbox)"), "duplicate": ("error", "crashed", CRASHED)}


def test_a_doubt_that_belongs_to_no_check_is_an_error_of_the_audit() -> None:
    unsettled = Problem(reason="unsettled", message="pid 4711 has not ended")
    outcome = became(samples.consumer(problems=(unsettled,)))
    assert outcome.pop("audit") == ("error", "unsettled", "pid 4711 has not ended")
    seen = "nothing found, as far as could be seen: pid 4711 has not ended (unsettled)"
    assert outcome == {check.name: ("skipped", "", seen) for check in CONSUMER}


def test_what_is_known_is_skipped_unless_there_is_more_of_it() -> None:
    told = "known: 7 confirmed: the import of 2024 (ann, until 2026-03-31T12:00:00Z)"
    assert became(samples.consumer(known=(KNOWN,))) == {"missing": ("skipped", "", told)}
    more = samples.consumer(samples.finding(), known=(KNOWN,))
    assert became(more)["missing"][0] == "failure"


def test_the_time_is_that_of_the_run() -> None:
    root = read(samples.CONSISTENT)
    assert {each.attrib["time"] for each in (root, *root)} == {"3.210"}
    assert {case.attrib["time"] for case in root.iter("testcase")} == {"0"}
    assert {suite.attrib["timestamp"] for suite in root} == {"2026-03-01T12:00:00"}


@given(st.text(st.characters(), min_size=1))
def test_any_name_makes_a_document_that_is_valid_and_has_no_more_in_it(name: str) -> None:
    audit = samples.consumer(
        samples.finding(message=name, partition=name, reason=name, events=(samples.event(1, stream=name),)),
        samples.finding("duplicate", Verdict.UNKNOWN, message=name, reason=name),
        name=name,
        notes=(name,),
        known=(replace(KNOWN, owner=name, why=name),),
        problems=(Problem(reason=name, message=name),),
    )
    root = read(replace(samples.result(audit, not_checked=(skipped("parked", name, name, name),)), run=name))
    assert [case.attrib["name"] for case in root.iter("testcase")] == [*(check.name for check in CONSUMER), "audit"]
    cases = [(case.attrib["name"], child.tag) for case in root.iter("testcase") for child in case]
    assert [each for each in cases if each[1] != "skipped" or each[0] == "parked"] == [
        ("missing", "failure"),
        ("duplicate", "error"),
        ("parked", "error" if name == "crashed" else "skipped"),
        ("audit", "error"),
    ]


def test_what_xml_cannot_have_is_shown() -> None:
    [suite] = read(samples.result(samples.consumer(name="a\x00\ufffe\ud800]]><b>&\n")))
    assert suite.attrib["name"] == r"a\x00\ufffe\ud800]]><b>&\n"
