"""The document that scripts read: the contract's keys in the contract's order, and values that any parser takes."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model.finding import Verdict
from checks.model.result import Coverage, Result, Totals, Window
from reports import render
from reports.json_document import moment, plain
from tests.reports import samples


def read(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def document(result: Any) -> Any:
    return read(render(result, "json"))


def test_keys_are_those_of_the_contract_in_its_order() -> None:
    read_back = document(samples.INCONSISTENT)
    assert " ".join(read_back) == "schema run started finished verdict audits not_checked parities known not_recorded"
    audit = read_back["audits"][1]
    assert list(audit)[:7] == ["name", "of", "upstream", "verdict", "window", "totals", "findings"]
    assert list(audit["window"]) == ["first", "last", "settled", "partitions"]
    assert " ".join(audit["totals"]) == (
        "produced received pending parked missing unverifiable duplicate unexpected excluded"
    )
    assert " ".join(audit["findings"][1]) == (
        "check verdict severity partition count ranges ranges_truncated events message evidence fingerprint "
        "first_seen reason"
    )
    assert list(audit["findings"][1]["events"][0]) == ["position", "id", "stream", "version", "type", "time"]
    assert list(read_back["not_checked"][0]) == ["audit", "check", "reason", "message"]


def test_it_says_why_a_run_was_not_recorded() -> None:
    assert document(samples.CONSISTENT)["not_recorded"] is None
    lost = replace(samples.CONSISTENT, not_recorded="ledger '/l.db': no space left")
    assert document(lost)["not_recorded"] == "ledger '/l.db': no space left"


def test_values_are_those_of_the_result() -> None:
    read_back = document(samples.INCONSISTENT)
    assert (read_back["schema"], read_back["run"]) == ("auditor.result/1", "r-1")
    assert (read_back["started"], read_back["finished"]) == ("2026-03-01T12:00:00Z", "2026-03-01T12:00:03.210000Z")
    assert [read_back["verdict"], *(audit["verdict"] for audit in read_back["audits"])] == [
        "inconsistent",
        "consistent",
        "inconsistent",
        "unknown",
    ]
    missing = read_back["audits"][1]["findings"][1]
    assert missing["ranges"] == [[5, 7], [12, 12]]
    assert (missing["check"], missing["verdict"], missing["severity"]) == ("missing", "confirmed", "error")
    assert missing["fingerprint"] == samples.INCONSISTENT.audits[1].findings[1].fingerprint("billing")
    assert missing["first_seen"] == read_back["started"]
    assert read_back["not_checked"][3] == {
        "audit": "mail",
        "check": None,
        "reason": "unreachable",
        "message": "nothing was read",
    }


def test_a_finding_that_is_remembered_says_since_when() -> None:
    remembered = samples.finding(first_seen=samples.STARTED - timedelta(days=3, microseconds=1))
    [finding] = document(samples.result(samples.consumer(remembered)))["audits"][0]["findings"]
    assert finding["first_seen"] == "2026-02-26T11:59:59.999999Z"


def test_an_audit_that_failed_keeps_its_place_with_null_window_and_totals() -> None:
    audit = document(samples.UNDECIDED)["audits"][1]
    assert (audit["name"], audit["verdict"], audit["window"], audit["totals"]) == ("mail", "unknown", None, None)
    assert audit["problems"] == [{"reason": "unreachable", "message": "store 'mail': refused"}]


def test_partitions_have_their_own_bounds() -> None:
    window = document(samples.PARTITIONED)["audits"][0]["window"]
    assert (window["first"], window["last"], window["settled"]) == (None, None, None)
    assert window["partitions"]["us"] == {"first": 1, "last": 2**60, "settled": None}


def test_what_is_not_known_of_an_event_is_null() -> None:
    unknown = samples.finding(events=(samples.event(7, id=None, stream=None, version=None, type=None),))
    found = document(samples.result(samples.consumer(unknown)))["audits"][0]["findings"][0]["events"][0]
    assert found == {
        "position": 7,
        "id": None,
        "stream": None,
        "version": None,
        "type": None,
        "time": "2026-03-01T12:00:00Z",
    }


def test_a_log_has_no_upstream() -> None:
    assert document(samples.CONSISTENT)["audits"][0]["upstream"] is None


def test_positions_beyond_two_to_the_53rd_are_exact() -> None:
    position = 2**60 + 1
    found = samples.finding(ranges=((position, position),), events=(samples.event(position),))
    audit = samples.consumer(found, window=Window(first=1, last=position, settled=position), totals=Totals())
    read_back = document(samples.result(audit))["audits"][0]
    assert read_back["window"]["last"] == read_back["window"]["settled"] == position
    assert read_back["findings"][0]["ranges"] == [[position, position]]
    assert read_back["findings"][0]["events"][0]["position"] == position


def test_ranges_stand_on_one_line_each() -> None:
    assert "            [5, 7],\n            [12, 12]\n" in render(samples.INCONSISTENT, "json")


def test_half_a_surrogate_pair_is_escaped_so_that_strict_parsers_take_the_document() -> None:
    audit = document(samples.HOSTILE)["audits"][0]
    assert audit["name"].endswith(r"drop table\ud800")
    assert audit["name"].startswith("[red]x[/red]\n\x1b[2J\u202e\x00")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (float("nan"), None),
        (float("-inf"), None),
        (timedelta(minutes=1.5), 90.0),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00Z"),
        ((1, (2, None)), [1, [2, None]]),
        ({1: {"a": True}}, {"1": {"a": True}}),
        (b"x", "b'x'"),
        (Verdict.PENDING, "pending"),
        (2**70, 2**70),
    ],
)
def test_evidence_becomes_plain_json(value: object, shown: object) -> None:
    assert plain(value) == shown


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.datetimes(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    )
)
def test_any_evidence_survives_as_strict_json_in_utf_8(evidence: object) -> None:
    text = render(samples.result(samples.consumer(samples.finding(evidence={"it": evidence}))), "json")
    read(text.encode().decode())


def test_times_are_written_in_utc() -> None:
    assert moment(datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1)))) == "2026-03-01T12:00:00Z"


def test_what_earlier_runs_verified_stands_in_the_document_and_null_where_everything_was_looked_at() -> None:
    hour = timedelta(hours=1)
    coverage = Coverage(through=2**60, run="r-0", at=samples.STARTED - hour, skipped=7, overlap=hour)
    whole, partly = document(samples.result(samples.log(), samples.log(coverage=coverage)))["audits"]
    assert whole["coverage"] is None
    assert partly["coverage"] == {
        "through": 2**60,
        "run": "r-0",
        "at": "2026-03-01T11:00:00Z",
        "oldest": None,
        "skipped": 7,
        "overlap": 3600.0,
    }


def test_losses_and_progress_are_always_there_and_empty_where_there_are_none() -> None:
    log, billing, mail = document(samples.ON_THE_WAY)["audits"]
    assert (log["losses"], log["progress"]) == ([], None)
    assert [each["how"] for each in billing["losses"]] == [
        "not-written",
        "not-sent",
        "sent-not-received",
        "not-received",
    ]
    assert billing["losses"][1] == {
        "source": "orders",
        "target": "billing",
        "how": "not-sent",
        "audit": "orders",
        "check": "unsent",
        "partition": "eu",
        "count": 1,
        "ranges": [[3, 3]],
        "events": [],
    }
    assert list(billing["losses"][2]["events"][0]) == ["position", "id", "stream", "version", "type", "time"]
    assert billing["progress"] == {"received": 870, "eligible": 878, "per_second": 1_234.5, "left": 480.0}
    assert mail["progress"] == {"received": 0, "eligible": 10, "per_second": None, "left": None}


@pytest.mark.parametrize("result", samples.ALL.values(), ids=samples.ALL)
def test_in_pieces_it_is_laid_out_as_in_one(result: Result) -> None:
    text = render(result, "json")
    whole = json.dumps(json.loads(text), indent=2)
    assert text == re.sub(r"\[\s+(-?\d+),\s+(-?\d+)\s+\]", r"[\1, \2]", whole) + "\n"
