"""A plan over two PostgreSQL databases, by a role that may only read; the two sides spell ids in other ways."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg import sql

from auditor.config import Config, load
from auditor.redelivery.plan_file import events_of, read_plan
from auditor.redelivery.planning.asked import Asked
from auditor.redelivery.planning.filters import Filters
from auditor.redelivery.planning.plan import plan
from checks.model.redelivery import Order, PlannedEvent
from tests.integration.shop import LONG_AGO, postgres_at
from tests.postgres import Server

CONFIG = """\
[stores.shop]
url = "{shop}"
[stores.billing-db]
url = "{billing}"
[logs.orders]
store = "shop"
table = "orders.events"
position = "position"
id = "event_id"
stream = "stream_id"
version = "version"
type = "type"
time = "recorded_at"
where = {{ archived = false }}
[redelivery.api]
kind = "http"
url = "https://shop.example/redeliver/{{consumer}}"
ended = ["Erased"]
[consumers.billing]
log = "orders"
store = "billing-db"
types = ["Order*"]
start = "first"
grace = "0s"
idempotent = true
redelivery = "api"
[consumers.billing.cursor]
table = "cursors"
where = {{ name = "billing" }}
position = "at"
[consumers.billing.inbox]
table = "inbox"
id = "message"
"""
COUNT = 6_000
STREAMS = 50
MISSING = {*range(100, 5_200), 5_301, 5_450, 5_999}
"""Beyond the first 2,000 and one batch more, and by themselves."""
ARCHIVED, UNWANTED = {150, 5_300}, {151, 5_200}
LATE = LONG_AGO + timedelta(hours=1)


def is_wanted(position: int) -> bool:
    return position not in ARCHIVED | UNWANTED


@pytest.fixture
def config(postgres: Server, tmp_path: Path) -> Iterator[Config]:
    """Billing is past 6,000 events and lacks most of them; an earlier run has confirmed that."""
    with postgres.database() as shop, postgres.database() as billing:
        write_log(shop)
        write_consumer(billing)
        reader = postgres.role("reader", "for reading")
        name = sql.Identifier(reader)
        databases = [url.rpartition("/")[2] for url in (shop, billing)]
        postgres.ask(sql.SQL("GRANT USAGE ON SCHEMA orders TO {}").format(name), databases[0])
        postgres.ask(sql.SQL("GRANT SELECT ON orders.events TO {}").format(name), databases[0])
        postgres.ask(sql.SQL("GRANT SELECT ON cursors, inbox TO {}").format(name), databases[1])
        path = tmp_path / "auditor.toml"
        path.write_text(
            CONFIG.format(shop=postgres.url(databases[0], reader), billing=postgres.url(databases[1], reader))
        )
        yield load(path)


def write_log(url: str) -> None:
    with postgres_at(url) as database:
        database.execute("CREATE SCHEMA orders")
        database.execute(
            "CREATE TABLE orders.events (position bigint PRIMARY KEY, event_id uuid NOT NULL, stream_id text,"
            " version int, type text, recorded_at timestamptz, archived boolean)"
        )
        database.execute(
            "INSERT INTO orders.events VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    n,
                    UUID(int=n),
                    f"order-{n % STREAMS}",
                    n // STREAMS + 1,
                    "Noise" if n in UNWANTED else "OrderPlaced",
                    LATE if n > 5_400 else LONG_AGO,
                    n in ARCHIVED,
                )
                for n in range(1, COUNT + 1)
            ],
        )


def write_consumer(url: str) -> None:
    with postgres_at(url) as database:
        database.execute("CREATE TABLE cursors (name text, at text)")
        database.execute("INSERT INTO cursors VALUES (?, ?)", [("billing", f"{COUNT:020d}")])
        database.execute("CREATE TABLE inbox (message text)")
        received = [(UUID(int=n).hex.upper(),) for n in range(1, COUNT + 1) if n not in MISSING and is_wanted(n)]
        database.execute("INSERT INTO inbox VALUES (?)", received)
        database.execute("CREATE INDEX ON inbox (message)")


def planned(config: Config, folder: Path, run: str | None = None, **asked: Any) -> list[PlannedEvent]:
    file = folder / "plan.json"
    made = plan(config, output=file, run=run, asked=Asked(**asked))
    assert read_plan(file) == made
    return list(events_of(file))


def test_a_plan_holds_exactly_what_is_lacking_and_counts_the_rest(config: Config, tmp_path: Path) -> None:
    assert planned(config, tmp_path) == []
    events = planned(config, tmp_path)
    wanted = sorted(position for position in MISSING if is_wanted(position))
    assert [each.event.position for each in events] == wanted
    assert {each.event.id for each in events} == {str(UUID(int=position)) for position in wanted}
    gaps = {each.event.position for each in events if not each.follows}
    assert gaps == {100, 5_301, 5_450, 5_999}
    late = planned(config, tmp_path, run="last", filters=Filters(since=LATE, streams=("order-4*",)))
    assert [each.event.position for each in late] == [5_999]
    [part] = read_plan(tmp_path / "plan.json").parts
    assert {each.reason: each.count for each in part.left_out} == {"filtered": len(wanted) - 1}
    assert set(part.origins) == {"log", "consumer"}


def test_strict_order_takes_the_streams_from_there_on(config: Config, tmp_path: Path) -> None:
    planned(config, tmp_path)
    only = Filters(positions=((5_301, 5_301), (5_999, 5_999)))
    events = planned(config, tmp_path, order=Order.STRICT, filters=only)
    [part] = read_plan(tmp_path / "plan.json").parts
    suffix = [n for n in range(5_301, COUNT + 1, STREAMS) if is_wanted(n)]
    assert [each.event.position for each in events] == [*suffix, 5_999]
    assert part.comes_again == len(suffix) - 1
