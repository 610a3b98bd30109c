"""What a run knows of the run before, on PostgreSQL: cursors that jump, stand still and go back, and eager ones."""

from dataclasses import replace
from datetime import timedelta

import pytest

from auditor.memory import Memory
from checks.model.result import Audit
from tests.histories.runs import aged
from tests.integration.orders import Orders, found, only

MINUTE = timedelta(minutes=1)


class Runs:
    """Audits of one consumer, a minute apart. ``meanwhile`` happens in the waits of the next one."""

    def __init__(self, orders: Orders) -> None:
        self.orders = replace(orders, consumer={"grace": "30s"})
        self.waits: list[float] = []
        self.owed: list[tuple[int, object]] = []
        self._memory = Memory()

    def work(self, events: int = 3) -> None:
        """Append events, and receive them."""
        self.orders.receive(*(self.orders.append() for _ in range(events)))

    def pass_over(self, events: int = 3) -> None:
        """Append events and move the cursor past them; their receipts are owed."""
        self.owed = [self.orders.append() for _ in range(events)]
        self.orders.move_cursor(self.owed[-1][0])

    def pay(self) -> None:
        """Write the receipts that are owed."""
        for _, identity in self.owed:
            self.orders.run("INSERT INTO inbox (event_id) VALUES (%s)", identity)
        self.owed = []

    def audit(self, *, paying: bool = False) -> Audit:
        """The next audit; ``paying``: what is owed is received while it waits."""
        self.waits = []

        def sleep(seconds: float) -> None:
            self.waits.append(seconds)
            if paying:
                self.pay()

        audit, self._memory = self.orders.audit_after(aged(self._memory, MINUTE), sleep)
        return audit


@pytest.fixture
def runs(orders: Orders) -> Runs:
    made = Runs(orders)
    made.work()
    assert made.audit().findings == ()
    return made


def test_a_consumer_that_moves_first_and_works_after_is_not_accused_where_an_earlier_run_saw_it_before(
    runs: Runs,
) -> None:
    runs.pass_over()
    alone, _ = runs.orders.audit_after(Memory(), lambda _: None)
    assert found(alone) == [("missing", "confirmed", None)]
    assert runs.audit(paying=True).findings == ()
    assert len(runs.waits) == 1


def test_what_it_owes_for_good_is_missing_its_cursor_jumped_and_the_next_run_need_not_wait(runs: Runs) -> None:
    runs.pass_over()
    audit = runs.audit()
    assert found(audit) == [("missing", "confirmed", None), ("cursor-jumped", "confirmed", None)]
    assert only(audit, "cursor-jumped").ranges == ((4, 6),)
    assert only(audit, "cursor-jumped").evidence["passed"] == 3
    assert found(runs.audit()) == [("missing", "confirmed", None)]
    assert runs.waits == []


def test_a_cursor_that_stands_still_before_late_events_is_stalled(runs: Runs) -> None:
    runs.orders.append()
    audit = runs.audit()
    assert found(audit) == [("stalled", "confirmed", None)]
    assert audit.totals is not None
    assert (audit.totals.pending, audit.totals.balances()) == (1, True)


def test_a_cursor_that_goes_back_is_told(runs: Runs) -> None:
    runs.orders.move_cursor(1)
    assert found(runs.audit()) == [("cursor-rewound", "confirmed", None)]
    runs.orders.run("DELETE FROM cursors")
    audit = runs.audit()
    assert ("cursor-rewound", "confirmed", None) in found(audit)


def test_a_composite_cursor_is_compared_by_its_transaction_first(orders: Orders) -> None:
    by_transaction = {"order": ["transaction_id", "position"]}
    made = Runs(orders.having(**by_transaction))
    made.orders = replace(
        made.orders,
        consumer={"grace": "30s", "cursor": {"table": "cursors", "position": ["transaction_id", "position"]}},
    )
    made.work(2)
    head = "(SELECT max(transaction_id::text::bigint) FROM events)"
    made.orders.run_alone(f"UPDATE cursors SET transaction_id = {head}::text::xid8, position = 1")
    made.audit()
    made.orders.run_alone(f"UPDATE cursors SET transaction_id = ({head} - 1)::text::xid8, position = 2")
    assert "cursor-rewound" in [check for check, _, _ in found(made.audit())]
