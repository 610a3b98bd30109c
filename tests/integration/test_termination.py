"""SIGTERM in the middle of an audit: nothing goes on afterwards, and nothing is left behind."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.auditor.cli.prepared import environment
from tests.integration.shop import COMMAND, Database, postgres_at, rows, settings, sqlite_at, write_config
from tests.postgres import Server

PATIENCE = 120.0


@pytest.fixture
def shop(postgres: Server) -> Iterator[Database]:
    with postgres.database() as url, postgres_at(url) as database:
        database.write(rows(4))
        database.execute("CREATE VIEW slow AS SELECT i.* FROM inbox i, pg_sleep(600)")
        yield database


def start(config: Path) -> "subprocess.Popen[str]":
    """A run that writes a report into a file, with a folder of its own for what it keeps aside."""
    (config.parent / "aside").mkdir()
    return subprocess.Popen(
        [*COMMAND, "check", "--config", str(config), "--show-sql", "--output", str(config.parent / "r.json")],
        env=environment({"TMPDIR": str(config.parent / "aside"), "SQLITE_TMPDIR": str(config.parent / "aside")}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until_it_says(process: "subprocess.Popen[str]", words: str) -> None:
    assert process.stderr is not None
    assert any(words in line for line in process.stderr)


def assert_ended(process: "subprocess.Popen[str]", config: Path) -> None:
    out, told = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (143, "")
    assert told.splitlines()[-1] == "error: terminated"
    assert "Traceback" not in told
    assert list((config.parent / "aside").iterdir()) == []
    assert not (config.parent / "r.json").exists()


def test_while_a_server_is_at_work_its_statement_is_cancelled(shop: Database, tmp_path: Path) -> None:
    of = settings(shop.url, consumer={"inbox": {"table": "slow", "id": "event_id", "received": "seq"}})
    of["stores"]["shop"]["statement_timeout"] = "1h"
    config = write_config(tmp_path, of)
    with start(config) as process:
        until_it_says(process, "FROM slow")
        os.kill(process.pid, signal.SIGTERM)
        assert_ended(process, config)
    left = "SELECT query FROM pg_stat_activity WHERE application_name = 'auditor' AND datname = current_database()"
    with psycopg.connect(shop.url, autocommit=True) as connection:
        given_up = time.monotonic() + PATIENCE
        while found := connection.execute(left).fetchall():
            assert time.monotonic() < given_up, found


def test_while_it_waits_for_receipts(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write(rows(4), received=[0, 3])
    config = write_config(tmp_path, settings("sqlite:///shop.db", {"time": None}, {"grace": "1h"}))
    with start(config) as process:
        until_it_says(process, "FROM events")
        for _ in range(2):  # as timeout does: to the process, and to its group
            os.kill(process.pid, signal.SIGTERM)
        assert_ended(process, config)


def test_while_sqlite_is_at_work(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write(rows(4))
        endless = "(WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n) > 0"
        database.execute(f"CREATE VIEW slow AS SELECT * FROM inbox WHERE {endless}")
    inbox = {"table": "slow", "id": "event_id", "received": "seq"}
    of = settings("sqlite:///shop.db", consumer={"inbox": inbox})
    of["stores"]["shop"]["statement_timeout"] = "1h"
    config = write_config(tmp_path, of)
    with start(config) as process:
        until_it_says(process, "FROM slow")
        os.kill(process.pid, signal.SIGTERM)
        assert_ended(process, config)
