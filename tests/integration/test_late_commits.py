"""On PostgreSQL, real transactions that began before a run and commit after it: above the head, and into a hole."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from auditor.auditing.session import Session
from auditor.config import load
from auditor.gather.upkeep import Upkeep
from auditor.memory import Memory
from auditor.observer import Silent
from checks.model.result import Audit
from tests.histories.runs import earlier
from tests.integration.orders import Orders, only

MINUTE = timedelta(minutes=1)
OF_A_LONG_TRANSACTION = "INSERT INTO events (recorded_at) VALUES (now() - interval '10 minutes')"


class Runs:
    """Runs a minute apart, of the log and its consumer. What is written is ten minutes old in the end."""

    def __init__(self, orders: Orders) -> None:
        self.orders = replace(orders, consumer={"grace": "30s"})
        self.memory = Memory()

    def audit(self, *names: str, after: timedelta = MINUTE) -> dict[str, Audit]:
        now = self.orders.run("SELECT clock_timestamp()")[0][0]
        upkeep = Upkeep(run="run", started=now, keep=lambda _: None)
        session = Session(
            load(self.orders._config()),
            Silent(),
            memory=earlier(self.memory, after),
            upkeep=lambda _: upkeep,
            sleep=lambda _: None,
        )
        session.audit(set(names or ("orders", "billing")))
        session.close()
        self.memory = session.learnt
        return session.audits

    @contextmanager
    def long_transaction(self, events: int = 1) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        """It has written, and commits in the end."""
        with self.orders.session("nightly-batch") as session:
            for _ in range(events):
                session.execute(OF_A_LONG_TRANSACTION)
            yield session


@pytest.fixture
def runs(orders: Orders) -> Runs:
    made = Runs(orders)
    orders.receive(orders.append(), orders.append())
    return made


def lagging(audits: dict[str, Audit]) -> tuple[str, str | None, tuple[tuple[int, int], ...]]:
    [finding] = [each for each in audits["billing"].findings if each.check in ("lagging", "stalled")]
    return str(finding.verdict), finding.reason, finding.ranges


def test_what_it_wrote_above_the_head_is_late_only_once_it_could_be_seen_for_long_enough(runs: Runs) -> None:
    with runs.long_transaction(3):
        runs.audit()
    assert lagging(runs.audit()) == ("pending", "appeared-lately", ((3, 5),))
    assert lagging(runs.audit(after=6 * MINUTE)) == ("confirmed", None, ((3, 5),))


def test_what_it_wrote_into_a_hole_below_the_head_is_so_too_however_many_runs_saw_the_hole(runs: Runs) -> None:
    with runs.long_transaction():
        runs.orders.append()
        assert lagging(runs.audit())[:2] == ("confirmed", None), "what is visible is judged, whoever has not ended"
        holes = only(runs.audit()["orders"], "position-gap")
        assert (str(holes.verdict), holes.ranges) == ("pending", ((3, 3),))
    audits = runs.audit()
    told = {(str(each.verdict), each.reason, each.ranges) for each in audits["billing"].findings}
    assert told == {("confirmed", None, ((4, 4),)), ("pending", "appeared-lately", ((3, 3),))}
    audits = runs.audit(after=6 * MINUTE)
    assert lagging(audits) == ("confirmed", None, ((3, 4),))


@pytest.mark.parametrize("positions", ["drawn-on-insert", "unknown"])
def test_runs_that_audit_the_consumer_alone_know_the_holes_near_the_head(runs: Runs, positions: str) -> None:
    runs.orders = runs.orders.having(positions=positions)
    with runs.long_transaction():
        runs.orders.append()
        runs.audit("billing")
    told = {(str(each.verdict), each.reason, each.ranges) for each in runs.audit("billing")["billing"].findings}
    assert told == {("confirmed", None, ((4, 4),)), ("pending", "appeared-lately", ((3, 3),))}
    assert lagging(runs.audit("billing", after=6 * MINUTE)) == ("confirmed", None, ((3, 4),))


def test_a_reader_that_skipped_it_is_accused_after_grace_and_not_at_once(runs: Runs) -> None:
    """The cursor went on while the transaction was open, and what came in below it is waited for."""
    with runs.long_transaction():
        runs.orders.receive(runs.orders.append())
        assert runs.audit()["billing"].findings == ()
    missing = only(runs.audit()["billing"], "missing")
    assert missing.evidence["lasted"] == {"it was still absent when grace had passed": 1}
    assert (missing.evidence["appeared_late"], missing.ranges) == (1, ((3, 3),))


def test_positions_of_which_nothing_is_proven_are_remembered_as_holes_all_the_same(runs: Runs) -> None:
    runs.orders = runs.orders.having(positions="unknown")
    with runs.long_transaction():
        runs.orders.receive(runs.orders.append())
        runs.audit()
    runs.orders.run("DELETE FROM cursors")
    runs.orders.run("INSERT INTO cursors VALUES ('0', 2)")
    audits = runs.audit()
    assert ("lagging", "pending", "appeared-lately") in [
        (each.check, str(each.verdict), each.reason) for each in audits["billing"].findings
    ]


def test_a_transaction_that_nobody_ends_hides_no_loss_above_it(runs: Runs) -> None:
    with ExitStack() as stack:
        stack.enter_context(runs.long_transaction())
        runs.audit()
        runs.orders.append()
        assert lagging(runs.audit())[0] == "pending", "an hour old by its time, and there since a minute"
        assert lagging(runs.audit(after=6 * MINUTE)) == ("confirmed", None, ((4, 4),))
