"""A recorded run as a report: in every format the very text that the fresh run had."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from auditor.config import load
from auditor.demo import build, build_pipeline
from auditor.demo.faults import Fault
from auditor.earlier_runs import recorded
from reports import FORMATS, Appearance, render
from tests.auditor.cli.prepared import Outcome, called

EVERY_EVENT = ("--max-findings", "0")

ALIKE = [name for name, known in FORMATS.items() if not known.tells_more]
"""Those made of the result alone. The others also tell what was typed, and what the config and the ledger know."""


@pytest.fixture(scope="module", params=[build, build_pipeline], ids=["shop", "bank"])
def folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Losses of every kind, audited once; beside the databases a report of that run in each format."""
    fill: Callable[[Path], tuple[Fault, ...]] = request.param
    with TemporaryDirectory(prefix="auditor-formats-") as name:
        fill(Path(name))
        outputs = [part for each in FORMATS for part in ("--format", each, "--output", f"fresh.{each}")]
        assert called("check", *EVERY_EVENT, *outputs, folder=Path(name)) == Outcome(1, "", "")
        yield Path(name)


@pytest.mark.parametrize("format_name", ALIKE)
def test_a_recorded_run_is_reported_as_the_fresh_one_was(folder: Path, format_name: str) -> None:
    done = called("report", "last", "--format", format_name, *EVERY_EVENT, folder=folder)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == fresh(folder, format_name).splitlines()


@pytest.mark.parametrize("format_name", ALIKE)
def test_python_renders_what_the_command_line_does(folder: Path, format_name: str) -> None:
    outcome = recorded(load(folder / "auditor.toml"), "last", None)
    text = render(outcome, format_name, Appearance(samples=0))
    assert text.splitlines() == fresh(folder, format_name).splitlines()


def fresh(folder: Path, format_name: str) -> str:
    return (folder / f"fresh.{format_name}").read_text(encoding="utf-8")
