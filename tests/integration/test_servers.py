"""The servers are what the other tests take them for."""

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.integration.silence import nobody
from tests.postgres import Server, running
from tests.postgres import server as server_module


def test_a_server_is_of_the_version_that_it_says(postgres: Server) -> None:
    assert postgres.ask("SELECT current_setting('server_version_num')::int / 10000") == [(postgres.version,)]


def test_a_url_serves_psycopg_and_sqlalchemy(database: str) -> None:
    with psycopg.connect(database) as connection:
        direct = connection.execute("SELECT current_database()").fetchone()
    engine = create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as through_sqlalchemy:
        assert through_sqlalchemy.execute(text("SELECT current_database()")).one() == direct
    engine.dispose()


def test_a_prepared_transaction_outlives_its_session_and_can_be_committed_by_another(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (n int)")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("PREPARE TRANSACTION 'later'")
    with psycopg.connect(database, autocommit=True) as another:
        assert another.execute("SELECT n FROM t").fetchall() == []
        another.execute("COMMIT PREPARED 'later'")
        assert another.execute("SELECT n FROM t").fetchall() == [(1,)]


def test_a_database_goes_with_its_sessions_and_prepared_transactions_and_leaves_its_neighbour_alone(
    postgres: Server,
) -> None:
    with postgres.database() as neighbour, psycopg.connect(neighbour) as bystander:
        with postgres.database() as url:
            forgotten = psycopg.connect(url)
            forgotten.execute("CREATE TABLE t (n int)")
            forgotten.commit()
            forgotten.execute("INSERT INTO t VALUES (1)")
            forgotten.execute("PREPARE TRANSACTION 'orphan'")
            forgotten.execute("BEGIN")
        assert postgres.ask("SELECT gid FROM pg_prepared_xacts") == []
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)
        with pytest.raises(psycopg.OperationalError):
            forgotten.execute("SELECT 1")
        forgotten.close()
        assert bystander.execute("SELECT 1").fetchone() == (1,)


def test_a_role_may_log_in_with_its_password_and_read_nothing(postgres: Server) -> None:
    reader = postgres.role("reader", "p@ss:/word")
    with postgres.database() as url, psycopg.connect(url, autocommit=True) as owner:
        name = owner.info.dbname
        owner.execute("CREATE TABLE t (n int)")
        with (
            psycopg.connect(postgres.url(name, reader)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("SELECT n FROM t")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(postgres.url(name, reader).replace("p%40ss", "wrong"))


def test_a_standby_is_in_recovery_and_follows(postgres: Server) -> None:
    with postgres.standby() as standby, postgres.database() as url:
        assert standby.version == postgres.version
        assert standby.ask("SELECT pg_is_in_recovery()") == [(True,)]
        with psycopg.connect(url) as connection:
            name = connection.info.dbname
            connection.execute("CREATE TABLE t AS SELECT 7 AS n")
        standby.catch_up(postgres)
        assert standby.ask("SELECT n FROM t", name) == [(7,)]
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            standby.ask("INSERT INTO t VALUES (8)", name)


@pytest.mark.parametrize("version", [18, 16])
def test_a_server_that_is_stopped_hard_takes_its_sessions_along_and_can_be_started_again(
    version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On another port, if somebody else has taken what looked free."""
    with running(version) as server:
        session = psycopg.connect(server.url())
        session.execute("SELECT 1")
        server.stop_hard()
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
        session.close()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url())
        with nobody() as taken:
            ports = [server_module._free_port(), taken]
            monkeypatch.setattr(server_module, "_free_port", ports.pop)
            server.start()
        assert (ports, server.ask("SELECT 1")) == ([], [(1,)])
