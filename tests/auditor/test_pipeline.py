"""The pipeline that a config describes, and which of its parts were audited."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

import auditor
from auditor.config import Config
from auditor.errors import ConfigError
from auditor.ledger import LedgerError, open_ledger
from auditor.pipeline import NOT_ASKED
from checks.model.graph import Graph
from checks.model.result import Outcome
from tests.auditor.configs import PIPELINE, read, with_line
from tests.ledgers import audit, began, finding, record, run


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return read(tmp_path, PIPELINE)


def edges(graph: Graph) -> list[tuple[str, str]]:
    return [(edge.before, edge.after) for edge in graph.edges]


def test_it_has_every_log_state_and_consumer_in_the_order_of_the_config(config: Config) -> None:
    nodes = auditor.graph(config, ledger=False).nodes
    assert [(node.name, node.kind, node.store) for node in nodes] == [
        ("orders", "log", "shop"),
        ("payments", "log", "shop"),
        ("outbox", "outbox", "shop"),
        ("totals", "derived log", "shop"),
        ("accounts", "state", "shop"),
        ("documents", "state", "billing-db"),
        ("billing", "consumer", "billing-db"),
        ("ledger", "consumer", "shop"),
    ]
    assert [node.upstream for node in nodes] == [
        None,
        None,
        "orders",
        "payments",
        "orders",
        "orders",
        "orders",
        "payments",
    ]


def test_a_state_beside_its_log_comes_before_it_and_one_elsewhere_is_made_of_its_events(config: Config) -> None:
    assert edges(auditor.graph(config, ledger=False)) == [
        ("orders", "outbox"),
        ("payments", "totals"),
        ("accounts", "orders"),
        ("orders", "documents"),
        ("orders", "billing"),
        ("payments", "ledger"),
    ]


def test_a_state_beside_a_derived_log_is_made_of_its_events(tmp_path: Path) -> None:
    text = with_line("logs.outbox", "x", 'stream = "s"\nversion = "v"\n', PIPELINE)
    text = with_line("states.accounts", "log", 'log = "outbox"', text)
    assert ("outbox", "accounts") in edges(auditor.graph(read(tmp_path, text), ledger=False))


def test_a_log_that_nobody_derived_may_be_an_outbox(tmp_path: Path) -> None:
    graph = auditor.graph(read(tmp_path, with_line("logs.orders", "x", 'sent = "sent_at"', PIPELINE)), ledger=False)
    assert graph.nodes[0].kind == "outbox"


def test_a_config_without_a_log_is_a_pipeline_of_nothing(tmp_path: Path) -> None:
    assert auditor.graph(read(tmp_path, ""), ledger=False).nodes == ()


def test_a_file_will_do_and_one_that_is_wrong_raises(tmp_path: Path) -> None:
    read(tmp_path, PIPELINE)
    assert len(auditor.graph(tmp_path / "auditor.toml", ledger=False).nodes) == 8
    (tmp_path / "auditor.toml").write_text("[logs.orders]")
    with pytest.raises(ConfigError, match="needs the key"):
        auditor.graph(tmp_path / "auditor.toml")


def test_no_ledger_is_made_and_nothing_was_ever_audited(config: Config, tmp_path: Path) -> None:
    graph = auditor.graph(config)
    assert (graph.not_read, {node.last for node in graph.nodes}) == (None, {None})
    assert not (tmp_path / ".auditor").exists()


def test_the_last_verdict_of_each_comes_from_the_ledger(config: Config) -> None:
    with closing(open_ledger(config.ledger)) as ledger:
        record(
            ledger,
            run(0, audit(finding([5, 7])), audit(name="orders", of="log", upstream=None)),
            run(1, audit(name="accounts", of="state")),
        )
        given = auditor.graph(config, ledger=ledger)
    graph = auditor.graph(config)
    assert graph.nodes == given.nodes
    found = {node.name: node.last for node in graph.nodes if node.last is not None}
    assert {name: (last.verdict, last.at, last.found) for name, last in found.items()} == {
        "orders": (Outcome.CONSISTENT, began(0), ()),
        "accounts": (Outcome.CONSISTENT, began(1), ()),
        "billing": (Outcome.INCONSISTENT, began(0), (("missing", 2),)),
    }
    assert graph.now - found["orders"].at > timedelta(0)


def test_the_verdict_of_something_else_that_had_the_name_is_not_shown(config: Config) -> None:
    with closing(open_ledger(config.ledger)) as ledger:
        record(ledger, run(0, audit(name="accounts")))
    assert {node.last for node in auditor.graph(config).nodes} == {None}


def test_a_ledger_that_cannot_be_read_costs_the_verdicts_and_no_more(config: Config, tmp_path: Path) -> None:
    (tmp_path / ".auditor").mkdir()
    (tmp_path / ".auditor" / "ledger.db").write_text("no ledger" * 100)
    graph = auditor.graph(config)
    assert len(graph.nodes) == 8
    assert graph.not_read is not None
    assert "the file is no ledger" in graph.not_read
    with pytest.raises(LedgerError, match="the file is no ledger"):
        open_ledger(config.ledger)


def test_a_ledger_that_nobody_asked_is_said_to_be_so(config: Config) -> None:
    assert auditor.graph(config, ledger=False).not_read == NOT_ASKED
