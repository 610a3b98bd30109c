"""Advisory locks of PostgreSQL, by which whoever shares a ledger knows of each other, on whatever machine.

The lock belongs to a session that does nothing else and has no transaction open, so it keeps no row from being cleaned
up, and goes when the process or its machine does. A pooler that gives a session to somebody else after each
transaction gives the lock away, too: a ledger needs a connection of its own for this.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Connection, Engine, text

from auditor.ledger.failures import LedgerError, told
from checks.wording import quoted

_PAUSE = 0.1
_IDLE_TIMEOUT_SINCE = (14,)

_TRY = text("SELECT pg_try_advisory_lock(:key)")
_STAY = text("SELECT set_config('idle_session_timeout', '0', false)")
_HELD = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted AND objsubid = 1"
    " AND ((classid::bigint << 32) | objid::bigint) = :key AND database = (SELECT oid FROM pg_database"
    " WHERE datname = current_database())"
)


def key_of_lock(name: str) -> int:
    """A number for a name, signed and of 64 bits."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8], "big", signed=True)


@contextmanager
def held(engine: Engine, label: str, name: str, wait: timedelta) -> Iterator[Callable[[], None]]:
    """Hold a lock. What it gives looks whether it is still held. LedgerError: it is held elsewhere, or is lost."""
    key = key_of_lock(name)
    with told(label):
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        _wait_for(connection, label, name, key, wait)
        yield lambda: _expect_held(connection, label, name, key)
    finally:
        connection.invalidate()  # the session ends, and the lock with it, also where the server does not answer
        connection.close()


def _wait_for(connection: Connection, label: str, name: str, key: int, wait: timedelta) -> None:
    until = time.monotonic() + wait.total_seconds()
    with told(label):
        if (connection.dialect.server_version_info or ()) >= _IDLE_TIMEOUT_SINCE:
            connection.execute(_STAY)
        while not connection.execute(_TRY, {"key": key}).scalar_one():
            if time.monotonic() >= until:
                raise LedgerError(f"ledger {label}: somebody else holds {quoted(name)}, on this machine or another one")
            time.sleep(min(_PAUSE, max(until - time.monotonic(), 0.0)))


def _expect_held(connection: Connection, label: str, name: str, key: int) -> None:
    with told(label):
        if not connection.execute(_HELD, {"key": key}).scalar_one():
            raise LedgerError(
                f"ledger {label}: {quoted(name)} is not held any more (does a pooler share its sessions?)"
            )
