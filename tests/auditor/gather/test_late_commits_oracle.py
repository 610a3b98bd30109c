"""Histories of transactions and looks, held against a naive oracle that knows when each of them was committed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from auditor.gather.horizon import RARELY, LateCommits, View, glanced, widened
from auditor.ledger.memory_documents import horizon_document, horizon_from
from auditor.memory import Horizon
from checks.model.event import Event

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Written:
    """One row: its own time, and the moment in which it could be seen first, in seconds."""

    partition: str | None
    position: int
    time: int
    committed: int


@dataclass(frozen=True, slots=True)
class Look:
    """A run at a moment, in seconds: of the log itself, of somebody who reads it, or one that proves nothing."""

    at: int
    of: str


@dataclass(frozen=True, slots=True)
class History:
    rows: tuple[Written, ...]
    looks: tuple[Look, ...]
    limit: int


@st.composite
def histories(draw: DrawFn) -> History:
    """Positions are drawn when a transaction begins, in any order with its time: clients' clocks are wrong."""
    rows = []
    for partition in draw(st.sampled_from([(None,), ("eu", "us")])):
        for position in range(1, draw(st.integers(1, 6)) + 1):
            time = draw(st.integers(-200, 100))
            committed = draw(st.integers(max(time - 20, 0), 140))
            rows.append(Written(partition, position, time, committed))
    moments = draw(st.lists(st.integers(0, 160), min_size=1, max_size=9, unique=True))
    kinds = st.sampled_from(("log", "log", "reader", "reader", "glance"))
    return History(
        tuple(rows),
        tuple(Look(at, draw(kinds)) for at in sorted(moments)),
        draw(st.integers(1, 60)),
    )


def visible(history: History, at: int) -> dict[str | None, list[int]]:
    found: dict[str | None, list[int]] = {}
    for row in history.rows:
        if row.committed <= at:
            found.setdefault(row.partition, []).append(row.position)
    return {partition: sorted(positions) for partition, positions in found.items()}


def after(look: Look, history: History, before: Horizon | None) -> Horizon | None:
    """What is known after one more look, as the ledger gives it back."""
    at, seen = BEGAN + look.at * SECOND, visible(history, look.at)
    if look.of == "glance":
        known = before if before is None else glanced(before, at)
    else:
        heads = {partition: positions[-1] for partition, positions in seen.items()}
        holes = [
            (partition, position, position)
            for partition, positions in seen.items()
            for position in range(1, positions[-1])
            if position not in positions
        ]
        shown = View(at=at, heads=heads, holes=tuple(holes) if look.of == "log" else ())
        known = widened(before, shown, history.limit * SECOND)
    return known if known is None else horizon_from(horizon_document(known))


def there_for(row: Written, now: int, known: Horizon | None, limit: int) -> float:
    """For how long a row counts as seen, in seconds."""
    event = Event(partition=row.partition, position=row.position, time=BEGAN + row.time * SECOND)
    found = LateCommits(known).of(event, BEGAN + now * SECOND, limit * SECOND)
    return min(now - row.time, now - row.time if found is None else found.visible_for / SECOND)


def proof_against(row: Written, history: History, now: int) -> tuple[int, int] | None:
    """The last look before ``now`` that shows that the row was not there, and the next run that read the log.

    A look at the log itself shows it of all places; that of a reader of those above the head that it saw.
    """
    looks = [look for look in history.looks if look.at < now]
    for number in reversed(range(len(looks))):
        look, seen = looks[number], visible(history, looks[number].at).get(row.partition, [])
        is_above = not seen or row.position > seen[-1]
        if look.at < row.committed and (look.of == "log" or (look.of == "reader" and is_above)):
            return look.at, min([each.at for each in looks[number + 1 :]], default=now)
    return None


@settings(max_examples=300)
@given(histories())
def test_nothing_is_older_than_some_run_proves_and_nothing_waits_longer_than_for_one_more_run(history: History) -> None:
    known: Horizon | None = None
    for look in history.looks:
        for row in history.rows:
            if row.committed > look.at:
                continue
            counts, own = there_for(row, look.at, known, history.limit), look.at - row.time
            proof = proof_against(row, history, look.at)
            if proof is None or row.time >= proof[0]:
                assert counts == own, "its own time is all that is known, and nothing speaks against it"
                continue
            empty, by = proof
            is_rare = by - empty > RARELY * history.limit
            expected = min(own, look.at - (empty if is_rare else by))
            if look.at - by <= 2 * history.limit:
                assert counts == expected
            if by >= row.committed and not is_rare:
                assert counts <= max(look.at - row.committed, 0) or look.at - by > 2 * history.limit, "no false alarm"
            assert counts + (by - empty) * (not is_rare) >= min(own, look.at - row.committed), "no loss is hidden"
        known = after(look, history, known)
