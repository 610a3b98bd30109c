"""What a trace says of redeliveries, and that without a ledger, or with one that fails, it says all else as before."""

from contextlib import closing
from pathlib import Path

import pytest

from auditor.config import load
from auditor.ledger import open_ledger
from checks.model.event import Event
from checks.model.redelivery import Step
from tests.auditor.tracing.pipeline import Pipeline, hop
from tests.ledgers import began
from tests.redeliveries import line, redelivery


@pytest.fixture(autouse=True)
def happy(pipeline: Pipeline) -> None:
    pipeline.happy()


def send_again(pipeline: Pipeline, position: int, *steps: Step, minute: float = 0) -> None:
    """Write a redelivery of an event of ``v1`` to ``billing`` into the ledger."""
    event = Event(position=position, id="whatever", type="OrderPaid")
    with closing(open_ledger(load(pipeline.configured()).ledger)) as ledger:
        number = ledger.begin_redelivery(redelivery(minute, ticket="OPS-7"))
        ledger.journal(number, [line(position, step, event=event) for step in steps])


def test_the_consumer_has_the_redeliveries_that_came_to_the_event(pipeline: Pipeline) -> None:
    send_again(pipeline, 22, Step.SENDING, Step.ACCEPTED, Step.MISSING)
    send_again(pipeline, 21, Step.SENDING, Step.ACCEPTED)
    send_again(pipeline, 22, Step.SENDING, Step.UNKNOWN, minute=5)
    trace = pipeline.trace("e2")
    found = hop(trace, "consumer", "billing").sent_again
    assert [(each.redelivery.at, each.last.step) for each in found] == [
        (began(0), Step.MISSING),
        (began(5), Step.UNKNOWN),
    ]
    assert [each.name for each in trace.hops if each.sent_again] == ["billing"]


def test_without_a_ledger_none_is_made(pipeline: Pipeline) -> None:
    assert not any(each.sent_again for each in pipeline.trace("e2").hops)
    assert not (pipeline.folder / ".auditor").exists()


@pytest.mark.parametrize("content", [b"", b"no ledger at all, and long enough to be taken for something else" * 20])
def test_a_ledger_that_fails_changes_nothing(pipeline: Pipeline, content: bytes) -> None:
    before = pipeline.trace("e2")
    file = load(pipeline.configured()).ledger.file
    assert isinstance(file, Path)
    file.parent.mkdir()
    file.write_bytes(content)
    assert pipeline.trace("e2").hops == before.hops
