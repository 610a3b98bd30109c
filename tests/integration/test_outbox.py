"""An outbox on real databases: what its relay left, what it sends meanwhile, and what a later run sees of it."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

import auditor
from auditor.memory import Memory
from checks.model.result import Audit, NotChecked, Outcome
from tests.histories.runs import earlier
from tests.integration.outboxes import AHEAD, OLD, TIME_TYPES, YOUNG, Entry, Outbox, said, unsent
from tests.integration.shop import postgres_at, sqlite_at

SENT, LEFT = True, False


@pytest.fixture(params=["sqlite", "postgres18", "postgres16"])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outbox]:
    """An outbox in each kind of database."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            database = stack.enter_context(sqlite_at(tmp_path / "shop.db"))
        else:
            url = stack.enter_context(request.getfixturevalue(request.param).database())
            database = stack.enter_context(postgres_at(url))
        yield Outbox(database, tmp_path)


def line(*sent: bool, age: timedelta | None = OLD) -> list[Entry]:
    """Rows at positions 1, 2, … that were sent or not."""
    return [Entry(position, sent=each, age=age) for position, each in enumerate(sent, start=1)]


def count_and_reason(audit: Audit) -> list[tuple[int, str | None]]:
    return [(finding.count, finding.reason) for finding in unsent(audit)]


def test_one_that_the_relay_cannot_send_is_told_from_those_for_which_it_stands_still(box: Outbox) -> None:
    box.write(line(SENT, LEFT, SENT, SENT, LEFT, LEFT, LEFT))
    audit = box.audit()
    assert audit.verdict is Outcome.INCONSISTENT
    assert said(audit) == {
        ("confirmed", "overtaken", None, 1, ((2, 2),), 2, 4),
        ("confirmed", "waiting", None, 3, ((5, 7),), 2, 4),
    }
    stuck, waiting = unsent(audit)
    assert "position 2 ('order-2', version 1) is the head of the line, for 1h" in stuck.message
    assert "it is stuck: 2 newer events were sent" in stuck.message
    assert "the relay stands still" in waiting.message
    assert [event.id for event in waiting.events] == ["e5", "e6", "e7"]


def test_a_relay_that_is_late_but_at_work_is_seen_at_work_and_raises_nothing(box: Outbox) -> None:
    box.write(line(SENT, LEFT, LEFT))
    box.meanwhile = lambda: box.mark(2, 3)
    audit = box.audit()
    assert (audit.verdict, unsent(audit), box.naps) == (Outcome.CONSISTENT, [], [0.5])


def test_where_nothing_is_late_nobody_waits(box: Outbox) -> None:
    box.write([*line(SENT, SENT), Entry(3, age=YOUNG)])
    audit = box.audit()
    assert (audit.verdict, count_and_reason(audit)) == (Outcome.CONSISTENT, [(1, "younger-than-max-delay")])
    box.mark(3)
    assert unsent(box.audit()) == []
    assert box.naps == []


def test_without_a_second_look_nothing_is_confirmed(box: Outbox) -> None:
    box.write(line(SENT, LEFT, SENT, LEFT))
    audit = box.audit(confirm=False)
    assert audit.verdict is Outcome.CONSISTENT
    assert count_and_reason(audit) == [(1, "overtaken-not-confirmed"), (1, "waiting-not-confirmed")]
    assert box.naps == []


def test_an_old_row_that_is_unsent_again_is_found_though_its_range_was_verified(box: Outbox) -> None:
    box.write(line(*[SENT] * 50))
    assert box.audit().coverage is None
    assert unsent(box.audit()) == []
    box.database.execute("UPDATE outbox SET published_at = NULL WHERE position = 7")
    audit = box.audit()
    assert audit.coverage is not None
    assert said(audit) == {("confirmed", "overtaken", None, 1, ((7, 7),), 7, 1)}


def test_a_row_without_an_age_waits_for_a_run_that_saw_it_long_enough_ago(box: Outbox) -> None:
    box.keys = {"max_delay": "1ms"}
    box.write([*line(SENT), Entry(2, age=None), Entry(3, age=AHEAD)])
    assert count_and_reason(box.audit()) == [(2, "age-unknown")]
    assert count_and_reason(box.audit()) == [(2, "waiting")]
    assert count_and_reason(box.audit(remembers=False)) == [(2, "age-unknown")]


def test_rows_that_the_run_before_proves_not_to_have_been_there_are_not_late_whatever_their_time(box: Outbox) -> None:
    """However times are written, and whether the database can read them: told from a row that was there."""
    for box.time in TIME_TYPES:
        box.memory = Memory()
        box.write(line(SENT, LEFT))
        box.audit()
        box.memory = earlier(box.memory, timedelta(minutes=1))
        box.write(line(SENT, LEFT, LEFT, LEFT, SENT))
        assert said(box.audit()) == {
            ("confirmed", "overtaken", None, 1, ((2, 2),), 2, 3),
            ("pending", "appeared-lately", None, 2, ((3, 4),), 2, 3),
        }, box.time


def test_a_partition_that_no_run_has_seen_came_after_the_run_before_and_its_rows_with_it(box: Outbox) -> None:
    box.keyed, box.keys = False, {"partition": "tenant"}
    there = [Entry(1, sent=True, tenant="eu"), Entry(2, tenant="eu")]
    box.write(there)
    box.audit()
    box.memory = earlier(box.memory, timedelta(minutes=1))
    box.write([*there, Entry(1, tenant="us"), Entry(2, tenant="us")])
    assert said(box.audit()) == {
        ("confirmed", "waiting", "eu", 1, ((2, 2),), 2, 1),
        ("pending", "appeared-lately", "us", 2, ((1, 2),), 1, 2),
    }


def test_however_many_holes_a_log_has_a_row_is_not_late_until_it_could_be_seen_for_long_enough(box: Outbox) -> None:
    """Each hole could be filled from a transaction that began before the last run; the rows were filled since."""
    box.keys = {"max_delay": "5m", "settle": "50ms"}
    box.write([Entry(position, sent=True) for position in range(2, 502, 2)])
    box.audit()
    box.memory = earlier(box.memory, timedelta(minutes=1))
    columns = "position, event_id, stream, version, recorded_at, is_archived"
    old = "SELECT min(recorded_at) FROM outbox"
    box.database.execute(
        f"INSERT INTO outbox ({columns}) SELECT 501, 'late', 'late', 1, ({old}), is_archived FROM"
        " outbox WHERE position = 2"
    )
    for minutes in (1, 5):
        assert count_and_reason(box.audit()) == [(1, "appeared-lately")]
        box.memory = earlier(box.memory, timedelta(minutes=minutes))
    assert count_and_reason(box.audit()) == [(1, "waiting")]


def test_a_log_that_names_no_time_is_judged_from_the_second_run_on(box: Outbox) -> None:
    box.keys = {"time": None, "max_delay": "1ms"}
    box.write(line(SENT, LEFT))
    assert unsent(box.audit()) == []
    assert ("unsent", "no-time") in [(each.check, each.reason) for each in box.not_checked]
    assert count_and_reason(box.audit()) == [(1, "waiting")]


def test_what_earlier_runs_saw_is_kept_by_the_ledger(box: Outbox) -> None:
    box.keys = {"max_delay": "1ms"}
    box.write([*line(SENT), Entry(2, age=None)])
    first, second = (auditor.run(box.config(), ledger=True) for _ in range(2))
    assert [count_and_reason(result.audits[0]) for result in (first, second)] == [
        [(1, "age-unknown")],
        [(1, "waiting")],
    ]


def test_a_column_that_is_not_there_fails_the_audit_with_its_name(box: Outbox) -> None:
    box.keys = {"sent": "publishd_at"}
    box.write(line(LEFT))
    audit = box.audit()
    assert (audit.verdict, [problem.reason for problem in audit.problems]) == (Outcome.UNKNOWN, ["missing-column"])
    assert "'publishd_at' (did you mean 'published_at'?)" in audit.problems[0].message


def test_a_log_without_the_key_is_no_outbox_whatever_its_columns_are_called(box: Outbox) -> None:
    box.keys = {"sent": None}
    box.write(line(LEFT))
    assert unsent(box.audit()) == []
    assert [each.reason for each in box.not_checked if each.check == "unsent"] == ["no-sent"]
    assert all(isinstance(each, NotChecked) for each in box.not_checked)


def test_a_column_that_is_never_null_says_no_in_its_own_way(box: Outbox) -> None:
    box.sent = "flag"
    box.write(line(SENT, LEFT, SENT), [True, False, True])
    if box.database.time_type == "timestamptz":
        box.database.execute("ALTER TABLE outbox ALTER COLUMN published_at SET NOT NULL")
    assert count_and_reason(box.audit()) == [(1, "overtaken")]


def test_of_very_many_unsent_rows_all_are_counted_and_few_are_carried(box: Outbox) -> None:
    box.write([Entry(position, sent=position <= 10) for position in range(1, 12_001)])
    [audit] = auditor.run(box.config(), max_findings=5).audits
    [finding] = unsent(audit)
    assert (finding.count, finding.ranges, len(finding.events)) == (11_990, ((11, 12_000),), 5)


def test_rows_that_do_not_count_are_neither_unsent_nor_between_those_that_are(box: Outbox) -> None:
    box.keys = {"where": {"is_archived": False}}
    box.write([Entry(1, sent=True), Entry(2), Entry(3, archived=True, sent=True), Entry(4), Entry(5, archived=True)])
    assert said(box.audit()) == {("confirmed", "waiting", None, 2, ((2, 4),), 2, 2)}
