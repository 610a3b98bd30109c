"""A store that does not answer is told by what exactly is wrong, and never with its password."""

import socket
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from psycopg import sql

from checks.model.diagnosis import Examined
from tests.integration.doctoring import FAILURE, FINE, UNKNOWN, WARNING, about, lines, only
from tests.integration.shop import rows, settings, sqlite_at
from tests.integration.test_failures import as_nobody
from tests.postgres import Server

ON_POSTGRES = {
    "host": ("host: ", "nowhere.invalid", "correct the host in the url"),
    "port": ("port: ", "Connection refused", "correct the port in the url"),
    "silent": ("network: ", "timeout", "open the firewall"),
    "socket": ("socket: ", "No such file or directory", "name the host in the url"),
    "wrong-password": ("password: ", "authentication failed for user", "the role or its password is wrong"),
    "no-password": ("password: ", "no password supplied", "the url has none"),
    "nobody": ("password: ", "authentication failed for user", "the role or its password is wrong"),
    "database": ("database: ", "does not exist", "correct its name at the end of the url"),
    "no-tls": ("tls: ", "server does not support SSL", "the server has none"),
    "no-connect": ("rights: ", "permission denied for database", "GRANT CONNECT"),
    "no-login": ("role: ", "not permitted to log in", "LOGIN"),
    "full": ("slots: ", "too many connections", "raise the limit"),
    "closed": ("database: ", "not currently accepting connections", "ALLOW_CONNECTIONS"),
    "nonsense": ("url: ", "invalid connection option", "correct the url"),
}


def stores_of(postgres: Server, url: str, silent: int) -> dict[str, dict[str, str]]:
    """Stores of which each has something wrong, by what it is."""
    name = url.rpartition("/")[2]
    here = f"127.0.0.1:{postgres.port}"
    guest, sleeper = postgres.role("guest", "geheim"), postgres.role("sleeper", "geheim")
    postgres.ask(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    postgres.ask(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(sleeper)))
    urls = {
        "host": f"postgresql://auditor:geheim@nowhere.invalid/{name}",
        "port": f"postgresql://auditor:geheim@127.0.0.1:1/{name}",
        "silent": f"postgresql://auditor:geheim@127.0.0.1:{silent}/{name}?connect_timeout=2",
        "socket": f"postgresql://auditor:geheim@/{name}?host=/nowhere",
        "wrong-password": f"postgresql://postgres:geheim@{here}/{name}",
        "no-password": f"postgresql://postgres@{here}/{name}",
        "nobody": f"postgresql://nobody-at-all:geheim@{here}/{name}",
        "database": f"{url}-nowhere",
        "no-tls": f"{url}?sslmode=require",
        "no-connect": f"postgresql://{guest}:geheim@{here}/{name}",
        "no-login": f"postgresql://{sleeper}:geheim@{here}/postgres",
        "nonsense": f"{url}?nonsense=1",
    }
    return {store: {"url": each} for store, each in urls.items()}


@pytest.fixture(scope="module")
def on_postgres(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Examined]]:
    with ExitStack() as stack:
        url, full, closed = (stack.enter_context(postgres.database()) for _ in range(3))
        silent = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        stores = stores_of(postgres, url, silent.getsockname()[1])
        guest = postgres.role("visitor", "geheim")
        for which, limit in ((full, "CONNECTION LIMIT 0"), (closed, "ALLOW_CONNECTIONS false")):
            name = sql.Identifier(which.rpartition("/")[2])
            postgres.ask(sql.SQL("ALTER DATABASE {} WITH {}").format(name, sql.SQL(limit)))
        stores |= {
            "full": {"url": postgres.url(full.rpartition("/")[2], guest)},
            "closed": {"url": closed},
            "healthy": {"url": url},
        }
        said = {**settings(url), "stores": {**stores, "shop": {"url": url}}}
        yield lines(tmp_path_factory.mktemp("doctor"), said)
        again = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true")
        postgres.ask(again.format(sql.Identifier(closed.rpartition("/")[2])))


@pytest.mark.parametrize("store", ON_POSTGRES)
def test_what_is_wrong_with_a_postgres_is_told_with_what_to_do(on_postgres: Sequence[Examined], store: str) -> None:
    code, words, advice = ON_POSTGRES[store]
    line = only(on_postgres, store, "connection")
    assert line.level == FAILURE
    assert line.message.startswith(code)
    assert words in line.message
    assert advice in (line.advice or "")
    assert "\n" not in line.message


def test_a_postgres_that_answers_says_what_it_is_and_as_whom_we_are_in(
    on_postgres: Sequence[Examined], postgres: Server
) -> None:
    line = only(on_postgres, "healthy", "connection")
    assert line.level == FINE
    assert line.message.startswith(f"PostgreSQL {postgres.version}.")
    assert "as role 'postgres', not encrypted" in line.message
    assert only(on_postgres, "healthy", "standby").message == "it is a primary"
    assert only(on_postgres, "healthy", "clock").level == FINE


def test_no_password_is_told(on_postgres: Sequence[Examined]) -> None:
    assert "geheim" not in repr(on_postgres)


def test_a_store_that_nothing_uses_is_a_warning(on_postgres: Sequence[Examined]) -> None:
    unused = [line for line in on_postgres if line.of == "config" and line.level == WARNING]
    assert len(unused) == len(ON_POSTGRES) + 1
    assert not [line for line in unused if "'shop'" in line.message]


ON_SQLITE = {
    "no-file": ("file: ", "no such file", "there is no such file"),
    "a-folder": ("file: ", "is no file", "name the file of the database"),
    "below-a-file": ("file: ", "not a directory", "a part of the path is a file"),
    "no-database": ("format: ", "file is not a database", "another kind of file"),
    "cut-off": ("format: ", "malformed", "integrity_check"),
    "locked": ("lock: ", "database is locked", "WAL"),
}


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Examined]]:
    folder = tmp_path_factory.mktemp("sqlite")
    with sqlite_at(folder / "shop.db") as database:
        database.write(rows(200))
    whole = (folder / "shop.db").read_bytes()
    (folder / "cut-off.db").write_bytes(whole[:4096] + whole[:100])
    (folder / "locked.db").write_bytes(whole)
    (folder / "no-database.db").write_bytes(b"no database at all" * 100)
    (folder / "a-folder.db").mkdir()
    said = settings(f"sqlite:///{folder}/shop.db")
    for name in ON_SQLITE:
        said["stores"][name] = {"url": f"sqlite:///{folder}/{name}.db"}
    said["stores"]["below-a-file"] = {"url": f"sqlite:///{folder}/shop.db/x.db"}
    with closing(sqlite3.connect(folder / "locked.db", isolation_level=None)) as locker:
        locker.execute("BEGIN EXCLUSIVE")
        yield lines(folder, said)


@pytest.mark.parametrize("store", ON_SQLITE)
def test_what_is_wrong_with_a_sqlite_file_is_told_with_what_to_do(on_sqlite: Sequence[Examined], store: str) -> None:
    code, words, advice = ON_SQLITE[store]
    line = only(on_sqlite, store, "connection")
    assert line.level == FAILURE
    assert line.message.startswith(code)
    assert words in line.message
    assert advice in (line.advice or "")


def test_a_sqlite_file_that_can_be_read_is_fine_and_has_neither_role_nor_clock(on_sqlite: Sequence[Examined]) -> None:
    line = only(on_sqlite, "shop", "connection")
    assert (line.level, line.advice is not None) == (FINE, True)
    assert line.message.endswith("journal mode delete")
    assert [topic for topic in ("role", "standby", "clock") if about(on_sqlite, "shop", topic)] == []


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o755, 0o000), (0o600, 0o644)], ids=["file", "folder"])
def test_a_sqlite_file_that_may_not_be_read_is_a_matter_of_rights(folder_mode: int, file_mode: int) -> None:
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder = Path(name, "shop")
        folder.mkdir()
        with sqlite_at(folder / "shop.db") as database:
            database.write(rows(1))
        (folder / "shop.db").chmod(file_mode)
        folder.chmod(folder_mode)
        with as_nobody():
            line = only(lines_at(name, f"sqlite:///{folder}/shop.db"), "shop", "connection")
        folder.chmod(0o755)
    assert line.level == FAILURE
    assert line.message.startswith("rights: ")


def lines_at(name: str, url: str) -> Sequence[Examined]:
    with TemporaryDirectory() as elsewhere:
        return lines(Path(elsewhere), settings(url))


def test_what_needs_a_store_that_is_out_of_reach_is_said_to_be_not_examined(tmp_path: Path) -> None:
    found = lines(tmp_path, settings("sqlite:///nowhere.db"))
    for name in ("orders", "billing"):
        line = only(found, name, "connection")
        assert (line.level, line.message) == (UNKNOWN, "not examined: store 'shop' is out of reach")
    assert {line.name for line in found if line.of in ("log", "consumer")} == {"orders", "billing"}
