"""On PostgreSQL, and across PostgreSQL and SQLite, made-up derived logs are judged as the naive oracle judges them."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.derivations.database import Place, build
from tests.derivations.pasts import Past, pasts
from tests.derivations.verdicts import FINE, audited, expect_the_truth
from tests.histories.database import dashed, itself
from tests.integration.test_histories_postgres import NATIVE, postgres_side
from tests.postgres import Server

Spelling = tuple[str, Callable[[UUID], object]]
SPELLINGS: tuple[Spelling, ...] = (("uuid", itself), ("text", dashed))


@pytest.fixture(scope="module")
def database(postgres: Server) -> Iterator[str]:
    """Each past replaces what the one before left there."""
    with postgres.database() as url:
        yield url


@contextmanager
def on_postgres(url: str, spelling: Spelling, *, indexed: bool) -> Iterator[Place]:
    with postgres_side(url, NATIVE) as side:
        yield Place(side.execute, url, *spelling, indexed=indexed)


@contextmanager
def on_sqlite(path: Path, *, indexed: bool) -> Iterator[Place]:
    with closing(sqlite3.connect(path)) as connection, connection:

        def execute(statement: str, rows: Iterable[Sequence[object]]) -> None:
            connection.execute(statement) if rows == () else connection.executemany(statement, rows)

        yield Place(execute, f"sqlite:///{path.name}", "text", dashed, indexed=indexed)


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(pasts(), st.sampled_from(SPELLINGS), st.booleans())
def test_a_derived_log_beside_its_upstream_is_judged_as_the_oracle_judges_it(
    database: str, past: Past, spelling: Spelling, indexed: bool
) -> None:
    with TemporaryDirectory() as folder:
        config = Path(folder, "auditor.toml")
        with on_postgres(database, spelling, indexed=indexed) as place:
            config.write_text(build(past, place, place))
        expect_the_truth(past, audited(config, grain=FINE))


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(pasts(), st.sampled_from(SPELLINGS), st.booleans(), st.booleans())
def test_a_derived_log_in_another_store_is_judged_as_the_oracle_judges_it(
    database: str, past: Past, spelling: Spelling, indexed: bool, upstream_on_postgres: bool
) -> None:
    with TemporaryDirectory() as folder:
        config = Path(folder, "auditor.toml")
        with (
            on_postgres(database, spelling, indexed=indexed) as ours,
            on_sqlite(Path(folder, "other.db"), indexed=indexed) as theirs,
        ):
            upstream, derived = (ours, theirs) if upstream_on_postgres else (theirs, ours)
            config.write_text(build(past, upstream, derived))
        expect_the_truth(past, audited(config, grain=FINE))
