"""The pictures in docs/graph.md are what the program draws of examples/auditor.toml."""

import re
from contextlib import closing
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

import auditor
from auditor.config import Config, load
from auditor.ledger import open_ledger
from checks.model.finding import Verdict
from checks.model.graph import Node
from reports.graph import FORMATS, render
from reports.graph.json_document import document
from tests.auditor.test_examples import ENVIRONMENT, EXAMPLE
from tests.ledgers import audit, began, config_of, finding, record, run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "graph.md").read_text(encoding="utf-8")


@pytest.fixture
def config() -> Config:
    return load(EXAMPLE, ENVIRONMENT)


def block(begin: str) -> str:
    found = re.search(rf"^```{re.escape(begin)}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_the_mermaid_picture_is_what_the_program_draws(config: Config) -> None:
    assert block("mermaid") == render(auditor.graph(config, ledger=False), "mermaid")


def test_the_tree_is_what_the_program_draws(config: Config, tmp_path: Path) -> None:
    unsent = finding([4, 5], "unsent", verdict=Verdict.UNKNOWN)
    logs = [audit(name=name, of="log") for name in ("orders", "orders-v1")]
    lost = audit(finding([7, 8, 9]), finding([9], "duplicate"), name="billing")
    with closing(open_ledger(config_of(tmp_path / "ledger.db"))) as ledger:
        record(
            ledger,
            run(0, audit(name="shipping")),
            run(130, *logs, audit(unsent, name="orders-outbox", of="log"), audit(name="order-table", of="state"), lost),
        )
        drawn = auditor.graph(config, ledger=ledger)
    then = began(130) + timedelta(minutes=5, seconds=8)
    assert f"$ auditor graph\n{render(replace(drawn, now=then), 'terminal')}" == block("")


def test_every_format_is_there_with_its_endings() -> None:
    for name, known in FORMATS.items():
        [row] = re.findall(rf"^\| `{name}` \|.*", PAGE, re.MULTILINE)
        assert all(f"`{ending}`" in row for ending in known.endings)


def test_every_key_of_the_document_is_there(config: Config) -> None:
    said = document(auditor.graph(config, ledger=False))
    keys = {*said, *(each.name for each in fields(Node)), "run", "at", "verdict", "found", "from", "to"} - {"schema"}
    assert {key for key in keys if f"`{key}`" not in PAGE} == set()
