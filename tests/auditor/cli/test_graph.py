"""``auditor graph`` as a process: on configs, with and without a ledger that can be read."""

import json
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.config import load
from auditor.ledger import open_ledger
from tests.auditor.cli.prepared import PATIENCE, auditor, environment
from tests.ledgers import audit, finding, record, run
from tests.reports.graph.pictures import read_dot, read_mermaid

pytestmark = pytest.mark.usefixtures("folder")


def recorded(age: timedelta) -> None:
    """A run of that age, in which billing lost three events and orders nothing."""
    result = run(0, audit(finding([5, 6, 7])), audit(name="orders", of="log", upstream=None))
    now = datetime.now(UTC)
    moved = type(result)(run="r-1", started=now - age, finished=now - age, audits=result.audits)
    with closing(open_ledger(load().ledger)) as ledger:
        record(ledger, moved)


def test_it_draws_the_pipeline_without_asking_a_store() -> None:
    outcome = auditor("graph")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout == "orders      log       never audited\n└─ billing  consumer  never audited\n"
    assert not Path(".auditor").exists()
    assert not Path("shop.db").exists()


def test_the_last_verdicts_are_shown_with_their_age() -> None:
    recorded(timedelta(hours=2, minutes=30))
    outcome = auditor("graph")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout == (
        "orders      log       consistent, 2h ago\n└─ billing  consumer  inconsistent, 2h ago: 3 missing\n"
    )


def test_without_the_ledger_no_verdict_is_shown() -> None:
    recorded(timedelta(hours=2))
    outcome = auditor("graph", "--no-ledger")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout == ("orders      log\n└─ billing  consumer\n\nwithout verdicts: the ledger was not asked\n")


def test_a_ledger_that_cannot_be_read_is_told_and_the_pipeline_drawn_all_the_same() -> None:
    Path(".auditor").mkdir()
    Path(".auditor/ledger.db").write_text("no ledger" * 100)
    outcome = auditor("graph", "--format", "json")
    assert outcome.code == 0
    [line] = outcome.stderr.splitlines()
    assert line.startswith("warning: no verdicts are shown: ledger ")
    assert "the file is no ledger" in line
    read = json.loads(outcome.stdout)
    assert line.endswith(read["not_read"])
    assert [node["last"] for node in read["nodes"]] == [None, None]


def test_each_format_goes_where_it_is_sent() -> None:
    recorded(timedelta(minutes=5))
    outcome = auditor(
        "graph", "--output", "a.mmd", "--output", "a.gv", "--format", "json", "--output", "a", "--output", "a.txt"
    )
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "", "")
    for drawn in (read_mermaid(Path("a.mmd").read_text()), read_dot(Path("a.gv").read_text())):
        assert drawn.edges_by_name() == [("orders", "billing")]
        assert drawn.labels["n2"] == ["billing", "consumer", "inconsistent, 5m ago", "3 missing"]
    assert json.loads(Path("a").read_text())["schema"] == "auditor.graph/1"
    assert "└─ billing" in Path("a.txt").read_text()


def test_another_config_may_be_named() -> None:
    Path("other.toml").write_text('[stores.s]\nurl = "sqlite:///s.db"\n[logs.l]\nstore="s"\ntable="t"\nposition="p"\n')
    assert auditor("graph", "--config", "other.toml").stdout == "l  log  never audited\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--format", "svg"), "error: --format 'svg': no such format (known: 'terminal', 'mermaid', 'dot', 'json')"),
        (("--format", "mermiad"), "error: --format 'mermiad': no such format (did you mean 'mermaid'?)"),
        (("--output", "a.svg"), "error: --output 'a.svg': put a --format right before it, or end it in one of "),
        (("--output", "no/a.dot"), "error: --output 'no/a.dot': there is no folder 'no'"),
        (("--config", "absent.toml"), "error: absent.toml cannot be read: no such file or directory"),
        (("billing",), "error: got unexpected extra argument"),
    ],
)
def test_what_is_typed_wrong_ends_with_2_and_nothing_on_standard_output(arguments: tuple[str, ...], told: str) -> None:
    outcome = auditor("graph", *arguments)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith(told)


def test_no_driver_is_needed_for_a_picture_without_verdicts() -> None:
    loaded = "import sys; from auditor.cli.program import run; run(['graph', '--no-ledger']); "
    code = f"{loaded} print([name for name in sys.modules if name.startswith(('sqlalchemy', 'psycopg', 'alembic'))])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE, env=environment({})
    )
    assert done.stdout.splitlines()[-1] == "[]"
