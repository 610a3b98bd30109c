"""Rows of an outbox marked unsent again: which, how, and what is said of those that cannot be."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.ledger import LedgerError
from auditor.redelivery.targets.database import Database
from auditor.redelivery.targets.interface import Touched
from checks.model.event import Event
from tests.auditor.redelivery.batches import parcel
from tests.auditor.redelivery.outboxes import BOX, FAILED, SENT, Boxed, refusal, said

COPIES = {"mode": "insert", "copied": ["event_id", "stream_id", "version", "type", "data"]}


@pytest.fixture
def box(tmp_path: Path) -> Boxed:
    """Five events, all of them marked sent."""
    boxed = Boxed(tmp_path)
    boxed.run(BOX)
    boxed.fill(5)
    return boxed


def test_the_rows_of_its_events_are_unsent_again_and_no_others(box: Boxed) -> None:
    with box.outbox() as target:
        answers = target.send(box.batch(parcel(2), parcel(4)))
    assert box.unsent() == [2, 4]
    assert said(answers) == [("accepted", "marked unsent at position 2"), ("accepted", "marked unsent at position 4")]
    assert [answer.touched for answer in answers] == [
        Touched("orders", None, 2, "unsent"),
        Touched("orders", None, 4, "unsent"),
    ]


def test_to_prepare_changes_nothing(box: Boxed) -> None:
    before = box.file.read_bytes()
    with box.outbox() as target:
        assert (target.shared, target.sends_whole, target.needs_data) == (True, False, False)
    assert box.file.read_bytes() == before


def test_what_waits_already_is_left_alone_and_accepted(box: Boxed) -> None:
    box.run("UPDATE outbox SET published_at = '' WHERE position = 3")
    with box.outbox() as target:
        answers = target.send(box.batch(parcel(3)))
    assert said(answers) == [("accepted", "is waiting to be sent already")]
    assert answers[0].touched is None
    assert box.run("SELECT published_at FROM outbox WHERE position = 3") == [("",)]


def test_an_event_without_a_row_is_rejected_and_keeps_no_other_from_being_sent(box: Boxed) -> None:
    box.run("DELETE FROM outbox WHERE position = 2")
    with box.outbox() as target:
        answers = target.send(box.batch(parcel(2), parcel(3)))
    assert said(answers) == [
        ("rejected", 'the outbox has no row of it; mode = "insert" adds one'),
        ("accepted", "marked unsent at position 3"),
    ]
    assert box.unsent() == [3]


def test_a_row_that_says_another_id_at_the_same_position_is_another_event(box: Boxed) -> None:
    box.run("UPDATE outbox SET event_id = 'other' WHERE position = 2")
    with box.outbox() as target:
        [answer] = target.send(box.batch(parcel(2)))
    assert (answer.outcome.value, box.unsent()) == ("rejected", [])


def test_rows_that_do_not_count_are_none(box: Boxed) -> None:
    box.said["logs"]["orders"]["where"] = {"type": "OrderPaid"}
    with box.outbox() as target:
        [answer] = target.send(box.batch(parcel(2)))
    assert (answer.outcome.value, box.unsent()) == ("rejected", [])


@pytest.mark.parametrize(
    ("declared", "sent", "left"),
    [
        ("text", SENT, None),
        ("timestamp", SENT, None),
        ("bigint", 1_767_225_600, None),
        ("boolean", True, 0),
        ("boolean NOT NULL", True, 0),
        ("int DEFAULT 0", 1, 0),
        ("int NOT NULL", 1, 0),
        ("text DEFAULT 'false'", "true", "false"),
        ("text NOT NULL", SENT, ""),
    ],
)
def test_the_mark_is_what_a_new_row_has(tmp_path: Path, declared: str, sent: object, left: object) -> None:
    box = Boxed(tmp_path)
    box.run(BOX.replace("published_at text", f"published_at {declared}"))
    box.run("INSERT INTO outbox VALUES (1, 'e1', 'order-1', 1, 'OrderPlaced', NULL, ?)", (sent,))
    with box.outbox() as target:
        [answer] = target.send(box.batch(parcel(1)))
    assert answer.outcome.value == "accepted"
    assert box.run("SELECT published_at FROM outbox") == [(left,)]


DERIVED = (
    "CREATE TABLE derived (position INTEGER PRIMARY KEY, source text, own_id text, tenant text, published_at text)"
)


def derived(box: Boxed, *, consumer: str = "facts", **keys: Any) -> None:
    """The outbox is made out of ``facts``, and its rows are the other way round."""
    log = {"store": "shop", "table": "facts", "position": "position", "id": "event_id"}
    box.run("CREATE TABLE facts (position bigint, event_id text, source text)")
    box.run("INSERT INTO facts VALUES (?, ?, ?)", *((n, f"f{n}", f"s{n}") for n in range(1, 6)))
    box.run(DERIVED)
    box.said["logs"]["facts"] = log
    box.said["logs"]["box"] = {
        "store": "shop",
        "table": "derived",
        "position": "position",
        "sent": "published_at",
        **keys,
    }
    box.said["consumers"]["billing"]["log"] = consumer


def fill_derived(box: Boxed, *sources: object) -> None:
    rows = [(10 * n, source, f"o{n}", SENT) for n, source in enumerate(sources, start=1)]
    box.run("INSERT INTO derived (position, source, own_id, published_at) VALUES (?, ?, ?, ?)", *rows)


def unsent_derived(box: Boxed) -> list[int]:
    return [row[0] for row in box.run("SELECT position FROM derived WHERE published_at IS NULL ORDER BY position")]


def test_in_an_outbox_made_out_of_the_consumers_log_rows_are_found_by_the_event_that_they_name(box: Boxed) -> None:
    derived(box, derived_from="facts", source="source")
    fill_derived(box, "f5", "f4", "f3", "f2", "f1")
    with box.outbox({"log": "box"}) as target:
        answers = target.send(box.batch(parcel(2, id="f2"), parcel(5, id="f5")))
    assert unsent_derived(box) == [10, 40]
    assert [answer.touched for answer in answers] == [
        Touched("box", None, 40, "unsent"),
        Touched("box", None, 10, "unsent"),
    ]


def test_or_by_the_position_that_they_name(box: Boxed) -> None:
    derived(box, derived_from="facts", source="source", source_key="position")
    fill_derived(box, "0005", "0004", "0003")
    with box.outbox({"log": "box"}) as target:
        target.send(box.batch(parcel(4, id="f4")))
    assert unsent_derived(box) == [20]


def test_of_several_rows_of_one_event_the_first_is_sent_again(box: Boxed) -> None:
    derived(box, derived_from="facts", source="source", per_event="any")
    fill_derived(box, "f1", "f2", "f2", "f2")
    with box.outbox({"log": "box"}) as target:
        target.send(box.batch(parcel(2, id="f2")))
    assert unsent_derived(box) == [20]


def test_what_is_made_out_of_the_same_log_as_the_outbox_is_found_by_what_both_name(box: Boxed) -> None:
    derived(box, derived_from="orders", source="source")
    box.said["logs"]["facts"] |= {"derived_from": "orders", "source": "source"}
    fill_derived(box, "s3", "s2", "s1")
    with box.outbox({"log": "box"}) as target:
        answers = target.send(box.batch(parcel(1, id="f1"), parcel(4, id="f4")))
    assert unsent_derived(box) == [30]
    assert [answer.outcome.value for answer in answers] == ["accepted", "rejected"]


def test_else_both_must_have_an_id(box: Boxed) -> None:
    derived(box, id="own_id")
    fill_derived(box, "a", "b", "c")
    with box.outbox({"log": "box"}) as target:
        target.send(box.batch(parcel(9, id="o2")))
    assert unsent_derived(box) == [20]


def test_or_it_is_refused(box: Boxed) -> None:
    derived(box)
    assert "nothing says which row of 'box' is which event of 'facts'" in refusal(box.outbox({"log": "box"}))


def test_a_column_that_there_is_not_is_refused(box: Boxed) -> None:
    box.said["logs"]["orders"]["sent"] = "publishd_at"
    assert "did you mean 'published_at'" in refusal(box.outbox())


def test_another_section_may_write_if_it_leads_to_the_same_file(box: Boxed, tmp_path: Path) -> None:
    (tmp_path / "same.db").symlink_to(box.file)
    box.said["stores"]["writer"] = {"url": f"sqlite:///{tmp_path / 'same.db'}"}
    with box.outbox({"store": "writer"}) as target:
        target.send(box.batch(parcel(1)))
    assert box.unsent() == [1]


def test_a_copy_of_the_file_is_refused(box: Boxed, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(box.file.read_bytes())
    box.said["stores"]["writer"] = {"url": f"sqlite:///{tmp_path / 'copy.db'}"}
    assert "'outbox' is not proven to be the one that store 'shop' reads" in refusal(box.outbox({"store": "writer"}))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "lock_timeout", timedelta(milliseconds=50))


def test_a_writer_that_holds_the_file_fails_the_batch_and_nothing_is_written(box: Boxed, impatient: None) -> None:
    with box.outbox() as target, box.session() as other:
        other.execute("BEGIN IMMEDIATE")
        [answer] = target.send(box.batch(parcel(1)))
        other.execute("ROLLBACK")
    assert answer.outcome is FAILED
    assert answer.detail == "store 'shop': somebody else kept the file locked for 50ms"
    assert box.unsent() == []


def test_a_reader_that_keeps_the_commit_from_coming_through_fails_the_batch(box: Boxed, impatient: None) -> None:
    with box.outbox() as target, box.session() as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM outbox").fetchall()
        [answer] = target.send(box.batch(parcel(1)))
        other.execute("COMMIT")
    assert (answer.outcome, answer.touched) == (FAILED, None)
    assert box.unsent() == []


def test_a_file_that_is_locked_is_refused_before_anything_is_sent(box: Boxed, impatient: None) -> None:
    with box.session() as other:
        other.execute("BEGIN IMMEDIATE")
        assert "somebody else kept the file locked" in refusal(box.outbox())


@pytest.mark.parametrize("name", ['x"; drop table inbox; --', "x'; drop table inbox; --", "%(x)s", "a b:c?"])
def test_a_table_and_a_column_may_be_called_anything(box: Boxed, name: str) -> None:
    written = '"{}"'.format(name.replace('"', '""'))
    box.run(f"ALTER TABLE outbox RENAME COLUMN published_at TO {written}")
    box.run(f"ALTER TABLE outbox RENAME TO {written}")
    box.said["logs"]["orders"] |= {"table": name, "sent": name}
    with box.outbox() as target:
        [answer] = target.send(box.batch(parcel(3)))
    assert answer.outcome.value == "accepted"
    assert box.run(f"SELECT position FROM {written} WHERE {written} IS NULL") == [(3,)]
    assert box.run("SELECT count(*) FROM inbox") == [(0,)]


def test_rows_of_another_partition_at_the_same_position_stay(tmp_path: Path) -> None:
    box = Boxed(tmp_path)
    box.run("CREATE TABLE outbox (tenant text, position bigint, event_id text, published_at text)")
    box.run("INSERT INTO outbox VALUES (?, 7, ?, 'yes')", ("a", "e1"), ("b", "e2"))
    log = {"store": "shop", "table": "outbox", "position": "position", "id": "event_id"}
    box.said["logs"]["orders"] = {**log, "partition": "tenant", "sent": "published_at"}
    with box.outbox() as target:
        [answer] = target.send(box.batch(parcel(7, id="e2", partition="b")))
    assert answer.touched == Touched("orders", "b", 7, "unsent")
    assert box.run("SELECT tenant FROM outbox WHERE published_at IS NULL") == [("b",)]


def committed(box: Boxed) -> list[tuple[int, str | None]]:
    return box.run("SELECT position, published_at FROM outbox ORDER BY position")


@pytest.mark.parametrize("target", [{}, COPIES], ids=["unsent", "insert"])
def test_rows_are_told_of_before_anybody_can_see_them(box: Boxed, target: dict[str, Any]) -> None:
    before, told = committed(box), list[tuple[Sequence[Touched], list[tuple[int, str | None]]]]()
    with box.outbox(target) as made:
        answers = made.send(replace(box.batch(parcel(2)), note=lambda rows: told.append((rows, committed(box)))))
    assert told == [([answers[0].touched], before)]
    assert committed(box) != before
    if target:
        assert told[0][0][0].row == Event(id="e2", stream="order-2", version=1)


@pytest.mark.parametrize("target", [{}, COPIES], ids=["unsent", "insert"])
def test_what_cannot_be_noted_is_not_written(box: Boxed, target: dict[str, Any]) -> None:
    def refuse(_: Sequence[Touched]) -> None:
        raise LedgerError("ledger 'x': no room is left for it")

    before = committed(box)
    with box.outbox(target) as made:
        answers = made.send(replace(box.batch(parcel(2), parcel(3)), note=refuse))
    assert said(answers) == [("failed", "ledger 'x': no room is left for it")] * 2
    assert committed(box) == before


def test_nobody_is_told_of_nothing(box: Boxed) -> None:
    told: list[Sequence[Touched]] = []
    with box.outbox() as made:
        made.send(replace(box.batch(parcel(9)), note=told.append))
    assert told == []
