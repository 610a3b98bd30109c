"""Positions that are counted per partition, cursors of several columns, a row a stream, identity by position."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.tracing import AmbiguousEventError
from checks.model.trace import Hop, HopVerdict
from tests.auditor.tracing.pipeline import Pipeline, at, hop, pipeline_in

PARTITIONED = """\
[stores.shop]
url = "sqlite:///shop.db"
[stores.billing-db]
url = "sqlite:///billing.db"
[logs.orders]
store = "shop"
table = "parts"
position = "position"
partition = "tenant"
stream = "stream"
version = "version"
time = "recorded_at"
[logs.copy]
store = "shop"
derived_from = "orders"
table = "copies"
position = "position"
partition = "tenant"
source = "source"
source_key = "position"
[consumers.billing]
log = "orders"
store = "billing-db"
[consumers.billing.cursor]
table = "cursors"
position = "last_position"
partition = "name"
[consumers.billing.inbox]
table = "received"
position = "position"
partition = "tenant"
"""


@pytest.fixture
def partitioned(tmp_path: Path) -> Iterator[Pipeline]:
    """Two tenants, 1 a number as text and 2, whose positions repeat; of tenant 2 the second event was received."""
    with pipeline_in(tmp_path) as pipeline:
        pipeline.config = PARTITIONED
        columns = "tenant INTEGER, position INTEGER, stream TEXT, version INTEGER, recorded_at TEXT"
        pipeline.execute(f"CREATE TABLE parts ({columns})")
        pipeline.execute("CREATE TABLE copies (tenant INTEGER, position INTEGER, source TEXT)")
        pipeline.execute("CREATE TABLE billing.received (tenant TEXT, position INTEGER)")
        for tenant in (1, 2):
            pipeline.write("parts", *((tenant, n, f"s{n}", 1, at(n)) for n in (1, 2, 3)))
            pipeline.write("copies", *((tenant, n, str(4 - n)) for n in (1, 2, 3)))
        pipeline.write("received", ("1", 1), ("2", 1), ("2", 2))
        pipeline.write("cursors", ("1", 2), ("2", 2))
        yield pipeline


def billing(pipeline: Pipeline, event: str, **options: str) -> Hop:
    return hop(pipeline.trace(event, **options), "consumer", "billing")


def test_a_position_of_a_partition_is_asked_for_with_it_or_by_an_option(partitioned: Pipeline) -> None:
    for trace in (partitioned.trace("orders:2:2"), partitioned.trace("orders:2", partition="2")):
        assert (trace.event.partition, trace.event.position) == ("2", 2)
        assert hop(trace, "consumer", "billing").verdict is HopVerdict.RECEIVED
    assert billing(partitioned, "orders:1:2").verdict is HopVerdict.NOT_RECEIVED
    assert billing(partitioned, "orders:1:3").verdict is HopVerdict.NOT_YET


def test_a_position_of_two_partitions_is_two_events(partitioned: Pipeline) -> None:
    with pytest.raises(AmbiguousEventError) as raised:
        partitioned.trace("orders:2")
    assert str(raised.value) == (
        "'orders:2' is more than one event: position 2 of orders in partition '1' (2 --log orders --partition 1), "
        "or position 2 of orders in partition '2' (2 --log orders --partition 2)"
    )


def test_a_stream_of_two_partitions_is_two_events_until_one_is_named(partitioned: Pipeline) -> None:
    with pytest.raises(AmbiguousEventError):
        partitioned.trace("s2@1")
    assert partitioned.trace("s2@1", partition="2").event.partition == "2"


def test_a_position_is_derived_within_its_partition(partitioned: Pipeline) -> None:
    for event in ("orders:2:3", "copy:2:1"):
        trace = partitioned.trace(event)
        assert (trace.event.partition, trace.event.position) == ("2", 3)
        copy = hop(trace, "log", "copy")
        assert (copy.event.partition, copy.event.position) == ("2", 1)


def test_a_cursor_without_partitions_says_nothing_of_positions_that_repeat(partitioned: Pipeline) -> None:
    partitioned.replace('partition = "name"\n', "")
    partitioned.execute("DELETE FROM cursors WHERE name = '1'")
    assert billing(partitioned, "orders:1:2").verdict is HopVerdict.CANNOT_TELL


def test_a_partition_whose_cursor_row_is_absent_goes_by_what_was_received_in_it(partitioned: Pipeline) -> None:
    partitioned.execute("DELETE FROM cursors")
    partitioned.write("received", ("1", 3))
    assert billing(partitioned, "orders:1:2").verdict is HopVerdict.NOT_RECEIVED
    assert billing(partitioned, "orders:2:3").verdict is HopVerdict.NOT_YET


COMPOSITE = """\
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "placed"
position = "position"
order = ["tx", "position"]
stream = "stream"
version = "version"
[consumers.billing]
log = "orders"
store = "shop"
start = "first"
[consumers.billing.cursor]
table = "places"
position = ["tx", "position"]
[consumers.billing.inbox]
table = "got"
position = "position"
"""


@pytest.fixture
def composite(tmp_path: Path) -> Iterator[Pipeline]:
    """The event at position 1 was committed by a later transaction than the one at 2."""
    with pipeline_in(tmp_path) as pipeline:
        pipeline.config = COMPOSITE
        pipeline.execute("CREATE TABLE placed (tx INTEGER, position INTEGER, stream TEXT, version INTEGER)")
        pipeline.execute("CREATE TABLE places (tx INTEGER, position INTEGER)")
        pipeline.execute("CREATE TABLE got (position INTEGER)")
        pipeline.write("placed", (20, 1, "s", 1), (10, 2, "s", 2), (30, 3, "s", 3))
        pipeline.write("places", (10, 2))
        yield pipeline


def test_a_cursor_of_two_columns_is_compared_as_the_pair_that_it_is(composite: Pipeline) -> None:
    assert billing(composite, "orders:1").verdict is HopVerdict.NOT_YET
    assert billing(composite, "orders:1").cursor == (10, 2)
    told = billing(composite, "orders:2")
    assert (told.verdict, told.message) == (
        HopVerdict.NOT_RECEIVED,
        "the cursor stands at (10, 2); there is no receipt",
    )


def test_without_a_cursor_the_order_of_the_log_says_what_is_later(composite: Pipeline) -> None:
    head, _, tail = composite.config.partition("[consumers.billing.cursor]")
    composite.config = head + "[consumers.billing.inbox]" + tail.partition("[consumers.billing.inbox]")[2]
    composite.write("got", (1,))
    assert billing(composite, "orders:2").verdict is HopVerdict.NOT_RECEIVED
    assert billing(composite, "orders:3").verdict is HopVerdict.NOT_YET


def test_a_cursor_with_a_row_a_stream_is_compared_by_version(composite: Pipeline) -> None:
    composite.replace(
        'table = "places"\nposition = ["tx", "position"]', 'table = "streams"\nposition = "at"\nstream = "name"'
    )
    composite.execute("CREATE TABLE streams (name TEXT, at TEXT)")
    assert billing(composite, "s@1").message == "the cursor has no row"
    composite.write("streams", ("s", "02"), ("other", "9"))
    assert billing(composite, "s@2").verdict is HopVerdict.NOT_RECEIVED
    assert billing(composite, "s@2").cursor == (2,)
    assert billing(composite, "s@3").verdict is HopVerdict.NOT_YET
    composite.write("streams", ("s", "3"))
    assert billing(composite, "s@3").verdict is HopVerdict.CANNOT_TELL
    assert billing(composite, "s@1").verdict is HopVerdict.NOT_RECEIVED
