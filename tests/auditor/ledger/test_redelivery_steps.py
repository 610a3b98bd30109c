"""After any history of redeliveries the journal says of each event what a naive list of all lines says."""

import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.ledger import redelivery_lines
from checks.attempts import attempts_in
from checks.model.journal import Line
from checks.model.redelivery import Step
from tests.ledgers import config_of, opened
from tests.redeliveries import line, redelivery

PLANS = ("a", "b")
LINES = st.lists(
    st.builds(line, st.integers(1, 3), st.sampled_from(Step), st.sampled_from(("billing", "mail"))), max_size=6
)
HISTORIES = st.lists(st.tuples(st.sampled_from(PLANS), st.lists(LINES, max_size=3)), max_size=5)
"""Redeliveries one after the other: the plan of each, and the lines that were written at once."""

History = list[tuple[str, list[list[Line]]]]


def last_steps(history: History, plan: str) -> dict[tuple[str, str], Step]:
    """Of each consumer and event, by the list."""
    written = (each for of, writes in history if of == plan for lines in writes for each in lines)
    return {(each.consumer, each.key): each.step for each in written}


def steps_by_event(history: History) -> dict[tuple[str, str], list[Step]]:
    found: dict[tuple[str, str], list[Step]] = {}
    for each in (each for _, writes in history for lines in writes for each in lines):
        found.setdefault((each.consumer, each.key), []).append(each.step)
    return found


@settings(max_examples=30, deadline=None)
@given(HISTORIES)
def test_the_last_steps_and_the_attempts_are_those_of_the_list(history: History) -> None:
    with tempfile.TemporaryDirectory() as folder, opened(config_of(Path(folder) / "ledger.db")) as ledger:
        for plan, writes in history:
            number = ledger.begin_redelivery(redelivery(plan=plan))
            for lines in writes:
                ledger.journal(number, lines)
        for plan in PLANS:
            told = [((each.consumer, each.key), each.step) for each in ledger.steps_of(plan)]
            assert dict(told) == last_steps(history, plan)
            assert len(told) == len(dict(told))
        keys = [line(position, Step.SENDING).key for position in range(1, 4)]
        by_event = steps_by_event(history)
        for consumer in ("billing", "mail"):
            expected = {key: attempts_in(by_event.get((consumer, key), ())) for key in keys}
            assert ledger.attempts(consumer, keys) == expected


def test_many_events_are_read_without_holding_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redelivery_lines, "AT_ONCE", 200)
    events = 10_000
    with opened(config_of(tmp_path / "ledger.db")) as ledger:
        number = ledger.begin_redelivery(redelivery(plan="a"))
        for first in range(0, events, 1_000):
            ledger.journal(number, [line(position, Step.SENDING) for position in range(first, first + 1_000)])
        next(ledger.steps_of("a"))  # what is imported and compiled once is not what is measured
        tracemalloc.start()
        try:
            count = sum(1 for _ in ledger.steps_of("a"))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert count == events
    assert peak < 200 * events
