"""The way of an event through logs that are made of each other, asked for from any of its ends."""

from datetime import timedelta

import pytest

import auditor
from auditor.errors import ConfigError
from checks.model.trace import By, HopKind, HopVerdict
from tests.auditor.tracing.pipeline import START, Pipeline, at, hop, hops, verdicts

EVERYWHERE = {
    "state accounts": HopVerdict.IN_STEP,
    "log orders": HopVerdict.WRITTEN,
    "log outbox": HopVerdict.DERIVED,
    "outbox outbox": HopVerdict.SENT,
    "consumer mail": HopVerdict.RECEIVED,
    "publisher v1": HopVerdict.PAST,
    "log v1": HopVerdict.DERIVED,
    "consumer billing": HopVerdict.PROCESSED,
}


@pytest.mark.parametrize("event", ["e2", "m2", "orders:2", "outbox:12", "v1:22", "order-1@2"])
def test_every_hop_is_there_in_the_order_of_the_way_whichever_end_was_asked_for(pipeline: Pipeline, event: str) -> None:
    pipeline.happy()
    trace = pipeline.trace(event)
    assert verdicts(trace) == EVERYWHERE
    assert [f"{each.of} {each.name}" for each in trace.hops] == list(EVERYWHERE)
    assert (trace.found, trace.in_a_log, trace.complete) == (True, True, True)
    assert (trace.event.position, trace.event.id, trace.event.stream, trace.event.version) == (2, "e2", "order-1", 2)


def test_it_is_a_function_of_the_package(pipeline: Pipeline) -> None:
    pipeline.happy()
    trace = auditor.trace(str(pipeline.configured()), "order-1@2")
    assert isinstance(trace, auditor.Trace)
    assert trace.sought is not None
    assert trace.sought.by is By.VERSION
    with pytest.raises(ConfigError):
        auditor.trace(pipeline.folder / "nowhere.toml", "order-1@2")


def test_a_delay_is_measured_from_the_hop_before_on_the_clocks_that_it_names(pipeline: Pipeline) -> None:
    pipeline.happy()
    trace = pipeline.trace("e2")
    told = {
        (each.of, each.name): (each.delay.by, each.delay.of, each.delay.name, each.delay.clock, each.store)
        for each in trace.hops
        if each.delay is not None
    }
    second = timedelta(seconds=1)
    assert told == {
        (HopKind.LOG, "outbox"): (0 * second, HopKind.LOG, "orders", "shop", "shop"),
        (HopKind.OUTBOX, "outbox"): (1.5 * second, HopKind.LOG, "outbox", "shop", "shop"),
        (HopKind.CONSUMER, "mail"): (1.5 * second, HopKind.OUTBOX, "outbox", "shop", "billing-db"),
        (HopKind.LOG, "v1"): (0.25 * second, HopKind.LOG, "orders", "shop", "shop"),
        (HopKind.CONSUMER, "billing"): (1.75 * second, HopKind.LOG, "v1", "shop", "billing-db"),
    }


def test_a_clock_that_is_behind_makes_a_delay_negative_and_a_time_that_is_not_known_makes_none(
    pipeline: Pipeline,
) -> None:
    pipeline.happy()
    pipeline.execute("UPDATE inbox SET received_at = '2026-03-01T11:59:58+00:00' WHERE message_id = 'm2'")
    pipeline.execute("UPDATE outbox SET sent_at = '1' WHERE event_id = 'e2'")
    pipeline.execute("UPDATE inbox SET received_at = NULL WHERE message_id = 'e2'")
    trace = pipeline.trace("e2")
    billing, mail = hop(trace, "consumer", "billing"), hop(trace, "consumer", "mail")
    assert billing.delay is not None
    assert billing.delay.by == timedelta(seconds=-2.25)
    assert (mail.time, mail.delay, mail.verdict) == (None, None, HopVerdict.RECEIVED)
    assert (hop(trace, "outbox", "outbox").time, hop(trace, "outbox", "outbox").verdict) == (None, HopVerdict.SENT)


def test_one_event_that_became_two_has_a_line_for_each_and_its_consumer_too(pipeline: Pipeline) -> None:
    pipeline.happy()
    pipeline.write("v1", (23, "m3", "e2", "OrderPaid", at(1)))
    trace = pipeline.trace("e2")
    assert [each.event.position for each in hops(trace, "log", "v1")] == [22, 23]
    assert [(each.event.position, each.verdict) for each in hops(trace, "consumer", "billing")] == [
        (22, HopVerdict.PROCESSED),
        (23, HopVerdict.NOT_YET),
    ]


def test_a_log_made_of_a_derived_log_hangs_below_it(pipeline: Pipeline) -> None:
    pipeline.happy()
    pipeline.config += """
[logs.v2]
store = "billing-db"
derived_from = "v1"
source = "source"
source_key = "position"
table = "v2"
position = "position"
"""
    pipeline.execute("CREATE TABLE billing.v2 (position INTEGER, source TEXT)")
    pipeline.write("v2", (7, "0022"))
    for event in ("e2", "v2:7"):
        v2 = hop(pipeline.trace(event), "log", "v2")
        assert (v2.verdict, v2.depth, v2.upstream, v2.event.position) == (HopVerdict.DERIVED, 2, "v1", 7)


def test_an_id_that_stands_at_two_positions_is_followed_from_both(pipeline: Pipeline) -> None:
    pipeline.happy()
    pipeline.write("events", (3, "e2", "order-1", 3, "OrderPaid", at(1)))
    trace = pipeline.trace("e2")
    assert [(each.event.position, each.verdict) for each in hops(trace, "log", "orders")] == [
        (2, HopVerdict.WRITTEN),
        (3, HopVerdict.WRITTEN),
    ]
    assert len(hops(trace, "log", "v1")) == 1


def test_a_stream_and_version_that_stands_twice_shows_both_rows(pipeline: Pipeline) -> None:
    pipeline.happy()
    pipeline.write("events", (3, "e3", "order-1", 2, "OrderPaid", at(1)))
    trace = pipeline.trace("order-1@2")
    assert [each.event.id for each in hops(trace, "log", "orders")] == ["e2", "e3"]
    assert len(hops(trace, "state", "accounts")) == 1


def test_rows_beyond_the_first_few_are_counted(pipeline: Pipeline) -> None:
    pipeline.happy()
    pipeline.write("events", *((100 + n, "e2", "order-1", 2, "OrderPaid", at(1)) for n in range(9)))
    lines = hops(pipeline.trace("e2"), "log", "orders")
    assert [each.event.position for each in lines] == [2, 100, 101, 102, 103, None]
    assert (lines[-1].count, lines[-1].message) == (5, "5 more rows are not followed")


def test_what_the_where_of_a_log_leaves_out_is_found_and_said(pipeline: Pipeline) -> None:
    pipeline.happy()
    pipeline.replace("[logs.orders]\n", '[logs.orders]\nwhere = { type = "OrderPlaced" }\n')
    pipeline.execute("DELETE FROM v1 WHERE source_id = 'e2'")
    trace = pipeline.trace("e2")
    reason = "the 'where' of orders leaves it out"
    assert hop(trace, "log", "orders").message == reason
    assert (hop(trace, "log", "v1").verdict, hop(trace, "log", "v1").message) == (HopVerdict.NOT_WANTED, reason)
    assert hop(trace, "consumer", "billing").verdict is HopVerdict.NOT_WANTED


def test_the_trace_says_when_it_was_made(pipeline: Pipeline) -> None:
    pipeline.happy()
    assert pipeline.trace("e2").at > START
