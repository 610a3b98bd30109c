"""``auditor.cutover`` over small SQLite files: what it reads of three logs and a consumer, and what comes of it."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import auditor
from auditor.errors import UsageError
from auditor.observer import Silent
from checks.model.cutover import Choice, Cutover, Decision, Doubt
from tests.cutovers import NOW, SMALLEST, YOUNG, Derived, Upstream, World, in_order
from tests.integration.shop import sqlite_at


def said(world: World, folder: Path, *, to: str = "v2", trust_cursor: bool = False) -> Cutover:
    with sqlite_at(folder / "shop.db") as database:
        config = world.write(database, folder)
    return auditor.cutover(config, "billing", to, trust_cursor=trust_cursor)


def chosen(world: World, folder: Path, *, trust_cursor: bool = False) -> Choice:
    choice = said(world, folder, trust_cursor=trust_cursor).choice
    assert choice is not None
    return choice


def test_the_smallest_case_starts_before_the_event_that_overtook(tmp_path: Path) -> None:
    found = said(SMALLEST, tmp_path)
    assert (found.decision, found.settled, found.head, found.how) == (Decision.FOUND, 3, 3, "one writer")
    assert found.choice is not None
    assert found.choice.start == 1
    assert [(event.position, event.id) for event in found.choice.twice.events] == [(3, "b3")]
    assert found.config == ('log = "v2"', "start = 2")


def test_parked_unfinished_and_missing_events_are_not_processed(tmp_path: Path) -> None:
    world = replace(
        SMALLEST,
        upstream=[Upstream(n) for n in range(5)],
        old=in_order([0, 1, 2, 3, 4]),
        new=in_order([0, 1, 2, 3, 4]),
        done=[1, 2],
        begun=[3],
        parked=[4],
    )
    choice = chosen(world, tmp_path)
    assert choice.start == 2
    assert choice.doubts == {Doubt.PARKED: 1, Doubt.UNFINISHED: 1, Doubt.NO_RECEIPT: 1}


def test_a_receipt_that_contradicts_the_log_is_no_proof(tmp_path: Path) -> None:
    inbox = {"table": "inbox", "id": "event_id", "position": "seq"}
    choice = chosen(replace(SMALLEST, consumer={"inbox": inbox}), tmp_path)  # receipts are numbered from 0 on
    assert choice.doubts == {Doubt.CONTRADICTED: 2, Doubt.NO_RECEIPT: 1}
    assert choice.start == 0


def test_a_row_that_names_no_event_is_no_event_and_is_read_all_the_same(tmp_path: Path) -> None:
    world = replace(SMALLEST, new=[*in_order([0, 1, 2]), Derived(None, 4), Derived(None, 5)], done=[1, 2, 3])
    choice = chosen(world, tmp_path)
    assert (choice.start, choice.processed, choice.doubts) == (3, 3, {})
    assert (choice.beyond, choice.nameless) == (2, 2)


def test_receipts_that_name_a_position_and_nothing_else_are_said_to_prove_little(tmp_path: Path) -> None:
    inbox = {"table": "inbox", "position": "seq"}
    found = said(replace(SMALLEST, consumer={"inbox": inbox, "parked": None}), tmp_path)
    assert any("by position alone" in note for note in found.notes)
    assert found.choice is not None
    assert found.choice.processed == 1  # the receipts are numbered 0 and 1


def test_every_row_that_it_should_have_of_an_event_needs_its_receipt_and_no_other_does(tmp_path: Path) -> None:
    world = replace(
        SMALLEST,
        old=[Derived(0, 1), Derived(0, 2, "Shipped"), Derived(1, 3), Derived(1, 4), Derived(2, 5, "Shipped")],
        new=in_order([2, 0, 1]),
        done=[1, 3],
        consumer={"types": ["Placed"]},
    )
    choice = chosen(world, tmp_path)
    assert (choice.start, choice.processed, choice.foreign, choice.doubts) == (2, 1, 1, {Doubt.NO_RECEIPT: 1})


def test_rows_that_share_the_identity_of_a_receipt_are_proven_by_it_together(tmp_path: Path) -> None:
    world = replace(SMALLEST, done=[1], new=in_order([1, 2, 0]))
    with sqlite_at(tmp_path / "shop.db") as database:
        config = world.write(database, tmp_path)
        database.execute("UPDATE v1 SET event_id = 'a2' WHERE position = 3")
    found = auditor.cutover(config, "billing", "v2").choice
    assert found is not None
    assert (found.start, found.doubts) == (0, {Doubt.NO_RECEIPT: 2})


def test_what_it_is_not_meant_to_have_before_its_start_is_none_of_its_business(tmp_path: Path) -> None:
    choice = chosen(replace(SMALLEST, done=[3], consumer={"start": 3}), tmp_path)
    assert (choice.start, choice.foreign, choice.processed) == (3, 2, 1)


def test_rows_that_a_log_hides_do_not_count_in_v2_and_are_no_business_in_v1(tmp_path: Path) -> None:
    world = replace(
        SMALLEST,
        old=[Derived(0, 1), Derived(1, 2, shown=0), Derived(2, 3)],
        new=[Derived(1, 1), Derived(2, 2, shown=0), Derived(0, 3), Derived(2, 4)],
        done=[1],
    )
    choice = chosen(world, tmp_path)
    assert (choice.start, choice.foreign) == (3, 1)


def test_v2_may_name_the_events_by_position_where_v1_names_them_by_id(tmp_path: Path) -> None:
    choice = chosen(replace(SMALLEST, by_position=True), tmp_path)
    assert (choice.start, choice.twice.ranges, choice.processed) == (1, ((3, 3),), 2)


def test_a_row_that_names_no_event_is_proven_by_nothing(tmp_path: Path) -> None:
    world = replace(SMALLEST, new=[Derived(0, 1), Derived(None, 2), Derived(1, 3), Derived(2, 4)], done=[1, 2, 3])
    choice = chosen(world, tmp_path)
    assert (choice.start, choice.doubts, choice.nameless) == (1, {}, 1)


def test_an_event_that_the_upstream_lost_is_still_one_event_in_both_logs(tmp_path: Path) -> None:
    world = replace(SMALLEST, upstream=[Upstream(1), Upstream(2)], done=[1, 2, 3])
    choice = chosen(world, tmp_path)
    assert (choice.start, choice.processed) == (3, 3)


def test_it_refuses_where_v2_lacks_what_was_not_processed_and_names_it(tmp_path: Path) -> None:
    world = replace(SMALLEST, upstream=[Upstream(n) for n in range(5)], new=in_order([0, 1]), done=[1])
    found = said(world, tmp_path)
    assert found.decision is Decision.LACKING
    assert found.choice is not None
    assert found.choice.lost.ranges == ((20, 40),)
    assert [(event.position, event.id, event.type) for event in found.choice.lost.events] == [
        (n * 10, f"e{n}", "OrderPlaced") for n in (2, 3, 4)
    ]
    assert (found.choice.start, found.statement, found.config) == (None, None, ())


def test_it_also_refuses_where_v2_lacks_it_because_of_its_types(tmp_path: Path) -> None:
    upstream = [Upstream(0), Upstream(1), Upstream(2, "OrderShipped")]
    logs = {"v2": {"types": ["OrderPlaced"]}}
    found = said(replace(SMALLEST, upstream=upstream, new=in_order([0, 1]), logs=logs), tmp_path)
    assert found.decision is Decision.LACKING


def test_what_v1_is_not_meant_to_have_is_not_lost_and_lowers_nothing(tmp_path: Path) -> None:
    upstream = [*SMALLEST.upstream, Upstream(3, "Heartbeat"), Upstream(4, "Heartbeat")]
    world = replace(
        SMALLEST, upstream=upstream, new=in_order([3, 0, 2, 1]), done=[1, 2, 3], logs={"v1": {"types": ["Order*"]}}
    )
    choice = chosen(world, tmp_path)
    assert (choice.start, choice.foreign) == (4, 2)


@pytest.mark.parametrize("keys", [{"per_event": "any"}, {"retention": "1d"}])
def test_what_neither_log_has_is_not_lost_where_v1_need_not_have_it_or_may_have_purged_it(
    tmp_path: Path, keys: dict[str, object]
) -> None:
    world = replace(SMALLEST, upstream=[*SMALLEST.upstream, Upstream(3)], done=[1, 2, 3], logs={"v1": keys})
    choice = chosen(world, tmp_path)
    assert (choice.start, choice.unknowable) == (3, 1)


def test_of_several_rows_of_one_event_in_v2_the_first_counts(tmp_path: Path) -> None:
    assert chosen(replace(SMALLEST, new=in_order([0, 2, 1, 2])), tmp_path).start == 1


def test_a_time_ahead_of_the_clock_is_no_evidence_of_age(tmp_path: Path) -> None:
    upstream = [Upstream(0), Upstream(1), Upstream(2, time=NOW + timedelta(days=9))]
    found = said(replace(SMALLEST, upstream=upstream, new=in_order([0, 1])), tmp_path)
    assert (found.decision, found.reason) == (Decision.UNDECIDED, "age-unknown")


def test_young_events_that_v2_does_not_have_yet_are_no_refusal(tmp_path: Path) -> None:
    upstream = [Upstream(0), Upstream(1), Upstream(2, time=YOUNG), Upstream(3, time=YOUNG)]
    choice = chosen(replace(SMALLEST, upstream=upstream, new=in_order([0, 1])), tmp_path)
    assert (choice.start, choice.waiting) == (2, 2)


def test_without_times_it_cannot_be_said_whether_an_event_is_late(tmp_path: Path) -> None:
    upstream = [Upstream(0), Upstream(1), Upstream(2, time=None)]
    found = said(replace(SMALLEST, upstream=upstream, new=in_order([0, 1])), tmp_path)
    assert (found.decision, found.reason) == (Decision.UNDECIDED, "age-unknown")
    assert found.choice is not None
    assert (found.choice.ageless.ranges, found.statement) == (((20, 20),), None)


@pytest.mark.parametrize(("arrives", "decision"), [(True, Decision.FOUND), (False, Decision.LACKING)])
def test_where_it_is_worth_waiting_an_event_without_a_time_is_looked_for_once_more(
    tmp_path: Path, arrives: bool, decision: Decision
) -> None:
    upstream = [Upstream(0), Upstream(1), Upstream(2, time=None)]
    world = replace(SMALLEST, upstream=upstream, new=in_order([0, 1]), logs={"v2": {"max_delay": "50ms"}})
    with sqlite_at(tmp_path / "shop.db") as database:
        config = world.write(database, tmp_path)

        def derive(times: int) -> None:
            if arrives:
                database.execute("INSERT INTO v2 VALUES (3, 'b3', 'e2', 'Placed', 1)")

        meddling = Meddling(derive, at="waiting")
        found = auditor.cutover(config, "billing", "v2", observer=meddling)
    assert (found.decision, meddling.times) == (decision, 1)
    assert found.choice is not None
    assert found.choice.start == (2 if arrives else None)
    assert [event.id for event in found.choice.lost.events] == ([] if arrives else ["e2"])


def test_a_log_without_rows_is_begun_at_its_beginning(tmp_path: Path) -> None:
    choice = chosen(World(cursor="0"), tmp_path)
    assert (choice.start, choice.processed, choice.beyond) == (0, 0, 0)


# ---- the cursor ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cursor", "type_", "means", "after"),
    [
        ("2", "bigint", "last-processed", "1"),
        ("3", "bigint", "next", "2"),
        ("2", "bigint", "delivered", "1"),
        ("2", "text", "last-processed", "1"),
        ("00002", "text", "next", "00002"),
        (None, "text", "last-processed", "1"),
    ],
)
def test_the_statement_moves_the_cursor_in_its_own_meaning_and_form(
    tmp_path: Path, cursor: str | None, type_: str, means: str, after: str
) -> None:
    keys = {"table": "cursors", "where": {"name": "orders"}, "position": "last_position", "means": means}
    world = replace(SMALLEST, cursor=cursor, cursor_type=type_, consumer={"cursor": keys})
    found = said(world, tmp_path)
    assert found.statement is not None
    assert (found.cursor, found.cursor_after) == (cursor, after)
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        assert connection.execute(found.statement).rowcount == 1
        [(stored, kind)] = connection.execute("SELECT last_position, typeof(last_position) FROM cursors").fetchall()
    assert (str(stored), kind) == (after, "integer" if type_ == "bigint" else "text")


def test_the_statement_changes_nothing_where_the_cursor_moved(tmp_path: Path) -> None:
    found = said(SMALLEST, tmp_path)
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("UPDATE cursors SET last_position = '3'")
        assert connection.execute(str(found.statement)).rowcount == 0


def test_names_and_values_in_the_statement_are_quoted(tmp_path: Path) -> None:
    name, table = 'it\'s 100% \\ "mine"', 'odd "table" %s'
    keys = {"table": table, "where": {name: name, "kind": [1, 2], "gone": {"is_null": True}}, "position": "select"}
    with sqlite_at(tmp_path / "shop.db") as database:
        config = replace(SMALLEST, consumer={"cursor": keys}).write(database, tmp_path)
        quoted = [part.replace('"', '""') for part in (table, name)]
        database.execute(f'CREATE TABLE "{quoted[0]}" ("{quoted[1]}" text, kind int, gone text, "select" text)')
        database.execute(f'INSERT INTO "{quoted[0]}" VALUES (?, 2, NULL, ?)', [(name, "2"), ("other", "2")])
    found = auditor.cutover(config, "billing", "v2")
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        assert connection.execute(str(found.statement)).rowcount == 1
        assert connection.execute(f'SELECT "select" FROM "{quoted[0]}" ORDER BY 1').fetchall() == [("1",), ("2",)]


def test_a_consumer_that_stores_no_cursor_or_has_no_row_yet_is_told_where_to_begin(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        config = SMALLEST.write(database, tmp_path)
        database.execute("DELETE FROM cursors")
    found = auditor.cutover(config, "billing", "v2")
    assert (found.decision, found.statement) == (Decision.FOUND, None)
    assert any("no cursor row" in note for note in found.notes)
    (tmp_path / "shop.db").unlink()
    found = said(replace(SMALLEST, consumer={"cursor": None}), tmp_path)
    assert (found.decision, found.statement) == (Decision.FOUND, None)
    assert any("stores no cursor" in note for note in found.notes)


def test_without_an_inbox_only_the_cursors_word_can_be_taken_and_that_is_said(tmp_path: Path) -> None:
    alone = replace(SMALLEST, consumer={"inbox": None})
    found = said(alone, tmp_path)
    assert (found.decision, found.reason, found.choice) == (Decision.UNDECIDED, "no-inbox", None)
    (tmp_path / "shop.db").unlink()
    trusted = said(alone, tmp_path, trust_cursor=True)
    assert trusted.choice is not None
    assert (trusted.trusted, trusted.choice.start, trusted.choice.processed) == (True, 1, 2)


def test_trust_in_a_cursor_does_not_reach_what_was_parked(tmp_path: Path) -> None:
    choice = chosen(replace(SMALLEST, consumer={"inbox": None}, parked=[1]), tmp_path, trust_cursor=True)
    assert (choice.start, choice.doubts) == (0, {Doubt.PARKED: 1, Doubt.NO_RECEIPT: 1})


def test_several_cursor_rows_are_no_cursor(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        config = SMALLEST.write(database, tmp_path)
        database.execute("INSERT INTO cursors VALUES ('orders', '3')")
    found = auditor.cutover(config, "billing", "v2")
    assert (found.decision, found.reason) == (Decision.UNDECIDED, "several-cursor-rows")


class Meddling(Silent):
    """Does something whenever a phase begins, unless told otherwise the comparison with the consumer."""

    def __init__(self, work: Callable[[int], object], at: str = "billing: comparing") -> None:
        self._work = work
        self._at = at
        self.times = 0

    def phase(self, text: str) -> None:
        if text.startswith(self._at):
            self.times += 1
            self._work(self.times)


@pytest.mark.parametrize(("moves", "decision"), [(1, Decision.FOUND), (9, Decision.UNDECIDED)])
def test_a_cursor_that_moves_meanwhile_is_looked_at_again_and_then_has_to_be_stopped(
    tmp_path: Path, moves: int, decision: Decision
) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        config = SMALLEST.write(database, tmp_path)

        def move(times: int) -> None:
            if times <= moves:
                database.execute(f"UPDATE cursors SET last_position = '{times + 10}'")

        meddling = Meddling(move)
        found = auditor.cutover(config, "billing", "v2", observer=meddling)
    assert (found.decision, meddling.times) == (decision, 2)
    assert (found.reason, found.cursor) == ((None, "11") if moves == 1 else ("cursor-moved", None))


def test_a_row_of_v1_that_vanishes_while_it_is_read_is_not_taken_for_processed(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        config = SMALLEST.write(database, tmp_path)
        meddling = Meddling(lambda _: database.execute("DELETE FROM v1 WHERE position = 3"))
        choice = auditor.cutover(config, "billing", "v2", observer=meddling).choice
    assert choice is not None
    assert (choice.start, choice.doubts) == (1, {Doubt.CHANGED: 1})


# ---- what the config rules out ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("consumer", "to", "changes", "why"),
    [
        ("biling", "v2", {}, "no consumer called 'biling' (did you mean 'billing'?)"),
        ("billing", "v3", {}, "no log called 'v3'"),
        ("billing", "v1", {}, "'billing' reads 'v1' already"),
        ("billing", "orders", {}, "'v1' is derived from 'orders': a cutover goes from one log to another"),
        ("billing", "others", {}, "'others' is not derived"),
        ("billing", "v2", {"v2": {"derived_from": "others"}}, "'v2' from 'others': they share no events"),
        ("billing", "v2", {"v2": {"partition": "shown"}}, "positions of 'v2' are counted per partition"),
        ("billing", "v2", {"v2": {"order": ["shown", "position"]}}, "go by shown, position"),
    ],
)
def test_what_the_config_rules_out_is_a_usage_error(
    tmp_path: Path, consumer: str, to: str, changes: dict[str, dict[str, object]], why: str
) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        config = replace(SMALLEST, logs=changes).write(database, tmp_path)
    others = '[logs.others]\nstore = "shop"\ntable = "events"\nposition = "position"\nid = "event_id"\n'
    config.write_text(config.read_text(encoding="utf-8") + others, encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        auditor.cutover(config, consumer, to)
    assert why in str(raised.value)


def test_a_cursor_of_several_positions_is_refused(tmp_path: Path) -> None:
    keys = {"table": "cursors", "position": ["name", "last_position"]}
    logs = {"v1": {"order": ["shown", "position"]}}
    with pytest.raises(UsageError, match="has 2 columns"):
        said(replace(SMALLEST, logs=logs, consumer={"cursor": keys}), tmp_path)


def test_a_store_out_of_reach_leaves_it_undecided(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        config = SMALLEST.write(database, tmp_path)
        database.execute("DROP TABLE v2")
    found = auditor.cutover(config, "billing", "v2")
    assert (found.decision, found.reason, found.choice) == (Decision.UNDECIDED, "missing-table", None)
