"""Which missing events are wanted in a plan."""

from datetime import timedelta

import pytest

from auditor.errors import UsageError
from auditor.redelivery.planning.filters import Filters, Span, span_of
from checks.model.event import Event
from tests.auditor.redelivery.planning.world import LONG_AGO, World, lacking

EVENT = Event(
    position=7,
    id="6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    stream="order-17",
    version=3,
    type="OrderPlaced",
    time=LONG_AGO,
)
NOTHING = Event()
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("filters", "is_wanted"),
    [
        (Filters(), True),
        (Filters(streams=("order-*",)), True),
        (Filters(streams=("order-?",)), False),
        (Filters(streams=("x", "*17")), True),
        (Filters(types=("Order*", "x")), True),
        (Filters(types=("order*",)), False),
        (Filters(positions=((7, 7),)), True),
        (Filters(positions=((None, 6), (8, None))), False),
        (Filters(positions=((None, 6), (7, None))), True),
        (Filters(ids=("6BA7B8109DAD11D180B400C04FD430C8",)), True),
        (Filters(ids=("another",)), False),
        (Filters(since=LONG_AGO, until=LONG_AGO), True),
        (Filters(since=LONG_AGO + SECOND), False),
        (Filters(until=LONG_AGO - SECOND), False),
        (Filters(streams=("order-*",), types=("x",)), False),
    ],
)
def test_an_event_is_wanted_if_each_filter_admits_it(filters: Filters, is_wanted: bool) -> None:
    assert filters.admit(EVENT) is is_wanted


@pytest.mark.parametrize(
    "filters",
    [
        Filters(streams=("*",)),
        Filters(types=("*",)),
        Filters(positions=((None, None),)),
        Filters(ids=("None",)),
        Filters(since=LONG_AGO),
    ],
)
def test_what_is_not_known_of_an_event_passes_no_filter(filters: Filters) -> None:
    assert not filters.admit(NOTHING)
    assert Filters().admit(NOTHING)


@pytest.mark.parametrize(
    ("text", "span"), [("17", (17, 17)), ("5-7", (5, 7)), (" 5- ", (5, None)), ("-7", (None, 7)), ("7-7", (7, 7))]
)
def test_positions_are_typed_as_a_number_or_as_a_span(text: str, span: Span) -> None:
    assert span_of("--position", text) == span


@pytest.mark.parametrize("text", ["", "-", "a", "5-a", "7-5", "1-2-3", "٣", "9" * 30])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--position"):
        span_of("--position", text)


def test_filters_are_told_by_the_names_of_their_options() -> None:
    filters = Filters(
        streams=("a", "b"), types=("c",), positions=((5, 7), (8, None), (9, 9)), ids=("i",), since=LONG_AGO
    )
    assert filters.described() == {
        "--stream": "a, b",
        "--type": "c",
        "--position": "5-7, 8-, 9",
        "--id": "i",
        "--since": LONG_AGO.isoformat(),
    }


def test_what_was_not_asked_for_is_counted_and_the_limit_comes_after_it(world: World) -> None:
    lacking(world, 12, [2, 3, 4, 6, 8, 11])
    planned = world.plan_confirmed(filters=Filters(streams=("order-1",)), limit=2)
    assert (planned.positions, planned.left_out()) == ([2, 4], {"filtered": 2, "limit": 2})
    assert planned.plan.filters == {"--stream": "order-1", "--limit": "2"}


def test_a_limit_counts_over_all_consumers(world: World) -> None:
    world.consumers["shipping"] = 'redelivery = "api"\nidempotent = true'
    rows = lacking(world, 9, [4, 5])
    world.receive(rows[:6], "shipping")
    world.stand(9, "shipping")
    planned = world.plan_confirmed(limit=3)
    assert [(each.consumer, each.event.position) for each in planned.events] == [
        ("billing", 4),
        ("billing", 5),
        ("shipping", 7),
    ]
    assert planned.left_out("shipping") == {"limit": 2}
