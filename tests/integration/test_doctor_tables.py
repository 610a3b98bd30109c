"""Tables, rights and columns that are not as the config says, and what the doctor says instead of an audit's error."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.doctoring import FAILURE, FINE, UNKNOWN, WARNING, about, lines, only, said_with, worse
from tests.integration.shop import Database, Settings, postgres_at, rows, settings, sqlite_at
from tests.postgres import Server

NAMES = ("events", "cursors", "inbox")


@pytest.fixture
def shop(database: str) -> Iterator[Database]:
    """A healthy shop on each supported PostgreSQL."""
    with postgres_at(database) as opened:
        opened.write(rows(4))
        yield opened


@pytest.fixture
def shop_file(tmp_path: Path) -> Iterator[Database]:
    """A healthy shop on SQLite."""
    with sqlite_at(tmp_path / "shop.db") as opened:
        opened.write(rows(4))
        yield opened


@pytest.fixture(params=["postgres", "sqlite"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A healthy shop on the newest PostgreSQL, and on SQLite."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            opened = stack.enter_context(sqlite_at(tmp_path / "shop.db"))
        else:
            server = request.getfixturevalue("postgres18")
            opened = stack.enter_context(postgres_at(stack.enter_context(server.database())))
        opened.write(rows(4))
        yield opened


def seen_by(server: Server, shop: Database, role: str) -> Settings:
    """The config of a role of its own."""
    return settings(server.url(shop.url.rpartition("/")[2], role))


def test_a_healthy_shop_has_nothing_worse_than_holes_that_cannot_be_judged(shop: Database, tmp_path: Path) -> None:
    found = lines(tmp_path, settings(shop.url))
    assert set(worse(found)) == {("orders", "settling")}
    assert worse(found, FAILURE, UNKNOWN) == []


def test_a_healthy_file_has_nothing_to_complain_of(shop_file: Database, tmp_path: Path) -> None:
    assert worse(lines(tmp_path, settings(shop_file.url))) == []


def test_a_misspelt_table_is_a_failure_with_the_nearest_name(anywhere: Database, tmp_path: Path) -> None:
    found = lines(tmp_path, settings(anywhere.url, log={"table": "evnts"}))
    line = only(found, "orders", "table")
    assert (line.level, line.message) == (FAILURE, "[logs.orders]: there is no table or view 'evnts'")
    assert line.advice == "correct [logs.orders] table (did you mean 'events'?)"
    assert {topic for name, topic in worse(found) if name == "orders"} == {"table"}


def test_a_table_like_no_other_may_be_in_another_database(shop: Database, tmp_path: Path) -> None:
    line = only(lines(tmp_path, settings(shop.url, log={"table": "xyz"})), "orders", "table")
    assert line.advice == "correct [logs.orders] table, or the database at the end of the store's url"


def test_a_schema_that_does_not_exist_is_named(anywhere: Database, tmp_path: Path) -> None:
    line = only(lines(tmp_path, settings(anywhere.url, log={"table": "nowhere.events"})), "orders", "table")
    assert line.level == FAILURE
    assert line.message.endswith("there is no schema 'nowhere'")


def test_a_table_in_another_schema_is_found_there(shop: Database, tmp_path: Path) -> None:
    shop.execute('CREATE SCHEMA "Sales"')
    shop.execute('ALTER TABLE events SET SCHEMA "Sales"')
    line = only(lines(tmp_path, settings(shop.url)), "orders", "table")
    assert (line.level, line.advice) == (FAILURE, "write table = 'Sales.events' in [logs.orders]")
    assert "on the search path, but 'Sales.events'" in line.message
    assert only(lines(tmp_path, settings(shop.url, log={"table": "Sales.events"})), "orders", "table").level == FINE


def test_a_reader_without_rights_is_given_the_statements_that_help(
    shop: Database, postgres: Server, tmp_path: Path
) -> None:
    said = seen_by(postgres, shop, postgres.role("Reader of all", "for reading"))
    found = lines(tmp_path, said)
    denied = [line for line in found if line.topic == "rights" and line.level == FAILURE]
    assert [line.message for line in denied] == [f"the role may not read {name!r}" for name in NAMES]
    for line in denied:
        for statement in line.statements:
            shop.execute(statement)
    again = lines(tmp_path, said)
    assert {line.level for line in about(again, "orders", "rights")} == {FINE}
    assert worse(again, FAILURE, UNKNOWN) == []
    assert only(again, "orders", "rights").advice is None


def test_a_column_that_may_not_be_read_is_named(shop: Database, postgres: Server, tmp_path: Path) -> None:
    reader = postgres.role("reader", "for reading")
    shop.execute(f"GRANT SELECT (position, event_id, stream_id, version, type) ON events TO {reader}")
    line = only(lines(tmp_path, seen_by(postgres, shop, reader)), "orders", "rights")
    assert (line.level, line.message) == (FAILURE, "the role may not read 'recorded_at' of 'events'")
    assert line.statements[-1].endswith(f'TO "{reader}"')


def test_a_schema_that_may_not_be_entered_is_told_with_the_statement(
    shop: Database, postgres: Server, tmp_path: Path
) -> None:
    reader = postgres.role("reader", "for reading")
    shop.execute("CREATE SCHEMA closed")
    shop.execute("ALTER TABLE events SET SCHEMA closed")
    said = seen_by(postgres, shop, reader)
    said["logs"]["orders"]["table"] = "closed.events"
    line = only(lines(tmp_path, said, "orders"), "orders", "table")
    assert (line.level, line.message) == (FAILURE, "[logs.orders]: the role may not look into schema 'closed'")
    for statement in line.statements:
        shop.execute(statement)
    assert worse(lines(tmp_path, said, "orders"), FAILURE, UNKNOWN) == []


def test_rows_that_a_policy_hides_would_look_lost(shop: Database, postgres: Server, tmp_path: Path) -> None:
    reader = postgres.role("reader", "for reading")
    for statement in (
        f"GRANT SELECT ON events, cursors, inbox TO {reader}",
        "ALTER TABLE inbox ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY a_few ON inbox TO {reader} USING (seq < 2)",
    ):
        shop.execute(statement)
    line = said_with(lines(tmp_path, seen_by(postgres, shop, reader)), "row-level security")
    assert (line.name, line.topic, line.level) == ("billing", "rights", WARNING)
    assert "BYPASSRLS" in (line.advice or "")
    shop.execute(f"ALTER ROLE {reader} BYPASSRLS")
    assert worse(lines(tmp_path, seen_by(postgres, shop, reader), "billing"), WARNING) != []
    assert not [one for one in lines(tmp_path, seen_by(postgres, shop, reader)) if "row-level" in one.message]


def test_a_role_that_may_write_is_offered_that_less_would_do(shop: Database, postgres: Server, tmp_path: Path) -> None:
    writer = postgres.role("writer", "for writing")
    shop.execute(f"GRANT SELECT, INSERT ON events, cursors, inbox TO {writer}")
    found = lines(tmp_path, seen_by(postgres, shop, writer))
    line = only(found, "orders", "rights")
    assert (line.level, line.message) == (FINE, "the role may read 'events' and write to it")
    assert "SELECT and nothing else would do" in (line.advice or "")
    assert "ordinary role" in only(found, "shop", "role").message
    superuser = only(lines(tmp_path, settings(shop.url)), "shop", "role")
    assert "superuser" in superuser.message


def test_every_absent_column_is_told_at_once(anywhere: Database, tmp_path: Path) -> None:
    said = settings(anywhere.url, log={"version": "vrsion", "time": "when", "where": {"typ": "x"}, "data": "payload"})
    found = about(lines(tmp_path, said), "orders", "columns")
    assert [line.message.partition(":")[0] for line in found] == [
        "[logs.orders] version",
        "[logs.orders] time",
        "[logs.orders] data",
        "[logs.orders] where",
    ]
    assert [line.level for line in found] == [FAILURE, FAILURE, WARNING, FAILURE]
    assert "(did you mean 'version'?)" in found[0].message


def test_a_column_of_another_type_is_told_in_the_words_of_an_audit(shop: Database, tmp_path: Path) -> None:
    found = lines(tmp_path, settings(shop.url, log={"version": "recorded_at"}))
    line = only(found, "orders", "columns")
    assert (line.level, line.message) == (FAILURE, "column 'recorded_at' of 'events' is a time, not an integer")


def test_a_cursor_that_is_no_number_is_told(shop: Database, tmp_path: Path) -> None:
    shop.execute("UPDATE cursors SET last_position = 'abc'")
    line = [one for one in about(lines(tmp_path, settings(shop.url)), "billing", "columns") if one.level == FAILURE]
    assert [one.message for one in line] == ["column 'last_position' of 'cursors' holds 'abc', which is no integer"]


def test_an_identity_that_cannot_be_compared_is_told(shop: Database, tmp_path: Path) -> None:
    shop.execute("ALTER TABLE inbox ADD other uuid")
    shop.execute("ALTER TABLE events ADD other bigint")
    inbox = {"table": "inbox", "id": "other"}
    found = lines(tmp_path, settings(shop.url, log={"id": "other"}, consumer={"inbox": inbox}))
    line = only(found, "billing", "identity")
    assert line.level == FAILURE
    assert "'other' of 'events' cannot be compared with 'other' of 'inbox'" in line.message


def test_a_shared_identity_is_told(shop_file: Database, tmp_path: Path) -> None:
    line = only(lines(tmp_path, settings(shop_file.url)), "billing", "identity")
    assert (line.level, line.message) == (FINE, "events of orders are matched by id as text, uuids by value")


def test_what_takes_too_long_to_look_at_is_unknown(shop: Database, tmp_path: Path) -> None:
    shop.execute("CREATE VIEW slow AS SELECT e.* FROM events e, pg_sleep(60)")
    said = settings(shop.url, log={"table": "slow", "type": None, "where": {"stream_id": "x"}})
    said["stores"]["shop"]["statement_timeout"] = "2s"
    line = only(lines(tmp_path, said, "orders"), "orders", "where")
    assert (line.level, line.message) == (UNKNOWN, line.message)
    assert "statement timeout" in line.message


def test_only_what_was_named_and_what_it_stands_on_is_examined(shop: Database, tmp_path: Path) -> None:
    said = settings(shop.url)
    said["stores"]["other"] = {"url": "sqlite:///other.db"}
    said["consumers"]["mail"] = said["consumers"]["billing"]

    def subjects(*names: str) -> set[str]:
        return {line.name for line in lines(tmp_path, said, *names) if line.of not in ("config", "ledger")}

    assert subjects("mail") == {"shop", "orders", "mail"}
    assert subjects("orders") == {"shop", "orders"}
    assert subjects("other") == {"other"}
    assert subjects() == {"shop", "other", "orders", "billing", "mail"}


def test_names_of_every_kind_are_quoted(shop: Database, postgres: Server, tmp_path: Path) -> None:
    shop.execute('CREATE SCHEMA "a ""b"')
    shop.execute('CREATE TABLE "a ""b"."c;d" ("e""f" bigint, "%g:h" text)')
    reader = postgres.role('say "hi"', "for reading")
    log = {"table": 'a "b.c;d', "position": 'e"f', "id": "%g:h", "stream": None, "version": None, "type": None}
    said = seen_by(postgres, shop, reader)
    said["logs"]["orders"] = settings("", log={**log, "time": None})["logs"]["orders"]
    line = only(lines(tmp_path, said, "orders"), "orders", "table")
    for statement in line.statements:
        shop.execute(statement)
    assert worse(lines(tmp_path, said, "orders"), FAILURE, UNKNOWN) == []
