"""docs/trace.md is what the command prints: it is typed once more, on a small pipeline.

After a change that the page has to follow, ``AUDITOR_RETYPE=1`` in the environment writes the page anew instead.
"""

import os
import re
import shlex
import subprocess
from pathlib import Path

from tests.auditor.cli.prepared import PATIENCE, ROOT, environment
from tests.auditor.tracing.pipeline import Pipeline, at, pipeline_in
from tests.integration.shop import COMMAND

PAGE = ROOT / "docs" / "trace.md"
TYPED = re.compile(r"```\n\$ (auditor trace [^\n]*)\n.*?```", re.DOTALL)


def fill(pipeline: Pipeline) -> None:
    """One event that got everywhere, one that billing lost, and a receipt of one that is in no log."""
    pipeline.happy()
    pipeline.write("events", (3, "e3", "order-1", 3, "OrderShipped", at(60)))
    pipeline.write("outbox", (13, "e3", at(60), None))
    pipeline.write("v1", (23, "m3", "e3", "OrderShipped", at(60.125)))
    pipeline.execute("UPDATE publishers SET last_position = 3")
    pipeline.execute("UPDATE cursors SET last_position = 23")
    pipeline.write("inbox", ("billing", "m9", at(5), "done"))
    pipeline.configured()


def typed(folder: Path, line: str) -> str:
    done = subprocess.run(
        [*COMMAND, *shlex.split(line)[1:]],
        cwd=folder,
        env=environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return f"```\n$ {line}\n{done.stdout.rstrip()}\n```"


def test_the_page_is_what_the_command_prints(tmp_path: Path) -> None:
    with pipeline_in(tmp_path) as pipeline:
        fill(pipeline)
        page = PAGE.read_text(encoding="utf-8")
        now = TYPED.sub(lambda match: typed(tmp_path, match[1]), page)
    if os.environ.get("AUDITOR_RETYPE"):
        PAGE.write_text(now, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == now
    assert len(TYPED.findall(now)) == 4
    assert "not received" in now
    assert "found in no log: id m9" in now
    assert str(tmp_path) not in now
