"""A standby shows neither its primary's transactions nor, for sure, its last changes: nothing is confirmed by it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

import auditor
from checks.model.finding import Severity
from checks.model.trace import HopKind, HopVerdict
from tests.auditor.cli.prepared import PATIENCE
from tests.integration.orders import APPEND, Orders, found, listed, only
from tests.postgres import Server

BEHIND = "SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()"


@pytest.fixture(scope="module")
def standby(postgres: Server) -> Iterator[Server]:
    with postgres.standby() as standby:
        yield standby


@pytest.fixture
def log_on_standby(orders: Orders, standby: Server) -> Orders:
    """What is read of both sides is read on the standby; what is written still goes to the primary."""
    return replace(orders, log_url=on(standby, orders), consumer_url=on(standby, orders))


@pytest.fixture
def inbox_on_standby(orders: Orders, standby: Server) -> Orders:
    """The log is read on the primary."""
    return replace(orders, consumer_url=on(standby, orders))


def on(standby: Server, orders: Orders) -> str:
    return standby.url(str(conninfo_to_dict(orders.url)["dbname"]))


@contextmanager
def replay_paused(standby: Server, primary: Server) -> Iterator[None]:
    """The standby shows all that the primary has committed so far, and nothing that it commits from now on."""
    standby.catch_up(primary)
    standby.ask("SELECT pg_wal_replay_pause()")
    await_true(standby, "SELECT pg_get_wal_replay_pause_state() = 'paused'")
    try:
        yield
    finally:
        standby.ask("SELECT pg_wal_replay_resume()")


def await_true(server: Server, question: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while server.ask(question) != [(True,)]:
        assert time.monotonic() < deadline, question
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("gapless", "reason", "verdict"), [(False, "not-provable", "consistent"), (True, "standby", "unknown")]
)
def test_holes_are_unknown_on_a_standby_where_writers_do_not_show(
    log_on_standby: Orders, standby: Server, postgres: Server, gapless: bool, reason: str, verdict: str
) -> None:
    orders = log_on_standby
    orders.append()
    with orders.session() as writer:
        writer.execute(APPEND)
        orders.append()
        standby.catch_up(postgres)
        audit = orders.having(gapless=gapless).audit()
        assert found(audit) == [("position-gap", "unknown", reason)]
        assert listed(only(audit, "position-gap"), "against") == ["the server is a standby"]
        assert only(audit, "position-gap").severity == (Severity.WARNING if gapless else Severity.INFO)
        assert audit.verdict == verdict
        assert "the log was read on a standby" in audit.notes


def test_a_log_on_a_standby_shows_losses_but_convicts_nobody_of_knowing_too_much(
    log_on_standby: Orders, standby: Server, postgres: Server
) -> None:
    orders = log_on_standby
    orders.receive(orders.append())
    orders.append()
    orders.receive(orders.append())
    orders.run("INSERT INTO inbox (event_id) VALUES (gen_random_uuid())")
    orders.move_cursor(1_000)
    standby.catch_up(postgres)
    audit = orders.audit("billing")
    assert only(audit, "missing").verdict == "confirmed"
    for check in ("cursor-ahead", "unexpected"):
        assert (only(audit, check).verdict, only(audit, check).reason) == ("unknown", "standby")


def test_a_log_on_a_standby_that_lags_its_consumer_is_unknown_and_fine_once_it_caught_up(
    orders: Orders, standby: Server, postgres: Server
) -> None:
    lagging = replace(orders, log_url=on(standby, orders))
    orders.receive(orders.append())
    with replay_paused(standby, postgres):
        orders.receive(orders.append())
        audit = lagging.audit("billing")
        assert found(audit) == [("cursor-ahead", "unknown", "standby"), ("unexpected", "unknown", "standby")]
        assert audit.verdict == "unknown"
    standby.catch_up(postgres)
    assert found(lagging.audit("billing")) == []


def test_an_inbox_on_a_standby_convicts_only_once_it_has_caught_up(
    inbox_on_standby: Orders, standby: Server, postgres: Server
) -> None:
    orders = inbox_on_standby
    orders.receive(orders.append())
    late, lost = orders.append(), orders.append()
    orders.receive(orders.append())
    with replay_paused(standby, postgres):
        orders.receive(late)
        orders.move_cursor(4)
        await_true(standby, BEHIND)
        audit = orders.audit("billing")
        assert found(audit) == [("missing", "unknown", "standby")]
        assert only(audit, "missing").count == 2
        assert audit.verdict == "unknown"
        assert audit.totals is not None
        assert (audit.totals.missing, audit.totals.unverifiable) == (0, 2)
    standby.catch_up(postgres)
    audit = orders.audit("billing")
    assert found(audit) == [("missing", "confirmed", None)]
    assert only(audit, "missing").ranges == ((lost[0], lost[0]),)


def test_a_cursor_on_a_standby_convicts_nobody_of_lagging_before_it_has_caught_up(
    inbox_on_standby: Orders, standby: Server, postgres: Server
) -> None:
    orders = inbox_on_standby
    orders.receive(orders.append())
    with replay_paused(standby, postgres):
        orders.receive(orders.append())
        orders.append()
        await_true(standby, BEHIND)
        assert found(orders.audit("billing")) == [("lagging", "unknown", "standby")]
    standby.catch_up(postgres)
    audit = orders.audit("billing")
    assert found(audit) == [("lagging", "confirmed", None)]
    assert only(audit, "lagging").count == 1


def test_what_a_standby_lacked_at_one_look_is_not_confirmed_because_it_caught_up_at_the_next(
    inbox_on_standby: Orders, standby: Server, postgres: Server
) -> None:
    orders = replace(inbox_on_standby, consumer={"grace": "60s"})
    orders.receive(orders.append())
    old = orders.append()
    orders.run("INSERT INTO events (recorded_at) VALUES (clock_timestamp())")
    orders.receive(orders.append())
    with replay_paused(standby, postgres):
        orders.receive(old)
        orders.move_cursor(4)
        await_true(standby, BEHIND)

        def resume(_: float) -> None:
            standby.ask("SELECT pg_wal_replay_resume()")
            standby.catch_up(postgres)

        audit = orders.audit("billing", sleep=resume)
    assert found(audit) == [("missing", "unknown", "standby")]
    assert found(orders.audit("billing", sleep=lambda _: None)) == [("missing", "confirmed", None)]


def test_a_standby_that_is_only_a_moment_behind_is_waited_for(
    inbox_on_standby: Orders, standby: Server, postgres: Server
) -> None:
    orders = inbox_on_standby
    orders.run("CREATE TABLE busy (n int)")
    orders.receive(orders.append())
    event = orders.append()
    standby.catch_up(postgres)
    with psycopg.connect(on(standby, orders)) as query:
        query.execute("SELECT FROM busy")
        orders.run("DROP TABLE busy")
        orders.receive(event)
        await_true(standby, BEHIND)
        audit = orders.audit("billing", sleep=lambda _: query.rollback())
    assert (found(audit), audit.verdict, audit.notes) == ([], "consistent", ())


def test_a_trace_does_not_say_that_a_standby_lacks_what_it_may_only_show_later(
    log_on_standby: Orders, standby: Server, postgres: Server
) -> None:
    with replay_paused(standby, postgres):
        _, identity = log_on_standby.append()
        trace = auditor.trace(log_on_standby._config(), str(identity))
    [orders] = [look for look in trace.looked if look.of is HopKind.LOG]
    assert (trace.found, orders.found) == (False, None)
    assert "; its server may lack it: " in orders.message


def test_a_trace_does_not_say_that_a_consumer_on_a_standby_did_not_receive_an_event(
    inbox_on_standby: Orders, standby: Server, postgres: Server
) -> None:
    inbox_on_standby.receive(inbox_on_standby.append())
    inbox_on_standby.move_cursor(1_000)
    with replay_paused(standby, postgres):
        position, identity = inbox_on_standby.append()
        inbox_on_standby.receive((position, identity))
        trace = auditor.trace(inbox_on_standby._config(), str(identity))
    [billing] = [hop for hop in trace.hops if hop.name == "billing"]
    assert billing.verdict is HopVerdict.CANNOT_TELL
    assert "its server may lack the receipt: " in (billing.message or "")
