"""The plugin for Nagios in docs/cron.md, run as it stands there, with an ``auditor`` that says what it is told."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from checks.model.result import Result
from reports import render
from tests.auditor.cli.prepared import PATIENCE
from tests.reports import samples

PAGE = Path(__file__).parents[2] / "docs" / "cron.md"
[PLUGIN] = re.findall(r"^```sh\n(#!/bin/sh\n.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def ends(folder: Path, said: str, code: int) -> tuple[int, str]:
    (folder / "said").write_text(said, encoding="utf-8")
    program = folder / "auditor"
    program.write_text(f'#!/bin/sh\ncat "{folder}/said"\nexit {code}\n', encoding="utf-8")
    program.chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", PLUGIN], env={"PATH": path}, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("result", "code", "state"),
    [
        (samples.CONSISTENT, 0, 0),
        (samples.result(samples.consumer(samples.finding("parked", harmless=True))), 0, 1),
        (samples.INCONSISTENT, 1, 2),
        (samples.HOSTILE, 1, 2),
        (samples.UNDECIDED, 3, 3),
    ],
)
def test_a_state_in_words_becomes_the_code_that_nagios_wants(
    tmp_path: Path, result: Result, code: int, state: int
) -> None:
    line = render(result, "nagios")
    assert ends(tmp_path, line, code) == (state, line)


@pytest.mark.parametrize("code", [2, 3, 143])
def test_no_report_is_unknown_and_says_with_what_it_ended(tmp_path: Path, code: int) -> None:
    told = f"AUDITOR UNKNOWN - no report, auditor check ended with {code}\n"
    assert ends(tmp_path, "", code) == (3, told)


def test_what_only_looks_like_a_state_is_unknown(tmp_path: Path) -> None:
    assert ends(tmp_path, "AUDITOR OKAY - not\n", 0)[0] == 3
