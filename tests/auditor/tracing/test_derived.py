"""What is said of an outbox or an integration stream that has, or lacks, what was made of an event."""

from datetime import UTC, datetime

import pytest

from checks.model.trace import HopVerdict
from tests.auditor.tracing.pipeline import Pipeline, at, hop, verdicts


@pytest.fixture(autouse=True)
def lost(pipeline: Pipeline) -> None:
    """Of the second event nothing was made that could have been received."""
    pipeline.happy()
    pipeline.execute("DELETE FROM v1 WHERE source_id = 'e2'")
    pipeline.execute("DELETE FROM inbox WHERE message_id = 'm2'")


def test_what_the_publisher_is_past_was_not_derived_and_its_consumers_cannot_have_it(pipeline: Pipeline) -> None:
    trace = pipeline.trace("e2")
    assert hop(trace, "publisher", "v1").verdict is HopVerdict.PAST
    assert hop(trace, "publisher", "v1").cursor == (2,)
    assert hop(trace, "log", "v1").verdict is HopVerdict.NOT_DERIVED
    billing = hop(trace, "consumer", "billing")
    assert (billing.verdict, billing.message) == (HopVerdict.NOT_RECEIVED, "and cannot be: v1 does not have it")


def test_what_the_publisher_has_not_come_to_is_not_derived_yet(pipeline: Pipeline) -> None:
    pipeline.execute("UPDATE publishers SET last_position = 1")
    trace = pipeline.trace("e2")
    assert (hop(trace, "publisher", "v1").verdict, hop(trace, "publisher", "v1").message) == (
        HopVerdict.NOT_YET,
        "the cursor stands at 1",
    )
    assert hop(trace, "log", "v1").verdict is HopVerdict.NOT_YET


def test_a_publisher_with_rows_on_either_side_does_not_say_whether_it_is_past(pipeline: Pipeline) -> None:
    pipeline.write("publishers", ("v1", 1))
    publisher = hop(pipeline.trace("e2"), "publisher", "v1")
    assert publisher.verdict is HopVerdict.CANNOT_TELL
    assert publisher.message == "the cursor has rows from 1 to 2, which does not say whether it is past it"


def test_a_publisher_without_a_cursor_row_is_not_said_to_have_it_before_it_where_its_log_has_rows(
    pipeline: Pipeline,
) -> None:
    pipeline.execute("DELETE FROM publishers")
    trace = pipeline.trace("e2")
    publisher = hop(trace, "publisher", "v1")
    assert (publisher.verdict, publisher.message) == (
        HopVerdict.CANNOT_TELL,
        "the cursor has no row, and yet v1 has rows",
    )
    assert hop(trace, "log", "v1").verdict is HopVerdict.NOT_DERIVED


def test_a_publisher_without_a_cursor_row_and_without_rows_has_not_begun(pipeline: Pipeline) -> None:
    pipeline.execute("DELETE FROM publishers")
    pipeline.execute("DELETE FROM v1")
    trace = pipeline.trace("e2")
    assert hop(trace, "publisher", "v1").verdict is HopVerdict.NOT_YET
    assert hop(trace, "log", "v1").verdict is HopVerdict.NOT_YET


def test_a_publisher_whose_cursor_cannot_be_read_does_not_hide_the_rows(pipeline: Pipeline) -> None:
    pipeline.replace('table = "publishers"', 'table = "printers"')
    trace = pipeline.trace("e1")
    assert hop(trace, "publisher", "v1").verdict is HopVerdict.CANNOT_TELL
    assert hop(trace, "publisher", "v1").problem == "missing-table"
    assert hop(trace, "log", "v1").verdict is HopVerdict.DERIVED
    assert not trace.complete


def test_a_type_that_need_not_be_derived_is_not_wanted_nor_is_it_by_the_consumers(pipeline: Pipeline) -> None:
    pipeline.replace('types = ["Order*"]\ntable', 'types = ["OrderPlaced"]\ntable')
    trace = pipeline.trace("e2")
    assert hop(trace, "log", "v1").verdict is HopVerdict.NOT_WANTED
    assert hop(trace, "log", "v1").message == "its type 'OrderPaid' is none of the types"
    assert hop(trace, "consumer", "billing").verdict is HopVerdict.NOT_WANTED


def test_an_event_without_a_type_is_of_none_of_the_types(pipeline: Pipeline) -> None:
    pipeline.execute("UPDATE events SET type = NULL WHERE event_id = 'e2'")
    assert hop(pipeline.trace("e2"), "log", "v1").message == "it has no type"


def test_where_an_event_may_become_none_that_is_said(pipeline: Pipeline) -> None:
    pipeline.replace('source = "source_id"', 'source = "source_id"\nper_event = "any"')
    v1 = hop(pipeline.trace("e2"), "log", "v1")
    assert v1.verdict is HopVerdict.NOT_DERIVED
    assert "per_event = 'any'" in (v1.message or "")


def test_what_is_younger_than_max_delay_may_still_come(pipeline: Pipeline) -> None:
    pipeline.execute(f"UPDATE events SET recorded_at = '{datetime.now(UTC).isoformat()}' WHERE event_id = 'e2'")
    v1 = hop(pipeline.trace("e2"), "log", "v1")
    assert (v1.verdict, v1.message) == (HopVerdict.NOT_DERIVED, "it may take 1m")


def test_what_is_older_than_the_retention_may_have_been_there(pipeline: Pipeline) -> None:
    pipeline.replace('source = "source_id"', 'source = "source_id"\nretention = "1h"')
    v1 = hop(pipeline.trace("e2"), "log", "v1")
    assert (v1.verdict, v1.message) == (HopVerdict.CANNOT_TELL, "it keeps events for 1h only")


def test_an_outbox_that_forgot_its_row_does_not_hide_that_the_event_was_received(pipeline: Pipeline) -> None:
    pipeline.execute("DELETE FROM outbox")
    trace = pipeline.trace("e2")
    outbox = hop(trace, "log", "outbox")
    assert (outbox.verdict, outbox.message) == (
        HopVerdict.CANNOT_TELL,
        "it keeps no row that was sent, so this one may have been",
    )
    assert hop(trace, "consumer", "mail").verdict is HopVerdict.RECEIVED


def test_an_outbox_that_keeps_what_was_sent_before_would_have_the_row(pipeline: Pipeline) -> None:
    pipeline.execute("DELETE FROM outbox WHERE event_id = 'e2'")
    assert hop(pipeline.trace("e2"), "log", "outbox").verdict is HopVerdict.NOT_IN_LOG
    pipeline.execute("DELETE FROM outbox")
    pipeline.write("outbox", (13, "e9", at(100), at(101)))
    outbox = hop(pipeline.trace("e2"), "log", "outbox")
    assert (outbox.verdict, outbox.message) == (
        HopVerdict.CANNOT_TELL,
        "it keeps no row that was sent before 2026-03-01T12:01:41Z",
    )
    pipeline.execute("UPDATE outbox SET sent_at = 1")
    outbox = hop(pipeline.trace("e2"), "log", "outbox")
    assert outbox.message == "whether it keeps what was sent so long ago is not known"


@pytest.mark.parametrize(
    ("mark", "verdict"),
    [
        (None, HopVerdict.NOT_SENT),
        (0, HopVerdict.NOT_SENT),
        ("false", HopVerdict.NOT_SENT),
        (1, HopVerdict.SENT),
        ("true", HopVerdict.SENT),
        (at(5), HopVerdict.SENT),
    ],
)
def test_an_outbox_says_whether_its_row_was_sent(pipeline: Pipeline, mark: object, verdict: HopVerdict) -> None:
    pipeline.execute("DELETE FROM outbox")
    pipeline.write("outbox", (12, "e2", at(0), mark))
    assert hop(pipeline.trace("e2"), "outbox", "outbox").verdict is verdict


def test_what_was_written_just_now_may_be_sent_soon(pipeline: Pipeline) -> None:
    pipeline.execute("DELETE FROM outbox")
    pipeline.write("outbox", (12, "e2", datetime.now(UTC).isoformat(), None))
    outbox = hop(pipeline.trace("e2"), "outbox", "outbox")
    assert outbox.verdict is HopVerdict.NOT_SENT
    assert (outbox.message or "").endswith("old, and may take 1m")


def test_a_row_that_names_no_event_has_its_way_from_itself_and_that_is_noted(pipeline: Pipeline) -> None:
    pipeline.write("v1", (23, "m3", None, "OrderPaid", at(1)))
    trace = pipeline.trace("m3")
    assert verdicts(trace) == {"log v1": HopVerdict.DERIVED, "consumer billing": HopVerdict.NOT_YET}
    assert trace.notes == ("its row in v1 names no event of orders",)


@pytest.mark.parametrize("event", ["m3", "e3", "v1:23"])
def test_a_row_that_names_an_event_that_is_not_there_shows_that_it_is_not(pipeline: Pipeline, event: str) -> None:
    pipeline.write("v1", (23, "m3", "e3", "OrderPaid", at(1)))
    trace = pipeline.trace(event)
    orders = hop(trace, "log", "orders")
    assert orders.verdict is HopVerdict.NOT_IN_LOG
    assert orders.message == "it has no event with the id 'e3', any more, or ever: v1 has it"
    assert hop(trace, "log", "v1").verdict is HopVerdict.DERIVED
    assert hop(trace, "log", "outbox").verdict is HopVerdict.CANNOT_TELL
    assert trace.in_a_log


def test_a_log_whose_rows_are_named_by_what_the_event_lacks_cannot_be_told(pipeline: Pipeline) -> None:
    pipeline.execute("UPDATE events SET event_id = NULL WHERE position = 2")
    v1 = hop(pipeline.trace("orders:2"), "log", "v1")
    assert v1.verdict is HopVerdict.CANNOT_TELL
    assert v1.message == "the id of the event in orders is not known, by which its rows name it"
    assert hop(pipeline.trace("orders:2"), "consumer", "billing").verdict is HopVerdict.CANNOT_TELL


def share_a_table(pipeline: Pipeline) -> None:
    """Two versions of an integration stream in one table, which only v2 has the second event of."""
    pipeline.execute("CREATE TABLE messages (position INTEGER, message_id TEXT, source_id TEXT, type TEXT, kind TEXT)")
    pipeline.write("messages", (1, "m1", "e1", "OrderPlaced", "v1"), (2, "m2", "e2", "OrderPaid", "v2"))
    pipeline.replace('table = "v1"\n', 'table = "messages"\nwhere = { kind = "v1" }\n')
    pipeline.replace('type = "type"\ntime = "recorded_at"\n[logs.v1.cursor]', "[logs.v1.cursor]")
    pipeline.replace('start = "first"\ntypes = ["Order*"]', 'start = "first"')
    pipeline.config += """
[logs.v2]
store = "shop"
derived_from = "orders"
source = "source_id"
table = "messages"
where = { kind = "v2" }
position = "position"
id = "message_id"
"""


@pytest.mark.parametrize("event", ["e2", "m2"])
def test_a_row_of_another_log_in_the_same_table_is_none_of_this_ones(pipeline: Pipeline, event: str) -> None:
    share_a_table(pipeline)
    trace = pipeline.trace(event)
    v1 = hop(trace, "log", "v1")
    assert (v1.verdict, v1.message) == (
        HopVerdict.NOT_DERIVED,
        "a row names it, but the 'where' of v1 leaves that out",
    )
    assert (hop(trace, "log", "v2").verdict, hop(trace, "log", "v2").message) == (HopVerdict.DERIVED, None)


def test_a_log_that_lost_the_event_of_two_streams_is_one_way_to_both(pipeline: Pipeline) -> None:
    pipeline.execute("DELETE FROM events WHERE event_id = 'e1'")
    pipeline.config += """
[logs.v2]
store = "shop"
derived_from = "orders"
source = "source_id"
table = "v2"
position = "position"
id = "message_id"
"""
    pipeline.execute("CREATE TABLE v2 (position INTEGER, message_id TEXT, source_id TEXT)")
    pipeline.write("v2", (5, "m1", "e1"))
    trace = pipeline.trace("m1")
    assert hop(trace, "log", "orders").verdict is HopVerdict.NOT_IN_LOG
    assert (hop(trace, "log", "v1").event.position, hop(trace, "log", "v2").event.position) == (21, 5)


def test_an_outbox_whose_mark_cannot_be_read_is_derived_all_the_same(pipeline: Pipeline) -> None:
    pipeline.replace('sent = "sent_at"', 'sent = "send_at"')
    trace = pipeline.trace("e2")
    assert hop(trace, "log", "outbox").verdict is HopVerdict.DERIVED
    outbox = hop(trace, "outbox", "outbox")
    assert (outbox.verdict, outbox.problem) == (HopVerdict.CANNOT_TELL, "missing-column")
