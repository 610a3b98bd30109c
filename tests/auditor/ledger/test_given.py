"""What the journal says of events of a plan: whether they were given to a target, and what came of that."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.ledger import Ledger
from checks.identities import key_of
from checks.model.event import Event
from checks.model.journal import Line, Redelivery
from checks.model.redelivery import Step
from tests.ledgers import config_of, opened

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EVENT = Event(position=5)
KEY = key_of(EVENT)


def begin(ledger: Ledger, plan: str = "a") -> int:
    redelivery = Redelivery(
        plan=plan, run="r", target="api", kind="http", consumers=("billing",), user="ann", host="desk", at=NOW
    )
    return ledger.begin_redelivery(redelivery)


def line(step: Step, event: Event = EVENT, consumer: str = "billing") -> Line:
    return Line(consumer=consumer, event=event, step=step, at=NOW)


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([], None),
        ([Step.SKIPPED], None),
        ([Step.SENDING], Step.SENDING),
        ([Step.SENDING, Step.ACCEPTED], Step.ACCEPTED),
        ([Step.SENDING, Step.ACCEPTED, Step.MISSING], Step.ACCEPTED),
        ([Step.SENDING, Step.UNKNOWN, Step.MISSING], Step.UNKNOWN),
        ([Step.SENDING, Step.UNKNOWN, Step.HEALED], Step.HEALED),
        ([Step.SENDING, Step.REJECTED, Step.SKIPPED], Step.REJECTED),
        ([Step.SENDING, Step.FAILED, Step.SENDING], Step.SENDING),
        ([Step.SENDING, Step.ACCEPTED, Step.PARKED], Step.ACCEPTED),
    ],
)
def test_it_is_the_last_step_that_says_whether_it_was_given(
    steps: list[Step], says: Step | None, tmp_path: Path
) -> None:
    with opened(config_of(tmp_path / "ledger.db")) as ledger:
        for step in steps:
            ledger.journal(begin(ledger), [line(step)])
        found = {key: each.step for key, each in ledger.given_of("a", "billing", [KEY]).items()}
    assert found == ({} if says is None else {KEY: says})


def test_other_plans_consumers_and_events_say_nothing(tmp_path: Path) -> None:
    with opened(config_of(tmp_path / "ledger.db")) as ledger:
        ledger.journal(begin(ledger, "b"), [line(Step.ACCEPTED)])
        ledger.journal(begin(ledger), [line(Step.ACCEPTED, consumer="shipping")])
        ledger.journal(begin(ledger), [line(Step.ACCEPTED, Event(position=6))])
        assert ledger.given_of("a", "billing", [KEY]) == {}


def test_more_events_than_a_statement_takes_are_all_answered(tmp_path: Path) -> None:
    events = [Event(position=position) for position in range(1_200)]
    with opened(config_of(tmp_path / "ledger.db")) as ledger:
        ledger.journal(begin(ledger), [line(Step.SENDING, event) for event in events[::2]])
        found = ledger.given_of("a", "billing", [key_of(event) for event in events])
    assert {each.event.position for each in found.values()} == set(range(0, 1_200, 2))
