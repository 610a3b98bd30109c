"""The servers that the integration tests share. A server that cannot be had fails the tests that need it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.config import LedgerConfig
from auditor.ledger import Ledger
from tests.integration.orders import Orders
from tests.ledgers import config_of, opened
from tests.postgres import Server, running


@pytest.fixture(scope="session")
def postgres18() -> Iterator[Server]:
    """A PostgreSQL 18 for the whole run."""
    with running(18) as server:
        yield server


@pytest.fixture(scope="session")
def postgres16() -> Iterator[Server]:
    """A PostgreSQL 16 for the whole run."""
    with running(16) as server:
        yield server


@pytest.fixture(scope="session", params=[18, 16], ids=["postgres18", "postgres16"])
def postgres(request: pytest.FixtureRequest) -> Server:
    """Each supported PostgreSQL in turn."""
    server = request.getfixturevalue(f"postgres{request.param}")
    assert isinstance(server, Server)
    return server


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """The URL of a new, empty database on each supported PostgreSQL."""
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def orders_database(postgres: Server) -> Iterator[str]:
    """The URL of a database for one log after another."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def orders(orders_database: str, tmp_path: Path) -> Orders:
    """An empty log with a consumer, on each supported PostgreSQL."""
    return Orders.new(orders_database, tmp_path)


@pytest.fixture
def limited(orders: Orders, postgres: Server) -> Orders:
    """The same log and consumer, for a role that may only select."""
    return orders.seen_by_a_reader(postgres)


@pytest.fixture(params=["sqlite", "postgres18"])
def ledger_config(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LedgerConfig]:
    """Where a ledger may be made: in a file that is not there, and in an empty database."""
    if request.param == "sqlite":
        yield config_of(tmp_path / "ledger.db")
        return
    server = request.getfixturevalue(request.param)
    assert isinstance(server, Server)
    with server.database() as url:
        yield config_of(url)


@pytest.fixture
def ledger(ledger_config: LedgerConfig) -> Iterator[Ledger]:
    """An empty ledger, in each kind of database."""
    with opened(ledger_config) as ledger:
        yield ledger
