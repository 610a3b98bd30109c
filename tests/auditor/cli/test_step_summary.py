"""The summary of a step in GitHub Actions: the report in Markdown behind what is there, and never a reason to fail."""

from pathlib import Path

import pytest

from auditor.cli.step_summary import MOST_BYTES
from reports import render
from tests.auditor.cli.prepared import Outcome, auditor
from tests.reports import samples

pytestmark = pytest.mark.usefixtures("folder")


def check(summary: Path | str, *arguments: str, behaviour: str = "inconsistent") -> Outcome:
    return auditor("check", *arguments, behaviour=behaviour, env={"GITHUB_STEP_SUMMARY": str(summary)})


@pytest.mark.parametrize(("behaviour", "code"), [("consistent", 0), ("inconsistent", 1), ("undecided", 3)])
def test_the_report_is_appended_whatever_the_format_and_the_verdict(folder: Path, behaviour: str, code: int) -> None:
    summary = folder / "summary.md"
    summary.write_text("# From others", encoding="utf-8")
    outcome = check(summary, "--format", "github", "--quiet", behaviour=behaviour)
    assert (outcome.code, outcome.stderr) == (code, "")
    report = render(samples.ALL[behaviour], "markdown")
    assert summary.read_text(encoding="utf-8") == f"# From others\n{report}\n"


def test_two_runs_of_one_step_are_two_reports(folder: Path) -> None:
    check(folder / "new.md", behaviour="consistent")
    check(folder / "new.md", behaviour="undecided")
    text = (folder / "new.md").read_text(encoding="utf-8")
    assert text.index("**consistent**") < text.index("\n\n🟡 **unknown**")


def test_its_commands_name_the_config_that_was_named(folder: Path) -> None:
    check(folder / "new.md", "--config", "auditor.toml")
    assert "`auditor check --config auditor.toml orders billing mail`" in (folder / "new.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("none/summary.md", "No such file or directory"),
        (".", "Is a directory"),
        ("/dev/full", "No space left on device"),
    ],
)
@pytest.mark.parametrize(("behaviour", "code"), [("consistent", 0), ("inconsistent", 1)])
def test_where_it_cannot_be_written_that_is_one_line_and_nothing_else(
    place: str, why: str, behaviour: str, code: int
) -> None:
    outcome = check(place, "--format", "json", behaviour=behaviour)
    assert outcome.code == code
    assert outcome.stderr == f"warning: cannot add to the summary of the step, {place!r}: {why}\n"
    assert outcome.stdout == auditor("check", "--format", "json", behaviour=behaviour).stdout


def test_what_others_have_written_is_not_lost_for_ours(folder: Path) -> None:
    summary = folder / "summary.md"
    summary.write_bytes(b"x" * (MOST_BYTES - 100))
    outcome = check(summary)
    assert outcome.code == 1
    assert outcome.stderr.endswith(": it would become larger than GitHub takes\n")
    assert summary.stat().st_size == MOST_BYTES - 100


def test_outside_of_github_actions_nothing_is_written(folder: Path) -> None:
    before = sorted(folder.iterdir())
    auditor("check", env={"GITHUB_STEP_SUMMARY": ""})
    assert sorted(folder.iterdir()) == before
