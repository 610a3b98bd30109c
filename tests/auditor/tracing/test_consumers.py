"""What is said of a consumer: whether it should have an event, how far it is, and what it has of it."""

from datetime import UTC, datetime

import pytest

from checks.model.trace import Hop, HopVerdict
from tests.auditor.tracing.pipeline import Pipeline, at, hop


@pytest.fixture(autouse=True)
def happy(pipeline: Pipeline) -> None:
    pipeline.happy()


def billing(pipeline: Pipeline, event: str = "e2") -> Hop:
    return hop(pipeline.trace(event), "consumer", "billing")


def mail(pipeline: Pipeline, event: str = "e2") -> Hop:
    return hop(pipeline.trace(event), "consumer", "mail")


def forget(pipeline: Pipeline, message: str) -> None:
    pipeline.execute(f"DELETE FROM inbox WHERE message_id = '{message}'")


def test_what_the_cursor_is_past_and_the_inbox_lacks_was_not_received(pipeline: Pipeline) -> None:
    forget(pipeline, "m2")
    told = billing(pipeline)
    assert (told.verdict, told.count, told.cursor) == (HopVerdict.NOT_RECEIVED, 0, (22,))
    assert told.message == "the cursor stands at 22; there is no receipt"


def test_what_is_younger_than_grace_may_still_come(pipeline: Pipeline) -> None:
    forget(pipeline, "m2")
    pipeline.execute(f"UPDATE v1 SET recorded_at = '{datetime.now(UTC).isoformat()}' WHERE message_id = 'm2'")
    told = billing(pipeline)
    assert told.verdict is HopVerdict.NOT_RECEIVED
    assert (told.message or "").endswith("old, and a receipt may come for 30s")


def test_what_was_only_delivered_may_come_for_max_lag(pipeline: Pipeline) -> None:
    forget(pipeline, "m2")
    pipeline.replace('where = { name = "billing" }', 'where = { name = "billing" }\nmeans = "delivered"')
    pipeline.execute(f"UPDATE v1 SET recorded_at = '{datetime.now(UTC).isoformat()}' WHERE message_id = 'm2'")
    assert (billing(pipeline).message or "").endswith("old, and a receipt may come for 5m")


def test_what_the_cursor_has_not_come_to_is_not_there_yet(pipeline: Pipeline) -> None:
    forget(pipeline, "m2")
    pipeline.execute("UPDATE cursors SET last_position = 21")
    assert (billing(pipeline).verdict, billing(pipeline).message) == (HopVerdict.NOT_YET, "the cursor stands at 21")
    pipeline.execute("UPDATE cursors SET last_position = NULL")
    assert billing(pipeline).message == "the cursor has processed nothing yet"


def test_a_cursor_on_the_next_event_is_not_past_it(pipeline: Pipeline) -> None:
    forget(pipeline, "m2")
    pipeline.replace('where = { name = "billing" }', 'where = { name = "billing" }\nmeans = "next"')
    assert billing(pipeline).verdict is HopVerdict.NOT_YET


def test_cursor_rows_that_disagree_say_nothing_and_where_they_agree_they_do(pipeline: Pipeline) -> None:
    forget(pipeline, "m2")
    forget(pipeline, "m1")
    pipeline.write("cursors", ("billing", 21))
    assert billing(pipeline, "e2").verdict is HopVerdict.CANNOT_TELL
    assert billing(pipeline, "e1").verdict is HopVerdict.NOT_RECEIVED


def test_a_cursor_that_holds_no_position_is_a_problem_of_its_hop_alone(pipeline: Pipeline) -> None:
    pipeline.execute("UPDATE cursors SET last_position = 'soon'")
    trace = pipeline.trace("e2")
    told = hop(trace, "consumer", "billing")
    assert (told.verdict, told.problem) == (HopVerdict.CANNOT_TELL, "wrong-type")
    assert told.message == "store 'billing-db': the cursor in 'cursors' holds 'soon', which is no position"
    assert hop(trace, "consumer", "mail").verdict is HopVerdict.RECEIVED


def test_what_was_received_and_not_done_is_not_processed(pipeline: Pipeline) -> None:
    pipeline.execute("UPDATE inbox SET status = 'new' WHERE message_id = 'm2'")
    assert (billing(pipeline).verdict, billing(pipeline).message) == (HopVerdict.RECEIVED, "not processed yet")


def test_what_was_received_more_than_once_is_counted_and_a_few_are_shown(pipeline: Pipeline) -> None:
    pipeline.write("inbox", ("billing", "m2", at(9), "done"))
    twice = billing(pipeline)
    assert (twice.verdict, twice.count) == (HopVerdict.RECEIVED_TWICE, 2)
    assert twice.message == "receipts 2026-03-01T12:00:02Z, 2026-03-01T12:00:09Z"
    pipeline.write("inbox", *(("billing", "m2", at(10 + n), "done") for n in range(9_998)))
    often = billing(pipeline)
    assert often.count == 10_000
    assert (often.message or "").endswith("and 9,997 more")
    assert often.time == twice.time


def test_what_was_set_aside_is_parked_unless_it_was_processed_after_all(pipeline: Pipeline) -> None:
    pipeline.write("dead_letters", ("m2",))
    assert billing(pipeline).verdict is HopVerdict.PROCESSED
    pipeline.execute("UPDATE inbox SET status = 'failed' WHERE message_id = 'm2'")
    assert billing(pipeline).verdict is HopVerdict.PARKED
    forget(pipeline, "m2")
    assert billing(pipeline).verdict is HopVerdict.PARKED


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            'types = ["Order*"]\n[consumers',
            'types = ["Stock*"]\n[consumers',
            "its type 'OrderPaid' is none of the types",
        ),
        ('start = "first"', "start = 23", "it lies before start = 23"),
    ],
)
def test_what_it_should_not_have_is_not_wanted(pipeline: Pipeline, old: str, new: str, reason: str) -> None:
    pipeline.replace(old, new)
    received = billing(pipeline)
    assert (received.verdict, received.message) == (HopVerdict.PROCESSED, f"although it is not wanted: {reason}")
    forget(pipeline, "m2")
    assert (billing(pipeline).verdict, billing(pipeline).message) == (HopVerdict.NOT_WANTED, reason)


def test_without_an_inbox_a_cursor_past_it_proves_nothing(pipeline: Pipeline) -> None:
    head, _, tail = pipeline.config.partition("[consumers.billing.inbox]")
    pipeline.config = head + "[consumers.mail]" + tail.partition("[consumers.mail]")[2]
    told = billing(pipeline)
    assert told.verdict is HopVerdict.CANNOT_TELL
    assert told.message == "the cursor stands at 22, past it; without an inbox nothing shows whether it was processed"
    pipeline.execute("UPDATE cursors SET last_position = 20")
    assert billing(pipeline).verdict is HopVerdict.NOT_YET


def test_without_a_cursor_a_later_receipt_shows_that_it_is_past(pipeline: Pipeline) -> None:
    forget(pipeline, "e1")
    pipeline.replace('log = "outbox"\n', 'log = "outbox"\nstart = "first"\n')
    told = mail(pipeline, "e1")
    assert (told.verdict, told.message) == (
        HopVerdict.NOT_RECEIVED,
        "it has received a later event; there is no receipt",
    )
    forget(pipeline, "e2")
    assert (mail(pipeline).verdict, mail(pipeline).message) == (
        HopVerdict.NOT_YET,
        "it has received no later event",
    )


def test_without_a_start_what_lies_before_all_that_it_received_may_not_be_meant_for_it(pipeline: Pipeline) -> None:
    forget(pipeline, "e1")
    told = mail(pipeline, "e1")
    assert told.verdict is HopVerdict.CANNOT_TELL
    assert "'start' does not say from where on it should" in (told.message or "")
    pipeline.write("outbox", (10, "e0", at(-90), at(-90)))
    pipeline.write("inbox", ("mail", "e0", at(-80), "new"))
    assert mail(pipeline, "e1").verdict is HopVerdict.NOT_RECEIVED


def test_what_is_older_than_the_inbox_keeps_may_have_been_received(pipeline: Pipeline) -> None:
    forget(pipeline, "m2")
    pipeline.replace('done = { status = "done" }', 'done = { status = "done" }\nretention = "1h"')
    told = billing(pipeline)
    assert told.verdict is HopVerdict.CANNOT_TELL
    assert "its inbox keeps receipts for 1h only" in (told.message or "")


def test_an_event_without_the_identity_of_its_receipts_cannot_be_told(pipeline: Pipeline) -> None:
    pipeline.execute("UPDATE v1 SET message_id = NULL WHERE position = 22")
    told = billing(pipeline, "v1:22")
    assert told.verdict is HopVerdict.CANNOT_TELL
    assert "the event has no id, by which receipts are found" in (told.message or "")


def test_uuids_are_found_however_they_are_written(pipeline: Pipeline) -> None:
    dashed = "0B5A2E1C-6F1C-4AAA-8E5A-0123456789AB"
    bare = dashed.replace("-", "").lower()
    pipeline.write("v1", (23, dashed, "e2", "OrderPaid", at(1)))
    pipeline.write("inbox", ("billing", bare, at(2), "done"))
    for event in (dashed, bare, dashed.lower()):
        told = [each for each in pipeline.trace(event).hops if each.name == "billing"]
        assert HopVerdict.PROCESSED in {each.verdict for each in told if each.event.position == 23}


def fill_up(pipeline: Pipeline, events: int) -> None:
    """So many events behind the two, of which mail has received none."""
    positions = range(1_000, 1_000 + events)
    pipeline.write("outbox", *((n, f"x{n}", at(n), None) for n in positions))
    pipeline.replace('log = "outbox"\n', 'log = "outbox"\nstart = "first"\n')


def test_a_consumer_that_is_far_behind_is_known_by_its_few_receipts(pipeline: Pipeline) -> None:
    fill_up(pipeline, 11_000)
    assert mail(pipeline, "x5000").verdict is HopVerdict.NOT_YET
    pipeline.write("inbox", ("mail", "x6500", at(1), "new"))
    assert mail(pipeline, "x5000").verdict is HopVerdict.NOT_RECEIVED


def test_where_neither_end_nor_the_receipts_decide_how_far_it_is_that_cannot_be_told(pipeline: Pipeline) -> None:
    fill_up(pipeline, 11_000)
    pipeline.write("inbox", *(("mail", "e1", at(n), "new") for n in range(5_000)))
    told = mail(pipeline, "e2")
    assert told.verdict is HopVerdict.RECEIVED
    told = mail(pipeline, "x1000")
    assert told.verdict is HopVerdict.CANNOT_TELL
    assert told.message == "whether it has received a later event was not found out"
    pipeline.write("inbox", ("mail", "x1001", at(1), "new"))
    assert mail(pipeline, "x1000").verdict is HopVerdict.NOT_RECEIVED
