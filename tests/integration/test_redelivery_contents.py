"""The content of events, as PostgreSQL holds it."""

from contextlib import closing
from ipaddress import IPv4Address

import psycopg
import pytest

from auditor.config import ConsumerConfig, LogConfig, StoreConfig
from auditor.gather.consumer.matching import match_by_position
from auditor.observer import Silent
from auditor.redelivery.look import View
from auditor.stores import open_store
from checks.model.event import Event

LOG = LogConfig(name="orders", store="shop", table="events", position="position", id="event_id", data="data")

CONSUMER = ConsumerConfig(name="billing", log="orders", store="shop")


@pytest.mark.parametrize(
    ("type_", "stored", "content"),
    [
        ("jsonb", """'{"total": [3, 0.5, null], "at": "12:00"}'""", {"total": [3, 0.5, None], "at": "12:00"}),
        ("json", """'{"b": 1, "a": "%(x)s"}'""", {"b": 1, "a": "%(x)s"}),
        ("jsonb", """'"1"'""", "1"),
        ("json", "'null'", None),
        ("text", """'{"total": 3}'""", '{"total": 3}'),
        ("bytea", r"'\x00ff'", b"\x00\xff"),
        ("inet", "'127.0.0.1'", IPv4Address("127.0.0.1")),
        ("jsonb", "NULL", None),
    ],
)
def test_it_is_as_the_column_says(database: str, type_: str, stored: str, content: object) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE events (position bigint, event_id uuid, data {type_})".encode())
        inserted = f"INSERT INTO events SELECT n, gen_random_uuid(), {stored} FROM generate_series(1, 3) n"
        connection.execute(inserted.encode())
        [(id_,)] = connection.execute("SELECT event_id::text FROM events WHERE position = 2").fetchall()
    event = Event(position=2, id=id_)
    config = StoreConfig.model_validate({"name": "shop", "url": database})
    with closing(open_store(config, Silent())) as store, store.snapshot() as snapshot:
        view = View(LOG, CONSUMER, snapshot, snapshot, match_by_position(LOG))
        assert view.contents([event, Event(position=9, id=id_)]) == [content, None]
