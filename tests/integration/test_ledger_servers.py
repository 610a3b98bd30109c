"""A ledger in PostgreSQL that cannot be had, or not be written: one line without a secret in it, and soon."""

import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from psycopg import sql

from auditor.ledger import LedgerError, open_ledger
from auditor.memory import Memory
from tests.integration.silence import nobody, silent
from tests.ledgers import audit, began, config_of, finding, names, opened, record, run
from tests.postgres import Server, running

SECRET = "geheim-4711"
SOON = 120.0
"""Seconds after which whoever waits for an answer has waited for ever, however slow the machine is."""


@pytest.fixture
def url(postgres18: Server) -> Iterator[str]:
    with postgres18.database() as url:
        yield url


def fault(url: str) -> str:
    begun = time.monotonic()
    with pytest.raises(LedgerError) as raised:
        open_ledger(config_of(url))
    assert time.monotonic() - begun < SOON
    assert len(raised.value.lines()) == 1
    assert SECRET not in str(raised.value)
    return str(raised.value)


def database_name(url: str) -> str:
    return urlsplit(url).path.strip("/")


class TestUnreachable:
    def test_nobody_listens(self) -> None:
        with nobody() as port:
            told = fault(f"postgresql://auditor:{SECRET}@127.0.0.1:{port}/team")
        assert told.startswith(f"ledger 'postgresql://127.0.0.1:{port}/team': ")
        assert "refused" in told.lower()

    def test_somebody_listens_and_says_nothing(self) -> None:
        with silent() as port:
            told = fault(f"postgresql://auditor:{SECRET}@127.0.0.1:{port}/team")
        assert "timeout" in told

    def test_the_password_is_wrong(self, url: str) -> None:
        parts = urlsplit(url)
        told = fault(f"postgresql://postgres:{SECRET}@{parts.hostname}:{parts.port}{parts.path}")
        assert "password authentication failed" in told

    def test_the_database_is_not_there(self, url: str) -> None:
        assert "does not exist" in fault(f"{url}_gone")

    def test_an_option_means_nothing(self, url: str) -> None:
        assert "nonsense" in fault(f"{url}?sslmode=nonsense&password={SECRET}")

    def test_the_server_goes_away_in_between(self) -> None:
        with running(18) as server, server.database() as url, opened(config_of(url)) as ledger:
            record(ledger, run(0, audit(finding([5]))))
            server.stop_hard()
            with pytest.raises(LedgerError):
                record(ledger, run(1, audit(finding([5]))))
            server.start()
            with opened(config_of(server.url(database_name(url)))) as again:
                record(again, run(2, audit(finding([5]))))
                assert names(again) == ["run-2", "run-0"]


class TestFewRights:
    def reader(self, server: Server, url: str, rights: str) -> str:
        name = server.role("reader", SECRET)
        server.ask(
            sql.SQL("GRANT {} ON ALL TABLES IN SCHEMA public TO {}").format(sql.SQL(rights), sql.Identifier(name)),
            database_name(url),
        )
        return server.url(database_name(url), name)

    def test_who_may_only_select_can_read_and_not_record(self, postgres18: Server, url: str) -> None:
        with opened(config_of(url)) as ledger:
            record(ledger, run(0, audit(finding([5]))))
        with opened(config_of(self.reader(postgres18, url, "SELECT"))) as ledger:
            assert names(ledger) == ["run-0"]
            assert ledger.recall({"orders": "key"}, {}) == Memory()
            with pytest.raises(LedgerError, match="permission denied"):
                record(ledger, run(1))
            with pytest.raises(LedgerError, match="permission denied"):
                ledger.prune(began(9))

    def test_who_may_not_make_tables_is_told_so(self, postgres18: Server, url: str) -> None:
        assert "permission denied" in fault(postgres18.url(database_name(url), postgres18.role("nobody", SECRET)))

    def test_a_standby_can_be_read_and_not_recorded_in(self) -> None:
        with running(18) as primary, primary.database() as url:
            with opened(config_of(url)) as ledger:
                record(ledger, run(0))
            with primary.standby() as standby:
                standby.catch_up(primary)
                with opened(config_of(standby.url(database_name(url)))) as ledger:
                    assert names(ledger) == ["run-0"]
                    with pytest.raises(LedgerError, match="read-only"):
                        record(ledger, run(1))


class TestPlace:
    def test_it_shares_a_database_with_other_tables(self, postgres18: Server, url: str) -> None:
        postgres18.ask("CREATE TABLE runs (id int)", database_name(url))
        with opened(config_of(url)) as ledger:
            record(ledger, run(0))
        found = postgres18.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", database_name(url))
        assert all(name == "runs" or name.startswith("auditor_") for (name,) in found)

    def test_a_schema_of_its_own_is_a_ledger_of_its_own(self, postgres18: Server, url: str) -> None:
        postgres18.ask("CREATE SCHEMA team", database_name(url))
        with opened(config_of(url)) as ledger:
            record(ledger, run(0))
        with opened(config_of(f"{url}?options=-csearch_path%3Dteam")) as ledger:
            assert names(ledger) == []
            record(ledger, run(1))
        with opened(config_of(url)) as ledger:
            assert names(ledger) == ["run-0"]

    def test_somebody_elses_table_of_the_same_name_is_left_alone(self, postgres18: Server, url: str) -> None:
        postgres18.ask("CREATE TABLE auditor_runs (id int)", database_name(url))
        assert "holds a table auditor_runs already, but no ledger" in fault(url)

    def test_one_of_a_newer_auditor_is_told(self, postgres18: Server, url: str) -> None:
        with opened(config_of(url)):
            postgres18.ask("UPDATE auditor_ledger_revision SET version_num = '9999'", database_name(url))
        assert "made by a newer auditor (revision 9999)" in fault(url)


def test_runs_that_share_audits_in_another_order_never_wait_for_each_other_for_ever(url: str) -> None:
    """Names that nobody has recorded yet, and the same ones from both ends."""
    audited = [f"consumer-{number}" for number in range(12)]
    failures: list[Exception] = []

    def work(first: int) -> None:
        try:
            with opened(config_of(url)) as ledger:
                for step in range(10):
                    chosen = audited[step % 7 :: 1 + first % 3][:: 1 if first % 2 else -1]
                    record(ledger, run(first + step / 100, *(audit(finding([step]), name=name) for name in chosen)))
        except LedgerError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with opened(config_of(url)) as ledger:
        assert len(names(ledger)) == 60
