"""One run, several reports: some carry every event, the others samples, and what a row is can be said of a table."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from auditor.cli.contents import most_gathered, rows_of
from auditor.cli.outputs import Destination
from auditor.config import load
from auditor.errors import UsageError
from auditor.ledger import TRACKED
from checks.model.event import Event
from reports import By
from tests.auditor.cli.prepared import auditor
from tests.auditor.cli.recorded import record
from tests.integration.shop import check, command, consumer_keys, rows, settings, sqlite_at, write_config
from tests.reports import samples

LOST = 250


@pytest.mark.parametrize(
    ("names", "most"), [(["terminal", "json"], 100), (["terminal", "csv"], None), (["jsonl"], None), ([], 100)]
)
def test_all_events_are_gathered_where_a_report_carries_all(names: list[str], most: int | None) -> None:
    assert most_gathered([Destination(name) for name in names], 100) == most
    assert most_gathered([Destination(name) for name in names], None) is None


def test_a_row_is_an_event_unless_something_else_is_said() -> None:
    tables = [Destination("terminal"), Destination("csv")]
    assert [rows_of(by, tables) for by in (None, By.EVENT, By.FINDING)] == [By.EVENT, By.EVENT, By.FINDING]
    assert rows_of(None, [Destination("json")]) is By.EVENT
    for by in By:
        with pytest.raises(UsageError, match=f"--by {by}: no report is a table; ask for --format csv"):
            rows_of(by, [Destination("json")])


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("verb", ["check", "report"])
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--by", "finding"], "error: --by finding: no report is a table; ask for --format csv\n"),
        (["--format", "jsonl", "--by", "event"], "error: --by event: no report is a table; ask for --format csv\n"),
        (["--format", "csv", "--by", "stream"], "error: invalid value for '--by': 'stream' is not one of"),
    ],
)
def test_what_a_row_is_can_be_said_of_no_other_report(verb: str, arguments: list[str], complaint: str) -> None:
    outcome = auditor(verb, *arguments, behaviour="crashing")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith(complaint)
    assert outcome.stderr.count("\n") == 1


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--output", "a.csv"], "max_findings=None"),
        (["--output", "a.jsonl", "--max-findings", "7"], "max_findings=None"),
        (["--output", "a.json", "--max-findings", "7"], "max_findings=7"),
    ],
)
def test_the_audit_is_told_to_gather_them(arguments: list[str], told: str) -> None:
    outcome = auditor("check", *arguments, "--output", "-", behaviour="telling")
    assert told in outcome.stdout


# ---- real runs -------------------------------------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A shop whose one consumer lost more events than a finding has samples."""
    with sqlite_at(tmp_path / "shop.db") as opened:
        opened.write(rows(LOST + 50), received=range(LOST, LOST + 50))
        said = settings("sqlite:///shop.db")
        said["consumers"] = {"billing": consumer_keys(start="first")}
        return write_config(tmp_path, said)


def table(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(file.read_text(encoding="utf-8"), newline="")))


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def events_in(document: dict[str, Any]) -> list[list[int]]:
    return [[event["position"] for event in found["events"]] for a in document["audits"] for found in a["findings"]]


@pytest.mark.parametrize("ledger", [[], ["--no-ledger"]], ids=["ledger", "no ledger"])
def test_one_run_has_all_events_in_some_reports_and_samples_in_the_others(
    config: Path, tmp_path: Path, ledger: list[str]
) -> None:
    names = {name: str(tmp_path / f"a.{name}") for name in ("csv", "jsonl", "json")}
    outputs = [word for name in names.values() for word in ("--output", name)]
    outcome = check(config, *outputs, "--max-findings", "3", *ledger)
    assert (outcome.code, outcome.stdout, outcome.stderr) == (1, "", "")

    document = json.loads(Path(names["json"]).read_text(encoding="utf-8"))
    [lost] = [found for a in document["audits"] for found in a["findings"] if found["severity"] == "error"]
    assert (lost["count"], len(lost["events"]), document["verdict"]) == (LOST, 3, "inconsistent")

    named = [row for row in table(Path(names["csv"])) if row["severity"] == "error"]
    told = [line for line in lines(Path(names["jsonl"])) if line["kind"] == "event" and line["verdict"] == "confirmed"]
    positions = [int(row["position"]) for row in named]
    assert len(set(positions)) == LOST
    assert [line["position"] for line in told] == positions
    assert [event["position"] for event in lost["events"]] == positions[:3]


def test_the_other_reports_are_what_they_are_without_it(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    documents = []
    for more in ([], ["--output", str(tmp_path / "a.csv")]):
        check(config, "--output", str(file), *more, "--no-ledger")
        document = json.loads(file.read_text(encoding="utf-8"))
        documents.append({**document, **dict.fromkeys(("run", "started", "finished"))})
        for audit in document["audits"]:
            for found in audit["findings"]:
                found["first_seen"] = found["evidence"]["oldest_age_seconds"] = None  # these go by the clock
    assert documents[0] == documents[1]
    assert max(map(len, events_in(documents[0]))) == 100


def test_by_finding_has_a_row_a_finding(config: Path, tmp_path: Path) -> None:
    check(config, "--output", str(tmp_path / "a.csv"), "--by", "finding")
    [lost] = [row for row in table(tmp_path / "a.csv") if row["severity"] == "error"]
    assert (lost["count"], lost["events"]) == (str(LOST), str(LOST))


def test_a_recorded_run_has_what_was_recorded_whatever_is_said_of_samples(config: Path, tmp_path: Path) -> None:
    check(config, "--output", str(tmp_path / "then.csv"))
    now = tmp_path / "now.csv"
    outcome = command(tmp_path, "report", "--output", str(now), "--output", "-", "--max-findings", "2")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert now.read_text(encoding="utf-8") == (tmp_path / "then.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("count", [TRACKED, TRACKED + 2_500])
def test_it_says_where_more_was_found_than_is_recorded(config: Path, tmp_path: Path, count: int) -> None:
    some = tuple(Event(position=position) for position in range(1, TRACKED + 1))
    lost = samples.finding(count=count, events=some, ranges=((1, count),))
    record(load(config), samples.result(samples.consumer(lost)))
    outcome = command(tmp_path, "report", "--output", "all.jsonl", "--output", "-")
    told = "warning: 1 finding with 12,500 in all: only 10,000 events of each were recorded\n"
    assert (outcome.code, outcome.stderr) == (0, told if count > TRACKED else "")
    [finding] = [line for line in lines(tmp_path / "all.jsonl") if line["kind"] == "finding"]
    assert (finding["count"], finding["events"]) == (count, TRACKED)
    assert command(tmp_path, "report", "--output", "few.json").stderr == ""
