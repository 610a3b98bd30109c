"""``auditor doctor`` as a process: its streams, its files and its exit code. Databases are small files."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.auditor.cli.prepared import Outcome, auditor
from tests.integration.shop import Database, rows, settings, sqlite_at, write_config


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A healthy shop in the current folder."""
    with sqlite_at(tmp_path / "shop.db") as opened:
        opened.write(rows(4))
        write_config(tmp_path, settings("sqlite:///shop.db"))
        monkeypatch.chdir(tmp_path)
        yield opened


def doctor(*arguments: str) -> Outcome:
    return auditor("doctor", *arguments)


def test_where_all_is_well_it_ends_with_0() -> None:
    outcome = doctor()
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout.startswith("fine: ")
    assert "\x1b" not in outcome.stdout


def test_a_warning_does_not_change_the_exit_code(shop: Database) -> None:
    shop.execute("DELETE FROM cursors")
    outcome = doctor()
    assert (outcome.code, outcome.stdout.startswith("warning: 1 warning, ")) == (0, True)


def test_a_failure_ends_with_3(tmp_path: Path) -> None:
    (tmp_path / "shop.db").unlink()
    outcome = doctor()
    assert (outcome.code, outcome.stdout.startswith("failure: 1 failure, 2 unknown")) == (3, True)


def test_what_is_not_asked_for_does_not_fail(tmp_path: Path) -> None:
    said = settings("sqlite:///shop.db")
    said["stores"]["lost"] = {"url": "sqlite:///lost.db"}
    write_config(tmp_path, said)
    assert (doctor().code, doctor("billing").code, doctor("lost").code) == (3, 0, 3)


def test_json_is_one_document_and_a_file_may_have_it_beside_the_terminal(tmp_path: Path) -> None:
    outcome = doctor("--format", "json")
    assert json.loads(outcome.stdout)["schema"] == "auditor.doctor/1"
    both = doctor("--output", "doctor.json", "--format", "terminal")
    assert both.stdout.startswith("fine: ")
    assert json.loads((tmp_path / "doctor.json").read_text(encoding="utf-8")) == json.loads(outcome.stdout)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["nobody"],
            "the config has no store, log, state or consumer called 'nobody' (known: 'shop', 'orders', 'billing')",
        ),
        (["biling"], "the config has no store, log, state or consumer called 'biling' (did you mean 'billing'?)"),
        (["--format", "html"], "--format 'html': no such format (known: 'terminal', 'json')"),
        (["--config", "nowhere.toml"], "nowhere.toml cannot be read: no such file or directory"),
    ],
)
def test_usage_and_config_end_with_2_and_leave_stdout_empty(arguments: list[str], complaint: str) -> None:
    assert doctor(*arguments) == Outcome(2, "", f"error: {complaint}\n")


def test_its_sql_can_be_shown() -> None:
    assert "-- shop\n" in doctor("--show-sql").stderr


def test_a_report_that_cannot_be_written_ends_with_3() -> None:
    assert doctor("--format", "json", "--output", "/dev/full").code == 3


def test_passwords_stay_away_from_both_streams(tmp_path: Path) -> None:
    write_config(tmp_path, settings("postgresql://auditor:sturgeon77@127.0.0.1:1/shop"))
    outcome = doctor("--show-sql", "--debug")
    assert outcome.code == 3
    assert "sturgeon77" not in outcome.stdout + outcome.stderr
