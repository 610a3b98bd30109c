"""Runs out of a ledger compared, and what a pruning would remove. In SQLite and PostgreSQL."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from auditor.ledger import Ledger
from auditor.memory import ConsumerMemory, Memory
from checks.comparison import compare
from checks.model.comparison import Comparison, Counterpart, State
from checks.model.finding import Finding, Verdict
from checks.model.result import NotChecked
from checks.standing import Standing
from tests.ledgers import MINUTE, audit, began, finding, record, run


def compared(ledger: Ledger, earlier: str, later: str) -> Comparison:
    first, second = (Standing(ledger.result(each), ledger.openings(each)) for each in (earlier, later))
    return compare(first, second)


def positions(comparison: Comparison) -> dict[State, dict[int | None, timedelta]]:
    """Positions by what became of them, with how long they were open."""
    found: dict[State, dict[int | None, timedelta]] = {}
    for group in comparison.groups:
        found.setdefault(group.state, {}).update({each.event.position: each.lasted for each in group.changes})
    return found


@pytest.mark.parametrize("seed", range(3))
def test_any_two_of_many_runs_differ_by_what_they_found(ledger: Ledger, seed: int) -> None:
    chance = random.Random(seed)
    sets = [{each for each in range(8) if chance.random() < 0.5} for _ in range(7)]
    record(ledger, *(run(minute, audit(finding(sorted(each)))) for minute, each in enumerate(sets)))
    for first in range(len(sets)):
        for second in range(first + 1, len(sets)):
            found = positions(compared(ledger, f"run-{first}", f"run-{second}"))
            assert set(found.get(State.NEW, {})) == sets[second] - sets[first]
            assert set(found.get(State.OPEN, {})) == sets[second] & sets[first]
            assert set(found.get(State.HEALED, {})) == sets[first] - sets[second]
            assert set(found) <= {State.NEW, State.OPEN, State.HEALED}
            for position, lasted in found.get(State.NEW, {}).items():
                since = next(back for back in range(second, -1, -1) if back == 0 or position not in sets[back - 1])
                assert lasted == (second - since) * MINUTE


def test_what_is_only_waited_for_and_what_was_not_looked_at_is_not_healed(ledger: Ledger) -> None:
    skipped = NotChecked(audit="billing", check="missing", reason="no-inbox", message="no inbox")
    pending = finding([1, 2], verdict=Verdict.PENDING)
    record(
        ledger,
        run(0, audit(finding([1, 2]))),
        run(1, audit(pending)),
        run(2, audit(), not_checked=(skipped,)),
        run(3, audit(name="mail")),
        run(4, audit()),
    )
    [turned] = compared(ledger, "run-0", "run-1").groups
    assert (turned.state, turned.count) == (State.TURNED, 2)
    assert turned.counterpart == Counterpart(check="missing", verdict=Verdict.PENDING)
    assert set(positions(compared(ledger, "run-0", "run-2"))) == {State.UNJUDGED}
    assert set(positions(compared(ledger, "run-0", "run-3"))) == {State.UNJUDGED}
    assert positions(compared(ledger, "run-0", "run-4")) == {State.HEALED: {1: 4 * MINUTE, 2: 4 * MINUTE}}


def test_a_finding_that_names_no_event_is_as_old_as_the_ledger_says(ledger: Ledger) -> None:
    ahead = finding(check="cursor-ahead", count=1)
    record(ledger, *(run(minute, audit(ahead)) for minute in range(4)))
    assert positions(compared(ledger, "run-2", "run-3")) == {State.OPEN: {None: 3 * MINUTE}}


def test_more_events_than_are_tracked_are_neither_new_nor_healed_by_that(ledger: Ledger) -> None:
    def many(first: int) -> Finding:
        whole = finding(range(first, 12_000))
        ranges = ((first, 11_999),)
        return replace(whole, events=whole.events[:10_000], ranges=ranges)

    record(ledger, run(0, audit(many(1))), run(1, audit(many(501))))
    found = positions(compared(ledger, "run-0", "run-1"))
    assert {state: len(events) for state, events in found.items()} == {State.OPEN: 10_000, State.HEALED: 500}


def test_what_a_pruning_would_remove_is_what_it_removes(ledger: Ledger) -> None:
    for minute in range(5):
        learnt = Memory(consumers={"billing": ConsumerMemory(run=f"run-{minute}", at=began(minute))})
        ledger.record(run(minute, audit(finding([minute]))), learnt, {}, {"billing": f"key-{minute}"})
    would = ledger.prunable(began(3))
    assert (would.runs, would.openings) == (3, 2)
    assert would == ledger.prunable(began(3))
    assert ledger.prune(began(3)) == would
    assert ledger.prunable(began(3)).runs == 0
