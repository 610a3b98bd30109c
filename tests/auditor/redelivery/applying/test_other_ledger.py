"""Only the ledger that a plan was made with knows what was sent by it."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete

from auditor.errors import RefusedError
from auditor.exit_codes import ExitCode
from auditor.ledger import open_ledger
from auditor.ledger.schema import runs
from tests.auditor.redelivery.applying.world import Case


def elsewhere(case: Case) -> Path:
    """The same config, reached by a link in another folder, beside which there is no ledger yet."""
    folder = case.folder / "elsewhere"
    folder.mkdir()
    link = folder / "auditor.toml"
    link.symlink_to(case.config_file)
    return link


@pytest.mark.parametrize("execute", [True, False])
def test_a_config_reached_by_a_link_has_another_ledger_and_is_refused(execute: bool, tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.apply(case.recorder(delivers=False))
    case.config_file = elsewhere(case)
    recorder = case.recorder()
    with pytest.raises(RefusedError) as raised:
        case.apply(recorder, execute=execute)
    said = str(raised.value)
    assert said.startswith("run 'run-1', which the plan goes by, is not in the ledger ")
    assert str(tmp_path / "elsewhere") in said
    assert said.endswith("(use the ledger that the plan was made with, or plan again)")
    assert "\n" not in said
    assert raised.value.exit_code is ExitCode.UNDECIDED
    assert recorder.batches == []
    assert not (tmp_path / "elsewhere" / ".auditor").exists()


def test_a_plan_of_which_the_run_could_not_be_recorded_is_applied_with_any_ledger(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.write_plan(run="lost", recorded=False, first_sighting=True)
    shutil.rmtree(tmp_path / ".auditor")
    assert case.apply(case.recorder()).total("accepted") == 10


def test_a_plan_that_was_applied_goes_on_when_its_run_was_pruned(tmp_path: Path) -> None:
    case = Case(tmp_path)
    assert case.apply(case.recorder()).total("accepted") == 10
    with closing(open_ledger(case.config.ledger)) as ledger, ledger._database.writing() as connection:
        connection.execute(delete(runs))
    assert case.apply(case.recorder()).total("before") == 10
