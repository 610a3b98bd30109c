"""Rows added to an outbox: what they hold, and what no row may be added without."""

from pathlib import Path
from typing import Any

import pytest

from auditor.redelivery.targets.interface import Touched
from tests.auditor.redelivery.batches import parcel
from tests.auditor.redelivery.outboxes import BOX, Boxed, refusal, said

COPIED = ["event_id", "stream_id", "version", "type", "data"]


@pytest.fixture
def box(tmp_path: Path) -> Boxed:
    """Five events, all of them marked sent."""
    boxed = Boxed(tmp_path)
    boxed.run(BOX)
    boxed.fill(5)
    return boxed


def target(**keys: Any) -> dict[str, Any]:
    return {"mode": "insert", **keys}


def test_a_copy_is_the_events_row_once_more_at_a_new_position_and_unsent(box: Boxed) -> None:
    with box.outbox(target(copied=COPIED)) as made:
        answers = made.send(box.batch(parcel(2), parcel(4)))
    assert said(answers) == [("accepted", "inserted at position 6"), ("accepted", "inserted at position 7")]
    assert [answer.touched for answer in answers] == [
        Touched("orders", None, 6, "copied"),
        Touched("orders", None, 7, "copied"),
    ]
    assert box.run("SELECT * FROM outbox WHERE position > 5") == [
        (6, "e2", "order-2", 1, "OrderPlaced", '{"n": 2}', None),
        (7, "e4", "order-4", 1, "OrderPlaced", '{"n": 4}', None),
    ]


def test_a_flag_that_is_never_null_says_no(tmp_path: Path) -> None:
    box = Boxed(tmp_path)
    box.run(BOX.replace("published_at text", "published_at boolean NOT NULL"))
    box.run("INSERT INTO outbox VALUES (1, 'e1', 'order-1', 1, 'OrderPlaced', NULL, 1)")
    with box.outbox(target(copied=COPIED)) as made:
        made.send(box.batch(parcel(1)))
    assert box.run("SELECT event_id, published_at FROM outbox WHERE position = 2") == [("e1", 0)]


def test_columns_hold_what_the_config_says_of_the_event(box: Boxed) -> None:
    columns = {"event_id": "{id}", "type": "again:{type}", "version": "{version}", "data": "{data}", "stream_id": 7}
    with box.outbox(target(columns=columns)) as made:
        assert made.needs_data
        answers = made.send(box.batch(parcel(2, data='{"a": 1}'), parcel(3, data={"a": "ä"})))
    assert [answer.outcome.value for answer in answers] == ["accepted"] * 2
    assert box.run("SELECT event_id, type, version, data, stream_id FROM outbox WHERE position > 5") == [
        ("e2", "again:OrderPlaced", 1, '{"a": 1}', "7"),
        ("e3", "again:OrderPlaced", 1, '{"a": "ä"}', "7"),
    ]


def test_bytes_stay_bytes_where_the_column_takes_them(tmp_path: Path) -> None:
    box = Boxed(tmp_path)
    box.run(BOX.replace("data text", "data blob"))
    box.run("INSERT INTO outbox VALUES (1, 'e1', 'order-1', 1, 'OrderPlaced', x'ff00', 'yes')")
    with box.outbox(target(columns={"event_id": "{id}", "data": "{data}"})) as made:
        made.send(box.batch(parcel(1, data=b"\xff\x00")))
    assert box.run("SELECT data FROM outbox WHERE position = 2") == [(b"\xff\x00",)]


def test_bytes_that_are_no_text_fail_where_the_column_holds_text(box: Boxed) -> None:
    with box.outbox(target(columns={"event_id": "{id}", "data": "{data}"})) as made:
        [answer] = made.send(box.batch(parcel(1, data=b"\xff\x00")))
    assert answer.outcome.value == "failed"
    assert "a value cannot be written: UnicodeDecodeError" in answer.detail


def test_without_copies_no_row_of_the_event_is_needed(box: Boxed) -> None:
    box.run("DELETE FROM outbox WHERE position < 5")
    with box.outbox(target(columns={"event_id": "{id}", "type": "{type}"})) as made:
        assert not made.needs_data
        [answer] = made.send(box.batch(parcel(2)))
    assert answer.touched == Touched("orders", None, 6, "copied")
    assert box.run("SELECT event_id, type, published_at FROM outbox WHERE position = 6") == [
        ("e2", "OrderPlaced", None)
    ]


def test_with_copies_an_event_without_a_row_is_rejected_and_the_others_are_added(box: Boxed) -> None:
    box.run("DELETE FROM outbox WHERE position = 2")
    with box.outbox(target(copied=COPIED)) as made:
        answers = made.send(box.batch(parcel(2), parcel(3)))
    assert said(answers) == [
        ("rejected", "the outbox has no row of it to copy from"),
        ("accepted", "inserted at position 6"),
    ]


def test_a_value_that_the_table_refuses_fails_the_whole_batch(box: Boxed) -> None:
    box.run("CREATE UNIQUE INDEX one_each ON outbox (event_id)")
    with box.outbox(target(columns={"event_id": "{id}"})) as made:
        answers = made.send(box.batch(parcel(9), parcel(3)))
    assert [answer.outcome.value for answer in answers] == ["failed", "failed"]
    assert "UNIQUE constraint failed" in answers[0].detail
    assert box.run("SELECT count(*) FROM outbox") == [(5,)]


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"copied": ["type", "data"]}, "would not keep the event's id: name column 'event_id'"),
        ({"copied": ["event_id", "position"]}, "'position' of 'outbox' is not to be given: the database gives each"),
        (
            {"copied": ["event_id", "published_at"]},
            "'published_at' of 'outbox' is not to be given: a new row is unsent",
        ),
        ({"copied": ["event_id", "typ"]}, "has no column 'typ' (did you mean 'type'?)"),
    ],
    ids=["id", "position", "sent", "no-column"],
)
def test_what_may_not_be_given_or_must_be_is_refused_before(box: Boxed, keys: dict[str, Any], why: str) -> None:
    assert why in refusal(box.outbox(target(**keys)))


def test_a_column_that_every_row_must_have_is_asked_for(tmp_path: Path) -> None:
    box = Boxed(tmp_path)
    box.run(BOX.replace("type text", "type text NOT NULL"))
    assert "must have 'type': name it" in refusal(box.outbox(target(copied=["event_id"])))


def test_a_position_that_the_database_does_not_give_is_refused(tmp_path: Path) -> None:
    box = Boxed(tmp_path)
    box.run(BOX.replace("position INTEGER PRIMARY KEY", "position bigint"))
    assert "would have no 'position'" in refusal(box.outbox(target(copied=["event_id"])))


def test_a_table_that_holds_each_id_once_takes_no_copies(box: Boxed) -> None:
    box.run("CREATE UNIQUE INDEX one_each ON outbox (stream_id, version)")
    assert "no two rows with the same 'stream_id', 'version'" in refusal(box.outbox(target(copied=COPIED)))


def test_content_needs_a_column_that_has_it(box: Boxed) -> None:
    del box.said["logs"]["orders"]["data"]
    columns = {"event_id": "{id}", "data": "{data}"}
    assert "{data} needs 'data' in log 'orders'" in refusal(box.outbox(target(columns=columns)))


def test_a_copy_in_a_derived_outbox_names_its_event(box: Boxed) -> None:
    box.run("CREATE TABLE derived (position INTEGER PRIMARY KEY, source text, note text, published_at text)")
    box.run("INSERT INTO derived VALUES (1, 'e3', 'first', 'yes')")
    log = {"store": "shop", "table": "derived", "position": "position", "sent": "published_at"}
    box.said["logs"]["box"] = {**log, "derived_from": "orders", "source": "source"}
    told = refusal(box.outbox(target(log="box", columns={"note": "again"})))
    assert "would not keep the event that it names: name column 'source'" in told
    with box.outbox(target(log="box", columns={"source": "{id}", "note": "again"})) as made:
        [answer] = made.send(box.batch(parcel(3)))
    assert answer.touched == Touched("box", None, 2, "copied")
    assert box.run("SELECT source, note, published_at FROM derived") == [("e3", "first", "yes"), ("e3", "again", None)]


def test_what_waits_to_be_sent_is_not_added_once_more(box: Boxed) -> None:
    with box.outbox(target(copied=COPIED)) as made:
        made.send(box.batch(parcel(2)))
        answers = made.send(box.batch(parcel(2), parcel(3)))
    assert said(answers) == [("accepted", "is waiting to be sent already"), ("accepted", "inserted at position 7")]
    assert answers[0].touched is None


@pytest.mark.parametrize("value", ["'); drop table inbox; --", "%(x)s :y ?", "[red]\n"])
def test_values_are_bound(box: Boxed, value: str) -> None:
    columns = {"event_id": "{id}", "type": "{type}", "data": value}
    with box.outbox(target(columns=columns)) as made:
        made.send(box.batch(parcel(3, type=value)))
    assert box.run("SELECT type, data FROM outbox WHERE position = 6") == [(value, value)]
    assert box.run("SELECT count(*) FROM inbox") == [(0,)]
