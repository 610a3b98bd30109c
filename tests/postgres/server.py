"""A PostgreSQL server that belongs to the tests alone: started, asked, killed, and gone afterwards.

It listens on a free port of the loopback interface, asks everybody for a password, and forgets all it was told when
the machine goes down (``fsync`` is off). Should the tests be killed, a watchdog stops it.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.postgres.programs import Programs, programs

HOST = "127.0.0.1"
PATIENCE = 120.0
"""Seconds after which a server that does not do what it was told has failed."""

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "hot_standby_feedback": "off",
    "jit": "off",
    "listen_addresses": HOST,
    "max_connections": "200",
    "max_prepared_transactions": "20",
    "scram_iterations": "1",
    "shared_buffers": "64MB",
    "unix_socket_directories": "",
    "wal_keep_size": "512MB",
}


class Server:
    """One running server. ``version`` is the major version."""

    def __init__(self, installed: Programs, data: Path, passwords: Mapping[str, str]) -> None:
        """``data``: a folder that initdb or pg_basebackup filled. The server runs once ``start`` was called."""
        self.version = installed.version
        self.host = HOST
        self.port = 0
        self._programs = installed
        self._data = data
        self._log = data.with_suffix(".log")
        self._passwords = dict(passwords)
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """``postgresql://user:password@host:port/database``, for psycopg and SQLAlchemy alike."""
        account = f"{quote(user, safe='')}:{quote(self._passwords[user], safe='')}"
        return f"postgresql://{account}@{self.host}:{self.port}/{quote(database, safe='')}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new, empty database; afterwards it is dropped, with whatever is still connected to it."""
        name = f"auditor_{secrets.token_hex(6)}"
        self.ask(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            yield self.url(name)
        finally:
            self._drop(name)

    def role(self, name: str, password: str) -> str:
        """Add a role that may log in and nothing else, and return its unique name. It lives as long as the server."""
        unique = f"{name}_{secrets.token_hex(4)}"
        self.ask(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(unique), sql.Literal(password)))
        self._passwords[unique] = password
        return unique

    def ask(self, statement: LiteralString | sql.Composed, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as the superuser, outside of a transaction, and return its rows."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def standby(self) -> Iterator["Server"]:
        """A hot standby that streams from this server."""
        data = self._data.with_name(f"standby-{secrets.token_hex(4)}")
        self._programs.run(
            "pg_basebackup", "-D", data, "-d", self.url(), "--write-recovery-conf", "--checkpoint=fast", "--no-sync"
        )
        standby = Server(self._programs, data, self._passwords)
        with standby._lifetime():
            yield standby

    def catch_up(self, primary: "Server") -> None:
        """Wait until this standby shows all that ``primary`` has committed so far. TimeoutError if it never does."""
        # A record of our own: the insert position may lie beyond all records, and the flushed one within one.
        [(wanted,)] = primary.ask("SELECT pg_logical_emit_message(true, 'tests', 'until here')::text")
        reached = sql.SQL("SELECT pg_last_wal_replay_lsn() >= {}::pg_lsn").format(sql.Literal(wanted))
        deadline = time.monotonic() + PATIENCE
        while self.ask(reached) != [(True,)]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the standby did not reach {wanted}:\n{self._log.read_text()}")
            time.sleep(0.01)

    def start(self) -> None:
        """Start the server on a free port and return when it answers. RuntimeError, with its log, if it does not."""
        deadline = time.monotonic() + PATIENCE
        while not self._starts(deadline):
            pass  # somebody else was quicker to take the port

    def _starts(self, deadline: float) -> bool:
        """Whether it came to answer; False: its port was free no more."""
        self.port = _free_port()
        with self._log.open("ab") as log:
            begun = log.tell()
            self._process = self._programs.start(
                "postgres", "-D", self._data, "-c", f"port={self.port}", output=log.fileno()
            )
        self._watchdog = _watch(self._process.pid)
        while not self._answers():
            is_late = time.monotonic() > deadline
            if self._process.poll() is None and not is_late:
                time.sleep(0.02)
                continue
            said = self._log.read_bytes()[begun:].decode(errors="replace")
            if "could not bind" in said and not is_late:
                self._dismiss_watchdog()
                return False
            raise RuntimeError(f"PostgreSQL {self.version} does not answer:\n{said}")
        return True

    def stop(self) -> None:
        """End all sessions, stop, and return when the server is gone. A server that is gone already stays so."""
        if self._process is None:
            return
        self._dismiss_watchdog()
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        self._process = None

    def stop_hard(self) -> None:
        """Kill the server and every session, as a power cut would: nobody says good-bye. ``start`` recovers it.

        For a server of the test's own (see ``running``), never for one that others use.
        """
        assert self._process is not None
        sessions = [pid for (pid,) in self.ask("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")]
        self._dismiss_watchdog()
        self._process.kill()
        for pid in sessions:
            _kill(pid)
        self._process.wait(PATIENCE)
        self._process = None

    @contextmanager
    def _lifetime(self) -> Iterator[None]:
        try:
            self.start()
            yield
        finally:
            if self._process is None:  # killed: its shared memory outlives it until the next start on these data
                self._programs.run("postgres", "--single", "-D", self._data, "postgres")
            self.stop()
            shutil.rmtree(self._data)

    def _answers(self) -> bool:
        try:  # whoever else has the port may have nothing to say
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _drop(self, name: str) -> None:
        """A prepared transaction would outlive its session, and forbid to drop the database."""
        for (transaction,) in self.ask("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()", name):
            self.ask(sql.SQL("ROLLBACK PREPARED {}").format(sql.Literal(transaction)), name)
        self.ask(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _dismiss_watchdog(self) -> None:
        """Before the server is gone: afterwards its number may be another process's."""
        assert self._watchdog is not None
        self._watchdog.kill()
        self._watchdog.communicate()
        self._watchdog = None


@contextmanager
def running(version: int, **settings: str) -> Iterator[Server]:
    """A server of that major version, of one's own, new and empty. Its passwords are made up for it.

    ``settings``: what it shall have set otherwise than ``SETTINGS``, for those who measure.
    """
    with programs(version) as installed:
        password = secrets.token_urlsafe(12)
        secret = installed.home / "password"
        secret.write_text(password)
        data = installed.home / "primary"
        options = [f"--set={name}={value}" for name, value in {**SETTINGS, **settings}.items()]
        installed.run(
            "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}",
            "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions", *options,
        )  # fmt: skip
        server = Server(installed, data, {"postgres": password})
        with server._lifetime():
            yield server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _watch(pid: int) -> subprocess.Popen[bytes]:
    """Stop ``pid`` when the tests end without having done it: their end of the pipe closes, whatever killed them."""
    return subprocess.Popen(
        ["/bin/sh", "-c", 'cat; kill -INT "$1"', "watchdog", str(pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
