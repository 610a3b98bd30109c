"""On PostgreSQL a hole is dead once, and only once, nobody is left who could fill it (FAILURES rows 1 to 4)."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from auditor.stores import postgres_settling
from tests.integration import open_writers
from tests.integration.open_writers import PARTITIONED
from tests.integration.orders import APPEND, LONG, Connection, Orders, found, listed, only
from tests.postgres import Server, running

Way = Callable[[Orders], AbstractContextManager[str]]

IN_VAIN: list[Way] = [
    open_writers.bare_nextval,
    open_writers.rolled_back_savepoint,
    open_writers.rolled_back_insert,
    open_writers.conflicting_insert,
    open_writers.rolled_back_prepared,
]
LATE: list[Way] = [
    open_writers.late_commit,
    open_writers.function,
    open_writers.copy,
    open_writers.committed_prepared,
]


OIDS = "SELECT 'events'::regclass::oid, 'events_position_seq'::regclass::oid"


def check_pending(orders: Orders, holder: str) -> None:
    """Position 1 is settled, position 2 is held, and who holds it is said."""
    audit = orders.audit()
    finding = only(audit, "position-gap")
    assert (finding.verdict, finding.reason) == ("pending", "in-flight")
    assert finding.ranges[0][0] == 2
    [named] = listed(finding, "holders")
    assert re.fullmatch(holder, named)
    assert named in finding.message
    assert audit.window is not None
    assert audit.window.settled == 1


def check_settled(orders: Orders, *findings: tuple[str, str, str]) -> None:
    """Everything is settled, and nothing else is found."""
    audit = orders.audit()
    assert found(audit) == [*findings]
    assert audit.window is not None
    assert audit.window.settled == audit.window.last
    assert audit.verdict == "consistent"


@pytest.mark.parametrize("way", IN_VAIN, ids=lambda way: way.__name__)
def test_a_hole_is_pending_while_its_writer_is_open_and_benign_once_that_ended_in_vain(
    orders: Orders, way: Way
) -> None:
    orders.append()
    with way(orders) as holder:
        orders.append()
        check_pending(orders, holder)
    check_settled(orders, ("position-gap", "benign", "rolled-back"))
    assert orders.holes().ranges == ((2, 2),)


@pytest.mark.parametrize("way", LATE, ids=lambda way: way.__name__)
def test_a_hole_is_pending_while_its_writer_is_open_and_gone_once_that_committed(orders: Orders, way: Way) -> None:
    orders.append()
    with way(orders) as holder:
        orders.append()
        check_pending(orders, holder)
    check_settled(orders)


def test_who_writes_straight_into_a_partition_is_seen_too(orders: Orders) -> None:
    orders.run_alone(PARTITIONED)
    orders.append()
    with open_writers.partition(orders) as holder:
        orders.append()
        check_pending(orders, holder)
    check_settled(orders)


@pytest.mark.parametrize(
    "way", [open_writers.bare_nextval, open_writers.copy, open_writers.committed_prepared], ids=lambda way: way.__name__
)
def test_a_role_that_may_only_select_sees_who_holds_a_hole_open_though_not_for_how_long(
    orders: Orders, limited: Orders, way: Way
) -> None:
    orders.append()
    with way(orders) as holder:
        orders.append()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            limited.run("SELECT last_value FROM events_position_seq")
        check_pending(limited, re.sub(r"(, (active|idle in transaction))?, for .*", r"\\)", holder))
    assert {finding.verdict for finding in limited.audit().findings} <= {"benign"}


def test_a_position_before_the_first_event_is_not_settled_while_its_writer_is_open(orders: Orders) -> None:
    with open_writers.late_commit(orders):
        orders.append()
        audit = orders.audit()
        assert audit.window is not None
        assert (audit.window.first, audit.window.settled) == (2, 0)
    check_settled(orders)


def test_a_writer_in_another_database_holds_nothing_even_where_all_its_tables_have_the_same_oids(
    orders: Orders, postgres: Server
) -> None:
    orders.leave_a_hole()
    with copy_of(orders, postgres) as twin, open_writers.late_commit(twin):
        assert twin.run(OIDS) == orders.run(OIDS)
        check_settled(orders, ("position-gap", "benign", "rolled-back"))


def test_a_session_that_only_reads_the_log_or_writes_elsewhere_holds_nothing(orders: Orders) -> None:
    with orders.session() as reader, orders.session() as other:
        reader.execute("SELECT count(*) FROM events")
        other.execute("INSERT INTO inbox (event_id) VALUES (gen_random_uuid())")
        orders.leave_a_hole()
        check_settled(orders, ("position-gap", "benign", "rolled-back"))


def test_a_writer_that_ends_soon_is_waited_for(orders: Orders) -> None:
    orders.append()
    with orders.session() as writer:
        writer.execute(APPEND)
        orders.append()
        audit = orders.having(settle=LONG).audit(sleep=lambda _: writer.commit())
    assert (found(audit), audit.verdict) == ([], "consistent")


def test_a_writer_that_begins_after_the_look_is_not_waited_for_and_its_hole_is_not_judged(orders: Orders) -> None:
    orders.append()
    with orders.session() as early, orders.session() as late:
        early.execute("SELECT nextval('events_position_seq')")
        orders.append()

        def others_go_on(_: float) -> None:
            late.execute(APPEND)
            orders.append()
            early.rollback()

        finding = orders.having(settle=LONG).holes(sleep=others_go_on)
    assert (finding.verdict, finding.ranges) == ("benign", ((2, 2),))


def test_a_hole_beyond_the_head_of_before_is_not_judged_even_where_that_head_was_deleted(orders: Orders) -> None:
    for _ in range(3):
        orders.append()
    with orders.session() as early, orders.session() as late:
        early.execute("SELECT nextval('events_position_seq')")

        def others_go_on(_: float) -> None:
            orders.run("DELETE FROM events WHERE position > 1")
            late.execute(APPEND)
            orders.append()
            early.rollback()

        finding = orders.having(settle=LONG).holes(sleep=others_go_on)
    assert (finding.verdict, finding.ranges) == ("benign", ((2, 3),))


def test_a_session_that_prepares_its_transaction_while_it_is_waited_for_has_not_ended(
    orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []  # each lasts for longer than anybody waits
    monkeypatch.setattr(postgres_settling, "time", SimpleNamespace(monotonic=lambda: 1000.0 * len(waits)))
    orders.append()
    with psycopg.connect(orders.url, autocommit=True) as session:
        session.execute("BEGIN")
        session.execute(APPEND)
        orders.append()
        prepare = once(session, "PREPARE TRANSACTION 'late'")

        def prepares(pause: float) -> None:
            prepare(pause)
            waits.append(pause)

        finding = orders.having(settle=LONG).holes(sleep=prepares)
        session.execute("COMMIT PREPARED 'late'")
    assert (finding.verdict, finding.ranges) == ("pending", ((2, 2),))
    [holder] = listed(finding, "holders")
    assert holder.startswith("prepared transaction 'late'")
    check_settled(orders)


def test_a_writer_known_to_be_older_than_settle_is_not_waited_for(orders: Orders) -> None:
    orders.append()
    with orders.session("late-writer") as writer:
        writer.execute(APPEND)
        writer.execute("SELECT pg_sleep(0.02)")
        orders.append()
        waits: list[float] = []
        finding = orders.having(settle="10ms").holes(sleep=waits.append)
        [holder] = listed(finding, "holders")
        assert holder.startswith(f"pid {writer.info.backend_pid} (late-writer, idle in transaction, for ")
        assert waits == []


@pytest.mark.parametrize("version", [18, 16])
def test_a_prepared_transaction_that_outlived_a_crash_is_still_named(version: int, tmp_path: Path) -> None:
    with running(version) as server, server.database() as url:
        before = Orders.new(url, tmp_path)
        before.append()
        with psycopg.connect(url, autocommit=True) as session:
            session.execute("BEGIN")
            session.execute(APPEND)
            session.execute("PREPARE TRANSACTION 'orphan'")
        before.append()
        server.stop_hard()
        server.start()
        after = replace(before, url=server.url(str(conninfo_to_dict(url)["dbname"])))
        check_pending(after, r"prepared transaction 'orphan' \(for \d+ s\)")
        after.run_alone("COMMIT PREPARED 'orphan'")
        check_settled(after)


@pytest.mark.parametrize("declared", ["drawn-on-insert", "unknown"])
def test_in_a_gapless_log_a_hole_is_a_loss_unless_a_writer_may_still_fill_it(orders: Orders, declared: str) -> None:
    orders.append()
    with open_writers.rolled_back_insert(orders):
        orders.append()
        audit = orders.having(gapless=True, positions=declared).audit()
        assert found(audit) == [("position-gap", "pending", "in-flight")]
        assert audit.verdict == "consistent"
    audit = orders.having(gapless=True, positions=declared).audit()
    assert found(audit) == [("position-gap", "confirmed", None)]
    assert audit.verdict == "inconsistent"


def test_the_settled_position_of_an_unprovable_log_stands_below_a_hole_that_a_known_writer_holds(
    orders: Orders,
) -> None:
    orders.append()
    with open_writers.late_commit(orders):
        orders.append()
        audit = orders.having(positions="unknown").audit()
        assert found(audit) == [("position-gap", "pending", "in-flight")]
        assert audit.window is not None
        assert audit.window.settled == 1


def once(session: Connection, statement: LiteralString) -> Callable[[float], None]:
    """Something to do instead of the first wait."""
    left = [statement]
    return lambda _: [session.execute(left.pop()) for _ in left[:1]].clear()


@contextmanager
def copy_of(orders: Orders, server: Server) -> Iterator[Orders]:
    """The same log in another database of the same server."""
    original = str(conninfo_to_dict(orders.url)["dbname"])
    name = f"{original}_twin"
    made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(original))
    server.ask(made)
    try:
        yield replace(orders, url=server.url(name))
    finally:
        server.ask(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
