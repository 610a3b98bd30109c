"""``auditor demo``: what it passes on, and how it ends."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from auditor.cli.program import run
from reports import Appearance


@pytest.mark.parametrize(("agreed", "code"), [(True, 0), (False, 3)])
def test_the_demo_ends_with_0_only_where_found_is_what_was_injected(
    agreed: bool, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run_demo(keep: Path | None, *, say: Callable[[str], None], appearance: Appearance) -> bool:
        say(f"kept in {keep}, width {appearance.width}\n")
        return agreed

    prepared = ModuleType("auditor.demo")
    vars(prepared)["run_demo"] = run_demo
    monkeypatch.setitem(sys.modules, "auditor.demo", prepared)
    assert run(["demo", "--keep", "here"]) == code
    assert capsys.readouterr() == ("kept in here, width None\n", "")
