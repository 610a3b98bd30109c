"""One object a line: all events, each line for itself, and together nothing but what the JSON document says."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from checks.model.event import Event
from checks.model.result import OneSided, Parity, Result
from reports import FORMATS, pieces, render
from reports.json_lines import SCHEMA
from reports.tables.rows import FindingRow, Table, rows
from tests.reports import samples

PARITY = Parity(
    upstream="orders",
    logs=("v1", "v2"),
    reached=((None, 9),),
    compared=9,
    differences=(OneSided(lacking="v2", count=1, events=(samples.event(3),)),),
)
RESULTS = {
    **samples.ALL,
    "with parities": Result(
        run="r-2",
        started=samples.STARTED,
        finished=samples.STARTED,
        audits=samples.INCONSISTENT.audits,
        parities=(PARITY,),
    ),
}
every_result = pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)


def lines_of(result: Result) -> list[dict[str, Any]]:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    text = render(result, "jsonl")
    assert text.isascii()
    return [json.loads(line, parse_constant=refuse) for line in text.removesuffix("\n").split("\n")]


def without(entry: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in keys}


def put_together(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The document, as a reader puts it together again who takes one line after the other."""
    run, *rest = lines
    whole = {**without(run, "kind", "schema", "findings", "events"), "audits": [], "parities": [], "not_checked": []}
    for line in rest:
        said = without(line, "kind")
        match line["kind"]:
            case "audit":
                whole["audits"].append({**said, "findings": []})
            case "finding":
                whole["audits"][-1]["findings"].append({**without(said, "finding", "audit"), "events": []})
            case "event":
                named = without(said, "finding", "audit", "check", "verdict", "partition")
                whole["audits"][-1]["findings"][-1]["events"].append(named)
            case kind:
                whole[{"parity": "parities", "not_checked": "not_checked"}[kind]].append(said)
    return whole


def test_it_looks_so(snapshot: SnapshotAssertion) -> None:
    assert render(samples.INCONSISTENT, "jsonl") == snapshot
    assert render(samples.HOSTILE, "jsonl").replace("y" * 10_000, "y…") == snapshot


@every_result
def test_together_the_lines_are_the_document(result: Result) -> None:
    assert put_together(lines_of(result)) == without(json.loads(render(result, "json")), "schema")


@every_result
def test_the_first_line_says_how_many_follow(result: Result) -> None:
    run, *rest = lines_of(result)
    assert (run["kind"], run["schema"], run["verdict"]) == ("run", SCHEMA, result.verdict.value)
    kinds = Counter(line["kind"] for line in rest)
    plural = {"audit": "audits", "finding": "findings", "event": "events", "parity": "parities"}
    assert {plural.get(kind, kind): count for kind, count in kinds.items()} == {
        key: run[key] for key in (*plural.values(), "not_checked") if run[key]
    }


@every_result
def test_findings_have_the_numbers_that_they_have_in_the_tables(result: Result) -> None:
    found = [line for line in lines_of(result) if line["kind"] == "finding"]
    table = [row for row in rows(result, Table.FINDINGS) if isinstance(row, FindingRow)]
    tables = [(row.finding, row.fingerprint, row.events) for row in table]
    assert [(line["finding"], line["fingerprint"], line["events"]) for line in found] == tables


def test_an_event_names_its_finding_and_needs_no_other_line() -> None:
    events = [line for line in lines_of(samples.INCONSISTENT) if line["kind"] == "event"]
    assert events[0] == {
        "kind": "event",
        "finding": 3,
        "audit": "billing",
        "check": "missing",
        "verdict": "confirmed",
        "partition": None,
        "position": 5,
        "id": "e5",
        "stream": "order-1",
        "version": 2,
        "type": "OrderPlaced",
        "time": "2026-03-01T12:00:00Z",
    }


@pytest.mark.parametrize("number", [2**53 + 1, 2**63 - 1, 10**30])
def test_integers_are_exact(number: int) -> None:
    found = samples.finding(events=(samples.event(number, version=None), Event(version=number)))
    events = [line for line in lines_of(samples.result(samples.consumer(found))) if line["kind"] == "event"]
    assert [(event["position"], event["version"]) for event in events] == [(number, None), (None, number)]


@given(st.text(st.characters(codec=None), max_size=20))
def test_no_name_breaks_a_line_and_none_is_changed_that_can_be_written(name: str) -> None:
    found = samples.finding(events=(samples.event(1, stream=name),), message=name)
    lines = lines_of(samples.result(samples.consumer(found, name=name)))
    assert [line["kind"] for line in lines] == ["run", "audit", "finding", "event"]
    assert lines[3]["stream"] == name.encode("utf-8", "backslashreplace").decode("utf-8")


def test_it_comes_a_line_at_a_time() -> None:
    made = pieces(samples.INCONSISTENT, "jsonl")
    assert all(piece.endswith("\n") and piece.count("\n") == 1 for piece in made)


def test_the_formats_that_carry_all_are_those_of_the_contract() -> None:
    assert {name for name, known in FORMATS.items() if known.carries_all} == {"jsonl", "csv"}
