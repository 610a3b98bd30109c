"""Plans of small generated histories, against what a naive reading of the rules says of each event."""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.redelivery.planning.filters import Filters
from checks.model.redelivery import Order, PlannedEvent
from tests.auditor.redelivery.planning.world import COMMAND, Planned, Row, World, world_in


class Fate(StrEnum):
    """What becomes of an event at the consumer: at which of three looks it is there, and how."""

    DONE = "done"
    DONE_LATER = "done-later"
    DONE_LAST = "done-last"
    BEGUN = "begun"
    PARKED = "parked"
    LOST = "lost"


FATES = [*Fate, *[Fate.DONE] * 3, *[Fate.LOST] * 5]
TYPES = [*["OrderPlaced"] * 8, "OrderNever", "OrderEnded", "Noise"]


class Told(NamedTuple):
    """An event of a history, by position; ``slip``: where its version stands among those of its stream."""

    stream: str | None
    type: str
    fate: Fate
    slip: int


@dataclass(frozen=True)
class History:
    """Events at the positions from 1 on; where the cursor stands at the first look and from the second on."""

    told: Sequence[Told]
    stands: tuple[int, int]

    @property
    def rows(self) -> list[Row]:
        ranked: dict[str | None, list[tuple[int, int]]] = defaultdict(list)
        for number, each in enumerate(self.told):
            ranked[each.stream].append((each.slip, number))
        version = {number: nth + 1 for group in ranked.values() for nth, (_, number) in enumerate(sorted(group))}
        return [
            Row(position=n + 1, stream=each.stream, version=None if each.stream is None else version[n], type=each.type)
            for n, each in enumerate(self.told)
        ]

    def fate(self, row: Row) -> Fate:
        return self.told[row.position - 1].fate

    def is_done(self, row: Row, look: int) -> bool:
        return self.fate(row) in [Fate.DONE, Fate.DONE_LATER, Fate.DONE_LAST][: look + 1]

    def is_missing(self, row: Row, look: int) -> bool:
        has_trace = self.is_done(row, look) or self.fate(row) in (Fate.BEGUN, Fate.PARKED)
        return is_wanted(row) and row.position <= self.stands[min(look, 1)] and not has_trace


def is_wanted(row: Row) -> bool:
    return row.type.startswith("Order")


TOLD = st.builds(
    Told, st.sampled_from(["a", "a", "b", None]), st.sampled_from(TYPES), st.sampled_from(FATES), st.integers(0, 3)
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    told = draw(st.lists(TOLD, min_size=5, max_size=10))
    count = len(told)
    stands = sorted(draw(st.tuples(*[st.sampled_from([count, count, count - 1, count // 2])] * 2)))
    return History(told, (stands[0], stands[1]))


def built(history: History, world: World, look: int) -> None:
    """The consumer as it is at a look: what it got since the one before is added."""
    arrives = [Fate.DONE, Fate.DONE_LATER, Fate.DONE_LAST][look]
    world.receive(row for row in history.rows if history.fate(row) is arrives)
    if look == 0:
        world.write(history.rows)
        world.receive((row for row in history.rows if history.fate(row) is Fate.BEGUN), status="begun")
        world.park(row for row in history.rows if history.fate(row) is Fate.PARKED)
    world.stand(history.stands[min(look, 1)])


def expected(history: History, filters: Filters) -> tuple[list[Row], Counter[str]]:
    """What is planned, in no order, and what is left out of what was missing twice and still is."""
    planned, left = [], Counter[str]()
    for row in history.rows:
        if not history.is_missing(row, 1):
            continue
        if not history.is_missing(row, 2):
            left["arrived"] += 1
        elif any(low is not None and row.position < low for low, _ in filters.positions):
            left["filtered"] += 1
        elif not history.is_missing(row, 0):
            left["seen-once"] += 1
        elif row.type == "OrderNever":
            left["never"] += 1
        elif any(other.type == "OrderEnded" for other in later(row, history.rows)):
            left["ended"] += 1
        else:
            planned.append(row)
    return planned, left


def later(row: Row, rows: Iterable[Row]) -> list[Row]:
    """What comes after it in its stream."""
    if row.stream is None or row.version is None:
        return []
    return [other for other in rows if other.stream == row.stream and (other.version or 0) > row.version]


def is_superseded(row: Row, history: History) -> bool:
    return any(is_wanted(other) and history.is_done(other, 2) for other in later(row, history.rows))


def in_order(rows: Sequence[Row]) -> list[Row]:
    """By position, but the places of a stream are taken by its events in the order of their versions."""
    places: dict[int, Row] = {}
    for stream in {row.stream for row in rows}:
        some = [row for row in rows if row.stream == stream]
        turns = some if stream is None else sorted(some, key=lambda row: row.version or 0)
        places |= dict(zip(sorted(row.position for row in some), turns, strict=True))
    return [places[position] for position in sorted(places)]


def strictly(planned: Sequence[Row], history: History) -> list[Row]:
    """With what comes after in the streams that went on, up to what was processed last, as far as it may be sent."""
    found = {row.position: row for row in planned}
    for stream in {row.stream for row in planned if is_superseded(row, history)}:
        first = min((row for row in planned if row.stream == stream), key=lambda row: row.version or 0)
        last = max(row.version or 0 for row in later(first, history.rows) if is_wanted(row) and history.is_done(row, 2))
        for row in later(first, history.rows):
            if (
                (row.version or 0) <= last
                and is_wanted(row)
                and row.type != "OrderNever"
                and history.fate(row) is not Fate.PARKED
            ):
                found[row.position] = row
    return list(found.values())


def follows(rows: Sequence[Row], history: History) -> list[bool]:
    said, before = [], list[int]()
    for row in rows:
        between = range(before[-1] + 1, row.position) if before else range(0)
        is_next = bool(before) and before[-1] == max(before) and row.position > before[-1]
        said.append(is_next and not any(is_wanted(history.rows[n - 1]) for n in between))
        before.append(row.position)
    return said


def planned_by(history: History, folder: Path, order: Order, filters: Filters) -> Planned:
    with world_in(folder) as world:
        world.target = COMMAND + 'never = ["OrderNever"]\nended = ["OrderEnded"]\n'
        world.consumers["billing"] += '\ntypes = ["Order*"]'
        for look in range(2):
            built(history, world, look)
            world.audit()
        built(history, world, 2)
        return world.plan(run="last", order=order, filters=filters)


def seen(events: Sequence[PlannedEvent]) -> list[tuple[int | None, bool]]:
    return [(each.event.position, each.follows) for each in events]


@settings(max_examples=40)
@given(histories(), st.sampled_from(Order), st.sampled_from([Filters(), Filters(positions=((3, None),))]))
def test_a_plan_holds_what_was_missing_twice_and_still_is_and_nothing_else(
    history: History, order: Order, filters: Filters
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        planned = planned_by(history, Path(folder), order, filters)
    rows, left = expected(history, filters)
    superseded = {row.position for row in rows if is_superseded(row, history)}
    if order is Order.STRICT:
        rows = strictly(rows, history)
    rows = in_order(rows)
    assert seen(planned.events) == list(zip([row.position for row in rows], follows(rows, history), strict=True))
    assert {each.event.position for each in planned.events if each.superseded} == superseded
    assert planned.part().comes_again == sum(history.is_done(row, 2) for row in rows)
    if order is Order.AS_IS:
        told = planned.left_out()
        assert Counter({reason: told.get(reason, 0) for reason in left}) == left
        assert set(told) - set(left) <= {"pending", "parked"}
