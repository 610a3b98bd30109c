"""What a consumer may be accused of while transactions are in flight (FAILURES rows 2, 4 and 11)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest

from auditor.observer import Silent
from checks.model.result import Audit
from tests.integration.orders import APPEND, LONG, Orders, found, listed
from tests.postgres import Server


def billing(orders: Orders) -> tuple[list[tuple[str, str, str | None]], str]:
    """What is found about the consumer, and its verdict."""
    audit = orders.audit("billing")
    return found(audit), audit.verdict.value


def problems(audit: Audit) -> list[str]:
    return [problem.reason for problem in audit.problems]


def test_an_event_known_before_its_commit_is_visible_is_pending_and_then_fine(orders: Orders) -> None:
    orders.receive(orders.append())
    with orders.session("late-writer") as writer:
        [(position, identity)] = writer.execute(APPEND).fetchall()
        orders.receive((position, identity))
        audit = orders.audit("billing")
        assert found(audit) == [("cursor-ahead", "pending", "in-flight"), ("unexpected", "pending", "in-flight")]
        assert audit.verdict == "consistent"
        for finding in audit.findings:
            [named] = listed(finding, "in_flight")
            assert f"pid {writer.info.backend_pid} (late-writer" in named
    assert billing(orders) == ([], "consistent")


def test_an_event_whose_commit_becomes_visible_while_the_audit_waits_is_none(orders: Orders) -> None:
    orders.receive(orders.append())
    with orders.session() as writer:

        def receive_ahead_of_the_commit(phase: str) -> None:
            if phase == "billing: comparing with orders":
                [event] = writer.execute(APPEND).fetchall()
                orders.receive(event)

        meanwhile = Meanwhile(receive_ahead_of_the_commit)
        audit = orders.having(settle=LONG).audit("billing", sleep=lambda _: writer.commit(), observer=meanwhile)
    assert audit.totals is not None
    assert (audit.totals.produced, found(audit), audit.verdict) == (1, [], "consistent")


def test_an_event_that_was_rolled_back_although_it_was_received_is_unexpected(orders: Orders) -> None:
    orders.receive(orders.append())
    with orders.session() as writer:
        [event] = writer.execute(APPEND).fetchall()
        orders.receive(event)
        writer.rollback()
    expected = [("cursor-ahead", "pending", "drawn-not-visible"), ("unexpected", "confirmed", None)]
    assert billing(orders) == (expected, "inconsistent")


def test_a_cursor_beyond_all_that_was_drawn_is_confirmed_only_with_no_writer_in_flight(orders: Orders) -> None:
    orders.receive(orders.append())
    orders.move_cursor(1_000)
    with orders.session() as writer:
        writer.execute(APPEND)
        assert billing(orders) == ([("cursor-ahead", "pending", "in-flight")], "consistent")
        writer.rollback()
    assert billing(orders) == ([("cursor-ahead", "confirmed", None)], "inconsistent")


def test_a_writer_in_another_database_does_not_excuse_a_cursor_ahead(orders: Orders, postgres: Server) -> None:
    orders.receive(orders.append())
    orders.move_cursor(1_000)
    with writer_elsewhere(postgres):
        assert billing(orders) == ([("cursor-ahead", "confirmed", None)], "inconsistent")


def test_a_role_that_may_not_read_the_sequence_goes_by_the_head(orders: Orders, limited: Orders) -> None:
    orders.receive(orders.append())
    orders.move_cursor(2)
    assert billing(limited) == ([("cursor-ahead", "confirmed", None)], "inconsistent")


def test_a_producer_restored_to_an_earlier_state_leaves_its_consumer_ahead(orders: Orders) -> None:
    for _ in range(3):
        orders.receive(orders.append())
    orders.run("TRUNCATE events RESTART IDENTITY")
    restored = orders.append()
    orders.run("INSERT INTO inbox (event_id) VALUES (%s)", restored[1])
    audit = orders.audit("billing")
    assert found(audit) == [("cursor-ahead", "confirmed", None), ("unexpected", "confirmed", None)]
    assert [finding.count for finding in audit.findings] == [1, 3]


def test_an_old_holder_makes_an_audit_unknown_and_is_named(orders: Orders) -> None:
    orders = impatient(orders)
    orders.receive(orders.append())
    with old_writer(orders) as named:
        orders.receive(orders.append())
        audit = orders.audit("billing")
        assert (found(audit), audit.verdict, problems(audit)) == ([], "unknown", ["unsettled"])
        assert named in audit.problems[0].message
    assert billing(orders) == ([("missing", "confirmed", None)], "inconsistent")


def test_an_old_holder_hides_no_loss_above_it(orders: Orders) -> None:
    orders = impatient(orders)
    orders.receive(orders.append())
    with old_writer(orders) as named:
        lost = orders.append()
        orders.receive(orders.append())
        audit = orders.audit("billing")
        assert found(audit) == [("missing", "confirmed", None)]
        assert audit.findings[0].ranges == ((lost[0], lost[0]),)
        assert (audit.verdict, problems(audit)) == ("inconsistent", ["unsettled"])
        assert named in audit.problems[0].message


def test_a_writer_that_is_not_older_than_max_lag_is_no_problem(orders: Orders) -> None:
    orders.receive(orders.append())
    with orders.session() as writer:
        writer.execute(APPEND)
        orders.receive(orders.append())
        assert billing(orders) == ([], "consistent")


@pytest.mark.parametrize("prepared", [False, True], ids=["session", "prepared"])
def test_a_reader_by_transaction_that_a_writer_in_another_database_holds_back_is_waiting_not_lagging(
    orders: Orders, postgres: Server, prepared: bool
) -> None:
    reader = by_transaction(orders)
    with writer_elsewhere(postgres, prepared=prepared):
        reader.append()
        audit = reader.audit("billing")
        assert (found(audit), audit.verdict) == ([("lagging", "pending", "held-back")], "consistent")
        assert audit.totals is not None
        assert (audit.totals.received, audit.totals.pending) == (1, 1)
    assert billing(reader) == ([("lagging", "confirmed", None)], "inconsistent")


def test_the_same_writer_excuses_no_reader_by_position(orders: Orders, postgres: Server) -> None:
    orders.receive(orders.append())
    with writer_elsewhere(postgres):
        orders.append()
        assert billing(orders) == ([("lagging", "confirmed", None)], "inconsistent")


class Meanwhile(Silent):
    """Does something whenever an audit begins a new phase."""

    def __init__(self, act: Callable[[str], None]) -> None:
        self._act = act

    def phase(self, text: str) -> None:
        self._act(text)


def impatient(orders: Orders) -> Orders:
    """``old_writer`` is older than this consumer's ``max_lag``."""
    return replace(orders, consumer={"max_lag": "10ms"})


def by_transaction(orders: Orders) -> Orders:
    """One event is received, and the cursor says so as a pair."""
    position, identity = orders.append()
    orders.receive((position, identity))
    orders.run("UPDATE cursors SET transaction_id = (SELECT transaction_id FROM events)")
    cursor = {"table": "cursors", "position": ["transaction_id", "position"]}
    return replace(orders, consumer={"cursor": cursor}).having(order=["transaction_id", "position"])


@contextmanager
def writer_elsewhere(server: Server, *, prepared: bool = False) -> Iterator[None]:
    """An unfinished transaction, with a transaction id, in another database of the server."""
    with server.database() as elsewhere, psycopg.connect(elsewhere, autocommit=True) as session:
        session.execute("BEGIN")
        session.execute("CREATE TABLE t (n int)")
        if prepared:
            session.execute("PREPARE TRANSACTION 'elsewhere'")
        yield
        session.execute("ROLLBACK PREPARED 'elsewhere'" if prepared else "ROLLBACK")


@contextmanager
def old_writer(orders: Orders) -> Iterator[str]:
    """It drew a position, does not end, and has already done so for longer than the consumer's ``max_lag``."""
    with orders.session("forgotten-shell") as session:
        session.execute(APPEND)
        session.execute("SELECT pg_sleep(0.02)")
        yield f"pid {session.info.backend_pid} (forgotten-shell, idle in transaction"
