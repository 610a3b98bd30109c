"""The program around its commands: help, versions, unknown words, and how fast it starts."""

import json
import os
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from auditor.cli.program import run
from checks.catalogue import ALL, find
from tests.auditor.cli.prepared import ROOT, environment, process

COMMANDS = ["check", "doctor", "trace", "explain", "history", "report", "diff", "graph", "prune", "cutover"]
COMMANDS += ["demo", "init", "presets", "baseline", "redeliver", "config"]


def typed(line: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """The exit code and both streams of a command that is run in this process."""
    code = run(line.split())
    return code, *capsys.readouterr()


@pytest.mark.parametrize("line", ["", "--help", "-h"])
def test_help_is_on_stdout_and_lists_the_commands(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, stdout, stderr = typed(line, capsys)
    commands = [each.split()[0] for each in stdout.partition("Commands:\n")[2].splitlines()]
    assert (code, commands, stderr) == (0, COMMANDS, "")


@pytest.mark.parametrize("command", [*COMMANDS, "config schema", "baseline add", "baseline import"])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, stdout, stderr = typed(f"{command} --help", capsys)
    assert (code, stderr) == (0, "")
    assert stdout.startswith(f"Usage: auditor {command} ")


def test_the_program_as_a_process_ends_with_the_same_codes() -> None:
    assert process("explain", "missing").code == 0
    assert process("explain", "mising").code == 2


def test_the_version_is_that_of_the_package() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    assert process("--version").stdout == f"auditor {version}\n"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("chek", "no such command 'chek' (did you mean 'check'?); see 'auditor --help'"),
        ("--verson", "no such option: --verson (did you mean --version?); see 'auditor --help'"),
        ("config schem", "no such command 'schem' (did you mean 'schema'?); see 'auditor config --help'"),
        ("explain a b", "got unexpected extra argument(s) (b); see 'auditor explain --help'"),
        ("explain mising", "no check is called 'mising' (did you mean 'missing'?); 'auditor explain' lists them"),
        (
            "presets eventsorcing",
            "no preset is called 'eventsorcing' (did you mean 'eventsourcing'?); 'auditor presets' lists them",
        ),
    ],
)
def test_unknown_words_are_one_line_with_2(line: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(line, capsys) == (2, "", f"error: {complaint}\n")


def test_explain_lists_every_check_with_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    _, stdout, _ = typed("explain", capsys)
    assert [line.split()[0] for line in stdout.splitlines()] == [check.title for check in ALL]


@pytest.mark.parametrize("kind", ["log", "derived", "state", "consumer"])
def test_explain_lists_the_checks_of_one_kind(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, stdout, _ = typed(f"explain {kind}", capsys)
    listed = [line.split()[0] for line in stdout.splitlines()]
    assert listed == [check.title for check in ALL if check.title.startswith(f"{kind}/")]
    assert listed


@pytest.mark.parametrize("title", [check.title for check in ALL])
def test_explain_prints_what_the_check_says_of_itself(title: str, capsys: pytest.CaptureFixture[str]) -> None:
    (check,) = find(title)
    assert typed(f"explain {title}", capsys) == (0, f"{title}\n{'=' * len(title)}\n{check.text}\n", "")


def test_explain_takes_a_bare_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("explain missing", capsys) == typed("explain consumer/missing", capsys)


def test_config_alone_prints_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("config", capsys) == typed("config --help", capsys)


def test_config_schema_is_a_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    _, stdout, _ = typed("config schema", capsys)
    assert json.loads(stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("line", ["--help", "explain"])
def test_a_reader_that_goes_away_is_quiet(line: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    outcome = process(*line.split(), stdout=writing)
    os.close(writing)
    assert (outcome.code, outcome.stderr) == (141, "")


@pytest.mark.parametrize(
    ("line", "needless"),
    [
        ("--help", ["checks", "psycopg", "pydantic", "rich", "sqlalchemy"]),
        ("explain", ["auditor.config", "psycopg", "rich", "sqlalchemy"]),
    ],
)
def test_starting_up_imports_only_what_the_command_needs(line: str, needless: list[str]) -> None:
    show = (
        "import sys; from auditor.cli.program import run; run(sys.argv[1:]);"
        f"print([name for name in {needless} if name in sys.modules])"
    )
    command = [sys.executable, "-c", show, *line.split()]
    done = subprocess.run(command, env=environment({}), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
[consumers.billing]
log = "orders"
store = "shop"
inbox = { table = "inbox", position = "position" }
"""


@pytest.fixture
def audited(tmp_path: Path) -> Path:
    """A folder with a config and its database, of which there has been a run."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        for table in ("events", "inbox"):
            shop.executescript(f"CREATE TABLE {table} (position INTEGER PRIMARY KEY); INSERT INTO {table} VALUES (1)")
    (tmp_path / "auditor.toml").write_text(CONFIG)
    assert said("run(['check', '--quiet'])", tmp_path) == []
    return tmp_path


def said(code: str, folder: Path) -> list[str]:
    """What a process prints that runs this code on the program."""
    command = [sys.executable, "-c", f"import sys; from auditor.cli.program import run\n{code}"]
    done = subprocess.run(command, cwd=folder, env=environment({}), capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_a_check_imports_nothing_that_only_other_commands_need(audited: Path) -> None:
    others = [
        "auditing.derivations",
        "auditing.logs",
        "config.json_schema",
        "doctor",
        "gather.derived.evidence",
        "gather.state",
    ]
    others += ["init", "ledger.history", "ledger.summaries", "presets.layout"]
    needless = ["alembic", "pandas", "psycopg", "rich", "auditor.stores.catalogue", *(f"auditor.{n}" for n in others)]
    code = f"run(['check', 'billing', '--quiet']); print([name for name in {needless} if name in sys.modules])"
    assert said(code, audited) == ["[]"]


def test_garbage_is_looked_for_once_a_check_is_at_work_and_not_while_it_starts_up(audited: Path) -> None:
    code = """
import gc
from auditor.cli import garbage

take_up, looks = garbage.take_up, []

def told():
    print(len(looks))
    take_up()

garbage.take_up = told
garbage.put_off()
gc.callbacks.append(lambda phase, _: looks.append(phase))
run(["check", "--quiet"])
print(gc.get_threshold()[0], gc.get_freeze_count() > 100_000)
"""
    assert said(code, audited) == ["0", "5000 True"]
