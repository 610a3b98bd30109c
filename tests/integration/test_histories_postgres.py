"""On PostgreSQL, and across PostgreSQL and SQLite, made-up histories are judged as the naive oracle judges them."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.histories.database import Side, bare_upper, build, dashed, itself
from tests.histories.history import History, histories
from tests.histories.verdicts import audit, expect_the_same, expect_the_truth
from tests.postgres import Server

Kind = tuple[str, Callable[[UUID], object], str, str]
NATIVE: Kind = ("uuid", itself, "bigint", "timestamptz")
TEXTUAL: Kind = ("text", bare_upper, "text", "timestamp")
PADDED: Kind = ("char(40)", dashed, "numeric(30)", "timestamptz")


@pytest.fixture(scope="module")
def databases(postgres: Server) -> Iterator[tuple[str, str]]:
    """A producer's and a consumer's database; each history replaces what the one before left there."""
    with postgres.database() as shop, postgres.database() as billing:
        yield shop, billing


@contextmanager
def postgres_side(url: str, kind: Kind, *, indexed: bool = False) -> Iterator[Side]:
    id_type, spell, position_type, time_type = kind
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")

        def execute(statement: str, rows: Iterable[Sequence[object]]) -> None:
            query = statement.replace("?", "%s").encode()
            if rows == ():
                connection.execute(query)
            else:
                connection.cursor().executemany(query, list(rows))

        yield Side(execute, url, id_type, spell, position_type, time_type, indexed=indexed)


@contextmanager
def across(url: str, history: History, kind: Kind, *, log_on_postgres: bool, indexed: bool = False) -> Iterator[Path]:
    """The history with one side in PostgreSQL and the other in SQLite; gives its auditor.toml."""
    with TemporaryDirectory() as folder:
        config, path = Path(folder, "auditor.toml"), Path(folder, "other.db")
        with (
            postgres_side(url, kind, indexed=indexed) as ours,
            closing(sqlite3.connect(path)) as connection,
            connection,
        ):

            def execute(statement: str, rows: Iterable[Sequence[object]]) -> None:
                connection.execute(statement) if rows == () else connection.executemany(statement, rows)

            theirs = Side(execute, "sqlite:///other.db", "text", dashed, indexed=indexed)
            config.write_text(build(history, *((ours, theirs) if log_on_postgres else (theirs, ours))))
        yield config


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(histories(), st.sampled_from((NATIVE, TEXTUAL, PADDED)), st.sampled_from((NATIVE, TEXTUAL, PADDED)))
def test_a_history_across_two_postgres_databases_is_judged_as_the_oracle_judges_it(
    databases: tuple[str, str], history: History, ours: Kind, theirs: Kind
) -> None:
    with TemporaryDirectory() as folder:
        config = Path(folder, "auditor.toml")
        with postgres_side(databases[0], ours) as log, postgres_side(databases[1], theirs) as inbox:
            config.write_text(build(history, log, inbox))
        expect_the_truth(history, audit(config))


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(histories(), st.sampled_from((NATIVE, TEXTUAL, PADDED)), st.booleans())
def test_a_history_across_postgres_and_sqlite_is_judged_as_the_oracle_judges_it(
    databases: tuple[str, str], history: History, kind: Kind, log_on_postgres: bool
) -> None:
    with across(databases[0], history, kind, log_on_postgres=log_on_postgres) as config:
        expect_the_truth(history, audit(config))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    histories(), st.sampled_from((NATIVE, TEXTUAL, PADDED)), st.sampled_from((NATIVE, TEXTUAL, PADDED)), st.booleans()
)
def test_digests_on_postgres_say_the_same_as_the_comparison_row_by_row(
    databases: tuple[str, str], history: History, ours: Kind, theirs: Kind, indexed: bool
) -> None:
    with TemporaryDirectory() as folder:
        config = Path(folder, "auditor.toml")
        with (
            postgres_side(databases[0], ours, indexed=indexed) as log,
            postgres_side(databases[1], theirs, indexed=indexed) as inbox,
        ):
            config.write_text(build(history, log, inbox))
        expect_the_same(config)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(histories(), st.sampled_from((NATIVE, TEXTUAL, PADDED)), st.booleans(), st.booleans())
def test_digests_across_postgres_and_sqlite_say_the_same_as_the_comparison_row_by_row(
    databases: tuple[str, str], history: History, kind: Kind, log_on_postgres: bool, indexed: bool
) -> None:
    with across(databases[0], history, kind, log_on_postgres=log_on_postgres, indexed=indexed) as config:
        expect_the_same(config)
