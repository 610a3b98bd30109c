"""A run that carries more events than are recorded: what is known is hidden, and nothing else is lost."""

from pathlib import Path

from auditor.config import load
from auditor.deadline import Deadline
from auditor.ledger import TRACKED
from auditor.observer import Silent
from auditor.recorder import recorder_for
from checks.model.known import BaselineEntry
from checks.units import identities
from tests.integration.shop import settings, write_config
from tests.ledgers import NOTHING_LEARNT, audit, began, finding, opened, run


def test_events_beyond_those_that_are_recorded_stay_in_the_result(tmp_path: Path) -> None:
    config = load(write_config(tmp_path, settings("sqlite:///shop.db")))
    known, many = finding([5, 6]), finding(range(1, TRACKED + 11))
    entry = BaselineEntry(
        fingerprint=known.fingerprint("billing"),
        audit="billing",
        check=known.check,
        partition=None,
        verdict=known.verdict,
        units=identities(known).units,
        why="ticket 7",
        owner="kim",
        added=began(0),
        run="run-0",
    )
    with opened(config.ledger) as ledger:
        ledger.add_to_baseline([entry])
        recorder = recorder_for(config, ledger, Silent(), Deadline())
        assert recorder is not None
        [judged] = recorder.record(run(1, audit(many)), NOTHING_LEARNT).audits
    [new] = judged.findings
    assert [event.position for event in new.events] == [each for each in range(1, TRACKED + 11) if each not in (5, 6)]
    assert (new.count, [each.count for each in judged.known]) == (TRACKED + 8, [2])
