"""After any sequence of runs the ledger says of each of them what was open then, as a naive account of it does."""

import tempfile
from pathlib import Path
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from checks.model.finding import Verdict
from tests.ledgers import audit, config_of, finding, opened, record, run

POSITIONS = range(1, 6)
CHECKS = ("missing", "duplicate")


class Look(NamedTuple):
    """What one run says of one audit: whether it could decide, and the verdict on each event that it names."""

    decided: bool
    said: dict[tuple[str, int], Verdict]


LOOKS = st.builds(
    Look,
    decided=st.integers(0, 4).map(bool),
    said=st.dictionaries(st.tuples(st.sampled_from(CHECKS), st.sampled_from(POSITIONS)), st.sampled_from(Verdict)),
)
RUNS = st.lists(st.dictionaries(st.sampled_from(("billing", "mail")), LOOKS), max_size=8)

Open = dict[tuple[str, str, int], int]
"""By audit, check and position: the run since which an event is open."""


def account(runs: list[dict[str, Look]]) -> list[Open]:
    """What is open after each run."""
    now: Open = {}
    after = []
    for number, looks in enumerate(runs):
        for name, look in looks.items():
            now = _looked(now, name, look, number)
        after.append(now)
    return after


def _looked(before: Open, name: str, look: Look, number: int) -> Open:
    now = dict(before)
    for check in CHECKS:
        for position in POSITIONS:
            verdict = look.said.get((check, position))
            if verdict in (Verdict.CONFIRMED, Verdict.UNKNOWN):
                now.setdefault((name, check, position), number)
            elif look.decided and verdict is not Verdict.PENDING:
                now.pop((name, check, position), None)
    return now


@given(RUNS)
@settings(max_examples=40)
def test_what_was_open_is_known_of_every_run(runs: list[dict[str, Look]]) -> None:
    expected = account(runs)
    with tempfile.TemporaryDirectory() as folder, opened(config_of(Path(folder, "ledger.db"))) as ledger:
        for number, looks in enumerate(runs):
            audits = [
                audit(
                    *(finding([at], check, verdict=verdict) for (check, at), verdict in look.said.items()),
                    name=name,
                    **({} if look.decided else {"totals": None}),
                )
                for name, look in looks.items()
            ]
            record(ledger, run(number, *audits))
        for number, wanted in enumerate(expected):
            found = {
                (each.audit, each.check, each.event.position): _number(each.opened_run)
                for each in ledger.openings(f"run-{number}")
            }
            assert found == wanted
            healed = [each.closed_run for each in ledger.openings(f"run-{number}")]
            assert all(each is None or _number(each) > number for each in healed)


def _number(run: str | None) -> int:
    assert run is not None
    return int(run.removeprefix("run-"))
