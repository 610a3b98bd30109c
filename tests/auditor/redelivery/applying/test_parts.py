"""The small parts of an attempt, each by itself."""

import signal
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from auditor.redelivery.applying.brake import Brake
from auditor.redelivery.applying.due import Due, batches
from auditor.redelivery.applying.keys import idempotency_key
from auditor.redelivery.applying.looking import Found, until_arrived
from auditor.redelivery.applying.pace import Pace
from auditor.redelivery.holding_on import holding_on
from checks.model.event import Event
from checks.model.redelivery import Outcome, PlannedEvent, Standing, Why


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def due(position: int, consumer: str = "billing", partition: str | None = None) -> Due:
    event = Event(position=position, partition=partition, stream="s", version=position)
    planned = PlannedEvent(event=event, consumer=consumer, target="api", why=Why.MISSING)
    return Due(planned, position, str(position), (consumer,))


@pytest.mark.parametrize(
    ("rate", "batch", "most"), [(None, 100, 100), (5, 100, 5), (5, 3, 3), (0.5, 100, 1), (7.9, 9, 7)]
)
def test_no_batch_is_more_than_a_seconds_worth(rate: float | None, batch: int, most: int) -> None:
    clock = Clock()
    assert Pace(rate, clock.now, clock.sleep).most(batch) == most


def test_many_batches_take_the_time_that_the_rate_gives_them() -> None:
    clock = Clock()
    pace = Pace(5, clock.now, clock.sleep)
    for count in (5, 5, 2, 1):
        pace.wait()
        pace.took(count)
    pace.wait()
    assert clock.at == pytest.approx(13 / 5)


def test_a_pause_is_not_saved_up() -> None:
    clock = Clock()
    pace = Pace(1, clock.now, clock.sleep)
    pace.took(1)
    clock.at = 100.0
    pace.wait()
    pace.took(1)
    pace.wait()
    assert clock.at == 101.0


def test_without_a_rate_nobody_waits() -> None:
    clock = Clock()
    pace = Pace(None, clock.now, clock.sleep)
    pace.took(1_000)
    pace.wait()
    assert clock.at == 0.0


ACCEPTED, WRONG = Outcome.ACCEPTED, Outcome.REJECTED


@pytest.mark.parametrize(
    ("rounds", "stops"),
    [
        ([[WRONG] * 3], True),  # the whole first batch
        ([[WRONG, ACCEPTED]], False),  # less than a batch, less than ten: no ground to judge on
        ([[ACCEPTED] * 9 + [WRONG]], False),  # just the share
        ([[ACCEPTED, ACCEPTED], [WRONG] * 2, [ACCEPTED] * 2, [WRONG] * 2, [ACCEPTED] * 2], True),
        ([[Outcome.FAILED] * 3], True),
        ([[Outcome.UNKNOWN] * 3], True),
    ],
)
def test_the_brake_judges_by_enough_of_what_was_sent(rounds: list[list[Outcome]], stops: bool) -> None:
    brake = Brake(0.1)
    said = [brake.note(outcomes, 3) for outcomes in rounds]
    assert (said[-1] is not None) is stops


def test_batches_never_mix_consumers_or_partitions_and_keep_the_order() -> None:
    dues = [due(1), due(2), due(3), due(4, partition="b"), due(5, partition="b"), due(6, "shipping"), due(7)]
    made = [[each.ordinal for each in batch] for batch in batches(dues, lambda _: 2)]
    assert made == [[1, 2], [3], [4, 5], [6], [7]]


def test_how_many_go_in_a_batch_is_asked_when_it_begins() -> None:
    room = iter([1, 3, 2])
    made = [len(batch) for batch in batches((due(n) for n in range(6)), lambda _: next(room))]
    assert made == [1, 3, 2]


def test_a_key_depends_on_plan_event_and_receiver_and_on_where_they_end() -> None:
    keys = {
        idempotency_key(*parts)
        for parts in [("p", "e", "c"), ("q", "e", "c"), ("p", "f", "c"), ("p", "e", "d"), ("pe", "", "c")]
    }
    assert len(keys) == 5
    assert all(len(key) == 32 for key in keys)


def standing(*standings: Standing) -> Iterator[list[Found]]:
    return iter([[Found(due(1), {"billing": each})] for each in standings])


def test_somebody_who_waits_for_events_stops_as_soon_as_they_are_there() -> None:
    clock, looks = Clock(), standing(Standing.LACKING, Standing.LACKING, Standing.RECEIVED)
    found, waited = until_arrived(lambda: next(looks), timedelta(minutes=1), clock.sleep)
    assert [each.standing for each in found] == [Standing.RECEIVED]
    assert waited == clock.at < 1


def test_somebody_who_waits_in_vain_gives_up_in_time_after_a_last_look() -> None:
    clock, looks = Clock(), standing(*[Standing.LACKING] * 100)
    _, waited = until_arrived(lambda: next(looks), timedelta(seconds=20), clock.sleep)
    assert waited == pytest.approx(20)


@pytest.mark.parametrize("times", [1, 2])  # the second one is an echo: to the process, and to its group
def test_an_interrupt_waits_for_the_end_of_the_block_and_is_heard_then(times: int) -> None:
    done = []

    def block() -> None:
        with holding_on(lambda: done.append("told")):
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
            done.append("the block")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == ["told", "the block"]


def test_outside_the_main_thread_there_is_nothing_to_hold() -> None:
    done = []

    def work() -> None:
        with holding_on():
            done.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [signal.getsignal(signal.SIGINT)]
