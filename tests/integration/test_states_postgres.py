"""On PostgreSQL, and across PostgreSQL and SQLite, made-up states are judged as the naive oracle judges them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.auditor.test_histories_sqlite import execute_on
from tests.histories.database import as_blob, bare_upper, itself
from tests.histories.mirror_verdicts import audit, expect_the_truth
from tests.histories.mirrors import Mirror, Place, Spelling, build, mirrors, ways
from tests.postgres import Server

NATIVE: Spelling = ("uuid", itself)
SPELLINGS: tuple[Spelling, ...] = (NATIVE, ("text", str), ("char(40)", bare_upper), ("bytea", as_blob))


@pytest.fixture(scope="module")
def databases(postgres: Server) -> Iterator[tuple[str, str]]:
    """A producer's and a reader's database; each state replaces what the one before left there."""
    with postgres.database() as shop, postgres.database() as reading:
        yield shop, reading


@contextmanager
def postgres_place(url: str, spelling: Spelling) -> Iterator[Place]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")

        def execute(statement: str, rows: Iterable[Sequence[object]]) -> None:
            query = statement.replace("?", "%s").encode()
            if rows == ():
                connection.execute(query)
            else:
                connection.cursor().executemany(query, list(rows))

        yield Place(execute, url, spelling, "timestamptz")


COMMON = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@COMMON
@given(mirrors(), ways(SPELLINGS))
def test_a_state_in_the_database_of_its_log_is_judged_as_the_oracle_judges_it(
    databases: tuple[str, str], mirror: Mirror, written_as: tuple[Spelling, Spelling]
) -> None:
    """The names of streams may be written in one way in the log and in another one in the state."""
    with TemporaryDirectory() as folder, postgres_place(databases[0], written_as[0]) as log:
        config = Path(folder, "auditor.toml")
        config.write_text(build(mirror, log, replace(log, spelling=written_as[1])))
        expect_the_truth(mirror, audit(config))


@COMMON
@given(mirrors(), st.sampled_from(SPELLINGS), st.booleans())
def test_a_state_across_postgres_and_sqlite_is_judged_as_the_oracle_judges_it(
    databases: tuple[str, str], mirror: Mirror, spelling: Spelling, log_on_postgres: bool
) -> None:
    with TemporaryDirectory() as folder, postgres_place(databases[0], spelling) as ours:
        config = Path(folder, "auditor.toml")
        with execute_on(Path(folder, "other.db")) as execute:
            theirs = Place(execute, "sqlite:///other.db", ("text", str))
            config.write_text(build(mirror, *((ours, theirs) if log_on_postgres else (theirs, ours))))
        expect_the_truth(mirror, audit(config))


@COMMON
@given(mirrors(), ways(SPELLINGS))
def test_a_state_in_another_postgres_database_is_judged_as_the_oracle_judges_it(
    databases: tuple[str, str], mirror: Mirror, written_as: tuple[Spelling, Spelling]
) -> None:
    with TemporaryDirectory() as folder:
        config = Path(folder, "auditor.toml")
        ours, theirs = written_as
        with postgres_place(databases[0], ours) as log, postgres_place(databases[1], theirs) as state:
            config.write_text(build(mirror, log, state))
        expect_the_truth(mirror, audit(config))
