"""``--timeout``: the run ends, whatever a database does, with what was finished, and leaves nothing behind on it.

Nothing here is timed: a machine that does not come to the point in question within a limit gets a longer one, and what
does not end is ended after two minutes by whoever started it, and fails.
"""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

import auditor
import auditor.stores.postgres as postgres_store
from auditor.config import load
from auditor.ledger import open_ledger
from auditor.observer import Silent
from checks.model.result import Outcome as Verdict
from checks.model.result import Result
from tests.auditor.cli.prepared import Outcome
from tests.integration.shop import (
    Database,
    Settings,
    check_aside,
    consumer_keys,
    postgres_at,
    rows,
    settings,
    sqlite_at,
    write_config,
)
from tests.integration.silence import falling_silent, nobody, silent
from tests.ledgers import audit, record, run
from tests.limits import limited
from tests.postgres import Server

PATIENCE = 120.0
NEVER = "1h"
"""A statement_timeout, and a wait, that no test lives to see."""
AMPLE = timedelta(seconds=100)
"""For a run that ends as soon as it sees that there is not time enough for what comes next."""
SETTLING, COMPARING = "orders: how far it is settled", "billing: comparing with orders"
"""Phases of a run."""
SLOW = "CREATE VIEW {0}_slow AS SELECT t.* FROM {0} t, pg_sleep(600)"
ENDLESS = (
    "CREATE VIEW {0}_slow AS SELECT t.* FROM {0} t WHERE"
    " (WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n) > 0"
)


@pytest.fixture
def shop(postgres: Server) -> Iterator[Database]:
    """Six events, all received."""
    with postgres.database() as url, postgres_at(url) as database:
        database.write(rows(6))
        yield database
        assert_nothing_is_left(url)


@pytest.fixture
def locks_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it takes, so that only the end of the run ends it."""
    monkeypatch.setattr(postgres_store, "LOCK_TIMEOUT", timedelta(hours=1))


def assert_nothing_is_left(url: str) -> None:
    """Sessions that were closed take a moment to go; one that is at work on a statement does not go at all."""
    ours = (
        "SELECT state, query FROM pg_stat_activity WHERE application_name = 'auditor' AND datname = current_database()"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        given_up = time.monotonic() + PATIENCE
        while left := connection.execute(ours).fetchall():
            assert time.monotonic() < given_up, left


def said(url: str, log: Mapping[str, object] | None = None, consumer: Mapping[str, object] | None = None) -> Settings:
    """What auditor.toml says of a shop whose statements may take for ever."""
    of_the_shop = settings(url, log, consumer)
    of_the_shop["stores"]["shop"]["statement_timeout"] = NEVER
    return of_the_shop


def asked(folder: Path, of: Settings, limit: timedelta = AMPLE) -> Outcome:
    """How a run ended that has a limit, and remembers no other one."""
    shutil.rmtree(folder / ".auditor", ignore_errors=True)
    return check_aside(write_config(folder, of), "--timeout", f"{limit.seconds}s", "--format", "json")


def read(outcome: Outcome) -> tuple[int, dict[str, Any]]:
    """The exit code and the document, where there is nothing else to say."""
    assert outcome.stderr == ""
    return outcome.code, json.loads(outcome.stdout)


def asked_up_to(phase: str, folder: Path, of: Settings) -> tuple[int, dict[str, Any]]:
    """One whose time is up when it has its ledger and has come to a phase, in which it then is for ever."""

    def came(outcome: Outcome) -> bool:
        return outcome.stderr == "" and phase in outcome.stdout

    return read(limited(lambda limit: asked(folder, of, limit), came))


def run_up_to(phase: str, attempt: Callable[[timedelta], Result]) -> Result:
    """The same, of runs within this process."""
    return limited(attempt, lambda result: phase in str([audit.problems for audit in result.audits]))


def verdicts(document: dict[str, Any]) -> dict[str, str]:
    return {audit["name"]: audit["verdict"] for audit in document["audits"]}


def assert_unfinished(document: dict[str, Any], name: str, phase: str) -> None:
    """The audit is unknown, with nothing claimed, and it is said how far it was."""
    [audit] = [audit for audit in document["audits"] if audit["name"] == name]
    assert (audit["verdict"], audit["window"], audit["totals"], audit["findings"]) == ("unknown", None, None, [])
    [told] = [lack for lack in document["not_checked"] if lack["audit"] == name]
    assert (told["check"], told["reason"]) == (None, "timeout")
    assert told["message"].startswith("not finished within the time limit of ")
    assert phase in told["message"]


# -- whatever a database does --------------------------------------------------------------------------------------


def test_a_statement_that_sleeps(shop: Database, tmp_path: Path) -> None:
    shop.execute(SLOW.format("events"))
    code, document = asked_up_to(SETTLING, tmp_path, said(shop.url, {"table": "events_slow"}))
    assert (code, document["verdict"]) == (3, "unknown")
    assert_unfinished(document, "orders", f"it had come to '{SETTLING}'")
    assert_unfinished(document, "billing", "it was not begun; the run had come to 'orders: ")


class Elsewhere(Silent):
    """Holds the advisory lock that lets a view sleep, from the first statement on that a second thread sends."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.was_there = False

    def statement(self, store: str, sql: str, parameters: object) -> None:
        """Is this one asked beside another one?"""
        if threading.current_thread() is not threading.main_thread() and "sleepy" in sql and not self.was_there:
            self.was_there = True
            self.connection.execute("SELECT pg_advisory_lock(42)")


def test_a_side_that_is_asked_beside_the_other_one_and_sleeps(shop: Database, tmp_path: Path) -> None:
    held = "EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 42)"
    shop.execute(
        f"CREATE VIEW sleepy AS SELECT i.* FROM inbox i WHERE (SELECT CASE WHEN {held} THEN pg_sleep(600) END) IS NULL"
    )
    of = said(shop.url, consumer={"inbox": {"table": "sleepy", "id": "event_id"}})
    config = write_config(tmp_path, of)

    def attempt(limit: timedelta) -> tuple[Result, bool]:
        observer = Elsewhere(shop.url)
        with closing(observer.connection):
            result = auditor.run(config, observer=observer, timeout=limit)
            assert_nothing_is_left(shop.url)
        return result, observer.was_there

    result, was_there = limited(attempt, lambda outcome: outcome[1])
    assert was_there
    assert [str(audit.verdict) for audit in result.audits] == ["consistent", "unknown"]
    assert f"it had come to '{COMPARING}'" in result.audits[1].problems[0].message


def test_a_table_that_another_session_keeps_locked(shop: Database, tmp_path: Path, locks_are_waited_for: None) -> None:
    with psycopg.connect(shop.url) as other:
        other.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
        config = write_config(tmp_path, said(shop.url))
        orders, billing = run_up_to(COMPARING, lambda limit: auditor.run(config, timeout=limit)).audits
        assert_nothing_is_left(shop.url)
    assert orders.verdict is Verdict.CONSISTENT
    assert (billing.window, billing.totals) == (None, None)
    assert [problem.reason for problem in billing.problems] == ["timeout"]
    assert f"it had come to '{COMPARING}'" in billing.problems[0].message


def test_a_server_that_accepts_and_never_answers(tmp_path: Path) -> None:
    with silent() as first, silent() as second:
        url = f"postgresql://auditor@/shop?host=127.0.0.1,127.0.0.1&port={first},{second}&connect_timeout=300"
        code, document = asked_up_to(SETTLING, tmp_path, said(url))
    assert code == 3
    assert_unfinished(document, "orders", f"it had come to '{SETTLING}'")


def test_a_server_that_falls_silent_in_the_middle_and_takes_no_cancellation(
    postgres: Server, shop: Database, tmp_path: Path
) -> None:
    shop.execute("CREATE VIEW events_slow AS SELECT * FROM events")

    def attempt(limit: timedelta) -> tuple[Outcome, bool]:
        with falling_silent(postgres.port, b"events_slow") as falling:
            here = shop.url.replace(f":{postgres.port}/", f":{falling.port}/")
            return asked(tmp_path, said(here, {"table": "events_slow"}), limit), falling.is_silent.is_set()

    outcome, fell_silent = limited(attempt, lambda outcome: outcome[0].stderr == "" and outcome[1])
    code, document = read(outcome)
    assert fell_silent
    assert code == 3
    assert_unfinished(document, "orders", f"it had come to '{SETTLING}'")


def test_a_query_of_sqlite_that_does_not_end(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write(rows(4))
        database.execute(ENDLESS.format("inbox"))
    inbox = {"table": "inbox_slow", "id": "event_id", "received": "seq"}
    code, document = asked_up_to(COMPARING, tmp_path, said("sqlite:///shop.db", consumer={"inbox": inbox}))
    assert (code, verdicts(document)["orders"]) == (3, "consistent")
    assert_unfinished(document, "billing", f"it had come to '{COMPARING}'")


def test_waiting_for_receipts_that_may_only_be_late(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write(rows(4), received=[0, 3])
    of = said("sqlite:///shop.db", {"time": None}, {"grace": NEVER})
    code, document = read(asked(tmp_path, of))
    assert (code, verdicts(document)["orders"]) == (3, "consistent")
    assert_unfinished(document, "billing", "it was to be looked at again; the run had come to 'waiting ")


def test_waiting_for_a_writer_to_end(shop: Database, tmp_path: Path) -> None:
    with psycopg.connect(shop.url) as writer:
        writer.execute("INSERT INTO events (position) VALUES (7)")
        code, document = asked_up_to(SETTLING, tmp_path, said(shop.url, {"settle": NEVER}))
    assert code == 3
    assert_unfinished(document, "orders", f"it had come to '{SETTLING}'")


def test_a_ledger_that_never_answers_costs_a_run_half_of_its_time_and_changes_no_verdict(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write(rows(4))
    config = write_config(tmp_path, settings("sqlite:///shop.db"))
    with silent() as port:
        ledger = f'[ledger]\nurl = "postgresql://auditor@127.0.0.1:{port}/ledger?connect_timeout=300"\n'
        config.write_text(config.read_text() + ledger)

        def attempt(limit: timedelta) -> Outcome:
            return check_aside(config, "--timeout", f"{limit.seconds}s", "--format", "json")

        outcome = limited(attempt, lambda outcome: outcome.code == 0)
    assert (outcome.code, json.loads(outcome.stdout)["verdict"]) == (0, "consistent")
    assert outcome.stderr == (
        "warning: this run was not recorded: the ledger did not answer while the run had time for it\n"
    )


def test_a_run_that_is_out_of_time_is_recorded(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write(rows(4), received=[0, 3])
    config = write_config(tmp_path, said("sqlite:///shop.db", {"time": None}, {"grace": NEVER}))
    result = auditor.run(config, timeout=AMPLE, ledger=True)
    with closing(open_ledger(load(config).ledger)) as ledger:
        recorded = ledger.result("last")
    assert (recorded.run, recorded.verdict, result.not_recorded) == (result.run, Verdict.UNKNOWN, None)
    assert [problem.reason for problem in recorded.audits[1].problems] == ["timeout"]


# -- what was finished ---------------------------------------------------------------------------------------------


def two_consumers(url: str, **of_the_second: object) -> Settings:
    """Both have the same inbox; the second one may be told otherwise."""
    of = said(url, {"time": None})
    of["consumers"]["mail"] = consumer_keys(**of_the_second)
    return of


def test_a_finished_audit_keeps_its_findings_and_they_decide(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write(rows(4), received=[0, 3])
    code, document = read(asked(tmp_path, two_consumers("sqlite:///shop.db", grace=NEVER)))
    assert (code, document["verdict"]) == (1, "inconsistent")
    assert verdicts(document) == {"orders": "consistent", "billing": "inconsistent", "mail": "unknown"}
    assert_unfinished(document, "mail", "it was to be looked at again")


def test_whoever_need_not_wait_so_long_does_not_wait_for_the_others(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write(rows(4), received=[0, 3])
    of = two_consumers("sqlite:///shop.db", grace="1ms")
    of["consumers"]["billing"]["grace"] = NEVER
    assert verdicts(read(asked(tmp_path, of))[1]) == {
        "orders": "consistent",
        "billing": "unknown",
        "mail": "inconsistent",
    }


class Meanwhile(Silent):
    """Does something when a phase begins."""

    def __init__(self, phase: str, do: Callable[[], object]) -> None:
        self._phase, self._do = phase, do

    def phase(self, text: str) -> None:
        """Is it this one?"""
        if text == self._phase:
            self._do()


@contextmanager
def locked(url: str, table: str) -> Iterator[Callable[[], object]]:
    """What locks a table against everybody until the end; something is committed, so that it has to be read again."""
    with psycopg.connect(url) as other:

        def lock() -> None:
            other.execute("DROP TABLE IF EXISTS news")
            other.execute("CREATE TABLE news ()")
            other.commit()
            other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())

        yield lock


def test_out_of_time_in_the_second_look_at_one_consumer_another_one_is_finished(
    shop: Database, tmp_path: Path, locks_are_waited_for: None
) -> None:
    shop.execute("DELETE FROM inbox WHERE seq = 2")
    shop.execute("CREATE TABLE mails AS SELECT * FROM inbox")
    of = two_consumers(shop.url, inbox={"table": "mails", "id": "event_id", "received": "seq"})
    config = write_config(tmp_path, of)

    def attempt(limit: timedelta) -> Result:
        with locked(shop.url, "mails") as lock:
            return auditor.run(config, observer=Meanwhile("mail: looking again", lock), timeout=limit)

    result = run_up_to("mail: looking again", attempt)
    by_name = {audit.name: audit for audit in result.audits}
    assert by_name["billing"].verdict is Verdict.INCONSISTENT
    assert by_name["mail"].totals is None
    assert [problem.reason for problem in by_name["mail"].problems] == ["timeout"]
    assert "it had come to 'mail: looking again'" in by_name["mail"].problems[0].message


def test_a_log_that_was_not_finished_the_last_time_comes_after_its_consumers(
    shop: Database, tmp_path: Path, locks_are_waited_for: None
) -> None:
    shop.execute("DELETE FROM inbox WHERE seq = 2")
    config = write_config(tmp_path, said(shop.url))

    def attempt(limit: timedelta) -> Result:
        shutil.rmtree(tmp_path / ".auditor", ignore_errors=True)
        with locked(shop.url, "events") as lock, closing(open_ledger(load(config).ledger)) as ledger:
            record(ledger, run(0, audit(name="orders", of="log", upstream=None, totals=None)))
            observer = Meanwhile("orders: reading the log", lock)
            return auditor.run(config, observer=observer, timeout=limit, ledger=ledger)

    orders, billing = run_up_to("orders: reading the log", attempt).audits
    assert [problem.reason for problem in orders.problems] == ["timeout"]
    assert "it had come to 'orders: reading the log'" in orders.problems[0].message
    assert billing.verdict is Verdict.INCONSISTENT


@pytest.mark.parametrize("confirm", [True, False])
def test_without_a_second_look_the_first_is_enough(
    shop: Database, tmp_path: Path, locks_are_waited_for: None, confirm: bool
) -> None:
    shop.execute("CREATE TABLE mails AS SELECT * FROM inbox")
    of = two_consumers(shop.url, inbox={"table": "mails", "id": "event_id", "received": "seq"})
    config, phase = write_config(tmp_path, of), "mail: comparing with orders"

    def attempt(limit: timedelta) -> Result:
        with locked(shop.url, "mails") as lock:
            return auditor.run(config, confirm=confirm, observer=Meanwhile(phase, lock), timeout=limit)

    result = run_up_to(phase, attempt)
    billing = "unknown" if confirm else "consistent"
    assert [str(audit.verdict) for audit in result.audits] == ["consistent", billing, "unknown"]


# -- what it does not change ---------------------------------------------------------------------------------------


def test_a_limit_that_is_not_reached_changes_nothing(shop: Database, tmp_path: Path) -> None:
    shop.execute("DELETE FROM inbox WHERE seq = 2")
    config = write_config(tmp_path, said(shop.url))
    unlimited, bounded = (auditor.run(config, timeout=limit) for limit in (None, timedelta(hours=1)))
    for one, other in zip(unlimited.audits, bounded.audits, strict=True):
        assert (other.verdict, other.window, other.totals) == (one.verdict, one.window, one.totals)
        assert [finding.message for finding in other.findings] == [finding.message for finding in one.findings]
    assert bounded.not_checked == unlimited.not_checked
    assert bounded.verdict is Verdict.INCONSISTENT


def test_a_server_that_refuses_is_out_of_reach_and_not_out_of_time(tmp_path: Path) -> None:
    with nobody() as port:
        code, document = read(asked(tmp_path, said(f"postgresql://auditor@127.0.0.1:{port}/shop")))
    assert (code, [lack["reason"] for lack in document["not_checked"]]) == (3, ["unreachable", "unreachable"])
