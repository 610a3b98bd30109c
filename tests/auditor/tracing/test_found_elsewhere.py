"""What is said of an event that no log has, that nobody has, and of stores that are out of reach."""

import pytest

from checks.model.trace import By, HopKind, HopVerdict
from tests.auditor.tracing.pipeline import Pipeline, at, hop, verdicts


@pytest.fixture(autouse=True)
def happy(pipeline: Pipeline) -> None:
    pipeline.happy()


def test_an_event_that_only_a_consumer_has_is_found_there(pipeline: Pipeline) -> None:
    pipeline.write("inbox", ("billing", "m9", at(5), "done"))
    trace = pipeline.trace("m9")
    assert verdicts(trace) == {"log v1": HopVerdict.NOT_IN_LOG, "consumer billing": HopVerdict.PROCESSED}
    assert (trace.found, trace.in_a_log, trace.complete, trace.notes) == (True, False, True, ("no log has it",))
    assert trace.sought is not None
    assert (trace.sought.by, trace.event.id) == (By.ID, "m9")


def test_an_event_that_was_only_set_aside_is_found_there(pipeline: Pipeline) -> None:
    pipeline.write("dead_letters", ("m9",))
    assert hop(pipeline.trace("m9"), "consumer", "billing").verdict is HopVerdict.PARKED


def test_what_a_derived_log_lost_after_its_consumer_had_it_is_received(pipeline: Pipeline) -> None:
    """The log took the id over, though its rows name their source by position."""
    pipeline.replace('source = "source_id"', 'source = "place"\nsource_key = "position"')
    pipeline.execute("ALTER TABLE v1 ADD COLUMN place INTEGER")
    pipeline.write("inbox", ("billing", "e2", at(5), "done"))
    trace = pipeline.trace("orders:2")
    v1 = hop(trace, "log", "v1")
    assert (v1.verdict, v1.message) == (HopVerdict.NOT_IN_LOG, "any more, or ever: billing has it")
    assert hop(trace, "consumer", "billing").verdict is HopVerdict.PROCESSED


def test_a_place_that_no_log_has_is_followed_by_the_id_of_its_receipt(pipeline: Pipeline) -> None:
    pipeline.config += """
[consumers.audit]
log = "orders"
store = "billing-db"
[consumers.audit.inbox]
table = "copies"
id = "message_id"
position = "place"
"""
    pipeline.execute("CREATE TABLE billing.copies (message_id TEXT, place INTEGER)")
    pipeline.write("copies", ("e2", 2))
    pipeline.execute("DELETE FROM events WHERE position = 2")
    trace = pipeline.trace("orders:2")
    orders = hop(trace, "log", "orders")
    assert orders.verdict is HopVerdict.NOT_IN_LOG
    assert (orders.message or "").endswith("any more, or ever: audit, outbox, v1 have it")
    assert hop(trace, "log", "outbox").verdict is HopVerdict.DERIVED
    assert trace.notes == ("no log has position 2: followed by the id 'e2', which its receipt has",)


def test_it_is_found_at_a_consumer_by_position_and_by_stream_and_version(pipeline: Pipeline) -> None:
    pipeline.config += """
[consumers.audit]
log = "orders"
store = "billing-db"
[consumers.audit.inbox]
table = "copies"
position = "place"
stream = "stream"
version = "version"
received = "seq"
"""
    pipeline.execute("CREATE TABLE billing.copies (seq INTEGER, place TEXT, stream TEXT, version INTEGER)")
    pipeline.write("copies", (1, "009", "order-9", 4))
    for event in ("orders:9", "order-9@4"):
        trace = pipeline.trace(event)
        assert verdicts(trace) == {"log orders": HopVerdict.NOT_IN_LOG, "consumer audit": HopVerdict.RECEIVED}
        assert hop(trace, "consumer", "audit").message == "receipt 1"


def test_what_nobody_has_is_said_with_every_place_where_it_was_looked_for(pipeline: Pipeline) -> None:
    trace = pipeline.trace("m9")
    assert (trace.found, trace.complete, trace.sought, trace.hops) == (False, True, None, ())
    assert [(each.of, each.name, each.found) for each in trace.looked] == [
        (HopKind.LOG, "orders", False),
        (HopKind.LOG, "outbox", False),
        (HopKind.LOG, "v1", False),
        (HopKind.CONSUMER, "billing", False),
        (HopKind.CONSUMER, "mail", False),
    ]
    assert trace.looked[0].message == "it has no event with the id 'm9'"


def test_what_was_not_found_while_a_store_is_out_of_reach_is_not_said_to_be_nowhere(pipeline: Pipeline) -> None:
    pipeline.remove("billing")
    trace = pipeline.trace("m9")
    assert (trace.found, trace.complete) == (False, False)
    assert {each.name: each.problem for each in trace.looked if each.found is None} == {
        "billing": "unreachable",
        "mail": "unreachable",
    }


def test_a_consumers_store_that_is_out_of_reach_hides_its_hops_only(pipeline: Pipeline) -> None:
    pipeline.remove("billing")
    trace = pipeline.trace("e2")
    assert hop(trace, "log", "v1").verdict is HopVerdict.DERIVED
    for name in ("billing", "mail"):
        told = hop(trace, "consumer", name)
        assert (told.verdict, told.problem) == (HopVerdict.CANNOT_TELL, "unreachable")
        assert "no such file" in (told.message or "")
    assert (trace.found, trace.complete) == (True, False)


def test_a_logs_store_that_is_out_of_reach_leaves_what_the_consumers_have(pipeline: Pipeline) -> None:
    pipeline.remove("shop")
    trace = pipeline.trace("m2")
    assert verdicts(trace) == {"log v1": HopVerdict.CANNOT_TELL, "consumer billing": HopVerdict.PROCESSED}
    assert (trace.found, trace.in_a_log, trace.complete, trace.notes) == (True, False, False, ())


def test_an_upstream_that_is_out_of_reach_is_named_and_what_was_made_of_the_event_is_found(
    pipeline: Pipeline,
) -> None:
    pipeline.config += '[stores.other]\nurl = "sqlite:///other.db"\n'
    pipeline.replace('[logs.orders]\nstore = "shop"', '[logs.orders]\nstore = "other"')
    trace = pipeline.trace("m2")
    orders = hop(trace, "log", "orders")
    assert (orders.verdict, orders.problem) == (HopVerdict.CANNOT_TELL, "unreachable")
    assert hop(trace, "log", "v1").verdict is HopVerdict.DERIVED
    assert hop(trace, "log", "outbox").verdict is HopVerdict.DERIVED
    assert (trace.event.position, trace.found, trace.complete) == (12, True, False)


def test_a_log_that_is_out_of_reach_does_not_hide_what_hangs_beside_it(pipeline: Pipeline) -> None:
    pipeline.config += '[stores.other]\nurl = "sqlite:///other.db"\n'
    pipeline.replace('[logs.v1]\nstore = "shop"', '[logs.v1]\nstore = "other"')
    trace = pipeline.trace("e2")
    assert hop(trace, "log", "v1").verdict is HopVerdict.CANNOT_TELL
    assert hop(trace, "consumer", "billing").verdict is HopVerdict.CANNOT_TELL
    assert hop(trace, "consumer", "billing").message == "whether v1 has it is not known"
    assert hop(trace, "consumer", "mail").verdict is HopVerdict.RECEIVED


def test_a_missing_table_is_a_problem_of_its_hop(pipeline: Pipeline) -> None:
    pipeline.replace('table = "accounts"', 'table = "acounts"')
    accounts = hop(pipeline.trace("e2"), "state", "accounts")
    assert (accounts.problem, accounts.message) == (
        "missing-table",
        "store 'shop': there is no table or view 'acounts'",
    )


def test_what_no_column_of_a_log_can_be_compared_with_is_a_problem_and_no_crash(pipeline: Pipeline) -> None:
    pipeline.execute("CREATE TABLE odd (position INTEGER, event_id TEXT, recorded_at TEXT, sent_at TEXT)")
    pipeline.write("odd", ("twelve", "e2", at(0), None))
    pipeline.replace('table = "outbox"', 'table = "odd"')
    trace = pipeline.trace("e2")
    outbox = hop(trace, "log", "outbox")
    assert outbox.verdict is HopVerdict.CANNOT_TELL
    assert outbox.problem is not None
    assert hop(trace, "log", "v1").verdict is HopVerdict.DERIVED


def test_a_version_that_only_the_state_has_come_to_is_found_there(pipeline: Pipeline) -> None:
    pipeline.execute("UPDATE accounts SET version = 3")
    trace = pipeline.trace("order-1@3")
    assert verdicts(trace) == {"state accounts": HopVerdict.AHEAD, "log orders": HopVerdict.NOT_WRITTEN}
    assert (trace.found, trace.in_a_log, trace.notes) == (True, False, ("no log has it",))
    assert hop(trace, "state", "accounts").message == "the row is at version 3, which orders does not have"


def test_a_version_that_the_state_has_not_come_to_either_is_nowhere(pipeline: Pipeline) -> None:
    trace = pipeline.trace("order-1@3")
    assert (trace.found, trace.hops) == (False, ())
    assert [(each.of, each.found) for each in trace.looked if each.name == "accounts"] == [(HopKind.STATE, False)]


def test_a_hole_that_the_state_went_past_is_no_trace_of_the_event_but_the_hole_is_said(pipeline: Pipeline) -> None:
    pipeline.execute("DELETE FROM events WHERE version = 1")
    trace = pipeline.trace("order-1@1")
    assert (trace.found, trace.hops) == (False, ())
    assert trace.notes == ("orders has version 2 of the stream 'order-1' and lacks version 1 before it",)


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        ("77", "a number alone is an id: a position is asked for as LOG:POSITION, as in orders:77"),
        ("billing:77", "'billing' is no log: positions are those of v1, as in v1:77"),
        ("accounts:77", "'accounts' is no log: positions are those of orders, as in orders:77"),
        ("ordrs:77", "the config has no log called 'ordrs' (did you mean 'orders'?)"),
    ],
)
def test_what_is_nowhere_and_may_be_a_position_is_followed_by_how_to_ask_for_that(
    pipeline: Pipeline, typed: str, note: str
) -> None:
    trace = pipeline.trace(typed)
    assert (trace.found, trace.notes) == (False, (note,))


@pytest.mark.parametrize("typed", ["m9", "orders:77", "order-1@77"])
def test_what_is_nowhere_and_can_be_nothing_else_has_no_note(pipeline: Pipeline, typed: str) -> None:
    trace = pipeline.trace(typed)
    assert (trace.found, trace.notes) == (False, ())


def test_what_is_gone_from_a_log_that_keeps_its_events_for_a_time_only_may_have_been_there(
    pipeline: Pipeline,
) -> None:
    pipeline.replace("[logs.v1]\n", '[logs.v1]\nretention = "90d"\n')
    pipeline.write("inbox", ("billing", "m9", at(5), "done"))
    v1 = hop(pipeline.trace("m9"), "log", "v1")
    assert (v1.verdict, v1.message) == (
        HopVerdict.CANNOT_TELL,
        "it has no event with the id 'm9'; it keeps events for 90d only",
    )


def test_an_upstream_out_of_reach_is_not_said_to_lack_what_a_row_names(pipeline: Pipeline) -> None:
    pipeline.config += '[stores.other]\nurl = "sqlite:///other.db"\n'
    pipeline.replace('[logs.orders]\nstore = "shop"', '[logs.orders]\nstore = "other"')
    pipeline.execute("DELETE FROM outbox")
    orders = hop(pipeline.trace("e2"), "log", "orders")
    assert (orders.verdict, orders.problem) == (HopVerdict.CANNOT_TELL, "unreachable")
