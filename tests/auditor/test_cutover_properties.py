"""``auditor.cutover`` over any history: what was processed and what will be read cover every event, and no more."""

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.auditor.test_cutover import said
from tests.cutovers import OLD, SMALLEST, YOUNG, Derived, Upstream, World

TYPES = ["OrderPlaced", "Heartbeat"]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    count = draw(st.integers(0, 6))
    upstream = [
        Upstream(n, draw(st.sampled_from(TYPES)), draw(st.sampled_from([OLD, OLD, YOUNG]))) for n in range(count)
    ]
    numbers = st.lists(st.integers(0, max(count - 1, 0)), max_size=8 if count else 0)
    complete = st.permutations(range(count))
    rows = st.one_of(numbers, complete, st.just(list(range(count))))
    old = [
        Derived(number, place, draw(st.sampled_from(["Placed", "Shipped"])), draw(st.sampled_from([1, 1, 1, 0])))
        for place, number in enumerate(draw(rows), draw(st.integers(1, 3)))
    ]
    new = [
        Derived(number, place, shown=draw(st.sampled_from([1, 1, 1, 0]))) for place, number in enumerate(draw(rows), 1)
    ]
    positions = [row.position for row in old]
    some = st.lists(st.sampled_from(positions), unique=True) if positions else st.just([])
    done = draw(st.one_of(some, st.just(positions)))
    return World(
        upstream=upstream,
        old=old,
        new=new,
        done=done,
        begun=[position for position in draw(some) if position not in done],
        parked=[position for position in draw(some) if position not in done],
        cursor=str(draw(st.integers(0, 9))),
        by_position=draw(st.booleans()),
        logs={"v1": {"types": draw(st.sampled_from([None, None, ["Order*"]]))}},
        consumer={
            "types": draw(st.sampled_from([None, None, ["Placed"]])),
            "start": draw(st.sampled_from(["first", "first", 2])),
        },
    )


def concerning(world: World) -> dict[int, bool]:
    """The events that the consumer should have, by number, and whether it is proven to have processed each."""
    types, start = world.consumer["types"], world.consumer["start"]
    found = {}
    for event in world.upstream:
        rows = [row for row in world.old if row.number == event.number]
        wanted = [
            row.position
            for row in rows
            if row.shown and (types is None or row.type in types) and (start == "first" or row.position >= start)
        ]
        if wanted:
            found[event.number] = set(wanted) <= set(world.done)
        elif not rows and (world.logs["v1"]["types"] is None or event.type.startswith("Order")):
            found[event.number] = False
    return found


@settings(max_examples=50)
@given(worlds())
@example(replace(SMALLEST, logs={"v1": {"types": None}}, consumer={"types": None, "start": "first"}))
def test_what_v1_had_processed_and_v2_from_there_cover_every_event_and_no_higher_start_would_do(world: World) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = said(world, Path(folder))
    choice, events = found.choice, concerning(world)
    assert choice is not None
    visible = [row for row in world.new if row.shown]
    there = {row.number for row in visible}
    times = {event.number: event.time for event in world.upstream}
    lost = {n for n, processed in events.items() if not processed and n not in there and times[n] == OLD}
    assert {event.position for event in choice.lost.events} == {n * 10 for n in lost}
    assert (choice.start is None) is bool(lost)
    if choice.start is None:
        return
    head = max((row.position for row in world.new), default=0)
    to_read = {n for n, processed in events.items() if not processed}

    def skipped(start: int) -> set[int]:
        return {n for n in to_read if any(row.number == n and row.position <= start for row in visible)}

    assert choice.start <= head
    assert skipped(choice.start) == set()
    assert choice.start == head or skipped(choice.start + 1)
    twice = [row.position for row in visible if row.position > choice.start and events.get(row.number or 0)]
    assert [event.position for event in choice.twice.events] == twice
