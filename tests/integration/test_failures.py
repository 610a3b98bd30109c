"""Whatever fails is one line, costs its own audits only, and never looks like a finding or like "consistent"."""

import json
import os
import re
import socket
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from pwd import getpwnam
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

import auditor
from auditor.cli.exit_code import exit_code
from auditor.config import load
from checks.model.result import Result
from tests.auditor.cli.prepared import Outcome
from tests.integration.shop import (
    Database,
    Settings,
    check,
    consumer_keys,
    log_keys,
    postgres_at,
    rows,
    settings,
    sqlite_at,
    write_config,
)
from tests.postgres import Server


@dataclass(frozen=True)
class Failure:
    """What the config says of a log, and of a consumer if there is one, and what is to be said about it."""

    name: str
    reason: str
    words: str
    log: Mapping[str, object] = field(default_factory=dict)
    consumer: Mapping[str, object] | None = None


@dataclass(frozen=True)
class Report:
    """One run of the program over all failures, in both formats."""

    outcome: Outcome
    document: dict[str, Any]

    def audit(self, name: str) -> dict[str, Any]:
        [audit] = [audit for audit in self.document["audits"] if audit["name"] == name]
        assert isinstance(audit, dict)
        return audit


def inbox(**keys: object) -> dict[str, object]:
    return {"inbox": {"table": "inbox", **keys}}


def cursor(**keys: object) -> dict[str, object]:
    return {"cursor": {"table": "cursors", "position": "last_position", "where": {"name": "orders"}, **keys}}


MISSPELT = r"table 'events' has no column '{}' \(did you mean '{}'\?\)"
ODD = {"table": "odd", "id": None, "stream": None, "version": None, "time": None}
ANYWHERE = [
    Failure("no-table", "missing-table", "there is no table or view 'evnts'", {"table": "evnts"}),
    Failure("no-schema", "missing-table", "there is no table or view 'nowhere.events'", {"table": "nowhere.events"}),
    *(
        Failure(f"no-{key}", "missing-column", MISSPELT.format("vrsion", "version"), {key: "vrsion"})
        for key in ("position", "id", "stream", "version", "type", "time", "partition")
    ),
    Failure("no-where", "missing-column", MISSPELT.format("typ", "type"), {"where": {"typ": "x"}}),
    Failure("no-order", "missing-column", "has no column 'tx'", {"order": ["tx", "position"]}),
    Failure(
        "letters", "wrong-type", "column 'name' of 'odd' holds 'abc', which is no integer", {**ODD, "position": "name"}
    ),
    Failure("huge", "wrong-type", "holds '99999999999999999999', which is no integer", {**ODD, "position": "huge"}),
    Failure("fraction", "wrong-type", "holds '1.5', which is no integer", {**ODD, "position": "fraction"}),
    Failure(
        "version-of-letters",
        "wrong-type",
        "column 'n(ame)?' of 'odd' holds 'abc'",
        {**ODD, "position": "n", "stream": "n", "version": "name"},
    ),
    Failure("no-cursor-table", "missing-table", "'crsors'", consumer=cursor(table="crsors")),
    Failure(
        "no-cursor-column",
        "missing-column",
        r"\(did you mean 'last_position'\?\)",
        consumer=cursor(position="position"),
    ),
    Failure("no-cursor-condition", "missing-column", "has no column 'nam'", consumer=cursor(where={"nam": "orders"})),
    Failure(
        "cursor-of-letters",
        "wrong-type",
        "holds 'abc', which is no position",
        consumer=cursor(where={"name": "letters"}),
    ),
    Failure("no-inbox-table", "missing-table", "'inbx'", consumer=inbox(table="inbx", id="event_id")),
    Failure("no-inbox-column", "missing-column", r"\(did you mean 'event_id'\?\)", consumer=inbox(id="evnt_id")),
    Failure(
        "no-received-column", "missing-column", "has no column 'when'", consumer=inbox(id="event_id", received="when")
    ),
    Failure("no-done-column", "missing-column", "has no column 'x'", consumer=inbox(id="event_id", done={"x": "y"})),
    Failure(
        "inbox-of-letters", "wrong-type", "column 'event_id' of 'inbox' holds '", consumer=inbox(position="event_id")
    ),
    Failure("numbers-against-letters", "wrong-type", "column 'event_id' of 'inbox' holds '", {"id": "position"}, {}),
    Failure("no-parked-table", "missing-table", "'parked'", consumer={"parked": {"table": "parked", "id": "event_id"}}),
    Failure("no-parked-column", "missing-column", "'nix'", consumer={"parked": {"table": "inbox", "id": "nix"}}),
]
ON_POSTGRES = [
    Failure("refused", "unreachable", "port 1 failed: Connection refused", {"store": "refused"}),
    Failure("silent", "unreachable", "timeout", {"store": "silent"}),
    Failure("wrong-password", "unreachable", "password authentication failed for user", {"store": "wrong-password"}),
    Failure("no-database", "unreachable", 'database ".*-nowhere" does not exist', {"store": "no-database"}),
    Failure("no-ssl", "unreachable", "server does not support SSL", {"store": "no-ssl"}),
    Failure("no-right", "denied", "permission denied for table odd", {**ODD, "store": "reader", "position": "n"}),
    Failure("no-right-on-a-column", "denied", "permission denied for table events", {"store": "reader"}),
    Failure(
        "no-right-on-the-schema", "denied", "permission denied for schema", {"store": "reader", "table": "Other.Events"}
    ),
    *(
        Failure(f"position-of-type-{column}", "wrong-type", f"column '{column}' of 'odd' ", {**ODD, "position": column})
        for column in ("a_uuid", "a_time", "a_flag", "a_document", "some_bytes", "a_list")
    ),
    *(
        Failure(
            f"version-of-type-{column}",
            "wrong-type",
            "not an integer",
            {**ODD, "position": "n", "stream": "n", "version": column},
        )
        for column in ("a_uuid", "a_time", "a_flag", "a_document", "some_bytes", "a_list")
    ),
    Failure("time-of-type-uuid", "wrong-type", "is a uuid, not a time", {**ODD, "position": "n", "time": "a_uuid"}),
    Failure("no-number", "wrong-type", "holds 'NaN', which is no integer", {**ODD, "position": "no_number"}),
    Failure("condition-of-another-type", "wrong-type", "operator does not exist", {"where": {"position": "one"}}),
    Failure(
        "integer-against-uuid",
        "wrong-type",
        "'n' of 'odd' cannot be compared with 'a_uuid'",
        {**ODD, "position": "n", "id": "n"},
        inbox(table="odd", id="a_uuid"),
    ),
    Failure("slow", "timeout", r"statement timeout \(statement_timeout = 300ms\)", {"store": "hasty", "table": "slow"}),
    Failure(
        "slow-inbox",
        "timeout",
        r"statement timeout \(statement_timeout = 300ms\)",
        consumer={"store": "hasty", **inbox(table="slow", id="event_id")},
    ),
    Failure("locked", "timeout", r"lock timeout \(another session kept it locked for 2s\)", {"table": "locked"}),
]
ON_SQLITE = [
    Failure("no-file", "unreachable", "no-file.db': no such file or directory", {"store": "no-file"}),
    Failure("a-folder", "unreachable", "a-folder.db' is no file", {"store": "a-folder"}),
    Failure("no-database", "unreachable", "file is not a database", {"store": "no-database"}),
    Failure("empty-file", "missing-table", "there is no table or view 'events'", {"store": "empty-file"}),
    Failure("cut-off", "unreachable", "database disk image is malformed", {"store": "cut-off"}),
    Failure("locked", "timeout", "database is locked", {"store": "locked"}),
    Failure("locked-consumer", "timeout", "database is locked", consumer={"store": "locked"}),
    Failure("slow", "timeout", r"gave up \(statement_timeout = 300ms\)", {"store": "hasty", "table": "slow"}),
    Failure("broken-view", "missing-column", "no such column: nix", {**ODD, "table": "broken", "position": "n"}),
    Failure("letters-among-numbers", "wrong-type", "holds 'abc', which is no integer", {**ODD, "position": "n"}),
]


def report(folder: Path, said: Settings, failures: list[Failure]) -> Report:
    """Run the program over the healthy shop and all failures beside it."""
    for failure in failures:
        log = f"{failure.name}-log" if failure.log else "orders"
        if failure.log:
            said["logs"][log] = log_keys(**failure.log)
        if failure.consumer is not None:
            said["consumers"][f"{failure.name}-consumer"] = consumer_keys(log=log, **failure.consumer)
    config = write_config(folder, said)
    outcome = check(config, "--format", "json", "--output", str(folder / "report.json"), "--format", "terminal")
    return Report(outcome, json.loads((folder / "report.json").read_text(encoding="utf-8")))


def prepare(database: Database, *columns: str) -> None:
    """A healthy shop, and what is odd on purpose."""
    database.write(rows(4))
    database.execute("INSERT INTO cursors VALUES ('letters', 'abc')")
    database.execute(
        f"CREATE TABLE odd (n bigint, name text, huge text, fraction numeric(9, 1), type text{''.join(columns)})"
    )
    database.execute("INSERT INTO odd (n, name, huge, fraction) VALUES (1, 'abc', '99999999999999999999', 1.5)")


def audits_of(failures: list[Failure]) -> list[object]:
    """Each failure with the audit that it must cost: the consumer's where it is the consumer that is wrong."""
    return [
        pytest.param(failure, f"{failure.name}-{'log' if failure.consumer is None else 'consumer'}", id=failure.name)
        for failure in failures
    ]


def reasons(result: Result) -> set[str]:
    return {problem.reason for audit in result.audits for problem in audit.problems}


def expect_one_line(report: Report, failure: Failure, name: str) -> None:
    audit = report.audit(name)
    assert (audit["verdict"], audit["window"], audit["totals"], audit["findings"]) == ("unknown", None, None, [])
    [problem] = audit["problems"]
    assert problem["reason"] == failure.reason
    assert re.search(failure.words, problem["message"])
    assert re.match(r"store '[\w-]+': ", problem["message"])
    assert "\n" not in problem["message"]
    told_of = [line.strip().partition(": ")[0].split(", ") for line in report.outcome.stdout.splitlines()]
    assert sum(name in names for names in told_of) == 1
    assert {"audit": name, "check": None, **problem} in report.document["not_checked"]


def expect_the_rest_in_order(report: Report) -> None:
    """Exit code 3, not a word elsewhere, and a verdict on what could be read."""
    assert (report.outcome.code, report.outcome.stderr, report.document["verdict"]) == (3, "", "unknown")
    assert {report.audit(name)["verdict"] for name in ("orders", "billing")} == {"consistent"}
    assert report.audit("billing")["totals"]["received"] == 4


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything, so root becomes somebody else for a while."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(before)


# -- PostgreSQL ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def on_postgres(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    with ExitStack() as stack:
        url = stack.enter_context(postgres.database())
        name = url.rpartition("/")[2]
        database = stack.enter_context(postgres_at(url))
        prepare(database, ", a_uuid uuid, a_time timestamptz, a_flag boolean, a_document jsonb, some_bytes bytea,"
                ' a_list int[], no_number float8 DEFAULT \'NaN\', event_id text')  # fmt: skip
        reader = postgres.role("reader", "reader")
        for statement in (
            "CREATE VIEW slow AS SELECT e.* FROM events e, pg_sleep(5)",
            "CREATE TABLE locked AS TABLE events",
            'CREATE SCHEMA "Other"',
            'CREATE TABLE "Other"."Events" AS TABLE events',
            f"GRANT SELECT (position, event_id, stream_id) ON events TO {reader}",
        ):
            database.execute(statement)
        locker = stack.enter_context(psycopg.connect(url))
        locker.execute("LOCK TABLE locked IN ACCESS EXCLUSIVE MODE")
        silent = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        said = settings(url)
        said["stores"] |= {
            "refused": {"url": "postgresql://auditor:geheim@127.0.0.1:1/shop"},
            "silent": {"url": f"postgresql://u:geheim@127.0.0.1:{silent.getsockname()[1]}/shop?connect_timeout=2"},
            "wrong-password": {"url": f"postgresql://postgres:geheim@127.0.0.1:{postgres.port}/{name}"},
            "no-database": {"url": f"{url}-nowhere"},
            "no-ssl": {"url": f"{url}?sslmode=require"},
            "reader": {"url": postgres.url(name, reader)},
            "hasty": {"url": url, "statement_timeout": "300ms"},
        }
        yield report(tmp_path_factory.mktemp("postgres"), said, [*ANYWHERE, *ON_POSTGRES])


@pytest.mark.parametrize(("failure", "audit"), audits_of([*ANYWHERE, *ON_POSTGRES]))
def test_a_failure_on_postgres_is_one_line_and_unknown(on_postgres: Report, failure: Failure, audit: str) -> None:
    expect_one_line(on_postgres, failure, audit)


def test_the_other_audits_on_postgres_go_on_and_the_run_ends_with_3(on_postgres: Report) -> None:
    expect_the_rest_in_order(on_postgres)
    assert "geheim" not in on_postgres.outcome.stdout + json.dumps(on_postgres.document)


# -- SQLite --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    folder = tmp_path_factory.mktemp("sqlite")
    with sqlite_at(folder / "shop.db") as database:
        prepare(database)
        database.execute("INSERT INTO odd (n) VALUES ('abc')")
        database.execute("CREATE VIEW broken AS SELECT nix AS n, nix AS type FROM odd")
        endless = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"
        database.execute(f"CREATE VIEW slow AS SELECT * FROM events WHERE ({endless}) > 0")
    whole = (folder / "shop.db").read_bytes()
    (folder / "cut-off.db").write_bytes(whole[: len(whole) // 2])
    (folder / "locked.db").write_bytes(whole)
    (folder / "no-database.db").write_bytes(b"no database at all" * 100)
    (folder / "empty-file.db").touch()
    (folder / "a-folder.db").mkdir()
    said = settings(f"sqlite:///{folder}/shop.db")
    said["stores"] |= {"hasty": {"url": f"sqlite:///{folder}/shop.db", "statement_timeout": "300ms"}}
    for name in ("no-file", "a-folder", "no-database", "empty-file", "cut-off", "locked"):
        said["stores"][name] = {"url": f"sqlite:///{folder}/{name}.db"}
    with closing(sqlite3.connect(folder / "locked.db", isolation_level=None)) as locker:
        locker.execute("BEGIN EXCLUSIVE")
        yield report(folder, said, [*ANYWHERE, *ON_SQLITE])


@pytest.mark.parametrize(("failure", "audit"), audits_of([*ANYWHERE, *ON_SQLITE]))
def test_a_failure_on_sqlite_is_one_line_and_unknown(on_sqlite: Report, failure: Failure, audit: str) -> None:
    expect_one_line(on_sqlite, failure, audit)


def test_the_other_audits_on_sqlite_go_on_and_the_run_ends_with_3(on_sqlite: Report) -> None:
    expect_the_rest_in_order(on_sqlite)


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o755, 0o000), (0o600, 0o644)], ids=["file", "folder"])
def test_a_file_without_the_right_to_read_it_is_denied(folder_mode: int, file_mode: int) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name, "shop")
        folder.mkdir()
        with sqlite_at(folder / "shop.db") as database:
            database.write(rows(4))
        config = load(write_config(folder, settings("sqlite:///shop.db")))
        assert reasons(auditor.run(config)) == set()
        Path(name).chmod(0o755)
        (folder / "shop.db").chmod(file_mode)
        folder.chmod(folder_mode)
        with as_nobody():
            result = auditor.run(config)
        folder.chmod(0o700)
    assert (reasons(result), exit_code(result)) == ({"denied"}, 3)


def test_a_missing_file_is_not_created(tmp_path: Path) -> None:
    config = write_config(tmp_path, settings("sqlite:///shop.db"))
    assert (check(config).code, sorted(path.name for path in tmp_path.iterdir())) == (3, [".auditor", "auditor.toml"])


def test_several_cursor_rows_are_unknown_and_what_was_counted_is_told(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write(rows(4), received=[0, 1, 2])
        database.execute("INSERT INTO cursors VALUES ('orders', '1')")
    result = auditor.run(write_config(tmp_path, settings("sqlite:///shop.db")))
    assert (reasons(result), exit_code(result)) == ({"several-cursor-rows"}, 3)
    assert [audit.totals.produced for audit in result.audits if audit.totals is not None] == [4, 4]
