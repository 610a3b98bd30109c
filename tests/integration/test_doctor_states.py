"""What a doctor says of a state: its table, its columns, an index, and what cannot be judged."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.doctoring import FAILURE, FINE, WARNING, about, lines, only, worse
from tests.integration.shop import Database, Settings, postgres_at, rows, settings, sqlite_at


@pytest.fixture(params=["postgres18", "sqlite"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A shop with a state that mirrors its streams."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            opened = stack.enter_context(sqlite_at(tmp_path / "shop.db"))
        else:
            server = request.getfixturevalue(request.param)
            opened = stack.enter_context(postgres_at(stack.enter_context(server.database())))
        opened.write(rows(4))
        opened.execute(f"CREATE TABLE accounts (id text, version bigint, total bigint, changed {opened.time_type})")
        opened.execute("INSERT INTO accounts VALUES (?, ?, ?, NULL)", [("order-0", 2, 7), ("order-1", 2, 8)])
        yield opened


def said(shop: Database, **changes: object) -> Settings:
    keys = {"log": "orders", "store": "shop", "table": "accounts", "stream": "id", "version": "version", **changes}
    return {**settings(shop.url), "states": {"accounts": keys}}


def test_a_healthy_state_is_fine(shop: Database, tmp_path: Path) -> None:
    found = lines(tmp_path, said(shop, types=["OrderPlaced"]))
    assert worse(found) == worse(lines(tmp_path, settings(shop.url)))
    topics = {line.topic for line in found if (line.of, line.name) == ("state", "accounts")}
    assert topics >= {"table", "rights", "columns", "identity", "types", "indexes", "checks"}
    assert only(found, "accounts", "checks").message == "every check has what it needs"
    [config] = [line for line in found if line.topic == "config"]
    assert config.message == "1 store, 1 log, 1 state, 1 consumer"


def test_it_is_examined_by_its_name_with_its_log(shop: Database, tmp_path: Path) -> None:
    found = lines(tmp_path, said(shop), "accounts")
    assert {line.name for line in found if line.of in ("log", "state", "consumer")} == {"orders", "accounts"}


def test_a_table_or_a_column_that_is_not_there_is_a_failure(shop: Database, tmp_path: Path) -> None:
    found = lines(tmp_path, said(shop, table="acounts"))
    assert [each for each in worse(found) if each[0] == "accounts"] == [("accounts", "table")]
    found = lines(tmp_path, said(shop, version="revision"))
    [line] = about(found, "accounts", "columns")
    assert (line.level, "no column 'revision'" in line.message) == (FAILURE, True)


def test_a_version_that_is_no_number_is_a_failure(shop: Database, tmp_path: Path) -> None:
    shop.execute("UPDATE events SET stream_id = 'order-9'")
    found = lines(tmp_path, said(shop, version="id"))
    assert only(found, "accounts", "columns").level == FAILURE


def test_types_that_no_event_has_are_a_warning_with_the_key(shop: Database, tmp_path: Path) -> None:
    found = lines(tmp_path, said(shop, ended=["OrderClosd"]))
    [line] = about(found, "accounts", "types")
    assert (line.level, line.advice) == (
        WARNING,
        "correct ended in [states.accounts], unless it is yet to come",
    )


def test_without_a_version_it_says_what_cannot_be_judged(shop: Database, tmp_path: Path) -> None:
    line = only(lines(tmp_path, said(shop, version=None)), "accounts", "checks")
    assert line.level == WARNING
    assert line.message.startswith("cannot be checked: silent-change, state-behind (")
    line = only(
        [one for one in lines(tmp_path, said(shop, version=None, changed="changed")) if one.level != FINE],
        "accounts",
        "checks",
    )
    assert "two clocks" in line.message
