"""The line for Nagios, read as its plugin guidelines say: a state, a text, and performance data that can be parsed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from checks.model.finding import Verdict
from checks.model.result import Problem, Result
from reports import render
from reports.nagios import MOST_BYTES
from reports.terminal import verdict_line
from tests.reports import samples

PIECES = (
    "|",
    "'",
    "=",
    ";",
    "\n",
    "<script>",
    "`id`",
    "$(id)",
    '"',
    "\\",
    " ",
    "\x00",
    "\ud800",
    "\u202e",
    "é",
    "x",
    "",
)
names = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
ITEM = re.compile(r"(?:'([^'=|]+)'|([^\s'=|]+))=(U|-?\d+(?:\.\d+)?)(s?);;;0(?: |$)")


def read(result: Result) -> tuple[str, str, dict[str, str]]:
    """State, text, and the performance data: values with their units by label."""
    text = render(result, "nagios")
    assert (text.count("\n"), text[-1], text.count("|")) == (1, "\n", 1)
    assert len(text.encode()) <= MOST_BYTES
    said, _, data = text.rstrip("\n").partition("|")
    found = re.fullmatch(r"AUDITOR (OK|WARNING|CRITICAL|UNKNOWN) - (.+)", said)
    assert found is not None
    items = list(ITEM.finditer(data))
    assert "".join(item.group() for item in items) == data
    labels = [item[1] or item[2] for item in items]
    assert len(labels) == len(set(labels))
    return found[1], found[2], {label: item[3] + item[4] for label, item in zip(labels, items, strict=True)}


@pytest.mark.parametrize("name", ["consistent", "undecided", "inconsistent", "hostile", "nothing"])
def test_it_is_what_it_was(name: str, snapshot: SnapshotAssertion) -> None:
    assert render(samples.ALL[name], "nagios") == snapshot


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (samples.CONSISTENT, "OK"),
        (samples.result(samples.consumer(samples.finding(verdict=Verdict.PENDING))), "OK"),
        (samples.result(samples.consumer(samples.finding("parked", harmless=True))), "WARNING"),
        (samples.UNDECIDED, "UNKNOWN"),
        (samples.result(samples.consumer(samples.finding(verdict=Verdict.UNKNOWN))), "UNKNOWN"),
        (samples.result(), "UNKNOWN"),
        (samples.INCONSISTENT, "CRITICAL"),
    ],
)
def test_the_state_is_that_of_the_verdict(result: Result, state: str) -> None:
    assert read(result)[0] == state


def test_it_names_what_is_worst_behind_the_verdict() -> None:
    _, text, _ = read(samples.INCONSISTENT)
    assert text == (
        f"{verdict_line(samples.INCONSISTENT)}; billing consumer/missing confirmed 4; "
        "billing consumer/parked confirmed 1; mail undecided (unreachable)"
    )


def test_who_lacks_events_is_named_before_other_errors_and_what_has_no_room_is_counted() -> None:
    others = [samples.log(samples.finding("version-gap", count=n), name=f"log-{n}") for n in range(1, 6)]
    lacking = samples.consumer(samples.finding("parked", harmless=True), samples.finding(count=4))
    _, text, _ = read(samples.result(*others, lacking))
    _, _, told = text.partition("; ")[2].partition("; ")
    assert told == (
        "billing consumer/missing confirmed 4; log-1 log/version-gap confirmed 1; log-2 log/version-gap confirmed 2; "
        "log-3 log/version-gap confirmed 3; log-4 log/version-gap confirmed 4; and 2 more"
    )
    assert "more" not in read(samples.INCONSISTENT)[1]


def test_performance_data_count_findings_by_severity_and_what_each_audit_lacks() -> None:
    _, _, data = read(samples.INCONSISTENT)
    assert data == {
        "errors": "1", "warnings": "1", "infos": "2", "time": "3.210s",
        "orders missing": "0", "orders pending": "0", "orders parked": "0", "orders unexpected": "0",
        "billing missing": "4", "billing pending": "3", "billing parked": "1", "billing unexpected": "0",
        "mail missing": "U", "mail pending": "U", "mail parked": "U", "mail unexpected": "U",
    }  # fmt: skip


@given(st.lists(names, min_size=1, max_size=4))
def test_a_name_is_never_syntax_and_two_audits_never_share_a_label(chosen: list[str]) -> None:
    audits = (
        samples.consumer(
            samples.finding(message=name, partition=name),
            name=name,
            problems=(Problem(reason=name, message=name),),
        )
        for name in chosen
    )
    state, text, data = read(samples.result(*audits))
    assert state == "CRITICAL"
    assert len(data) == 4 + 4 * len(chosen)
    assert not set(text) & set('|<>`$"\\\n')


def test_it_never_becomes_longer_than_what_is_read_and_leaves_out_items_as_a_whole() -> None:
    long = "é|'" * 4_000
    audits = (samples.consumer(samples.finding(), name=f"{n}{long}") for n in range(500))
    state, text, data = read(samples.result(*audits))
    assert state == "CRITICAL"
    assert text.count(";") <= 7
    assert text.endswith("; and 495 more")
    assert list(data)[:4] == ["errors", "warnings", "infos", "time"]
    assert 4 < len(data) < 100
