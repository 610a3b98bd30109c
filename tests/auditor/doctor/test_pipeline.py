"""What the doctor says of derived logs, the cursors of their publishers, and states. Databases are small files."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from auditor.config import load
from auditor.doctor import examine
from checks.model.diagnosis import Examined, Level

FAILURE, UNKNOWN, WARNING, FINE = Level

CONFIG = """\
[stores.shop]
url = "sqlite:///shop.db"
[stores.side]
url = "sqlite:///side.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "event_id"
stream = "stream"
version = "version"
type = "type"
time = "at"
[logs.v1]
store = "side"
table = "v1"
position = "n"
time = "at"
derived_from = "orders"
source = "event_id"
types = ["Placed"]
sent = "sent"
[logs.v1.cursor]
table = "publishers"
where = { name = "v1" }
position = "last"
[states.accounts]
log = "orders"
store = "side"
table = "accounts"
stream = "id"
version = "version"
changed = "at"
types = ["Placed"]
where = { gone = 0 }
"""

TABLES = {
    "shop.db": """
CREATE TABLE events (position INTEGER PRIMARY KEY, event_id TEXT UNIQUE, stream TEXT, version INT, type TEXT, at TEXT);
CREATE INDEX by_stream ON events (stream, version);
INSERT INTO events VALUES (1, 'a', 's', 1, 'Placed', '2026-03-01T12:00:00Z');
""",
    "side.db": """
CREATE TABLE v1 (n INTEGER PRIMARY KEY, event_id TEXT, at TEXT, sent INT);
CREATE TABLE publishers (name TEXT, last INT);
CREATE TABLE accounts (id TEXT PRIMARY KEY, version INT, at TEXT, gone INT);
INSERT INTO v1 VALUES (1, 'a', '2026-03-01T12:00:00Z', 1);
INSERT INTO publishers VALUES ('v1', 1);
INSERT INTO accounts VALUES ('s', 1, '2026-03-01T12:00:00Z', 0);
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, script in TABLES.items():
        change(tmp_path / name, script)
    return tmp_path


def change(file: Path, script: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(script)


NOT_SENT = 'NULL, 0, and in text an empty one, "0", "f" and "false"'


def said(folder: Path, config: str = CONFIG, names: Sequence[str] = ()) -> tuple[Examined, ...]:
    (folder / "auditor.toml").write_text(config, encoding="utf-8")
    return examine(load(folder / "auditor.toml", {}), names).lines


def about(lines: Sequence[Examined], name: str, topic: str) -> list[tuple[Level, str]]:
    return [(line.level, line.message) for line in lines if (line.name, line.topic) == (name, topic)]


def worse(lines: Sequence[Examined]) -> list[tuple[str, str]]:
    """Without the warning that a derived log without streams always has."""
    return [(line.name, line.topic) for line in lines if line.level is not FINE and "version-gap" not in line.message]


def test_a_healthy_pipeline_has_nothing_to_complain_of(folder: Path) -> None:
    lines = said(folder)
    assert worse(lines) == []
    assert about(lines, "v1", "columns") == [
        (FINE, "[logs.v1]: 4 columns of 'v1' can be read as configured"),
        (FINE, f"[logs.v1] sent: 'sent' means not sent where it holds {NOT_SENT}"),
        (FINE, "[logs.v1.cursor]: 2 columns of 'publishers' can be read as configured"),
    ]
    assert about(lines, "v1", "cursor") == [(FINE, "[logs.v1.cursor]: its publisher's cursor is there")]
    assert about(lines, "v1", "identity") == [(FINE, "events of orders are matched by id as text, uuids by value")]
    assert about(lines, "v1", "types") == [(FINE, "events of 1 configured type are there")]
    assert (FINE, "no index for look-ups by 'event_id' in 'v1', and none is needed for about 1 row") in about(
        lines, "v1", "indexes"
    )
    assert about(lines, "accounts", "columns") == [
        (FINE, "[states.accounts]: 4 columns of 'accounts' can be read as configured")
    ]
    assert about(lines, "accounts", "identity") == [
        (FINE, "rows are matched with the streams of orders by name, as text, uuids by value")
    ]
    assert about(lines, "accounts", "where") == [(FINE, "[states.accounts]: rows of 'accounts' pass where")]
    assert about(lines, "accounts", "types") == [(FINE, "events of 1 configured type are there")]
    assert about(lines, "accounts", "checks") == [(FINE, "every check has what it needs")]
    assert next(line.of for line in lines if line.name == "accounts") == "state"


def test_the_columns_that_a_derived_log_lacks_are_all_named_and_nothing_that_rests_on_them_is_said(
    folder: Path,
) -> None:
    change(folder / "side.db", "ALTER TABLE v1 DROP COLUMN event_id; ALTER TABLE v1 DROP COLUMN sent;")
    lines = said(folder)
    assert [level for level, _ in about(lines, "v1", "columns")] == [FAILURE, FAILURE]
    assert "[logs.v1] source: " in about(lines, "v1", "columns")[0][1]
    assert "[logs.v1] sent: " in about(lines, "v1", "columns")[1][1]
    assert about(lines, "v1", "identity") == []


def test_a_source_that_cannot_be_compared_is_a_failure(folder: Path) -> None:
    change(folder / "side.db", "UPDATE v1 SET event_id = 'no number';")
    lines = said(folder, CONFIG.replace('source = "event_id"', 'source = "event_id"\nsource_key = "position"'))
    [(level, message)] = about(lines, "v1", "identity")
    assert level is FAILURE
    assert "column 'event_id' of 'v1' holds 'no number', which is no integer" in message


def test_a_type_that_no_upstream_event_has_is_a_warning(folder: Path) -> None:
    lines = said(folder, CONFIG.replace('"Placed"', '"Plaecd"'))
    message = "no event of orders has a type that matches 'Plaecd' (seen: 'Placed')"
    for name, section in (("v1", "[logs.v1]"), ("accounts", "[states.accounts]")):
        [line] = [line for line in lines if (line.name, line.topic) == (name, "types")]
        assert (line.level, line.message) == (WARNING, message)
        assert line.advice == f"correct types in {section}, unless it is yet to come"


@pytest.mark.parametrize(
    ("script", "level", "told"),
    [
        ("DELETE FROM publishers", WARNING, "[logs.v1.cursor]: no row of 'publishers' is its publisher's"),
        (
            "INSERT INTO publishers VALUES ('v1', 2)",
            FAILURE,
            "[logs.v1.cursor]: several rows of 'publishers' are the cursor, and nothing tells which counts",
        ),
    ],
)
def test_a_publisher_has_one_cursor(folder: Path, script: str, level: Level, told: str) -> None:
    change(folder / "side.db", script)
    assert about(said(folder), "v1", "cursor") == [(level, told)]


def test_a_cursor_whose_table_is_absent_is_a_failure_of_its_log(folder: Path) -> None:
    change(folder / "side.db", "DROP TABLE publishers")
    [*_, (level, message)] = about(said(folder), "v1", "table")
    assert (level, message) == (FAILURE, "[logs.v1.cursor]: there is no table or view 'publishers'")


def test_a_state_whose_table_is_misspelt_is_a_failure_and_nothing_else_is_said_of_it(folder: Path) -> None:
    lines = said(folder, CONFIG.replace('table = "accounts"', 'table = "acounts"'))
    [line] = [line for line in lines if (line.name, line.topic) == ("accounts", "table")]
    assert (line.level, line.message) == (FAILURE, "[states.accounts]: there is no table or view 'acounts'")
    assert line.advice == "correct [states.accounts] table (did you mean 'accounts'?)"
    assert {each.topic for each in lines if each.name == "accounts"} == {"table", "checks"}


def test_a_version_that_is_none_is_a_failure(folder: Path) -> None:
    change(folder / "side.db", "UPDATE accounts SET version = 'latest'")
    [(level, message)] = about(said(folder), "accounts", "columns")
    assert (level, "'latest', which is no integer" in message) == (FAILURE, True)


def test_a_condition_that_no_row_passes_is_a_warning(folder: Path) -> None:
    change(folder / "side.db", "UPDATE accounts SET gone = 1")
    [(level, message)] = about(said(folder), "accounts", "where")
    assert (level, message.startswith("[states.accounts]: no row of 'accounts' passes where")) == (WARNING, True)


def test_a_state_without_a_version_is_said_to_be_compared_by_less(folder: Path) -> None:
    config = CONFIG.replace('version = "version"\nchanged = "at"\n', "")
    [(level, message)] = about(said(folder, config), "accounts", "checks")
    assert level is WARNING
    assert message.startswith(
        "cannot be checked: silent-change, state-behind (accounts names no version and no changed"
    )


@pytest.mark.parametrize(("named", "also"), [("accounts", {"orders"}), ("v1", {"orders"}), ("orders", set())])
def test_what_is_named_is_examined_with_the_log_that_it_follows(folder: Path, named: str, also: set[str]) -> None:
    lines = said(folder, names=[named])
    assert {line.name for line in lines if line.of in ("log", "state")} == {named, *also}


def test_of_what_is_out_of_reach_nothing_else_is_said(folder: Path) -> None:
    (folder / "shop.db").unlink()
    lines = said(folder)
    unreachable = (UNKNOWN, "not examined: store 'shop' is out of reach")
    assert about(lines, "accounts", "connection") == about(lines, "v1", "connection") == [unreachable]


def test_a_log_that_others_are_made_out_of_by_id_needs_to_be_found_by_it(folder: Path) -> None:
    text = CONFIG.partition("[states.accounts]")[0]
    said_with = [message for _, message in about(said(folder, text), "orders", "indexes")]
    assert "index 'sqlite_autoindex_events_1' serves look-ups by id in 'events'" in said_with
