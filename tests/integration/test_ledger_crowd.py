"""Two hundred runs at once on one ledger that nobody has made yet, and processes that are killed: nothing is lost."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger_crowd import KEYS_OF_CONSUMERS, KEYS_OF_LOGS
from tests.ledgers import config_of, names, opened
from tests.postgres import running

UNMEASURED = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
"""Whoever is killed while it writes down which lines it ran leaves a file that nobody can read."""
CROWD = 200
KILLED = 20


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/.auditor/ledger.db"
        return
    with running(18, max_connections=str(CROWD + 20)) as server, server.database() as url:
        yield url


def program(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "tests.ledger_crowd", *arguments]


def test_of_two_hundred_runs_at_once_none_is_lost(url: str) -> None:
    done = subprocess.run(program(url, str(CROWD)), env=UNMEASURED, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    with opened(config_of(url)) as ledger:
        assert sorted(names(ledger)) == sorted(f"run-{number}" for number in range(CROWD))
        assert {len(ledger.result(run).audits) for run in names(ledger)} <= {2, 3}
        everywhere = [each.audit for each in ledger.openings("last") if each.event.position == 5]
        assert sorted(everywhere) == ["consumer-0", "consumer-1", "consumer-2", "consumer-3", "consumer-4", "orders"]
        newest = ledger.runs(limit=1)[0].run
        memory = ledger.recall(KEYS_OF_LOGS, KEYS_OF_CONSUMERS)
        assert {each.run for each in memory.logs.values()} == {newest}
        assert {each.run for each in memory.consumers.values()} == {newest}


def test_processes_that_are_killed_leave_a_ledger_with_all_that_came_back(tmp_path: Path) -> None:
    file = tmp_path / ".auditor" / "ledger.db"
    moments = random.Random(4)
    came_back: list[str] = []
    for _ in range(KILLED):
        came_back += _until_killed(f"sqlite:///{file}", moments.randrange(1, 12), moments.uniform(0, 0.02))
    with opened(config_of(file)) as ledger:
        kept = names(ledger)
        assert set(came_back) <= set(kept)
        assert [ledger.result(run).run for run in kept] == kept
    with sqlite3.connect(file) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("SELECT count(*) FROM auditor_documents").fetchone() == (len(kept),)
    raw.close()
    assert len(came_back) > KILLED


def _until_killed(url: str, count: int, seconds: float) -> list[str]:
    """The runs whose recording came back in a process that was killed so long after the first ``count`` of them had."""
    with subprocess.Popen(program(url), env=UNMEASURED, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        told = "".join(process.stdout.readline() for _ in range(count))
        time.sleep(seconds)
        process.kill()
        lines = (told + process.stdout.read()).split("\n")
    return lines[:-1]  # the last one has no end, or is empty
