"""Runs with a ledger that are ended in the middle of a log's full audit, and what the next one makes of it."""

import signal
import subprocess
import sys
from contextlib import closing, nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

import auditor
from auditor import recorder
from auditor.config import load
from auditor.deadline import OutOfTime
from auditor.effective import key_of_derivation, key_of_log
from auditor.ledger import open_ledger
from auditor.observer import Silent
from tests.auditor.test_interrupted_log import Disturbed, faulty

LEDGER = """
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "id"
stream = "stream"
version = "version"
[logs.orders-v1]
store = "shop"
derived_from = "orders"
table = "v1"
position = "position"
id = "id"
source = "source"
source_key = "position"
"""
KILLED = """
import os, signal, sys
from datetime import timedelta
import auditor, auditor.recorder
from auditor.observer import Silent

class Killer(Silent):
    def statement(self, store, sql, parameters):
        if "GROUP BY" in sql and "{table}.id" in sql:
            os.kill(os.getpid(), signal.SIGKILL)

auditor.recorder.KEEP_EVERY = timedelta(0)
auditor.run(sys.argv[1], ledger=True, observer=Killer(), names=["{log}"])
"""


class Ending(Silent):
    """Ends a run where it looks for ids that stand twice: after everything else."""

    def __init__(self, error: type[BaseException]) -> None:
        self.error = error

    def statement(self, store: str, sql: str, parameters: object) -> None:
        """Is it there?"""
        if "GROUP BY" in sql and "events.id" in sql:
            raise self.error


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A log and one that is made out of it, with a ledger."""
    log = faulty(Disturbed(tmp_path))
    log.do("CREATE TABLE v1 (position INTEGER PRIMARY KEY, id TEXT NOT NULL, source INT NOT NULL)")
    log.do("INSERT INTO v1 SELECT position, id, position FROM events")
    (tmp_path / "auditor.toml").write_text(LEDGER)
    return tmp_path / "auditor.toml"


@pytest.mark.parametrize("error", [OutOfTime, KeyboardInterrupt])
def test_a_run_whose_time_is_over_and_one_that_is_interrupted_leave_what_they_saw(
    config: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    monkeypatch.setattr(recorder, "KEEP_EVERY", timedelta(0))
    ended = nullcontext() if error is OutOfTime else pytest.raises(KeyboardInterrupt)
    with ended:
        auditor.run(config, ledger=True, observer=Ending(error), names=["orders"])
    [audit] = auditor.run(config, ledger=True, names=["orders"]).audits
    assert audit.coverage is not None
    assert audit.coverage.through == 60
    [again] = auditor.run(config, ledger=True, names=["orders"]).audits
    assert again.coverage is not None
    assert again.coverage.run == audit.coverage.run


@pytest.mark.parametrize(("log", "table"), [("orders", "events"), ("orders-v1", "v1")])
def test_a_run_that_is_killed_leaves_what_it_saw_of_a_log_by_itself(config: Path, log: str, table: str) -> None:
    program = KILLED.format(log=log, table=table)
    ended = subprocess.run([sys.executable, "-c", program, str(config)], check=False, timeout=120)
    assert ended.returncode == -signal.SIGKILL
    settings = load(config)
    with closing(open_ledger(settings.ledger)) as ledger:
        keys = {name: key_of_log(settings, each) for name, each in settings.logs.items()}
        memory = ledger.recall(keys, {"orders-v1": key_of_derivation(settings, settings.logs["orders-v1"])})
    assert memory.consumers == {}
    assert set(memory.logs) == {log}
    verified = memory.logs[log].verified
    assert verified is not None
    assert not verified.complete
    assert verified.ranges[-1].last == 60
