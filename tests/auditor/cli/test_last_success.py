"""When the last consistent run was, told by the metrics of runs that are not: out of the ledger, and of it alone."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from auditor.config import load
from checks.model.result import Audit
from tests.auditor.cli.prepared import auditor
from tests.auditor.cli.recorded import record
from tests.reports import samples

pytestmark = pytest.mark.usefixtures("folder")

MINUTE = timedelta(minutes=1)
WHOLE = (samples.log(), samples.consumer(), samples.consumer(name="mail"))
SUCCESS = "auditor_last_success_timestamp_seconds"
LAST = "auditor_last_run_timestamp_seconds"


def consistent(minutes: int, audits: tuple[Audit, ...] = WHOLE) -> float:
    """Record a run that began so many minutes after the one that is asked for. Returns when it was finished."""
    started = samples.STARTED + minutes * MINUTE
    finished = started + timedelta(seconds=3)
    result = replace(samples.result(*audits), run=f"run-{minutes}", started=started, finished=finished)
    record(load(Path("auditor.toml")), result)
    return finished.timestamp()


def metrics(*arguments: str, behaviour: str = "inconsistent", code: int = 1) -> dict[str, float]:
    outcome = auditor(*arguments, "--format", "prometheus", behaviour=behaviour)
    assert (outcome.code, outcome.stderr) == (code, "")
    families = text_string_to_metric_families(outcome.stdout)
    return {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}


def test_a_run_with_findings_says_when_the_last_consistent_one_was() -> None:
    consistent(-3)
    finished = consistent(-2)
    consistent(+1)
    said = metrics("check")
    assert (said[SUCCESS], said[LAST]) == (finished, samples.INCONSISTENT.finished.timestamp())


def test_a_run_that_audited_less_is_no_success_of_all() -> None:
    finished = consistent(-2)
    consistent(-1, WHOLE[:2])
    assert metrics("check")[SUCCESS] == finished


def test_a_consistent_run_is_the_last_success_itself() -> None:
    consistent(-2)
    said = metrics("check", behaviour="consistent", code=0)
    assert said[SUCCESS] == said[LAST] == samples.CONSISTENT.finished.timestamp()


@pytest.mark.parametrize("damage", [b"", b"no database"])
def test_where_the_ledger_does_not_say_nobody_knows(folder: Path, damage: bytes) -> None:
    if damage:
        (folder / ".auditor").mkdir()
        (folder / ".auditor" / "ledger.db").write_bytes(damage * 1_000)
    assert SUCCESS not in metrics("check")


def test_without_the_ledger_nobody_is_asked() -> None:
    consistent(-2)
    assert SUCCESS not in metrics("check", "--no-ledger")


def test_a_recorded_run_says_what_was_so_then() -> None:
    finished = consistent(-2)
    record(load(Path("auditor.toml")), samples.INCONSISTENT)
    consistent(+1)
    assert metrics("report", samples.INCONSISTENT.run, code=0)[SUCCESS] == finished
