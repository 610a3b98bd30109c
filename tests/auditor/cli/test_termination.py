"""SIGTERM ends the program as Ctrl-C does, with a code of its own, however often it comes and whoever ignores it."""

import subprocess

import pytest

from tests.auditor.cli.prepared import PATIENCE, environment, process, program

pytestmark = pytest.mark.usefixtures("folder")


def test_a_run_that_is_terminated_ends_with_143_and_reports_nothing() -> None:
    outcome = process("check", behaviour="terminated")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (143, "", "error: terminated\n")


def test_the_second_signal_that_timeout_sends_does_not_disturb_the_clearing_up() -> None:
    outcome = process("check", behaviour="terminated twice")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (143, "", "cleared up\nerror: terminated\n")


def test_whoever_starts_it_may_have_it_ignore_the_signal() -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'trap "" TERM; exec "$@"', "sh", *program("check", behaviour="terminated")],
        env=environment({}),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (1, "")
