"""``auditor redeliver apply`` as a process of its own: what it asks, says and ends with. A program is the target."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.auditor.cli.prepared import PATIENCE, Outcome, called, environment
from tests.auditor.redelivery.applying.world import Case
from tests.integration.shop import COMMAND

SENDER = """\
import json, sqlite3, sys
shop, how = sys.argv[1:]
for line in sys.stdin:
    event = json.loads(line)
    if how == "silent":
        continue
    result = "rejected" if how == "rejecting" and event["position"] == 3 else "accepted"
    if result == "accepted" and how != "losing":
        with sqlite3.connect(shop, timeout=30) as connection:
            connection.execute("INSERT INTO inbox SELECT coalesce(max(seq), 0) + 1, ? FROM inbox", (event["id"],))
    print(json.dumps({"key": event["key"], "result": result, "message": "no such customer"}), flush=True)
"""


def shop(folder: Path, how: str = "delivering") -> Case:
    """A shop whose events are sent by a program: delivering, losing, rejecting or silent."""
    (folder / "sender.py").write_text(SENDER)
    command = [sys.executable, str(folder / "sender.py"), str(folder / "shop.db"), how]
    return Case(folder, target={"command": command, "batch": 5, "heard_by": ["billing"]})


def arguments(case: Case, *further: str) -> list[str]:
    """What is typed behind ``auditor``."""
    return ["redeliver", "apply", str(case.plan_file), "--config", str(case.config_file), *further]


def run(case: Case, *further: str) -> Outcome:
    """To its end, without a terminal."""
    return called(*arguments(case, *further))


def document(case: Case, *further: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON document."""
    said = run(case, "--format", "json", *further)
    return said.code, json.loads(said.stdout)


def test_without_execute_it_says_what_it_would_do_and_does_nothing(tmp_path: Path) -> None:
    case = shop(tmp_path)
    said = run(case)
    assert (said.code, said.stderr) == (0, "")
    assert said.stdout.startswith("dry run: 10 of 10 events would be sent; nothing was sent\n")
    assert "  # sends\n" in said.stdout
    assert case.journal() == []


def test_with_execute_it_sends_and_looks_whether_it_arrived(tmp_path: Path) -> None:
    case = shop(tmp_path)
    said = run(case, "--execute", "--yes", "--verify", "--reason", "crash", "--ticket", "OPS-7")
    assert (said.code, said.stderr) == (0, "")
    assert said.stdout.startswith("sent: 10 of 10 events accepted\n")
    assert "healed: 10 of 10 events arrived\n" in said.stdout
    code, again = document(case, "--execute", "--yes")
    assert (code, again["verdict"], again["counts"]["before"], again["redeliveries"]) == (0, "sent", 10, [])


def test_where_nobody_can_be_asked_somebody_must_have_agreed_before(tmp_path: Path) -> None:
    case = shop(tmp_path)
    said = run(case, "--execute")
    assert (said.code, said.stdout) == (2, "")
    assert said.stderr == "error: --execute needs --yes where there is no terminal to ask on\n"


@pytest.mark.parametrize(
    ("how", "further", "code", "verdict"),
    [
        ("rejecting", ["--max-error-share", "1"], 1, "rejected"),
        ("silent", ["--max-error-share", "1"], 3, "unfinished"),
        ("silent", [], 3, "stopped"),
        ("losing", ["--verify"], 1, "sent"),
        ("losing", ["--canary", "2", "--canary-wait", "100ms"], 1, "stopped"),
        ("delivering", ["--canary", "2", "--rate", "50"], 0, "sent"),
    ],
)
def test_scripts_can_go_by_the_exit_code(how: str, further: list[str], code: int, verdict: str, tmp_path: Path) -> None:
    ended, said = document(shop(tmp_path, how), "--execute", "--yes", "--unknown-wait", "0s", *further)
    assert (ended, said["verdict"], said["schema"]) == (code, verdict, "auditor.redelivery/1")


@pytest.mark.parametrize(
    ("further", "words"),
    [
        (["--max-events", "9"], "error: the plan has 10 events left to send, more than 9 (--max-events 10 sends"),
        (["--wait", "5m"], "error: --wait needs --verify"),
        (["--canary-wait", "5m"], "error: --canary-wait needs --canary"),
        (["--accept-duplicates"], "error: --accept-duplicates needs --reason TEXT"),
        (["--lock-wait", "soon"], "error: --lock-wait 'soon': must be a duration"),
        (["--max-error-share", "2"], "error: invalid value for '--max-error-share'"),
    ],
)
def test_what_cannot_be_is_one_line(further: list[str], words: str, tmp_path: Path) -> None:
    said = run(shop(tmp_path), "--execute", "--yes", *further)
    assert said.stdout == ""
    assert said.stderr.startswith(words)
    assert said.stderr.count("\n") == 1
    assert said.code == (3 if "max-events" in further[0] else 2)


def test_a_dry_run_that_could_look_ends_well_and_looks_for_nothing_that_it_did_not_send(tmp_path: Path) -> None:
    case = shop(tmp_path, "rejecting")
    assert run(case, "--execute", "--yes", "--max-error-share", "1").code == 1
    code, said = document(case)
    assert (code, said["counts"]["skipped"]["rejected-before"]) == (0, 1)
    said_of_it = run(case, "--verify")
    assert (said_of_it.code, said_of_it.stdout) == (2, "")
    assert said_of_it.stderr.startswith("error: --verify needs --execute")


def typed(case: Case, answer: str) -> Outcome:
    """On a terminal, where somebody types an answer to the question."""
    ours, theirs = pty.openpty()
    command = [*COMMAND, *arguments(case, "--execute")]
    with subprocess.Popen(
        command, env=environment({"TERM": "xterm"}), stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True
    ) as process:
        os.close(theirs)
        told = b""
        while b"anything else to leave it" not in told:
            told += os.read(ours, 4096)
        os.write(ours, answer.encode())
        stdout, _ = process.communicate(timeout=PATIENCE)
        told += rest(ours)
    os.close(ours)
    return Outcome(process.returncode, stdout, told.decode())


def rest(terminal: int) -> bytes:
    """What a terminal has still to show: on Linux it fails when there is nothing, and nobody, left."""
    told = b""
    try:
        while more := os.read(terminal, 4096):
            told += more
    except OSError:
        pass
    return told


def test_on_a_terminal_whoever_types_the_number_of_events_agrees(tmp_path: Path) -> None:
    case = shop(tmp_path)
    said = typed(case, "10\n")
    assert said.code == 0
    assert "10 events would be sent again, for billing, by api" in said.stderr
    assert said.stdout.startswith("sent: 10 of 10 events accepted")


@pytest.mark.parametrize("answer", ["yes\n", "\n", "9\n"])
def test_on_a_terminal_whoever_types_anything_else_does_not(answer: str, tmp_path: Path) -> None:
    case = shop(tmp_path)
    said = typed(case, answer)
    assert (said.code, said.stdout) == (3, "")
    assert "error: not confirmed: nothing was sent" in said.stderr
    assert case.journal() == []
