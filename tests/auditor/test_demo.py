"""The demo says the truth about itself: what it injects is what it finds, and it notices when that is not so."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor import demo
from auditor.audit import run
from auditor.cli.program import run as run_command
from auditor.config import load
from auditor.demo.agreement import Line, compare, render
from auditor.demo.faults import Fault
from auditor.demo.producer import produce
from auditor.errors import AuditorError, UsageError
from checks.model.result import Outcome, Result
from reports import PLAIN, Appearance
from tests.auditor.cli.prepared import PATIENCE, environment


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop as the demo leaves it. Whoever changes it takes a copy."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def faults(kept: Path) -> tuple[Fault, ...]:
    return demo.build(kept)


@pytest.fixture(scope="module")
def result(kept: Path, faults: tuple[Fault, ...]) -> Result:
    return run(kept / "auditor.toml")


@pytest.fixture
def shop(kept: Path, faults: tuple[Fault, ...], tmp_path: Path) -> Path:
    return shutil.copytree(kept, tmp_path / "shop")


def auditor(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from auditor.cli import main\nmain()", *arguments]
    return subprocess.run(
        command, env=environment(variables), capture_output=True, text=True, check=False, timeout=PATIENCE
    )


def sql(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        for statement in statements:
            database.execute(statement)


def disagreeing(shop: Path, faults: tuple[Fault, ...], name: str) -> set[tuple[str, int, int]]:
    """Audit one log or consumer; check, injected and found of each line that does not agree."""
    lines = compare([fault for fault in faults if fault.audit == name], run(shop / "auditor.toml", names=[name]))
    return {(line.check, line.injected, line.found) for line in lines if not line.agrees}


# ---- as it is typed --------------------------------------------------------------------------------------------------


def test_it_finds_what_it_injected_ends_with_0_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = auditor("demo", TMPDIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    first, between, rest = done.stdout.partition("\n\n==== act 2: every hop of an event's way ====\n")
    second, _, third = rest.partition("\n\n==== act 3: sent again ====\n")
    assert first.startswith("==== act 1: a log and its consumers ====\n")
    assert "\ninconsistent: 5 of 7 audits found errors; 0 of " in first
    assert "  error   shipping consumer/lagging: 6 confirmed\n" in first
    table = first.partition("\ninjected and found\n")[2].partition("\n\n")[0].splitlines()
    assert table[0].split() == ["audit", "check", "verdict", "injected", "found", "agree"]
    assert table[8].split() == ["8", "shipping", "lagging", "confirmed", "6", "6", "yes"]
    assert {row.split()[-1] for row in table[1:]} == {"yes"}
    assert between
    assert "\nwhat was done to the bank and its readers\n" in second
    assert "\nwhere on the way it was lost, for those at the end of it\n" in second
    assert (
        "\none of the lost events on its way: auditor trace bookings:343\nfound in bookings: position 343, " in second
    )
    assert "\none of the lost events on its way: auditor trace account-27@11\nfound in no log: " in second
    assert "\n$ auditor redeliver verify plan.json\n" in third
    assert [act.count("\nfound = injected: all ") for act in (first, second, third)] == [1, 1, 1]
    assert list(tmp_path.iterdir()) == []


def test_what_it_keeps_can_be_audited_again_with_the_commands_that_it_names(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "my shop"
    first = auditor("demo", "--keep", str(folder))
    assert (first.returncode, first.stderr) == (0, "")
    assert f"  auditor check --config '{folder}/auditor.toml'\n" in first.stdout
    for config in (folder / "auditor.toml", folder / "bank" / "auditor.toml"):
        again = auditor("check", "--config", str(config), "--format", "json")
        assert (again.returncode, again.stderr) == (1, "")
        assert json.loads(again.stdout)["verdict"] == "inconsistent"


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("full", "is not empty (name a new folder: nothing is overwritten)"),
        ("full/auditor.toml", "is no folder"),
        ("full/auditor.toml/below", "not a directory"),
    ],
)
def test_it_overwrites_nothing(name: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "full" / "auditor.toml"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    assert run_command(["demo", "--keep", str(tmp_path / name)]) == UsageError.exit_code
    stdout, stderr = capsys.readouterr()
    assert (stdout, stderr.count("\n")) == ("", 1)
    assert complaint in stderr
    assert list(mine.parent.iterdir()) == [mine]
    assert mine.read_text(encoding="utf-8") == "mine"


def test_a_fault_that_has_no_effect_ends_with_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    build = demo.build

    def build_and_mend(folder: Path) -> tuple[Fault, ...]:
        faults = build(folder)
        sql(folder / "shipping.db", "UPDATE parcels SET state = 'handed over'")
        return faults

    monkeypatch.setattr(demo, "build", build_and_mend)
    assert run_command(["demo", "--keep", str(tmp_path)]) == 3
    stdout, _ = capsys.readouterr()
    assert "   9  shipping       unprocessed          confirmed         2      0     NO\n" in stdout
    assert "\ninjected and found differ in 1 of 17 lines\n" in stdout


def test_a_folder_that_cannot_be_written_is_an_error_and_no_finding(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="cannot build the demo in ") as caught:
        demo.build(tmp_path / "gone")
    assert caught.value.exit_code == 3


# ---- what it holds against each other --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "statements", "differences"),
    [
        pytest.param(
            "accounting", [demo.SABOTAGE], {("missing", 0, 3)}, id="a loss that was not injected, as --keep proposes it"
        ),
        pytest.param(
            "billing",
            ["DELETE FROM failed_invoices"],
            {("parked", 3, 0), ("missing", 0, 3)},
            id="another check finds them",
        ),
        pytest.param(
            "shipping",
            [
                "UPDATE parcels SET state = 'handed over'",
                "UPDATE parcels SET state = 'to pack' WHERE rowid IN (7, 8)",
            ],
            {("unprocessed", 2, 0), ("unprocessed", 0, 2)},
            id="as many, but others",
        ),
        pytest.param(
            "notifications",
            ["INSERT INTO mails (event_id, about) SELECT event_id, about FROM mails WHERE number = 906"],
            {("duplicate", 0, 1)},
            id="the right ones, but one of them once more",
        ),
        pytest.param("search", ["UPDATE checkpoint SET next_position = 1"], {
            ("missing", 7, 0), ("backfill-incomplete", 50, 0), ("lagging", 0, 57)
        }, id="another cursor"),
        pytest.param("search", ["DROP TABLE indexed"], {
            ("missing", 7, 0), ("backfill-incomplete", 50, 0), ("-", 0, 1)
        }, id="an audit that fails"),
    ],
)  # fmt: skip
def test_it_notices(
    name: str,
    statements: list[str],
    differences: set[tuple[str, int, int]],
    shop: Path,
    faults: tuple[Fault, ...],
) -> None:
    sql(shop / f"{name}.db", *statements)
    assert disagreeing(shop, faults, name) == differences


def test_a_pending_event_that_became_an_error_is_not_taken_for_the_same(shop: Path, faults: tuple[Fault, ...]) -> None:
    config = shop / "auditor.toml"
    config.write_text(config.read_text(encoding="utf-8").replace('max_lag = "1d"', 'max_lag = "1m"'), encoding="utf-8")
    differences = disagreeing(shop, faults, "accounting")
    assert differences == {("lagging", 12, 0), ("lagging", 0, 12), ("unprocessed", 3, 0), ("unprocessed", 0, 3)}


def test_every_fault_has_places_and_no_place_is_injected_twice(faults: tuple[Fault, ...]) -> None:
    places = [(fault.audit, fault.check, fault.verdict, place) for fault in faults for place in fault.places]
    assert all(fault.places for fault in faults)
    assert len(places) == len(set(places))


def test_four_consumers_have_faults_of_different_kinds_and_one_is_healthy(kept: Path, result: Result) -> None:
    verdicts = {audit.name: audit.verdict for audit in result.audits}
    assert list(verdicts) == [*load(kept / "auditor.toml").logs, *load(kept / "auditor.toml").consumers]
    assert {name for name, verdict in verdicts.items() if verdict is Outcome.CONSISTENT} == {"orders", "accounting"}
    assert {name for name, verdict in verdicts.items() if verdict is Outcome.UNKNOWN} == set()


def test_a_second_audit_says_what_the_first_said_and_changes_nothing(kept: Path, result: Result) -> None:
    def said(result: Result) -> list[object]:
        return [
            (audit.name, audit.window, audit.totals, finding.check, finding.verdict, finding.count, finding.events)
            for audit in result.audits
            for finding in audit.findings
        ]

    before = {file.name: file.read_bytes() for file in kept.iterdir()}
    assert said(run(kept / "auditor.toml")) == said(result)
    assert {file.name: file.read_bytes() for file in kept.iterdir()} == before


def test_it_is_the_same_shop_every_time(faults: tuple[Fault, ...], tmp_path: Path) -> None:
    assert demo.build(tmp_path) == faults


def test_the_producer_writes_5_000_events_of_several_hundred_streams_in_the_past(tmp_path: Path) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    events, _ = produce(tmp_path, now)
    assert len(events) == 5_000
    assert len({event.stream for event in events}) > 500
    assert [event.position for event in events] == sorted({event.position for event in events})
    assert now - max(event.time for event in events) == timedelta(minutes=40)


# ---- how it looks ----------------------------------------------------------------------------------------------------

LINES = (
    Line(audit="billing", check="missing", verdict="confirmed", story="it crashed " * 20, injected=4, found=4),
    Line(audit="[red]search", check="lagging", verdict="pending", story="not injected", injected=0, found=12),
)


@pytest.mark.parametrize("width", [30, 80, 200])
def test_nothing_is_wider_than_the_terminal_and_every_count_is_there(width: int) -> None:
    lines = re.sub(r"\x1b\[[0-9;]*m", "", render(LINES, Appearance(width=width))).splitlines()
    assert max(len(line) for line in lines) <= width
    counts = " ".join(lines).partition("injected and found")[2]
    assert re.findall(r"\b\d+\b", counts)[:6] == ["1", "4", "4", "2", "0", "12"]


def test_without_a_terminal_a_story_stays_on_its_line_and_names_are_taken_as_they_are() -> None:
    text = render(LINES, PLAIN)
    assert f"   1  billing: {('it crashed ' * 20).strip()}\n" in text
    assert "   2  [red]search  lagging  pending           0     12     NO\n" in text
    assert text.endswith("\ninjected and found differ in 1 of 2 lines\n")
