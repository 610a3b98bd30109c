"""Workflow commands, read as the runner of GitHub Actions reads them: few, whole, and none out of the data."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from checks.model.finding import Verdict
from checks.model.known import KnownFinding
from checks.model.result import Problem, Result
from reports import render
from reports.terminal import verdict_line
from reports.visible import visible
from tests.reports import samples

PIECES = (
    "%", "%0A", "\n", "\r", "::", "::error::x", "##[error]", ":", ",", "]", "title=", " ", "\x00", "\ud800", "\u202e",
    "x",
)  # fmt: skip
names = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)


def read(result: Result) -> list[tuple[str, str, str]]:
    """The commands of a report as kind, title and message; its first line is none."""
    first, *lines = render(result, "github").splitlines()
    assert first == verdict_line(result)
    return [parse(line) for line in lines]


def parse(line: str) -> tuple[str, str, str]:
    found = re.fullmatch(r"::(\w+) title=([^:,\r\n]*)::(.*)", line)
    assert found is not None, line
    title = found[2].replace("%2C", ",").replace("%3A", ":")
    return found[1], unescaped(title), unescaped(found[3])


def unescaped(text: str) -> str:
    return text.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


@pytest.mark.parametrize("name", ["consistent", "undecided", "inconsistent", "hostile", "nothing"])
def test_it_is_what_it_was(name: str, snapshot: SnapshotAssertion) -> None:
    assert render(samples.ALL[name], "github") == snapshot


def test_errors_come_first_and_a_consistent_run_has_none() -> None:
    assert [kind for kind, _, _ in read(samples.INCONSISTENT)] == ["error", "warning", "warning", "notice", "notice"]
    assert read(samples.CONSISTENT) == []


def test_a_run_that_audited_nothing_is_a_warning() -> None:
    nothing = samples.ALL["nothing"]
    assert read(nothing) == [("warning", "nothing was audited", verdict_line(nothing))]


def test_findings_of_one_check_are_one_annotation() -> None:
    audit = samples.consumer(
        samples.finding(partition="eu", ranges=((5, 7),)), samples.finding(partition="us", count=1)
    )
    assert read(samples.result(audit)) == [
        (
            "error",
            "billing: consumer/missing",
            "4 confirmed in partition eu, positions 5-7: about missing\n1 confirmed in partition us: about missing",
        )
    ]


def test_what_is_known_is_a_notice() -> None:
    known = KnownFinding(finding=samples.finding(count=7), fingerprint="f", owner="ann", why="the import of 2024")
    audit = samples.consumer(known=(known, known))
    assert read(samples.result(audit)) == [
        ("notice", "billing: known, and hidden", "14 known: the import of 2024"),
    ]


@pytest.mark.parametrize("count", [9, 10, 11, 300])
def test_no_more_of_a_severity_than_github_shows_and_the_last_one_says_how_many_are_not(count: int) -> None:
    problem = Problem(reason="unsettled", message="pid 4711")
    audits = [samples.consumer(samples.finding(), name=f"c{n}", problems=(problem,)) for n in range(count)]
    annotations = read(samples.result(*audits))
    assert Counter(kind for kind, _, _ in annotations) == {"error": min(count, 10), "warning": min(count, 10)}
    titles = [title for kind, title, _ in annotations if kind == "error"]
    assert titles[:9] == [f"c{n}: consumer/missing" for n in range(9)]
    if count > 10:
        assert titles[9] == f"and {count - 9} more"


def test_what_somebody_lacks_is_shown_before_other_errors() -> None:
    others = [samples.log(samples.finding("version-gap"), name=f"log-{number}") for number in range(10)]
    titles = [title for _, title, _ in read(samples.result(*others, samples.consumer(samples.finding())))]
    assert titles[:2] == ["billing: consumer/missing", "log-0: log/version-gap"]
    assert titles[-1] == "and 2 more"


@given(names)
def test_a_name_is_read_as_it_is_and_makes_no_command(name: str) -> None:
    audit = samples.consumer(
        samples.finding(message=name, partition=name, reason=name),
        name=name,
        problems=(Problem(reason=name, message=name),),
        known=(KnownFinding(finding=samples.finding(), fingerprint="f", owner=name, why=name),),
    )
    shown = visible(name)
    assert read(samples.result(audit)) == [
        ("error", f"{shown}: consumer/missing", f"4 confirmed ({shown}) in partition {shown}: {shown}"),
        ("warning", f"{shown}: could not be decided", f"{shown} ({shown})"),
        ("notice", f"{shown}: known, and hidden", f"4 known: {shown}"),
    ]


def test_overlong_names_and_messages_lose_their_middle() -> None:
    long = "%" * 10_000
    audit = samples.consumer(*(samples.finding(message=long, partition=str(n)) for n in range(50)), name=long)
    [line] = render(samples.result(audit), "github").splitlines()[1:]
    assert len(line) < 4_000
    assert "…" in parse(line)[1]
    assert "…" in parse(line)[2]


def test_doubts_of_a_check_are_warnings_and_what_may_still_arrive_is_a_notice() -> None:
    audit = samples.consumer(samples.finding(verdict=Verdict.UNKNOWN), samples.finding(verdict=Verdict.PENDING))
    assert [kind for kind, _, _ in read(samples.result(audit))] == ["warning", "notice"]
    assert read(replace(samples.result(audit), run="::error::")) == read(samples.result(audit))
