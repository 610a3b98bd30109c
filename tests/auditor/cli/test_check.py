"""``auditor check``: its streams, its files and its exit code."""

import json
import os
import pty
import re
import subprocess
import termios
from pathlib import Path

import pytest

from tests.auditor.cli.prepared import auditor, environment, process, program

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize(
    ("behaviour", "code"), [("consistent", 0), ("inconsistent", 1), ("undecided", 3), ("nothing", 3), ("hostile", 1)]
)
def test_the_report_goes_to_stdout_and_the_exit_code_says_what_to_do(behaviour: str, code: int) -> None:
    outcome = auditor("check", "--format", "json", behaviour=behaviour)
    assert (outcome.code, outcome.stderr) == (code, "")
    assert json.loads(outcome.stdout)["schema"] == "auditor.result/1"


def test_without_a_format_the_report_is_for_people_and_plain_in_a_pipe() -> None:
    outcome = auditor("check", behaviour="inconsistent")
    assert outcome.stdout.startswith("inconsistent: 1 of 3 audits found errors")
    assert "\x1b" not in outcome.stdout


def test_the_json_verdict_stays_whatever_is_done_to_the_exit_code() -> None:
    for flags in (["--exit-zero"], ["--fail-on", "duplicate"]):
        outcome = auditor("check", "--format", "json", *flags, behaviour="inconsistent")
        assert (outcome.code, json.loads(outcome.stdout)["verdict"]) == (3, "inconsistent")


def test_quiet_says_nothing_when_all_is_well_and_everything_when_not() -> None:
    assert auditor("check", "--quiet") == auditor("check", "--quiet", "--exit-zero")
    assert auditor("check", "--quiet").stdout == ""
    assert auditor("check", "--quiet", behaviour="undecided").stdout.startswith("unknown: ")


def test_only_files_means_nothing_on_stdout_and_quiet_still_writes_them(folder: Path) -> None:
    outcome = auditor("check", "--quiet", "--format", "terminal", "--output", "a.md", "--output=b.json")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "", "")
    assert (folder / "a.md").read_text(encoding="utf-8").startswith("consistent: ")
    assert json.loads((folder / "b.json").read_text(encoding="utf-8"))["verdict"] == "consistent"


def test_a_file_and_stdout_may_have_formats_of_their_own(folder: Path) -> None:
    outcome = auditor("check", "--format", "terminal", "--format", "json", "--output", "a", behaviour="inconsistent")
    assert outcome.stdout.startswith("inconsistent: ")
    assert json.loads((folder / "a").read_text(encoding="utf-8"))["verdict"] == "inconsistent"


@pytest.mark.parametrize(("behaviour", "code"), [("consistent", 3), ("inconsistent", 1)])
def test_an_output_that_fails_is_one_line_and_the_others_are_written(folder: Path, behaviour: str, code: int) -> None:
    outcome = auditor(
        "check", "--format", "json", "--output", "/dev/full", "--output", "b.json", "--format", "json",
        behaviour=behaviour,
    )  # fmt: skip
    assert outcome.code == code
    assert outcome.stderr == "error: cannot write the report to '/dev/full': No space left on device\n"
    assert json.loads((folder / "b.json").read_text(encoding="utf-8")) == json.loads(outcome.stdout)


def test_a_full_disk_behind_stdout_is_no_finding() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        outcome = process("check", stdout=full)
    assert outcome.code == 3
    assert outcome.stderr == "error: cannot write the report to standard output: No space left on device\n"


def test_a_closed_stdout_is_no_finding() -> None:
    command = program("check")
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *command], env=environment({}), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr.count(b"\n")) == (3, 1)


def test_a_reader_that_goes_away_is_no_finding() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    outcome = process("check", behaviour="inconsistent", stdout=writing)
    os.close(writing)
    assert (outcome.code, outcome.stderr) == (141, "")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["bilng"], "error: the config has no log, state or consumer called 'bilng' (did you mean 'billing'?)"),
        (["--config", "none.toml"], "error: none.toml"),
        (["--format", "jsn"], "error: --format 'jsn': no such format (did you mean 'json'?)"),
        (["--format", "json", "--format", "json"], "error: two formats for standard output"),
        (["--output", "none/a.json"], "error: --output 'none/a.json': there is no folder 'none'"),
        (["--format", "json", "--output", "."], "error: --output '.' is a folder"),
        (["--fail-on", "mising"], "error: --fail-on 'mising': it names neither a severity nor a check"),
        (["--max-findings", "-1"], "error: invalid value for '--max-findings'"),
        (["--max-findings", "few"], "error: invalid value for '--max-findings'"),
        (["--formt", "json"], "error: no such option: --formt (did you mean --format?); see 'auditor check --help'"),
        (["--timeout", "45"], "error: --timeout '45': must be a duration like \"500ms\""),
        (["--timeout", "0s"], "error: --timeout '0s': must be longer than nothing"),
        (["--lock-wait", "-1s"], "error: --lock-wait '-1s': must be a duration like"),
        (["--output"], "error: option '--output' requires an argument"),
        (["\x1b[2J\n"], r"error: the config has no log, state or consumer called '\x1b[2J\n'"),
    ],
)
def test_what_cannot_be_asked_for_is_one_line_with_2_and_an_empty_stdout(arguments: list[str], complaint: str) -> None:
    outcome = auditor("check", *arguments, behaviour="crashing")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith(complaint)
    assert outcome.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "names=() confirm=True max_findings=100"),
        (["billing", "orders", "billing"], "names=('billing', 'orders') confirm=True max_findings=100"),
        (["--no-confirm", "--max-findings", "0"], "names=() confirm=False max_findings=None"),
        (["--max-findings", "7", "--", "orders"], "names=('orders',) confirm=True max_findings=7"),
        (["--timeout", "1.5m"], "names=() confirm=True max_findings=100 timeout=0:01:30"),
        (["--full", "--no-ledger"], "names=() confirm=True max_findings=100 ledger=False full=True"),
    ],
)
def test_what_was_typed_reaches_the_audit(arguments: list[str], told: str) -> None:
    outcome = auditor("check", "--format", "json", *arguments, behaviour="telling")
    assert json.loads(outcome.stdout)["run"] == told


def test_a_state_can_be_named_like_a_log_or_a_consumer(folder: Path) -> None:
    config = folder / "auditor.toml"
    text = config.read_text(encoding="utf-8").replace('table = "events"', 'table = "events"\nstream = "stream_id"')
    state = '[states.open]\nlog = "orders"\nstore = "shop"\ntable = "open"\nstream = "stream_id"\n'
    config.write_text(text + state, encoding="utf-8")
    outcome = auditor("check", "--format", "json", "open", behaviour="telling")
    assert json.loads(outcome.stdout)["run"] == "names=('open',) confirm=True max_findings=100"


def test_show_sql_goes_to_stderr_without_passwords_and_without_control_characters() -> None:
    outcome = auditor("check", "--show-sql", behaviour="watched")
    assert outcome.stdout.startswith("consistent: ")
    assert outcome.stderr == "-- shop\n-- {'a': '\\x1b[2J ***'}\nSELECT *\nFROM events WHERE a = :a;\n"


def test_the_next_commands_name_the_config_that_was_named(folder: Path) -> None:
    (folder / "auditor.toml").rename(folder / "other.toml")
    outcome = auditor("check", "--config", "other.toml", behaviour="inconsistent")
    assert outcome.stdout.endswith("  auditor check --config other.toml billing --show-sql\n")


def test_an_unexpected_exception_is_one_line_with_3_and_no_password() -> None:
    outcome = auditor("check", behaviour="crashing")
    assert (outcome.code, outcome.stdout) == (3, "")
    assert outcome.stderr == (
        "error: unexpected ZeroDivisionError: with *** and \\x1b[2J in it"
        " (a fault of the auditor; --debug shows where)\n"
    )


@pytest.mark.parametrize("arguments", [["--debug", "check"], ["check", "--debug"]])
def test_debug_shows_the_traceback_without_the_password(arguments: list[str]) -> None:
    outcome = auditor(*arguments, behaviour="crashing")
    assert outcome.code == 3
    assert "Traceback (most recent call last)" in outcome.stderr
    assert "sturgeon77" not in outcome.stderr


@pytest.mark.parametrize("arguments", [["--debug", "check"], ["check", "--debug"]])
def test_debug_shows_where_an_audit_crashed_while_the_others_went_on(arguments: list[str]) -> None:
    outcome = auditor(*arguments, behaviour="half crashed")
    assert (outcome.code, outcome.stderr) == (3, "KeyError: '***'\n")
    assert auditor("check", behaviour="half crashed").stderr == ""


def test_an_interrupted_run_ends_with_130_and_reports_nothing() -> None:
    outcome = process("check", behaviour="interrupted")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (130, "", "error: interrupted\n")


def test_names_that_the_encoding_of_stdout_lacks_are_escaped() -> None:
    outcome = process("check", behaviour="hostile", env={"PYTHONIOENCODING": "ascii"})
    assert outcome.code == 1
    assert "\\U0001f991" in outcome.stdout


def terminal(*arguments: str, behaviour: str, columns: str = "100", **changes: str) -> str:
    """What a person sees who runs the program in a terminal of so many columns."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, int(columns)))
    variables = environment({"TERM": "xterm-256color", "COLUMNS": "100", **changes})
    with subprocess.Popen(
        program(*arguments, behaviour=behaviour), stdin=theirs, stdout=theirs, stderr=theirs, env=variables
    ):
        os.close(theirs)
        seen = b""
        try:
            while block := os.read(ours, 65536):
                seen += block
        except OSError:  # on Linux the end of a terminal is an error
            pass
    os.close(ours)
    return seen.decode()


def test_a_terminal_shows_colours_and_a_progress_bar_that_it_wipes_out() -> None:
    seen = terminal("check", behaviour="watched")
    assert "[red]orders: reading the log" in seen
    assert "\x1b[1;7;32m✓ consistent:\x1b[0m" in seen
    assert re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.rpartition("\x1b[2K")[2]).startswith("✓ consistent: ")


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_report_is_as_wide_as_the_terminal_also_where_containers_set_pythonunbuffered(unbuffered: str) -> None:
    seen = terminal("check", behaviour="inconsistent", COLUMNS="", columns="60", PYTHONUNBUFFERED=unbuffered)
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen).splitlines()
    assert 40 < max(len(line) for line in lines if not line.startswith(" ")) <= 60


@pytest.mark.parametrize(("flag", "variables"), [(["--no-color"], {}), ([], {"NO_COLOR": "1"})])
def test_no_color_makes_the_report_plain_on_a_terminal_too(flag: list[str], variables: dict[str, str]) -> None:
    for arguments in (["check", *flag], [*flag, "check"]):
        seen = terminal(*arguments, behaviour="inconsistent", **variables)
        assert "\x1b[1;31m" not in seen
        assert "audit    of" in seen
