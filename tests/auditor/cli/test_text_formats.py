"""The formats for channels, CI and monitoring as ``auditor check`` writes them: whole, and without a say in its end."""

import subprocess
import sys
from pathlib import Path

import pytest

from reports import FORMATS, render
from tests.auditor.cli.prepared import PATIENCE, auditor, environment
from tests.reports import samples

FORMAT_NAMES = ("markdown", "junit", "prometheus", "github", "nagios")

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize("format_name", FORMAT_NAMES)
@pytest.mark.parametrize(("behaviour", "code"), [("consistent", 0), ("inconsistent", 1), ("undecided", 3)])
def test_the_exit_code_is_that_of_the_contract_with_every_format(format_name: str, behaviour: str, code: int) -> None:
    outcome = auditor("check", "--format", format_name, behaviour=behaviour)
    assert (outcome.code, outcome.stderr) == (code, "")
    assert outcome.stdout == render(samples.ALL[behaviour], format_name)


def test_files_are_known_by_their_endings(folder: Path) -> None:
    names = {f"audit{ending}": name for name in FORMAT_NAMES for ending in FORMATS[name].endings}
    outputs = [f"--output={file}" for file in names]
    assert auditor("check", *outputs, behaviour="hostile").code == 1
    for file, name in names.items():
        assert (folder / file).read_text(encoding="utf-8") == render(samples.HOSTILE, name)


def test_commands_in_a_file_name_the_config_that_was_named(folder: Path) -> None:
    auditor("check", "--config", "auditor.toml", "--output", "audit.md", behaviour="inconsistent")
    assert "`auditor check --config auditor.toml orders billing mail`" in (folder / "audit.md").read_text("utf-8")


def test_nothing_is_imported_for_a_format_that_nobody_asked_for() -> None:
    code = (
        "import sys; from tests.reports import samples; from reports import render;"
        "[render(samples.HOSTILE, name) for name in ('json', 'jsonl')];"
        "print([name for name in ('prometheus_client', 'xml.etree', 'rich', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment({}), capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert done.stdout == "[]\n"
