"""A log whose positions come from a sequence, one consumer of it, and what an audit says of the two."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, LiteralString, Self
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from auditor.auditing.session import Session
from auditor.config import load
from auditor.memory import Memory
from auditor.observer import Observer, Silent
from checks.model.finding import Finding
from checks.model.result import Audit
from tests.integration.shop import write_config
from tests.postgres import Server

Connection = psycopg.Connection[tuple[Any, ...]]

SCHEMA = """
CREATE TABLE events (
    position bigserial PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp() - interval '1 hour',
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE TABLE cursors (transaction_id xid8, position bigint NOT NULL);
CREATE TABLE inbox (seq bigserial PRIMARY KEY, event_id uuid NOT NULL);
"""
"""Events are an hour old from the beginning, so that whatever is a matter of age is decided at once."""

APPEND = "INSERT INTO events DEFAULT VALUES RETURNING position, event_id"
SETTLE = "50ms"
"""How long an audit waits for writers: short where the test knows that they stay."""
LONG = "60s"
"""And long where the test knows that they go: a wait of that length fails the test by its time."""


@dataclass(frozen=True)
class Orders:
    """One database with the log ``orders`` and the consumer ``billing``.

    ``log_url`` and ``consumer_url``: where an audit reads them, if not there."""

    url: str
    folder: Path
    log_url: str | None = None
    consumer_url: str | None = None
    log: Mapping[str, object] = field(default_factory=dict)
    consumer: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def new(cls, url: str, folder: Path) -> Self:
        """In place of whatever the database holds, which is much faster than a new database for each test.

        ``folder`` is for auditor.toml.
        """
        with psycopg.connect(url, autocommit=True) as connection:
            left = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"
            for (transaction,) in connection.execute(left).fetchall():
                connection.execute(sql.SQL("ROLLBACK PREPARED {}").format(sql.Literal(transaction)))
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
            connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
            connection.execute(SCHEMA)
        return cls(url, folder)

    def seen_by_a_reader(self, server: Server) -> Self:
        """The same, for a role that may select from the tables and nothing else."""
        reader = server.role("reader", "for reading")
        self.run(sql.SQL("GRANT SELECT ON events, cursors, inbox TO {}").format(sql.Identifier(reader)))
        return replace(self, url=server.url(str(conninfo_to_dict(self.url)["dbname"]), reader))

    @contextmanager
    def session(self, application: str = "writer") -> Iterator[Connection]:
        """A session with a transaction that begins at its first statement and is committed in the end."""
        with psycopg.connect(self.url, application_name=application) as connection:
            yield connection

    def run(self, statement: LiteralString | sql.Composed, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement in a transaction of its own."""
        with self.session() as session:
            done = session.execute(statement, values)
            return done.fetchall() if done.description else []

    def run_alone(self, statements: LiteralString) -> None:
        """Run statements without parameters, each outside of a transaction if it is the only one."""
        with psycopg.connect(self.url, autocommit=True) as session:
            session.execute(statements)

    def append(self) -> tuple[int, UUID]:
        """Commit one event; its position and id."""
        [(position, identity)] = self.run(APPEND)
        return position, identity

    def leave_a_hole(self) -> None:
        """Draw one position in vain, between two events."""
        self.append()
        self.run("SELECT nextval('events_position_seq')")
        self.append()

    def receive(self, *events: tuple[int, UUID]) -> None:
        """Let the consumer receive events and move its cursor to the last of them."""
        for position, identity in events:
            self.run("INSERT INTO inbox (event_id) VALUES (%s)", identity)
            self.move_cursor(position)

    def move_cursor(self, position: int) -> None:
        """Put the consumer's cursor somewhere."""
        self.run("DELETE FROM cursors")
        self.run("INSERT INTO cursors VALUES ('0', %s)", position)

    def having(self, **log: object) -> Self:
        """The same, with other keys of the log in auditor.toml; ``None`` leaves one out."""
        return replace(self, log={**self.log, **log})

    def audit(
        self, name: str = "orders", *, sleep: Callable[[float], None] | None = None, observer: Observer | None = None
    ) -> Audit:
        """What an audit of the log, or of the consumer, says.

        ``sleep`` is called wherever the audit would wait, instead of waiting; ``observer`` wherever it goes on.
        """
        session = Session(load(self._config()), observer or Silent(), sleep=sleep or time.sleep)
        try:
            session.audit({name})
        finally:
            session.close()
        return session.audits[name]

    def audit_after(self, memory: Memory, sleep: Callable[[float], None]) -> tuple[Audit, Memory]:
        """What an audit of the consumer says that knows what an earlier one left, and what it leaves itself."""
        session = Session(load(self._config()), Silent(), memory=memory, sleep=sleep)
        try:
            session.audit({"billing"})
        finally:
            session.close()
        return session.audits["billing"], session.learnt

    def holes(self, sleep: Callable[[float], None] | None = None) -> Finding:
        """The one finding about the log's positions."""
        return only(self.audit(sleep=sleep), "position-gap")

    def _config(self) -> Path:
        said = {"store": "shop", "table": "events", "position": "position", "id": "event_id", "time": "recorded_at"}
        proof = {"positions": "drawn-on-insert", "settle": SETTLE}
        consumer = {
            "log": "orders",
            "store": "billing-db",
            "start": "first",
            "grace": "0s",
            "cursor": {"table": "cursors", "position": "position"},
            "inbox": {"table": "inbox", "id": "event_id", "received": "seq"},
        }
        return write_config(
            self.folder,
            {
                "stores": {
                    "shop": {"url": self.log_url or self.url},
                    "billing-db": {"url": self.consumer_url or self.url},
                },
                "logs": {"orders": {**said, **proof, **self.log}},
                "consumers": {"billing": {**consumer, **self.consumer}},
            },
        )


def only(audit: Audit, check: str) -> Finding:
    """The finding of a check that must have exactly one."""
    [finding] = [finding for finding in audit.findings if finding.check == check]
    return finding


def found(audit: Audit) -> list[tuple[str, str, str | None]]:
    """Each finding as check, verdict and reason."""
    return [(finding.check, finding.verdict.value, finding.reason) for finding in audit.findings]


def listed(finding: Finding, key: str) -> list[str]:
    """One of a finding's lists of evidence."""
    lines = finding.evidence[key]
    assert isinstance(lines, list)
    return lines
