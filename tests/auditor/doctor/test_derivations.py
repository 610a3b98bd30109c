"""What a doctor says of a derived log: how it fits to its upstream, and what of it cannot be judged."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from auditor.config import load
from auditor.doctor import examine
from auditor.doctor.indexes import SMALL
from checks.model.diagnosis import Examined, Level

CONFIG = """\
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "id"
stream = "stream"
version = "version"
type = "type"
time = "at"
[logs.v1]
store = "shop"
derived_from = "orders"
table = "v1"
position = "position"
"""
TABLES = """\
CREATE TABLE events (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, stream TEXT, version INT, type TEXT,
    at TEXT);
CREATE TABLE v1 (position INTEGER PRIMARY KEY, source TEXT, place INTEGER NOT NULL, sent TEXT);
CREATE TABLE cursors (name TEXT, place INTEGER);
INSERT INTO events VALUES (1, 'e1', 's', 1, 'Placed', '2026-03-01T12:00:00Z');
INSERT INTO cursors VALUES ('v1', 1), ('v2', 1);
"""


def said(folder: Path, keys: str, topic: str, *, rows: int = 0) -> Sequence[Examined]:
    """The lines about a topic of the derived log, or of both logs where it is ``indexes``."""
    with closing(sqlite3.connect(folder / "shop.db")) as shop, shop:
        shop.executescript(TABLES)
        shop.executemany("INSERT INTO v1 (source, place) VALUES (?, ?)", ((f"e{n}", n) for n in range(rows)))
    (folder / "auditor.toml").write_text(CONFIG + keys)
    return [line for line in examine(load(folder / "auditor.toml")).lines if (line.name, line.topic) == ("v1", topic)]


def test_a_source_column_that_is_not_there_is_a_failure_and_nothing_else_is_looked_at(tmp_path: Path) -> None:
    keys = 'source = "sourc"'
    assert [(line.level, line.message) for line in said(tmp_path, keys, "columns")] == [
        (Level.FAILURE, "[logs.v1] source: table 'v1' has no column 'sourc' (did you mean 'source'?)")
    ]
    assert not [line for line in examine(load(tmp_path / "auditor.toml")).lines if line.topic == "identity"]


def test_it_says_by_what_events_are_matched(tmp_path: Path) -> None:
    [line] = said(tmp_path, 'source = "source"', "identity")
    assert line.message == "events of orders are matched by id as text, uuids by value"


def test_a_source_that_cannot_be_compared_is_a_failure(tmp_path: Path) -> None:
    [line] = said(tmp_path, 'source = "place"', "identity")
    assert line.level is Level.FAILURE
    assert line.message == "column 'id' of 'events' holds 'e1', which is no integer"


def test_a_type_of_the_upstream_that_matches_nothing_is_a_warning(tmp_path: Path) -> None:
    [line] = said(tmp_path, 'source = "source"\ntypes = ["Paid"]', "types")
    assert line.level is Level.WARNING
    assert line.advice == "correct types in [logs.v1], unless it is yet to come"


@pytest.mark.parametrize(
    ("where", "level", "words"),
    [
        ('where = { name = "v1" }', Level.FINE, "its publisher's cursor is there"),
        ('where = { name = "v3" }', Level.WARNING, "no row of 'cursors' is its publisher's"),
        ("", Level.FAILURE, "several rows of 'cursors' are the cursor"),
    ],
)
def test_the_rows_of_its_publishers_cursor_are_counted(tmp_path: Path, where: str, level: Level, words: str) -> None:
    cursor = f'\n[logs.v1.cursor]\ntable = "cursors"\nposition = "place"\n{where}'
    [line] = said(tmp_path, f'source = "source"{cursor}', "cursor")
    assert line.level is level
    assert words in line.message


def test_the_index_that_look_ups_need_is_offered(tmp_path: Path) -> None:
    lines = said(tmp_path, 'source = "source"', "indexes", rows=SMALL)
    [line] = [line for line in lines if "look-ups by 'source'" in line.message]
    assert line.level is Level.WARNING
    assert [statement for statement in line.statements if '("source")' in statement or "(source)" in statement]


def test_why_every_run_compares_all_of_it_is_told_with_what_would_spare_that(tmp_path: Path) -> None:
    [line] = said(tmp_path, 'source = "source"', "ledger")
    assert "names events by id, and not by position" in line.message
    assert line.advice is not None
    assert 'source_key = "position"' in line.advice


def test_what_cannot_be_judged_is_told_with_what_to_declare(tmp_path: Path) -> None:
    any_number = 'source = "source"\nper_event = "any"\nsent = "sent"'
    lines = said(tmp_path, any_number, "checks")
    [line] = [line for line in lines if "underived, duplicate" in line.message]
    assert line.level is Level.WARNING
    assert line.advice == 'say per_event = "one" in [logs.v1], if every event becomes one row'
    [outbox] = [line for line in lines if "an outbox may delete what was sent" in line.message]
    assert outbox.advice == "say in [logs.v1] for how long it keeps them, as retention"


def test_naming_it_has_its_upstream_examined_too(tmp_path: Path) -> None:
    assert said(tmp_path, 'source = "source"', "identity")
    lines = examine(load(tmp_path / "auditor.toml"), ["v1"]).lines
    assert {line.name for line in lines if line.of == "log"} == {"orders", "v1"}
