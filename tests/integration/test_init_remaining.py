"""``auditor init`` is silent about no table: what has no part in the file is named there."""

from pathlib import Path

import pytest

from tests.integration.happened import happened
from tests.integration.layouts import LAYOUTS
from tests.integration.shop import postgres_at
from tests.integration.sides import side
from tests.integration.test_init import initialised
from tests.integration.unknown_folder import Folder, cursor, inbox, log
from tests.postgres import Server

NO_CURSOR = "the loss of the last events cannot be told from a lag"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_tables_that_were_not_understood_are_named_by_their_databases_in_order(folder: Folder) -> None:
    events = happened()
    folder.fill(
        *log(events),
        *inbox(events),
        "CREATE TABLE visit (patient TEXT PRIMARY KEY, state TEXT)",
        "CREATE TABLE pos (sub TEXT PRIMARY KEY, last INTEGER)",
        "INSERT INTO pos VALUES ('mail', 60)",
        "CREATE VIEW newest AS SELECT max(position) AS position FROM events",
    )
    folder.fill('CREATE TABLE "\'[red]" (b TEXT)', file="billing.db")
    assert folder.init() == 0
    assert """Left out:\n#   looked at in billing, not understood: "'[red]"\n""" in folder.text
    assert (
        "looked at in shop, not understood: 'pos', 'visit'   if one of them holds receipts or cursors," in folder.prose
    )
    assert "not looked at in shop, for tables alone are: 'newest'" in folder.prose


def test_what_the_file_names_elsewhere_is_not_named_again(folder: Folder) -> None:
    events = happened()
    folder.fill(
        *log(events),
        *inbox(events),
        *cursor(len(events)),
        *cursor(5_000_000, "other_checkpoint"),
        "CREATE TABLE messages (id INTEGER PRIMARY KEY, message_id TEXT UNIQUE, type TEXT, body TEXT, created_at TEXT)",
    )
    assert folder.init() == 0
    assert "#[logs.messages]" in folder.text
    assert "other_checkpoint: looks like a cursor" in folder.prose
    assert "not understood" not in folder.prose


def test_many_of_them_are_counted(folder: Folder) -> None:
    folder.fill(*log(happened()), *(f"CREATE TABLE t{n:02} (a TEXT)" for n in range(33)))
    assert folder.init() == 0
    assert "'t28', 't29' and 3 more   if one" in folder.prose


def test_a_consumer_without_a_cursor_says_what_that_costs(folder: Folder) -> None:
    events = happened()
    folder.fill(*log(events))
    folder.fill(*inbox(events), file="bill's.db")
    assert folder.init() == 0
    [name] = folder.consumers
    assert NO_CURSOR in folder.prose
    assert f"if it keeps a cursor, add [consumers.{name}.cursor]" in folder.prose
    folder.config.unlink()
    folder.fill(*cursor(len(events)), file="bill's.db")
    assert folder.init() == 0
    assert "cursor" in folder.consumers[name]
    assert NO_CURSOR not in folder.prose


def test_views_and_tables_of_other_schemas_are_named_as_a_config_would(
    postgres18: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres18.database() as url, postgres_at(url) as database:
        LAYOUTS[0].fill(side(database), side(database))
        for statement in (
            "CREATE SCHEMA s",
            "CREATE TABLE s.visit (patient text)",
            "CREATE VIEW s.newest AS SELECT 1 AS a",
            "CREATE MATERIALIZED VIEW kept AS SELECT 1 AS a",
        ):
            database.execute(statement)
        initialised([url], tmp_path / "auditor.toml", monkeypatch)
    prose = Folder(tmp_path).prose
    assert ", not understood: 's.visit'   if one" in prose
    assert ", for tables alone are: 'kept', 's.newest'" in prose
