"""What a state may be accused of while transactions are in flight, and on a standby (FAILURES row 6)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from auditor.auditing.session import Session
from auditor.config import load
from auditor.observer import Silent
from checks.model.result import Audit
from tests.integration.orders import found, listed
from tests.integration.shop import Settings, write_config
from tests.integration.test_standby import replay_paused
from tests.postgres import Server

SCHEMA = """
CREATE TABLE events (
    position bigserial PRIMARY KEY, stream uuid NOT NULL, version int NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp() - interval '1 hour');
CREATE TABLE accounts (id uuid PRIMARY KEY, version int NOT NULL, updated_at timestamptz NOT NULL);
"""
EVENT = "INSERT INTO events (stream, version) VALUES (%s, %s)"
ROW = (
    "INSERT INTO accounts VALUES (%s, %s, clock_timestamp() - interval '1 hour')"
    " ON CONFLICT (id) DO UPDATE SET version = excluded.version"
)
ONE, TWO = (f"00000000-0000-0000-0000-00000000000{n}" for n in (1, 2))


@dataclass(frozen=True)
class Service:
    """A database with state and log. ``log_url``, ``state_url``: where an audit reads them."""

    url: str
    folder: Path
    log_url: str
    state_url: str

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        with psycopg.connect(self.url, application_name="service") as connection:
            yield connection

    def publish(self, stream: str, version: int) -> None:
        with self.session() as session:
            session.execute(EVENT, (stream, version))

    def update(self, stream: str, version: int) -> None:
        with self.session() as session:
            session.execute(ROW, (stream, version))

    def audit(self, **of_the_state: object) -> Audit:
        stores = {"shop": {"url": self.log_url}, "reading": {"url": self.state_url}}
        log = {"store": "shop", "table": "events", "position": "position", "stream": "stream", "version": "version"}
        store = "shop" if self.log_url == self.state_url else "reading"
        keys = {"store": store, "log": "orders", "table": "accounts", "stream": "id", "version": "version"}
        said: Settings = {
            "stores": stores,
            "logs": {"orders": {**log, "time": "recorded_at", "settle": "50ms"}},
            "states": {"accounts": {**keys, "changed": "updated_at", **of_the_state}},
        }
        session = Session(load(write_config(self.folder, said)), Silent())
        try:
            session.audit({"accounts"})
        finally:
            session.close()
        return session.audits["accounts"]


@pytest.fixture
def service(database: str, tmp_path: Path) -> Service:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
    made = Service(database, tmp_path, database, database)
    for stream in (ONE, TWO):
        made.publish(stream, 1)
        made.update(stream, 1)
    return made


def test_a_change_in_one_transaction_with_its_event_is_seen_with_it_or_not_at_all(service: Service) -> None:
    with service.session() as session:
        session.execute(ROW, (ONE, 2))
        session.execute(EVENT, (ONE, 2))
        assert service.audit().verdict == "consistent"
    audit = service.audit()
    assert (audit.verdict, audit.findings) == ("consistent", ())


def test_a_change_whose_event_waits_for_its_commit_is_pending_and_then_fine(service: Service) -> None:
    service.update(ONE, 2)
    with service.session() as session:
        session.execute(EVENT, (ONE, 2))
        audit = service.audit()
        assert found(audit) == [("silent-change", "pending", "in-flight")]
        [named] = listed(audit.findings[0], "in_flight")
        assert f"pid {session.info.backend_pid} (service" in named
    assert found(service.audit()) == []


def test_where_both_are_written_in_one_transaction_no_other_one_can_bring_the_event(service: Service) -> None:
    service.update(ONE, 2)
    with service.session() as session:
        session.execute(EVENT, (TWO, 2))
        assert found(service.audit()) == [("silent-change", "pending", "in-flight")]
        assert found(service.audit(max_delay="0s")) == [("silent-change", "confirmed", None)]


def test_a_change_whose_event_was_rolled_back_is_silent(service: Service) -> None:
    service.update(ONE, 2)
    with service.session() as session:
        session.execute(EVENT, (ONE, 2))
        session.rollback()
    assert found(service.audit()) == [("silent-change", "confirmed", None)]


def test_a_log_on_a_standby_convicts_nobody_of_being_ahead(service: Service, postgres: Server) -> None:
    service.update(ONE, 2)
    service.publish(TWO, 2)
    with postgres.standby() as standby:
        standby.catch_up(postgres)
        url = standby.url(str(conninfo_to_dict(service.url)["dbname"]))
        audit = replace(service, log_url=url).audit()
        assert found(audit) == [("silent-change", "unknown", "standby"), ("state-behind", "confirmed", None)]
        with replay_paused(standby, postgres):
            service.update(TWO, 2)
            audit = replace(service, state_url=url).audit()
        assert ("state-behind", "unknown", "standby") in found(audit)
        assert audit.totals is not None
        assert (audit.totals.unverifiable, audit.totals.missing) == (1, 0)
