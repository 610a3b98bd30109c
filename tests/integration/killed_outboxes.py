"""An outbox whose relay has lost events, and a process that writes there and is killed right at its commit.

The relay goes by ``published_at``, and the consumer by the event's id.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from auditor import run
from auditor.config import Config, load
from auditor.ledger import Ledger, open_ledger
from auditor.redelivery.applying.apply import apply
from auditor.redelivery.applying.terms import Terms
from auditor.redelivery.planning.asked import Asked
from auditor.redelivery.planning.plan import plan
from auditor.redelivery.targets.database import Database as Written
from checks.model.application import Application
from checks.model.finding import Finding
from tests.auditor.cli.prepared import PATIENCE, environment
from tests.integration.shop import Database, write_config

COUNT, LOST = 12, (5, 9)
BEFORE, AFTER = "before", "after"
"""When a process is killed: its rows are written, and its commit is asked for next, or has been answered."""
MODES: dict[str, dict[str, Any]] = {
    "unsent": {},
    "insert": {"mode": "insert", "copied": ["event_id", "stream_id", "version", "type", "recorded_at"]},
}
_COLUMNS = {"id": "event_id", "stream": "stream_id", "version": "version", "type": "type", "time": "recorded_at"}
_TABLES = (
    "CREATE TABLE outbox ({columns}, recorded_at {time}, published_at {time})",
    "CREATE TABLE inbox (seq bigint, event_id text)",
)
_DIE = "import sys; from tests.integration.killed_outboxes import die; die(*sys.argv[1:])"


@dataclass(frozen=True)
class Relayed:
    """A shop, and a plan to send again what was lost."""

    database: Database
    folder: Path
    mode: str

    def build(self) -> None:
        """Twelve events of two streams, an hour old, all of them marked sent. One run has seen them."""
        is_sqlite = self.database.url.startswith("sqlite")
        serial = "INTEGER PRIMARY KEY" if is_sqlite else "bigserial PRIMARY KEY"
        columns = f"position {serial}, event_id text, stream_id text, version bigint, type text"
        for table in _TABLES:
            self.database.execute(table.format(columns=columns, time=self.database.time_type))
        for n in range(1, COUNT + 1):
            self.publish(f"e{n}", n)
        self.deliver(*(n for n in range(1, COUNT + 1) if n not in LOST))
        log = {"store": "shop", "table": "outbox", "position": "position", "sent": "published_at", **_COLUMNS}
        inbox = {"table": "inbox", "id": "event_id", "received": "seq"}
        consumer = {"log": "orders", "store": "shop", "grace": "0s", "inbox": inbox, "idempotent": True}
        target = {"kind": "outbox", "log": "orders", "heard_by": ["billing"], **MODES[self.mode]}
        said: dict[str, Any] = {
            "stores": {"shop": {"url": self.database.url}},
            "logs": {"orders": log},
            "consumers": {"billing": {**consumer, "redelivery": "relay"}},
            "redelivery": {"relay": target},
        }
        write_config(self.folder, said)
        self.audit()
        plan(self.config, output=self.folder / "plan.json", run="last", asked=Asked(first_sighting=True))

    def publish(self, identity: str, n: int) -> None:
        """One event, written and sent."""
        hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        columns = "event_id, stream_id, version, type, recorded_at, published_at"
        row = (identity, f"order-{n % 2}", (n + 1) // 2, "OrderPlaced", hour_ago, hour_ago)
        self.database.execute(f"INSERT INTO outbox ({columns}) VALUES (?, ?, ?, ?, ?, ?)", [row])

    def relay(self) -> None:
        """Send what is not marked sent; who knows an event does not take it twice."""
        received = "SELECT event_id FROM inbox"
        waiting = f"SELECT 100, event_id FROM outbox WHERE published_at IS NULL AND event_id NOT IN ({received})"
        self.database.execute(f"INSERT INTO inbox {waiting} GROUP BY event_id")
        self.database.execute("UPDATE outbox SET published_at = recorded_at WHERE published_at IS NULL")

    def deliver(self, *numbers: int) -> None:
        """To the consumer."""
        self.database.execute("INSERT INTO inbox VALUES (?, ?)", [(n, f"e{n}") for n in numbers])

    @property
    def config(self) -> Config:
        """As it is read."""
        return load(self.folder / "auditor.toml", {})

    def ledger(self) -> Ledger:
        """To be closed."""
        return open_ledger(self.config.ledger)

    def audit(self, *, full: bool = False) -> list[Finding]:
        """A recorded run's findings."""
        result = run(self.config, ledger=True, full=full)
        assert result.not_recorded is None
        return [finding for audit in result.audits for finding in audit.findings]

    def in_doubt(self) -> list[int]:
        """Where copies may stand of which nobody knows."""
        with closing(self.ledger()) as ledger:
            return [span.first for _, span in ledger.copies_in_doubt(["orders"])]

    def go_on(self) -> Application:
        """The same command once more, to its end."""
        return _apply(self.folder)

    def go_on_and_die(self, moment: str) -> None:
        """``kill -9`` at the first commit."""
        command = [sys.executable, "-c", _DIE, str(self.folder), moment]
        died = subprocess.run(command, env=environment({}), check=False, capture_output=True, timeout=PATIENCE)
        assert died.returncode == -signal.SIGKILL, died.stderr.decode()


def _apply(folder: Path) -> Application:
    terms = Terms(execute=True, unknown_wait=timedelta(), lock_wait=timedelta(seconds=30))
    return apply(folder / "auditor.toml", folder / "plan.json", terms, confirm=lambda _: True)


def die(folder: str, moment: str) -> None:
    """Apply a plan, and be killed."""
    pytest.MonkeyPatch().setattr(Written, "_commit", _killed(moment))
    _apply(Path(folder))


def _killed(moment: str) -> Callable[[Written, Connection], str | None]:
    committed = Written._commit

    def commit(self: Written, connection: Connection) -> str | None:
        if moment == AFTER:
            committed(self, connection)
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    return commit


def told(findings: Collection[Finding]) -> set[tuple[str, str, tuple[int | None, ...]]]:
    """Check, verdict and positions of each."""
    return {(each.check, each.verdict.value, tuple(event.position for event in each.events)) for each in findings}
