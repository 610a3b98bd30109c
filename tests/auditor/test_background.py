"""What is told beside a result: the pipeline, earlier runs, redeliveries; and that none of it ever fails a report."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from auditor.background import background
from auditor.config import Config, load
from auditor.ledger import open_ledger
from auditor.memory import Memory
from auditor.pipeline import graph
from checks.model.redelivery import Step
from checks.model.result import Result
from reports import Appearance, render
from tests.auditor.cli.recorded import record
from tests.ledgers import audit, finding, run
from tests.redeliveries import redelivery, steps

TEXT = """\
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "id"
[consumers.billing]
log = "orders"
store = "shop"
[consumers.billing.inbox]
table = "inbox"
id = "id"
[ledger]
url = "sqlite:///ledger.db"
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    file = tmp_path / "auditor.toml"
    file.write_text(TEXT)
    return load(file)


NOW: Result = run(5, audit(finding([1])))


def test_the_pipeline_and_the_config_are_told_where_there_is_no_ledger_yet_and_none_is_made(config: Config) -> None:
    told = background(config, NOW, command="auditor check")
    assert told.graph is not None
    assert [node.name for node in told.graph.nodes] == ["orders", "billing"]
    assert (told.measured, told.redeliveries, told.not_read, told.command) == ((), (), None, "auditor check")
    assert config.path is not None
    assert told.config_hash == sha256(TEXT.encode()).hexdigest()
    assert not (config.path.parent / "ledger.db").exists()


def test_earlier_runs_are_told_up_to_this_one(config: Config) -> None:
    for minute in (1, 5, 9):
        record(config, run(minute, audit()))
    told = background(config, NOW, command=None)
    assert [each.run for each in told.measured] == ["run-1", "run-5"]


def test_what_was_sent_again_to_the_audited_consumers_is_told(config: Config) -> None:
    with closing(open_ledger(config.ledger)) as ledger:
        for consumer in ("mail", "billing"):
            number = ledger.begin_redelivery(redelivery(consumers=(consumer,)))
            ledger.journal(number, steps(3, Step.SENDING, Step.ACCEPTED, consumer=consumer))
    [only] = background(config, NOW, command=None).redeliveries
    assert only.redelivery.consumers == ("billing",)
    assert only.counts == {Step.ACCEPTED: 1}


def test_an_old_run_knows_no_redelivery_that_began_after_it_and_no_config_of_today(config: Config) -> None:
    with closing(open_ledger(config.ledger)) as ledger:
        for after in (0, 1):
            ledger.begin_redelivery(redelivery(consumers=("billing",), at=NOW.finished + timedelta(seconds=after)))
    told = background(config, NOW, command=None, recorded=True)
    assert [each.redelivery.at for each in told.redeliveries] == [NOW.finished]
    assert told.config_hash is None


def test_an_old_run_has_the_pipeline_that_it_was_recorded_with(config: Config) -> None:
    then = replace(graph(config, ledger=False), now=NOW.started, not_read=None)
    with closing(open_ledger(config.ledger)) as ledger:
        ledger.record(NOW, Memory(), {}, {}, pipeline=then)
    assert config.path is not None
    config.path.write_text(TEXT.replace("consumers.billing", "consumers.mail"))
    told = background(load(config.path), NOW, command=None, recorded=True)
    assert (told.graph, told.graph_is_later, told.not_read) == (then, False, None)


def test_an_old_run_that_was_recorded_without_its_pipeline_says_that_the_picture_is_of_today(config: Config) -> None:
    record(config, NOW)
    told = background(config, NOW, command=None, recorded=True)
    assert told.graph is not None
    assert [node.name for node in told.graph.nodes] == ["orders", "billing"]
    assert told.graph_is_later
    assert not background(config, NOW, command=None).graph_is_later
    page = render(NOW, "html", Appearance(background=told))
    assert "This run was recorded without its pipeline." in page
    assert "without its pipeline" not in render(NOW, "html", Appearance(background=replace(told, graph_is_later=False)))


def test_a_ledger_that_cannot_be_read_takes_only_itself_from_the_report(config: Config) -> None:
    assert config.path is not None
    (config.path.parent / "ledger.db").write_bytes(b"no database" * 1000)
    told = background(config, NOW, command=None)
    assert told.graph is not None
    assert told.measured == ()
    assert told.not_read is not None
    assert "ledger" in told.not_read


def test_the_ledger_is_left_alone_where_nobody_wants_it(config: Config) -> None:
    record(config, run(1, audit()))
    told = background(config, NOW, command=None, ledger=False)
    assert told.measured == ()


def test_a_config_whose_file_is_gone_has_no_hash(config: Config) -> None:
    assert config.path is not None
    config.path.unlink()
    assert background(config, NOW, command=None).config_hash is None
