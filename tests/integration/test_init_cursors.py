"""What ``auditor init`` makes of tables with cursors: whose they are, what they mean, and which are none."""

from pathlib import Path
from typing import Any

import pytest

import auditor
from tests.integration.happened import happened
from tests.integration.test_init import accusations
from tests.integration.unknown_folder import Folder, log


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def with_cursors(folder: Folder, table: str, *rows: tuple[object, ...]) -> dict[str, Any]:
    """The cursors that were written beside a log of 60 events, by consumer."""
    places = ", ".join("?" for _ in rows[0])
    folder.fill(*log(happened()), table, (f"INSERT INTO cursors VALUES ({places})", list(rows)))
    assert folder.init() == 0
    return {name: one["cursor"] for name, one in folder.consumers.items()}


def test_every_row_of_a_cursor_table_is_a_consumer_and_marks_are_none(folder: Folder) -> None:
    table = "CREATE TABLE cursors (name TEXT PRIMARY KEY, position TEXT)"
    rows = [("billing", "0000000060"), ("mail", "60"), ("HighWaterMark", "60"), ("__migration__", "1")]
    found = with_cursors(folder, table, *rows)
    assert found == {
        name: {"table": "cursors", "where": {"name": name}, "position": "position"} for name in ("billing", "mail")
    }


@pytest.mark.parametrize(
    ("column", "value", "means"),
    [("next_position", 61, "next"), ("delivered_position", 60, "delivered"), ("position", 60, None)],
)
def test_what_a_cursor_means_is_told_by_its_column(folder: Folder, column: str, value: int, means: str | None) -> None:
    [found] = with_cursors(folder, f"CREATE TABLE cursors ({column} INTEGER)", (value,)).values()
    assert found.get("means") == means


def test_the_one_row_of_a_table_that_has_but_one_needs_no_condition(folder: Folder) -> None:
    [found] = with_cursors(
        folder, "CREATE TABLE cursors (only INTEGER PRIMARY KEY, position INTEGER)", (1, 60)
    ).values()
    assert found == {"table": "cursors", "position": "position"}


def test_a_cursor_is_found_by_all_that_its_key_says(folder: Folder) -> None:
    table = "CREATE TABLE cursors (topic TEXT, consumer TEXT, position INTEGER, PRIMARY KEY (topic, consumer))"
    found = with_cursors(folder, table, ("events", "mail", 60), ("events", "billing", 60))
    assert found["mail"]["where"] == {"topic": "events", "consumer": "mail"}


def test_several_rows_that_do_not_say_which_events_are_whose_are_left_out(folder: Folder) -> None:
    assert with_cursors(folder, "CREATE TABLE cursors (position INTEGER)", (60,), (59,)) == {}
    assert "2 rows, and nothing that says which events are whose" in folder.prose


def test_a_consumer_that_the_file_cannot_name_is_left_out(folder: Folder) -> None:
    assert with_cursors(folder, "CREATE TABLE cursors (name TEXT PRIMARY KEY, position INTEGER)", ("${A}", 60)) == {}
    assert "what finds its row cannot be said in auditor.toml" in folder.prose


def test_words_in_a_column_of_that_name_are_no_cursor(folder: Folder) -> None:
    assert with_cursors(folder, "CREATE TABLE cursors (name TEXT PRIMARY KEY, position TEXT)", ("a", "left")) == {}
    assert "cursors: looks like a cursor, but position holds other things than whole numbers" in folder.prose


@pytest.mark.parametrize("column", ["pos", "last_pos", "seqNo", "idx", "offset", "seq"])
def test_a_position_may_be_called_in_short(folder: Folder, column: str) -> None:
    found = with_cursors(folder, f"CREATE TABLE cursors (sub TEXT PRIMARY KEY, {column} INTEGER)", ("mail", 60))
    assert found == {"mail": {"table": "cursors", "where": {"sub": "mail"}, "position": column}}


def test_a_number_that_no_name_calls_a_position_is_said_and_not_used(folder: Folder) -> None:
    table = "CREATE TABLE cursors (sub TEXT PRIMARY KEY, reached INTEGER, retry_count INTEGER)"
    assert with_cursors(folder, table, ("mail", 60, 0)) == {}
    assert "cursors: looks like a cursor, but no name of a column says that it is a position (reached?)" in folder.prose


@pytest.mark.parametrize(
    ("name", "section"),
    [('[bold]"', '[bold]"'), ("a\nb", "a-b"), ("ü.1", "ü.1"), ("'", "'"), ("#", "#"), ("\x1b[2J", "2J")],
)
def test_a_consumer_may_be_called_anything(folder: Folder, name: str, section: str) -> None:
    found = with_cursors(folder, "CREATE TABLE cursors (name TEXT PRIMARY KEY, position INTEGER)", (name, 60))
    assert found == {section: {"table": "cursors", "where": {"name": name}, "position": "position"}}
    assert accusations(auditor.run(folder.config)) == []
