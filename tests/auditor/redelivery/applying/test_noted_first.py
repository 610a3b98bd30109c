"""Rows of an outbox are noted before they are committed; and what is noted once it is known what became of them."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from auditor.ledger import open_ledger
from auditor.memory import Redelivered
from auditor.redelivery.targets.interface import Answer, Batch, Touched
from checks.model.event import Event
from checks.model.redelivery import Outcome
from tests.auditor.redelivery.applying.world import Case

SAYS = Event(id="e\0\udc80", stream="order-\n", version=2**62)
COPIES = {2: Touched("orders", "eu", 31, "copied", SAYS), 3: Touched("orders", None, 32, "copied")}
MARKED = {2: Touched("orders", None, 2, "unsent"), 3: Touched("orders", None, 3, "unsent")}


@dataclass
class Boxed:
    """A shop whose target tells of rows before it answers. ``seen``: what an audit knows then of the outbox."""

    case: Case
    seen: Redelivered = field(default_factory=Redelivered)

    def known(self) -> Redelivered:
        with closing(open_ledger(self.case.config.ledger)) as ledger:
            return ledger.sent_again(["orders"]).get("orders", Redelivered())

    def doubtful(self) -> list[tuple[str | None, int, Event | None]]:
        with closing(open_ledger(self.case.config.ledger)) as ledger:
            return [(span.partition, span.first, span.row) for _, span in ledger.copies_in_doubt(["orders", "mail"])]

    def apply(self, rows: dict[int, Touched], answer: Callable[[int], Answer]) -> None:
        def tell(batch: Batch) -> None:
            batch.note([rows[parcel.event.event.position or 0] for parcel in batch.parcels])
            self.seen = self.known()

        self.case.apply(self.case.recorder(on_send=tell, answer=answer, delivers=False))


@pytest.fixture
def boxed(tmp_path: Path) -> Boxed:
    return Boxed(Case(tmp_path, missing=(2, 3)))


def accepted(rows: dict[int, Touched]) -> Callable[[int], Answer]:
    return lambda position: Answer(Outcome.ACCEPTED, "", rows[position])


def places(known: Redelivered) -> list[tuple[str | None, int, int]]:
    return [(each.partition, each.first, each.last) for each in (*known.copied, *known.unsent)]


def test_a_copy_is_in_doubt_until_it_is_known_to_be_there(boxed: Boxed) -> None:
    boxed.apply(COPIES, accepted(COPIES))
    assert [(each.stretch.first, each.row) for each in boxed.seen.doubtful] == [(31, SAYS), (32, Event())]
    assert boxed.seen.copied == ()
    assert places(boxed.known()) == [(None, 32, 32), ("eu", 31, 31)]
    assert boxed.known().doubtful == ()
    assert boxed.doubtful() == []


def test_a_row_that_is_marked_is_known_before_and_noted_once(boxed: Boxed) -> None:
    boxed.apply(MARKED, accepted(MARKED))
    assert places(boxed.seen) == places(boxed.known()) == [(None, 2, 3)]
    assert boxed.known().unsent[0].at == boxed.seen.unsent[0].at


@pytest.mark.parametrize("rows", [COPIES, MARKED], ids=["copied", "marked"])
def test_what_was_certainly_not_written_is_withdrawn(boxed: Boxed, rows: dict[int, Touched]) -> None:
    boxed.apply(rows, lambda _: Answer(Outcome.FAILED))
    assert places(boxed.seen) or boxed.seen.doubtful
    assert boxed.known() == Redelivered()
    assert boxed.doubtful() == []


def test_what_was_not_written_for_one_event_is_withdrawn_alone(boxed: Boxed) -> None:
    boxed.apply(COPIES, lambda n: Answer(Outcome.ACCEPTED, "", COPIES[2]) if n == 2 else Answer(Outcome.REJECTED))
    assert (places(boxed.known()), boxed.doubtful()) == ([("eu", 31, 31)], [])


def test_where_anything_is_unknown_all_of_it_stays_in_doubt(boxed: Boxed) -> None:
    boxed.apply(COPIES, lambda n: Answer(Outcome.UNKNOWN if n == 2 else Outcome.FAILED))
    assert places(boxed.known()) == []
    assert boxed.doubtful() == [("eu", 31, SAYS), (None, 32, Event())]


def test_so_it_does_where_the_attempt_ends_before_the_answer(boxed: Boxed) -> None:
    def die(_: int) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        boxed.apply(COPIES, die)
    assert boxed.doubtful() == [("eu", 31, SAYS), (None, 32, Event())]
