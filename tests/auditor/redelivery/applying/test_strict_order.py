"""Plans in strict order: of a stream that went on, what the consumer has comes again after what it lacked."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.ledger import open_ledger
from auditor.redelivery.applying.apply import Interrupted
from auditor.redelivery.verifying import verify
from checks.model.redelivery import Order, Outcome
from checks.model.verification import Proof
from tests.auditor.redelivery.applying.test_since_planned import applied, silent
from tests.auditor.redelivery.applying.world import ACCEPTED
from tests.auditor.redelivery.planning.world import COMMAND, World, lacking, world_in


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two streams: one lacks 3 and had 5 and 7, the other lacks 8, its last."""
    with world_in(tmp_path) as opened:
        opened.target = COMMAND + "batch = 1\n"
        lacking(opened, 8, [3, 8])
        assert opened.plan_confirmed(order=Order.STRICT).positions == [3, 5, 7, 8]
        yield opened


def test_the_rest_of_the_stream_comes_again(world: World) -> None:
    recorder = silent(world)
    assert applied(world, recorder, execute=False).total("would_send") == 4
    said = applied(world, recorder)
    assert recorder.sent == [3, 5, 7, 8]
    assert (said.total("accepted"), said.skipped()) == (4, {})
    assert applied(world, recorder).total("before") == 4
    assert recorder.sent == [3, 5, 7, 8]


def test_where_what_was_missing_arrived_meanwhile_nothing_of_its_stream_comes_again(world: World) -> None:
    world.execute("INSERT INTO inbox VALUES ('billing', 'e3', 'done')")
    recorder = silent(world)
    assert applied(world, recorder).skipped() == {"received": 3}
    assert recorder.sent == [8]


def test_what_follows_waits_where_what_was_missing_does_not_get_through(world: World) -> None:
    recorder = silent(world)
    recorder.answer = lambda position: replace(ACCEPTED, outcome=Outcome.FAILED) if position == 3 else ACCEPTED
    applied(world, recorder)
    assert recorder.sent == [3]
    recorder.answer = lambda _: ACCEPTED
    applied(world, recorder)
    assert recorder.sent == [3, 3, 5, 7, 8]


@pytest.mark.parametrize("looks", [False, True])
def test_what_follows_is_not_forgotten_by_who_goes_on(world: World, looks: bool) -> None:
    recorder = silent(world)

    def once(_: object) -> None:
        if recorder.sent == [3]:
            raise KeyboardInterrupt

    recorder.on_send = once
    with pytest.raises(Interrupted):
        applied(world, recorder)
    world.execute("INSERT INTO inbox VALUES ('billing', 'e3', 'done')")
    if looks:
        config = world.configured()
        with closing(open_ledger(config.ledger)) as ledger:
            seen = verify(config, world.folder / "plan.json", ledger=ledger)
        assert seen.proof is Proof.NOT_HEALED
    recorder.on_send = lambda _: None
    applied(world, recorder)
    assert recorder.sent == [3, 5, 7, 8]
