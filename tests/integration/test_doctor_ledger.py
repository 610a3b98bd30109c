"""What the doctor says of a ledger in PostgreSQL by what its role may do, and what runs cannot leave out."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import pytest
from psycopg import sql

from auditor.doctor.about import About
from auditor.doctor.ledger import examine
from checks.model.diagnosis import Examined
from tests.auditor.cli.prepared import auditor
from tests.integration.doctoring import FINE, WARNING, about, lines
from tests.integration.shop import Database, postgres_at, rows, settings, sqlite_at, write_config
from tests.ledgers import audit, began, config_of, finding, names, opened, record, run
from tests.postgres import Server, running

SECRET = "geheim-4711"
ABOUT = About("ledger", "ledger", "ledger")


def said_of(url: str) -> Sequence[Examined]:
    found = list(examine(ABOUT, config_of(url), began(60)))
    assert SECRET not in repr(found)
    return found


def name_of(url: str) -> str:
    return urlsplit(url).path.strip("/")


def fill(url: str) -> None:
    with opened(config_of(url)) as ledger:
        record(ledger, run(0, audit(finding([5]))))


def reader(server: Server, url: str, *rights: LiteralString) -> str:
    """The URL of a new role with these rights; ``{}`` in them is the role."""
    role = server.role("reader", SECRET)
    for right in rights:
        server.ask(sql.SQL(right).format(sql.Identifier(role)), name_of(url))
    return server.url(name_of(url), role)


def give(server: Server, url: str, line: Examined) -> None:
    """Run the statements below a line, as they are."""
    assert line.statements
    with postgres_at(url) as owner:
        for statement in line.statements:
            owner.execute(statement)


def test_one_that_is_not_there_will_be_made_and_is_not_made_now(postgres: Server, database: str) -> None:
    [line] = said_of(database)
    assert (line.level, line.message.endswith("is not there yet: it will be made by the first run")) == (FINE, True)
    assert postgres.ask("SELECT 1 FROM pg_class WHERE relname LIKE 'auditor%'", name_of(database)) == []


def test_one_that_can_be_written_is_told_with_what_it_holds(database: str) -> None:
    fill(database)
    usable, holds = said_of(database)
    assert (usable.level, holds.level) == (FINE, FINE)
    assert usable.message.endswith(" can be read and written")
    assert holds.message.startswith("1 run, the oldest 1h ago (")


def test_who_may_not_make_tables_is_given_the_statement_that_lets_the_next_run_record(
    postgres: Server, database: str
) -> None:
    postgres.ask('CREATE SCHEMA "Team"', name_of(database))
    url = reader(postgres, database, 'GRANT USAGE ON SCHEMA "Team" TO {}') + "?options=-csearch_path%3D%22Team%22"
    [line] = said_of(url)
    assert line.level == WARNING
    assert "is not there and cannot be made" in line.message
    assert "the role may not make tables in schema 'Team'" in line.message
    give(postgres, database, line)
    assert [after.level for after in said_of(url)] == [FINE]
    fill(url)
    assert [after.level for after in said_of(url)] == [FINE, FINE]


def test_who_may_only_read_is_given_the_statements_that_let_it_record(postgres: Server, database: str) -> None:
    fill(database)
    url = reader(postgres, database, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}")
    usable, holds = said_of(url)
    assert usable.level == WARNING
    assert "cannot be written, so no run is recorded" in usable.message
    assert "the role lacks INSERT, UPDATE, DELETE on 'public.auditor_runs'" in usable.message
    assert holds.message.startswith("1 run, ")
    give(postgres, database, usable)
    assert said_of(url)[0].level == FINE
    with opened(config_of(url)) as ledger:
        record(ledger, run(1, audit(finding([5]))))
        assert names(ledger) == ["run-1", "run-0"]


def test_who_may_read_nothing_is_told_so(postgres: Server, database: str) -> None:
    fill(database)
    [line] = said_of(reader(postgres, database))
    assert line.level == WARNING
    assert "permission denied" in line.message


def test_who_may_not_read_the_runs_is_told_and_they_are_not_counted(postgres: Server, database: str) -> None:
    fill(database)
    [line] = said_of(reader(postgres, database, "GRANT SELECT ON auditor_ledger_revision TO {}"))
    assert "the role lacks SELECT, INSERT, UPDATE, DELETE on 'public.auditor_runs'" in line.message


def test_a_search_path_that_leads_nowhere_leaves_no_place_for_tables(database: str) -> None:
    [line] = said_of(f"{database}?options=-csearch_path%3Dnowhere")
    assert line.level == WARNING
    assert "no schema of the search path is there" in line.message


def test_a_role_whose_transactions_are_read_only_is_told(database: str) -> None:
    fill(database)
    line = said_of(f"{database}?options=-cdefault_transaction_read_only%3Don")[0]
    assert line.level == WARNING
    assert "transactions of this role are read-only" in line.message


def test_one_of_a_newer_auditor_is_a_warning_and_of_an_older_one_none(postgres: Server, database: str) -> None:
    fill(database)
    postgres.ask("UPDATE auditor_ledger_revision SET version_num = '9999'", name_of(database))
    [newer] = said_of(database)
    assert (newer.level, "(revision 9999): no run is recorded in it" in newer.message) == (WARNING, True)
    postgres.ask("UPDATE auditor_ledger_revision SET version_num = '0001'", name_of(database))
    older, holds = said_of(database)
    assert (older.level, "will be moved by the next run" in older.message) == (FINE, True)
    assert holds.message.startswith("1 run, ")


def test_somebody_elses_table_of_the_same_name_is_a_warning(postgres: Server, database: str) -> None:
    postgres.ask("CREATE TABLE auditor_runs (id int)", name_of(database))
    [line] = said_of(database)
    assert (line.level, "holds a table auditor_runs already, but no ledger" in line.message) == (WARNING, True)


def test_one_that_is_out_of_reach_is_a_warning_with_the_cause_and_no_password(database: str) -> None:
    parts = urlsplit(database)
    [line] = said_of(f"postgresql://postgres:{SECRET}@{parts.hostname}:{parts.port}{parts.path}")
    assert (line.level, "password authentication failed" in line.message) == (WARNING, True)
    assert (line.advice or "").startswith("password: the role or its password is wrong")


def test_a_standby_can_only_be_read() -> None:
    with running(18) as primary, primary.database() as url:
        fill(url)
        with primary.standby() as standby:
            standby.catch_up(primary)
            usable, holds = said_of(standby.url(name_of(url)))
    assert (usable.level, "it is a standby, which can only be read" in usable.message) == (WARNING, True)
    assert holds.message.startswith("1 run, ")


def test_a_ledger_that_cannot_be_had_leaves_the_exit_code_at_0(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as shop:
        shop.write(rows(4))
    config = write_config(tmp_path, settings(shop.url))
    text = config.read_text()
    config.write_text(f'[ledger]\nurl = "postgresql://auditor:{SECRET}@127.0.0.1:1/team"\n{text}')
    outcome = auditor("doctor", "--config", str(config))
    assert (outcome.code, outcome.stdout.startswith("warning: 1 warning, ")) == (0, True)
    assert SECRET not in outcome.stdout + outcome.stderr


def test_history_of_a_database_without_a_ledger_is_empty_for_who_may_only_read(
    postgres: Server, database: str, tmp_path: Path
) -> None:
    config = tmp_path / "auditor.toml"
    config.write_text(f'[ledger]\nurl = "{reader(postgres, database)}"\n')
    outcome = auditor("history", "--config", str(config))
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "no run is recorded yet\n", "")
    outcome = auditor("report", "--config", str(config))
    assert (outcome.code, outcome.stdout) == (3, "")
    assert outcome.stderr.startswith("error: no run is recorded yet: there is no ledger 'postgresql://127.0.0.1:")
    assert SECRET not in outcome.stderr


# ---- what runs cannot leave out --------------------------------------------------------------------------------------

REQUIRED = (
    "CREATE TABLE events (position bigint PRIMARY KEY, event_id text NOT NULL UNIQUE, stream_id text)",
    "ALTER TABLE events ADD COLUMN version bigint, ADD COLUMN type text, ADD COLUMN recorded_at timestamptz",
    "CREATE TABLE cursors (name text, last_position text)",
    "CREATE TABLE inbox (seq bigint PRIMARY KEY, event_id text NOT NULL)",
    "ALTER TABLE inbox ADD COLUMN position bigint NOT NULL",
)


@pytest.fixture
def shop(database: str) -> Iterator[Database]:
    with postgres_at(database) as opened_shop:
        for statement in REQUIRED:
            opened_shop.execute(statement)
        yield opened_shop


def told(shop: Database, folder: Path, log: Mapping[str, object] | None = None, **inbox: object) -> list[str]:
    """Why nothing can be left out, by the doctor."""
    said = settings(shop.url, log)
    said["consumers"]["billing"]["inbox"] |= inbox
    start = "every run compares all of it: "
    found = [line for line in about(lines(folder, said), "billing", "ledger") if line.level == FINE]
    assert all(line.message.startswith(start) and line.advice for line in found)
    return [line.message.removeprefix(start) for line in found]


def test_why_every_run_compares_everything_is_told_until_nothing_is_known_to_stand_against_it(
    shop: Database, tmp_path: Path
) -> None:
    unsure = "'position' of 'inbox' has no index that serves, or may be NULL"
    assert told(shop, tmp_path) == ["the receipts do not say the positions of events"]
    assert told(shop, tmp_path, position="position") == [unsure]
    shop.execute("CREATE INDEX ON inbox (position)")
    assert told(shop, tmp_path, position="position") == []
    shop.execute("ALTER TABLE inbox ALTER event_id DROP NOT NULL")
    assert told(shop, tmp_path, position="position") == ["'event_id' of 'inbox' may be NULL"]
    shop.execute("ALTER TABLE events DROP CONSTRAINT events_event_id_key")
    assert told(shop, tmp_path, position="position") == ["nothing keeps events of 'events' unique by id"]


@pytest.mark.parametrize(
    ("log", "inbox", "reason"),
    [
        ({"partition": "stream_id"}, {}, "the positions of the log are counted by partition"),
        ({"order": ["version", "position"]}, {}, "the log is ordered by more than its position"),
        ({"time": None}, {"retention": "30d"}, "the inbox has a retention, and the log no time"),
    ],
)
def test_what_the_config_says_stands_against_it_whatever_the_tables_are(
    shop: Database, tmp_path: Path, log: dict[str, object], inbox: dict[str, object], reason: str
) -> None:
    assert told(shop, tmp_path, log, **inbox) == [reason]


def test_of_a_consumer_with_a_cursor_alone_nothing_is_compared(shop: Database, tmp_path: Path) -> None:
    said = settings(shop.url)
    del said["consumers"]["billing"]["inbox"]
    assert about(lines(tmp_path, said), "billing", "ledger") == []
