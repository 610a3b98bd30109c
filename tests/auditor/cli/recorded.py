"""Real runs in a real ledger: the shop of the integration tests on SQLite, audited and recorded as often as is asked.

A run is recorded under a moment of the test's own, so that durations are known without waiting for them.
"""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.audit import run
from auditor.config import Config, load
from auditor.ledger import TRACKED, open_ledger
from auditor.memory import Memory
from checks.model.result import Result

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def audit_and_record(config: Path, after: timedelta = timedelta(0), names: tuple[str, ...] = ()) -> str:
    """Audit what the config names, as if it were so long after noon, and record it. Returns the run's id."""
    loaded = load(config)
    result = run(loaded, names=names, max_findings=TRACKED)
    started = NOON + after
    moved = replace(
        result,
        run=f"{started:%Y%m%dT%H%M%SZ}-5ba1ad",
        started=started,
        finished=started + timedelta(milliseconds=400),
    )
    return record(loaded, moved)


def record(config: Config, result: Result) -> str:
    """Record a result, whatever it says. Returns the run's id."""
    with closing(open_ledger(config.ledger)) as ledger:
        return ledger.record(result, Memory(), {}, {}).run
