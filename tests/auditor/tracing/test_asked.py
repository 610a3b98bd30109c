"""In how many ways what was typed can be meant, and what becomes of more than one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.config import Config, load
from auditor.errors import UsageError
from auditor.exit_codes import ExitCode
from auditor.tracing import AmbiguousEventError
from auditor.tracing.asked import Asked, readings
from checks.model.trace import By
from tests.auditor.tracing.pipeline import Pipeline, at, hop

CONFIG = """\
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "event_id"
stream = "stream_id"
version = "version"
[logs.payments]
store = "shop"
table = "payments"
position = "position"
partition = "tenant"
[logs."orders:eu"]
store = "shop"
table = "eu"
position = "position"
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "auditor.toml").write_text(CONFIG)
    return load(tmp_path / "auditor.toml", {})


def meant(config: Config, text: str, **options: Any) -> list[tuple[object, ...]]:
    return [
        (each.by, each.log, *(part for part in _known(each.event)))
        for each in readings(Asked(text=text, **options), config)
    ]


def _known(event: object) -> Iterator[object]:
    words = ("partition", "position", "stream", "version", "id")
    return (value for word in words if (value := getattr(event, word)) is not None)


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("6f1c", {}, [(By.ID, None, "6f1c")]),
        ("1234", {}, [(By.ID, None, "1234")]),
        ("orders:1234", {}, [(By.POSITION, "orders", 1234), (By.ID, None, "orders:1234")]),
        ("orders:0042", {"log": "orders"}, [(By.POSITION, "orders", 42), (By.ID, "orders", "orders:0042")]),
        ("orders:eu:7", {}, [(By.POSITION, "orders:eu", 7), (By.ID, None, "orders:eu:7")]),
        ("payments:7", {}, [(By.POSITION, "payments", 7), (By.ID, None, "payments:7")]),
        ("payments:a:b:7", {}, [(By.POSITION, "payments", "a:b", 7), (By.ID, None, "payments:a:b:7")]),
        ("payments:7", {"partition": "t", "log": "payments"}, [(By.POSITION, "payments", "t", 7)]),
        ("orders:7", {"partition": "t"}, [(By.ID, None, "t", "orders:7")]),
        ("o-17@3", {}, [(By.VERSION, None, "o-17", 3), (By.ID, None, "o-17@3")]),
        ("a@b@0", {"as_version": True}, [(By.VERSION, None, "a@b", 0)]),
        ("o-17@3", {"as_id": True}, [(By.ID, None, "o-17@3")]),
        ("o-17@-3", {}, [(By.ID, None, "o-17@-3")]),
        ("@3", {}, [(By.VERSION, None, "", 3), (By.ID, None, "@3")]),
        ("1234", {"log": "orders"}, [(By.POSITION, "orders", 1234)]),
        ("1234", {"log": "orders", "as_id": True}, [(By.ID, "orders", "1234")]),
        ("orders:1²", {}, [(By.ID, None, "orders:1²")]),
        ("orders:" + "9" * 5_000, {}, [(By.ID, None, "orders:" + "9" * 5_000)]),
    ],
)
def test_what_was_typed_is_read_in_every_way_that_it_can_be_meant(
    config: Config, text: str, options: dict[str, Any], expected: list[tuple[object, ...]]
) -> None:
    assert meant(config, text, **options) == expected


@pytest.mark.parametrize(
    ("text", "options", "complaint"),
    [
        ("", {}, "an event needs a name"),
        ("e", {"as_id": True, "as_version": True}, "--id and --stream"),
        ("e", {"log": "order"}, "--log 'order': the config has no such log (did you mean 'orders'?)"),
        ("e", {"log": "payments"}, "'e' is neither an id nor LOG:POSITION nor STREAM@VERSION"),
        ("e", {"log": "payments", "as_id": True}, "'e' cannot be an id"),
        ("e", {"as_version": True}, "'e' is no STREAM@VERSION"),
        ("orders:7", {"partition": "t", "log": "orders"}, "--partition 't': [logs.orders] does not name a 'partition'"),
        ("e@1", {"as_version": True, "log": "payments"}, "'e@1' is no STREAM@VERSION"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_read(
    config: Config, text: str, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(UsageError) as raised:
        readings(Asked(text=text, **options), config)
    assert str(raised.value).startswith(complaint)


def refused(pipeline: Pipeline, text: str) -> str:
    with pytest.raises(AmbiguousEventError) as raised:
        pipeline.trace(text)
    assert raised.value.exit_code is ExitCode.UNDECIDED
    return str(raised.value)


def test_what_exists_in_two_ways_is_refused_with_both_and_each_can_be_asked_for(pipeline: Pipeline) -> None:
    pipeline.happy()
    pipeline.write("events", (3, "orders:2", "order-1", 3, "OrderPaid", at(1)))
    assert refused(pipeline, "orders:2") == (
        "'orders:2' is more than one event: position 2 of orders (2 --log orders), "
        "or the id 'orders:2' of orders (--id --log orders)"
    )
    assert pipeline.trace("2", log="orders").event.id == "e2"
    assert pipeline.trace("orders:2", as_id=True, log="orders").event.position == 3


def test_a_stream_and_version_that_is_an_id_too_is_refused_with_both(pipeline: Pipeline) -> None:
    pipeline.happy()
    pipeline.write("events", (3, "order-1@2", "order-1", 3, "OrderPaid", at(1)))
    assert "version 2 of the stream 'order-1' of orders (--stream --log orders)" in refused(pipeline, "order-1@2")
    assert pipeline.trace("order-1@2", as_version=True).event.position == 2
    assert pipeline.trace("order-1@2", as_id=True).event.position == 3


def test_two_ways_to_one_event_are_no_two_events(pipeline: Pipeline) -> None:
    pipeline.happy()
    pipeline.write("events", (3, "orders:3", "order-1", 3, "OrderPaid", at(1)))
    assert pipeline.trace("orders:3").event.id == "orders:3"


def test_an_id_of_two_logs_that_have_nothing_to_do_with_each_other_is_refused(pipeline: Pipeline) -> None:
    pipeline.happy()
    pipeline.config += '[logs.stock]\nstore = "shop"\ntable = "stock"\nposition = "position"\nid = "id"\n'
    pipeline.execute("CREATE TABLE stock (position INTEGER, id TEXT)")
    pipeline.write("stock", (5, "e2"))
    assert "the id 'e2' of stock (--id --log stock)" in refused(pipeline, "e2")
    assert pipeline.trace("e2", log="stock").event.position == 5
    assert hop(pipeline.trace("e2", log="orders"), "log", "v1").event.position == 22


def test_an_id_that_is_one_event_upstream_and_another_ones_derived_event_is_refused(pipeline: Pipeline) -> None:
    pipeline.happy()
    pipeline.write("v1", (23, "e1", "e2", "OrderPaid", at(1)))
    assert "the id 'e1' of orders" in refused(pipeline, "e1")
    assert "the id 'e1' of v1" in refused(pipeline, "e1")
    assert pipeline.trace("e1", log="v1").event.id == "e2"
