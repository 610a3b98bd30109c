"""A consumer's cursor put back: where to, in which form, and when it is not touched."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.auditor.redelivery.batches import event, parcel
from tests.auditor.redelivery.outboxes import BOX, Boxed, refusal, said

CURSOR: dict[str, Any] = {"table": "cursors", "where": {"name": "billing"}, "position": "place"}


@pytest.fixture
def box(tmp_path: Path) -> Boxed:
    """Nine events, and a consumer that has come to the last of them."""
    boxed = Boxed(tmp_path)
    boxed.run(BOX)
    boxed.fill(9)
    boxed.said["consumers"]["billing"]["cursor"] = dict(CURSOR)
    boxed.run("CREATE TABLE cursors (name text, place bigint)")
    boxed.run("INSERT INTO cursors VALUES (?, ?)", ("billing", 9), ("shipping", 9))
    return boxed


def places(box: Boxed) -> list[object]:
    return [row[0] for row in box.run("SELECT place FROM cursors ORDER BY name")]


def test_it_stands_right_before_the_first_event_and_says_what_comes_again(box: Boxed) -> None:
    with box.cursor() as target:
        assert (target.sends_whole, target.needs_data, target.shared) == (True, False, False)
        answers = target.send(box.batch(parcel(4), count=2))
    told = "put back from 9 to 3: 6 events from position 4 to 9 will be read again, 2 of them planned"
    assert said(answers) == [("accepted", told)]
    assert places(box) == [3, 9]


@pytest.mark.parametrize(
    ("declared", "before", "means", "after"),
    [
        ("bigint", 9, "last-processed", 3),
        ("bigint", 9, "delivered", 3),
        ("bigint", 10, "next", 4),
        ("text", "9", "last-processed", "3"),
        ("text", "00000009", "last-processed", "00000003"),
        ("text", "010", "next", "004"),
        ("numeric", 9, "last-processed", 3),
        ("", 9, "last-processed", 3),
    ],
)
def test_it_keeps_its_meaning_and_its_form(
    box: Boxed, declared: str, before: object, means: str, after: object
) -> None:
    box.run("DROP TABLE cursors")
    box.run(f"CREATE TABLE cursors (name text, place {declared})")
    box.run("INSERT INTO cursors VALUES ('billing', ?)", (before,))
    box.said["consumers"]["billing"]["cursor"]["means"] = means
    with box.cursor() as target:
        [answer] = target.send(box.batch(parcel(4)))
    assert (answer.outcome.value, places(box)) == ("accepted", [after])


def test_a_consumer_that_nobody_says_is_stopped_keeps_its_cursor(box: Boxed) -> None:
    assert "must be stopped before its cursor is put back (say that it is with --consumer-stopped)" in refusal(
        box.cursor(consumer_stopped=False)
    )


def moving(box: Boxed, to: int) -> Callable[[float], None]:
    def sleep(seconds: float) -> None:
        assert seconds == 2
        box.run(f"UPDATE cursors SET place = {to} WHERE name = 'billing'")

    return sleep


def test_a_cursor_that_moves_between_two_looks_is_that_of_a_running_consumer(box: Boxed) -> None:
    assert "moved within 2s, from 9 to 11: the consumer is running" in refusal(box.cursor(sleep=moving(box, 11)))
    assert places(box) == [11, 9]


def test_a_cursor_that_moves_after_that_is_not_put_back(box: Boxed) -> None:
    with box.cursor() as target:
        box.run("UPDATE cursors SET place = 12 WHERE name = 'billing'")
        [answer] = target.send(box.batch(parcel(4)))
    assert said([answer]) == [("failed", "the cursor moved from 9 to 12 meanwhile: the consumer is running")]
    assert places(box) == [12, 9]


def test_nor_is_one_whose_row_is_gone(box: Boxed) -> None:
    with box.cursor() as target:
        box.run("DELETE FROM cursors WHERE name = 'billing'")
        [answer] = target.send(box.batch(parcel(4)))
    assert (answer.outcome.value, places(box)) == ("failed", [9])
    assert "from 9 to no row" in answer.detail


def test_a_cursor_before_the_event_stays_and_one_right_before_it_is_where_it_should_be(box: Boxed) -> None:
    box.run("UPDATE cursors SET place = 3")
    with box.cursor() as target:
        answers = [*target.send(box.batch(parcel(6))), *target.send(box.batch(parcel(4)))]
    assert said(answers) == [
        ("rejected", "the cursor stands at 3, before the event: it will come by itself"),
        ("accepted", "the cursor stands at 3 already, right before the event"),
    ]
    assert places(box) == [3, 3]


def test_a_cursor_that_has_seen_nothing_is_before_everything(box: Boxed) -> None:
    box.run("UPDATE cursors SET place = NULL")
    with box.cursor() as target:
        [answer] = target.send(box.batch(parcel(6)))
    assert (answer.outcome.value, places(box)) == ("rejected", [None, None])


def test_what_would_be_rejected_is_refused_before_where_the_first_event_is_known(box: Boxed) -> None:
    box.run("UPDATE cursors SET place = 3")
    assert "consumer 'billing': the cursor stands at 3, before the event" in refusal(box.cursor(firsts=[event(6)]))


@pytest.mark.parametrize(
    ("age", "why"),
    [
        (timedelta(days=8), "it is older than receipts are kept (7d): what comes again with it could be applied twice"),
        (None, "its age is not known, and receipts older than 7d may be gone"),
    ],
    ids=["old", "unknown"],
)
def test_what_reaches_below_the_inboxs_retention_stays(box: Boxed, age: timedelta | None, why: str) -> None:
    box.said["consumers"]["billing"]["inbox"]["retention"] = "7d"
    with box.cursor() as target:
        time = None if age is None else datetime.now(UTC) - age
        answers = target.send(box.batch(parcel(4, time=time)))
    assert said(answers) == [("rejected", why)]
    assert places(box) == [9, 9]


def test_what_lies_above_it_does_not(box: Boxed) -> None:
    box.said["consumers"]["billing"]["inbox"]["retention"] = "7d"
    with box.cursor() as target:
        [answer] = target.send(box.batch(parcel(4, time=datetime.now(UTC) - timedelta(days=6))))
    assert (answer.outcome.value, places(box)) == ("accepted", [3, 9])


def test_with_a_row_a_partition_only_the_events_own_goes_back(tmp_path: Path) -> None:
    box = Boxed(tmp_path)
    box.run("CREATE TABLE outbox (tenant text, position bigint, event_id text, published_at text)")
    box.run("INSERT INTO outbox (tenant, position) VALUES (?, ?)", *((t, n) for t in "ab" for n in range(1, 8)))
    box.run("CREATE TABLE cursors (tenant text, place bigint)")
    box.run("INSERT INTO cursors VALUES (?, 7)", ("a",), ("b",))
    log = {"store": "shop", "table": "outbox", "position": "position", "partition": "tenant", "id": "event_id"}
    box.said["logs"]["orders"] = log
    box.said["consumers"]["billing"]["cursor"] = {"table": "cursors", "position": "place", "partition": "tenant"}
    with box.cursor() as target:
        batches = [box.batch(parcel(5, partition="b")), box.batch(parcel(1, partition="c"))]
        answers = [answer for batch in batches for answer in target.send(batch)]
    assert said(answers) == [
        ("accepted", "put back from 7 to 4: 3 events from position 5 to 7 will be read again, 1 of them planned"),
        ("rejected", "there is no cursor row in partition 'c'"),
    ]
    assert box.run("SELECT * FROM cursors ORDER BY tenant") == [("a", 7), ("b", 4)]


@pytest.fixture
def ordered(box: Boxed) -> Boxed:
    """The log is read by transaction, then position: 3 and 4 were committed by the last transaction, 5 by the first."""
    box.run("ALTER TABLE outbox ADD COLUMN tx bigint")
    box.run("UPDATE outbox SET tx = CASE position WHEN 3 THEN 30 WHEN 4 THEN 30 WHEN 5 THEN 20 ELSE position + 20 END")
    box.said["logs"]["orders"]["order"] = ["tx", "position"]
    box.run("DROP TABLE cursors")
    return box


def test_a_cursor_over_more_than_the_position_goes_before_all_that_may_be_missing(ordered: Boxed) -> None:
    ordered.run("CREATE TABLE cursors (name text, tx bigint, place bigint)")
    ordered.run("INSERT INTO cursors VALUES ('billing', 30, 4)")
    ordered.said["consumers"]["billing"]["cursor"]["position"] = ["tx", "place"]
    with ordered.cursor() as target:
        answers = target.send(ordered.batch(parcel(4)))
    told = "put back from 30:4 to 20:4: all that it has processed since comes again"
    assert said(answers) == [("accepted", told)]
    assert ordered.run("SELECT tx, place FROM cursors") == [(20, 4)]


def test_also_where_one_text_holds_it(ordered: Boxed) -> None:
    ordered.run("CREATE TABLE cursors (name text, place text)")
    ordered.run("INSERT INTO cursors VALUES ('billing', '30:0004')")
    with ordered.cursor() as target:
        target.send(ordered.batch(parcel(4)))
    assert ordered.run("SELECT place FROM cursors") == [("20:0004",)]


def test_an_order_that_cannot_be_read_leaves_it_where_it_is(ordered: Boxed) -> None:
    ordered.run("CREATE TABLE cursors (name text, tx bigint, place bigint)")
    ordered.run("INSERT INTO cursors VALUES ('billing', 30, 4)")
    ordered.run("UPDATE outbox SET tx = NULL")
    ordered.said["consumers"]["billing"]["cursor"]["position"] = ["tx", "place"]
    with ordered.cursor() as target:
        answers = target.send(ordered.batch(parcel(4)))
    assert said(answers) == [("rejected", "its place in the order of 'orders' cannot be read")]


def per_stream(box: Boxed) -> None:
    box.said["consumers"]["billing"]["cursor"]["stream"] = "name"


def without_rows(box: Boxed) -> None:
    box.run("DELETE FROM cursors")


def with_two_rows(box: Boxed) -> None:
    box.run("UPDATE cursors SET name = 'billing'")


def without_a_cursor(box: Boxed) -> None:
    del box.said["consumers"]["billing"]["cursor"]


def over_partitions(box: Boxed) -> None:
    box.said["logs"]["orders"]["partition"] = "stream_id"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (per_stream, "has a cursor for each stream"),
        (without_rows, "has no row in its cursor table"),
        (with_two_rows, "has 2 cursor rows: which of them counts is not known"),
        (without_a_cursor, "has no cursor that could be put back"),
        (over_partitions, "has one cursor for all partitions of 'orders'"),
    ],
)
def test_a_cursor_of_which_nobody_knows_where_it_would_go_is_refused(
    box: Boxed, change: Callable[[Boxed], None], why: str
) -> None:
    change(box)
    assert why in refusal(box.cursor())


@pytest.mark.parametrize("name", ['x"; drop table inbox; --', "%(x)s :y"])
def test_a_table_a_column_and_a_name_may_be_anything(box: Boxed, name: str) -> None:
    written = '"{}"'.format(name.replace('"', '""'))
    box.run(f"ALTER TABLE cursors RENAME COLUMN place TO {written}")
    box.run(f"ALTER TABLE cursors RENAME TO {written}")
    box.run(f"UPDATE {written} SET name = ? WHERE name = 'billing'", (name,))
    box.said["consumers"]["billing"]["cursor"] = {"table": name, "position": name, "where": {"name": name}}
    with box.cursor() as target:
        [answer] = target.send(box.batch(parcel(4)))
    assert answer.outcome.value == "accepted"
    assert box.run(f"SELECT {written} FROM {written} WHERE name <> 'shipping'") == [(3,)]
