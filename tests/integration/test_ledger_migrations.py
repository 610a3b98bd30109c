"""From every revision there is, with rows in it, to the newest one; and what that leaves is what the code expects."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, Connection, DateTime, Integer, LargeBinary, MetaData, Table, insert, inspect, select

from auditor.config import LedgerConfig
from auditor.ledger.database import Database
from auditor.ledger.migrating import SCRIPTS, revision_of
from auditor.ledger.opening import database_of
from auditor.ledger.schema import METADATA, REVISION, REVISION_TABLE
from tests.ledgers import audit, finding, opened, record, run


def scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return config


def revisions() -> list[str]:
    """All there are, the oldest first."""
    found = [script.revision for script in ScriptDirectory.from_config(scripts()).walk_revisions()]
    return found[::-1]


def move(connection: Connection, revision: str) -> None:
    config = scripts()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def tables(connection: Connection) -> Mapping[str, Table]:
    """As they really are, whatever the code says."""
    metadata = MetaData()
    metadata.reflect(connection)
    return {table.name: table for table in metadata.sorted_tables if table.name != REVISION_TABLE}


def fill(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """A row in every table, with a value in every column. Returns them all."""
    for table in tables(connection).values():
        connection.execute(insert(table), {column.name: _value(column.type) for column in table.columns})
    return contents(connection)


def _value(type_: object) -> object:
    if isinstance(type_, Boolean):
        return True
    if isinstance(type_, Integer):
        return 2**40  # what numbers rows by itself does not come to it
    if isinstance(type_, DateTime):
        moment = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
        return moment if type_.timezone else moment.replace(tzinfo=None)
    return b"\x00\xff" if isinstance(type_, LargeBinary) else "ä 'text'"


def contents(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [dict(row) for row in connection.execute(select(table)).mappings()]
        for name, table in tables(connection).items()
    }


@pytest.fixture
def database(ledger_config: LedgerConfig) -> Iterator[Database]:
    """A place without any table."""
    if ledger_config.file is not None:
        ledger_config.file.touch()
    database = database_of(ledger_config)
    yield database
    database.close()


def test_the_newest_revision_is_the_one_that_the_code_expects() -> None:
    assert revisions()[-1] == REVISION
    assert ScriptDirectory.from_config(scripts()).get_heads() == [REVISION]


def test_revisions_follow_each_other_in_the_order_of_their_numbers() -> None:
    assert revisions() == [f"{number:04d}" for number in range(1, len(revisions()) + 1)]
    known = ScriptDirectory.from_config(scripts())
    assert all(known.get_revision(later).down_revision == earlier for earlier, later in pairwise(revisions()))


def test_the_newest_revision_has_the_tables_that_the_code_expects(database: Database) -> None:
    with database.writing() as connection:
        move(connection, "head")
        context = MigrationContext.configure(connection, opts={"version_table": REVISION_TABLE, "compare_type": True})
        assert compare_metadata(context, METADATA) == []
        indexes = {
            (name, index["name"], tuple(index["column_names"]))
            for name in METADATA.tables
            for index in inspect(connection).get_indexes(name)
            if index["name"] and index["name"].startswith("ix_")
        }
    assert indexes == {
        (table.name, index.name, tuple(column.name for column in index.columns))
        for table in METADATA.sorted_tables
        for index in table.indexes
    }


@pytest.mark.parametrize("revision", revisions())
def test_from_each_revision_nothing_is_lost_on_the_way_to_the_newest(
    database: Database, ledger_config: LedgerConfig, revision: str
) -> None:
    with database.writing() as connection:
        move(connection, revision)
        before = fill(connection)
    database.prepare()
    with database.reading() as connection:
        assert revision_of(connection) == REVISION
        after = contents(connection)
    for table, rows in before.items():
        assert [{key: row[key] for key in rows[0]} for row in after[table]] == rows
    with opened(ledger_config) as ledger:
        record(ledger, run(1, audit(finding([5]))))
        assert ledger.result("run-1").audits[0].findings[0].count == 1


@pytest.mark.parametrize("revision", revisions())
def test_a_migration_that_is_interrupted_leaves_what_was_there(database: Database, revision: str) -> None:
    with database.writing() as connection:
        move(connection, revision)
        before = fill(connection)
    with pytest.raises(KeyboardInterrupt):
        _migrate_and_be_interrupted(database)
    with database.reading() as connection:
        assert (revision_of(connection), contents(connection)) == (revision, before)


def _migrate_and_be_interrupted(database: Database) -> None:
    with database.writing() as connection:
        move(connection, "head")
        for table in reversed(list(tables(connection).values())):
            table.drop(connection)
        raise KeyboardInterrupt
