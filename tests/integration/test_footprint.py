"""What an audit leaves behind (nothing), what it needs (SELECT alone), and what it never shows (a password)."""

import json
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

import auditor
from auditor.observer import Silent
from auditor.own_folder import OWN_FOLDER
from tests.auditor.cli.prepared import PATIENCE, environment
from tests.integration.shop import (
    COMMAND,
    Settings,
    check,
    log_keys,
    postgres_at,
    rows,
    settings,
    sqlite_at,
    started,
    write_config,
)
from tests.postgres import Server

# -- passwords -----------------------------------------------------------------------------------------------------

WATCHED: Sequence[Sequence[str]] = (("--show-sql", "--debug"), ("--debug", "--format", "json"))
PASSWORDS = ["p@ss:/w%rd", "пароль🔑", "a b'c\"d", "geheim?x=1#y", "100%25", "ünïcödé\\"]
MALFORMED = [
    "postgresql://auditor:{secret}@shop:port/shop",
    "postgresql://auditor:{secret}@shop:99999/shop",
    "postgresql://auditor:{secret}@[::1/shop",
    "postgresql://auditor:{secret}@a@b/shop",
    "postgresql:/auditor:{secret}@shop/shop",
    "postgres//auditor:{secret}@shop/shop",
    "postgresql://auditor:{secret}@shop:1,shop:2/shop",
    "mysql://auditor:{secret}@shop/shop",
    "host=shop user=auditor password={secret}",
    "{secret}",
]
UNUSABLE = [
    "postgresql://auditor:{secret}@127.0.0.1:1/shop",
    "postgresql://auditor:{secret}@127.0.0.1:1/shop?nonsense={secret}",
    "postgresql://auditor:{secret}@127.0.0.1:1/shop?sslmode={secret}",
    "postgresql://auditor:{secret}@127.0.0.1:1/shop?options={secret}",
    "postgresql://127.0.0.1:1/shop?password={secret}&user=auditor",
    "postgresql://auditor:{secret}%@127.0.0.1:1/shop",
]


def shops(urls: Mapping[str, str]) -> Settings:
    """One store for each URL, and a log in it."""
    return {
        "stores": {name: {"url": url} for name, url in urls.items()},
        "logs": {f"log-of-{name}": log_keys(store=name) for name in urls},
    }


@pytest.fixture(scope="module")
def passwords(postgres18: Server) -> Iterator[dict[str, str]]:
    """For each password the URL of a shop that its role may read."""
    with ExitStack() as stack:
        url = stack.enter_context(postgres18.database())
        database = stack.enter_context(postgres_at(url))
        database.write(rows(4))
        roles = {password: postgres18.role("reader", password) for password in PASSWORDS}
        database.execute(f"GRANT SELECT ON events TO {', '.join(roles.values())}")
        yield {password: postgres18.url(url.rpartition("/")[2], role) for password, role in roles.items()}


@pytest.mark.parametrize("arguments", WATCHED, ids=" ".join)
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_a_password_opens_its_database_and_is_never_shown(
    passwords: dict[str, str], tmp_path: Path, right: bool, arguments: Sequence[str]
) -> None:
    urls = [url if right else url.replace("@127.0.0.1", "-@127.0.0.1") for url in passwords.values()]
    outcome = check(write_config(tmp_path, shops({f"s{n}": url for n, url in enumerate(urls)})), *arguments)
    assert outcome.code == (0 if right else 3), outcome
    for word in passwords:
        for spelling in (word, quote(word, safe=""), json.dumps(word)[1:-1], repr(word)[1:-1]):
            assert spelling not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize("url", MALFORMED)
def test_a_malformed_url_is_a_fault_of_the_config_and_does_not_show_its_password(tmp_path: Path, url: str) -> None:
    outcome = check(write_config(tmp_path, settings(url.format(secret="gehe!m77"))), "--debug")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr.splitlines()[-1].startswith("error: ")
    assert "gehe" not in outcome.stderr


def test_urls_that_the_driver_cannot_use_are_one_line_each_and_do_not_show_their_passwords(tmp_path: Path) -> None:
    urls = {f"s{n}": url.format(secret="geheim77") for n, url in enumerate(UNUSABLE)}
    config = write_config(tmp_path, shops(urls))
    outcome = check(config, "--debug", "--format", "json", "--output", str(tmp_path / "r.json"), "--format", "terminal")
    assert (outcome.code, outcome.stderr) == (3, "")
    document = (tmp_path / "r.json").read_text(encoding="utf-8")
    assert {audit["verdict"] for audit in json.loads(document)["audits"]} == {"unknown"}
    assert all(outcome.stdout.count(f"  log-of-{name}: store") == 1 for name in urls)
    assert "geheim" not in outcome.stdout + document


# -- what is left behind -------------------------------------------------------------------------------------------


def digests(folder: Path) -> dict[str, str]:
    """Of all files but the auditor's own."""
    files = (path for path in folder.iterdir() if path.name != OWN_FOLDER)
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_sqlite_file_stays_as_it_is_to_the_byte_and_alone(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write(rows(6), received=[0, 1, 3, 5])
    config = write_config(tmp_path, settings("sqlite:///shop.db"))
    before = digests(tmp_path)
    assert check(config).code == 1
    assert digests(tmp_path) == before


def test_a_sqlite_file_in_wal_mode_is_read_beside_its_writer_and_not_written(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.write(rows(6), received=[0, 1, 3, 5])
        database.execute("BEGIN IMMEDIATE")
        config = write_config(tmp_path, settings("sqlite:///shop.db"))
        before = {name: digest for name, digest in digests(tmp_path).items() if not name.endswith("-shm")}
        assert check(config).code == 1
        assert {name: digest for name, digest in digests(tmp_path).items() if not name.endswith("-shm")} == before
        database.execute("ROLLBACK")


class Onlooker(Silent):
    """Asks the server, while an audit is in the middle of it, who its sessions are and what they may."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.seen: set[tuple[object, ...]] = set()

    def statement(self, store: str, sql: str, parameters: object) -> None:
        """Every statement is a moment to look."""
        self.seen.update(
            self._server.ask(
                "SELECT application_name, usename, count(*) FILTER (WHERE backend_xid IS NOT NULL),"
                " (SELECT count(*) FROM pg_locks JOIN pg_stat_activity AS holder USING (pid)"
                " WHERE holder.backend_type = 'client backend' AND holder.usename <> 'postgres'"
                " AND (mode NOT IN ('AccessShareLock', 'ExclusiveLock')"
                " OR (mode = 'ExclusiveLock' AND locktype <> 'virtualxid')))"
                " FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename <> 'postgres' GROUP BY 1, 2"
            )
        )


def test_select_alone_is_enough_and_sessions_are_named_and_take_no_lock_and_no_transaction_id(
    postgres: Server, tmp_path: Path
) -> None:
    with postgres.database() as url, postgres_at(url) as database:
        database.write(rows(6), received=[0, 1, 3, 5])
        reader = postgres.role("reader", "reader")
        database.execute(f"GRANT SELECT ON events, cursors, inbox TO {reader}")
        config = write_config(tmp_path, settings(postgres.url(url.rpartition("/")[2], reader)))
        onlooker = Onlooker(postgres)
        result = auditor.run(config, observer=onlooker)
        assert [str(audit.verdict) for audit in result.audits] == ["consistent", "inconsistent"]
        assert onlooker.seen == {("auditor", reader, 0, 0)}


def test_a_log_behind_a_function_that_writes_is_refused_by_the_server(postgres: Server, tmp_path: Path) -> None:
    with postgres.database() as url, postgres_at(url) as database:
        database.write(rows(4))
        database.execute("CREATE TABLE touched (n int)")
        database.execute(
            "CREATE FUNCTION touch() RETURNS int LANGUAGE sql VOLATILE AS 'INSERT INTO touched VALUES (1) RETURNING n'"
        )
        database.execute("CREATE VIEW sly AS SELECT e.* FROM events e, (SELECT touch()) t")
        result = auditor.run(write_config(tmp_path, settings(url, log={"table": "sly"})))
        assert [str(audit.verdict) for audit in result.audits] == ["unknown", "unknown"]
        assert "read-only" in result.audits[0].problems[0].message
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM touched").fetchone() == (0,)


# -- ways to end ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_reader_that_goes_away_is_no_finding(tmp_path: Path, unbuffered: str) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write([replace(row, time=None) for row in rows(1_000)], received=[0], cursor=1)
    config = write_config(tmp_path, settings("sqlite:///shop.db"))
    command = [*COMMAND, "check", "--config", str(config), "--format", "json", "--max-findings", "0"]
    done = subprocess.run(
        ["/bin/bash", "-c", 'set -o pipefail; "$@" | head -1', "bash", *command],
        env=environment({"PYTHONUNBUFFERED": unbuffered}),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.stdout, done.stderr) == ("{\n", "")
    assert done.returncode == 141


def test_ctrl_c_while_it_waits_for_a_server_ends_with_130_and_one_line(postgres18: Server, tmp_path: Path) -> None:
    with postgres18.database() as url, postgres_at(url) as database:
        database.write(rows(4))
        database.execute("CREATE VIEW slow AS SELECT e.* FROM events e, pg_sleep(60)")
        with started(write_config(tmp_path, settings(url, log={"table": "slow"})), "--show-sql") as process:
            assert process.stderr is not None
            assert any("FROM slow" in line for line in process.stderr)
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=PATIENCE)
        assert (process.returncode, said[0]) == (130, "")
        assert said[1].splitlines()[-1] == "error: interrupted"
        assert "Traceback" not in said[1]


def test_ctrl_c_while_it_waits_for_receipts_ends_with_130(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write(rows(4), received=[0, 3])
        said = settings("sqlite:///shop.db", {"time": None}, {"grace": "1h"})
    with started(write_config(tmp_path, said), "--show-sql") as process:
        assert process.stderr is not None
        assert any("FROM events" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        assert (process.communicate(timeout=PATIENCE)[0], process.returncode) == ("", 130)
