"""``auditor init`` on a known system as it runs: the Python library ``eventsourcing``, whose layout a preset knows."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.application import Application, ProcessingEvent
from eventsourcing.domain import Aggregate, DomainEventProtocol, event
from eventsourcing.system import ProcessApplication, SingleThreadedRunner, System
from psycopg.conninfo import conninfo_to_dict

import auditor
from auditor.cli.program import run
from tests.integration.shop import postgres_at, sqlite_at
from tests.integration.test_init import accusations
from tests.integration.unknown_folder import Folder
from tests.postgres import Server


class Order(Aggregate):
    @event("Placed")
    def __init__(self, customer: str) -> None:
        self.customer = customer


class Orders(Application[UUID]):
    pass


class Invoices(ProcessApplication[UUID]):
    def policy(self, domain_event: DomainEventProtocol[UUID], processing_event: ProcessingEvent[UUID]) -> None:
        """Takes every order and writes nothing about it."""


def ordered(environment: dict[str, str], count: int = 30) -> None:
    """So many orders, each followed by the invoices at once."""
    with SingleThreadedRunner[UUID](System([[Orders, Invoices]]), environment) as runner:
        orders = runner.get(Orders)
        for n in range(count):
            orders.save(Order(f"customer {n}"))


@pytest.fixture
def on_postgres(postgres18: Server) -> Iterator[str]:
    with postgres18.database() as url:
        parts = conninfo_to_dict(url)
        names = {"dbname": "DBNAME", "host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
        settings = {f"POSTGRES_{name}": str(parts[key]) for key, name in names.items()}
        ordered({"PERSISTENCE_MODULE": "eventsourcing.postgres", **settings})
        yield url


def initialised(path: Path, *urls: str) -> dict[str, Any]:
    assert run(["init", *urls, "--output", str(path)]) == 0
    return tomllib.loads(path.read_text())


def test_on_postgresql_the_preset_and_the_subscription_are_enough(
    on_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP", on_postgres)
    written = initialised(tmp_path / "auditor.toml", "${SHOP}")
    [store] = written["stores"]
    assert written["stores"][store] == {"url": "${SHOP}"}
    assert written["logs"]["orders"] == {"store": store, "preset": "eventsourcing", "table": "orders_events"}
    [consumer] = written["consumers"].values()
    assert consumer == {
        "log": "orders",
        "store": store,
        "cursor": {"subscription": "Orders", "table": "invoices_tracking"},
    }
    assert accusations(auditor.run(tmp_path / "auditor.toml")) == []


def test_an_event_that_was_removed_is_found(on_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP", on_postgres)
    initialised(tmp_path / "auditor.toml", "${SHOP}")
    with postgres_at(on_postgres) as database:
        database.execute(
            "INSERT INTO orders_events (originator_id, originator_version, topic, state) "
            "SELECT originator_id, 3, topic, state FROM orders_events WHERE notification_id = 30"
        )
    assert [each[:2] for each in accusations(auditor.run(tmp_path / "auditor.toml"))] == [("orders", "version-gap")]


def test_on_sqlite_each_application_has_a_file_and_the_follower_is_found_in_its_own(tmp_path: Path) -> None:
    files = {name: str(tmp_path / f"{name.lower()}.db") for name in ("Orders", "Invoices")}
    names = {f"{name.upper()}_SQLITE_DBNAME": file for name, file in files.items()}
    ordered({"PERSISTENCE_MODULE": "eventsourcing.sqlite", **names})
    written = initialised(tmp_path / "auditor.toml", *files.values())
    followers = [one for one in written["consumers"].values() if one["store"] == "invoices"]
    assert [one["cursor"] for one in followers] == [{"subscription": "Orders"}]
    assert written["logs"][followers[0]["log"]] == {"store": "orders", "preset": "eventsourcing"}
    assert accusations(auditor.run(tmp_path / "auditor.toml")) == []
    with sqlite_at(Path(files["Orders"])) as database:
        assert database.url.endswith("orders.db")


def test_a_table_of_a_known_layout_that_nobody_has_a_row_in_is_left_out_with_the_reason(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    ordered({"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(tmp_path / "invoices.db")}, count=0)
    assert folder.init() == 0
    assert folder.consumers == {}
    assert "tracking: belongs to a known layout (auditor presets), and nothing that is written here" in folder.prose
