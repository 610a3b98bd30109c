"""What bars an event that is lacking still, between a plan and its application: it is skipped, with the reason."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.errors import RefusedError
from auditor.redelivery.applying.apply import apply
from auditor.redelivery.applying.terms import Terms, Watch
from checks.model.application import Application
from checks.model.redelivery import Outcome
from tests.auditor.redelivery.applying.world import ACCEPTED, Recorder, agree
from tests.auditor.redelivery.planning.world import COMMAND, Row, World, lacking, world_in


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A shop of which nothing is planned yet."""
    with world_in(tmp_path) as opened:
        yield opened


def silent(world: World) -> Recorder:
    """A target that takes everything and delivers nothing."""
    return Recorder(world.folder / "billing.db", delivers=False)


def applied(world: World, recorder: Recorder, plan: str = "plan.json", *, execute: bool = True) -> Application:
    """A plan, applied by the config as it is now."""
    terms = Terms(execute=execute, user="ann", host="desk", unknown_wait=timedelta())
    return apply(world.configured(), world.folder / plan, terms, confirm=agree, opener=recorder.open)


@pytest.mark.parametrize("execute", [True, False])
def test_a_stream_that_was_erased_since_is_not_sent(world: World, execute: bool) -> None:
    world.target = COMMAND + 'ended = ["Erased"]\n'
    lacking(world, 9, [4, 5, 8])
    world.plan_confirmed()
    world.write([Row(position=10, stream="order-1", version=6, type="Erased", time=datetime.now(UTC))])
    recorder = silent(world)
    said = applied(world, recorder, execute=execute)
    assert recorder.sent == ([5] if execute else [])
    assert (said.skipped(), said.total("would_send")) == ({"ended": 2}, 0 if execute else 1)


def test_a_type_that_must_not_be_sent_any_more_is_not_sent(world: World) -> None:
    lacking(world, 9, [4, 5, 8])
    world.plan_confirmed()
    world.target = COMMAND + 'never = ["Order*"]\n'
    recorder = silent(world)
    assert applied(world, recorder).skipped() == {"never": 3}
    assert recorder.sent == []


def test_what_is_older_by_now_than_receipts_are_kept_is_not_sent(world: World) -> None:
    lacking(world, 9, [4, 5, 8])
    world.plan_confirmed()
    world.inbox = 'retention = "1d"'
    recorder = silent(world)
    assert applied(world, recorder).skipped() == {"expired": 3}
    assert recorder.sent == []


def test_what_another_plan_has_sent_since_is_not_sent_a_second_time(world: World) -> None:
    lacking(world, 9, [4, 5, 8])
    world.plan_confirmed()
    (world.folder / "plan.json").rename(world.folder / "first.json")
    world.plan()
    recorder = silent(world)
    recorder.answer = lambda position: replace(ACCEPTED, outcome=Outcome.REJECTED) if position == 8 else ACCEPTED
    applied(world, recorder, "first.json")
    recorder.answer = lambda _: ACCEPTED
    said = applied(world, recorder)
    assert recorder.sent == [4, 5, 8, 8]
    assert said.skipped() == {"sent-since": 2}


def test_a_plan_that_was_made_after_another_one_had_sent_is_not_kept_from_sending(world: World) -> None:
    lacking(world, 9, [4, 5, 8])
    world.plan_confirmed()
    recorder = silent(world)
    applied(world, recorder)
    world.plan()
    assert applied(world, recorder).skipped() == {}
    assert recorder.sent == [4, 5, 8, 4, 5, 8]


@pytest.mark.parametrize("rate", [None, 1e-6], ids=["sending", "pausing"])
def test_a_plan_that_expires_while_it_is_applied_stops_before_the_next_batch(world: World, rate: float | None) -> None:
    world.target = COMMAND + "batch = 2\n"
    lacking(world, 9, [4, 5, 8])
    world.plan_confirmed()
    now = [datetime.now(UTC)]

    def later(_: object) -> None:
        now[0] += timedelta(days=2)

    recorder = silent(world)
    recorder.on_send = later if rate is None else lambda _: None
    watch = Watch(now=lambda: now[0], monotonic=lambda: 0.0, sleep=later)
    terms = Terms(execute=True, rate=rate, unknown_wait=timedelta())
    said = apply(
        world.configured(), world.folder / "plan.json", terms, confirm=agree, watch=watch, opener=recorder.open
    )
    assert said.stopped is not None
    assert (said.stopped.reason, said.stopped.message[:20]) == ("refused", "the plan expired on ")
    sent = 2 if rate is None else 1
    assert (recorder.sent, said.total("accepted"), said.total("not_reached")) == ([4, 5, 8][:sent], sent, 3 - sent)


def test_a_plan_that_expires_while_it_is_thought_about_is_refused(world: World) -> None:
    lacking(world, 9, [4, 5, 8])
    world.plan_confirmed()
    recorder, now = silent(world), [datetime.now(UTC)]

    def think(_: object) -> bool:
        now[0] += timedelta(days=2)
        return True

    terms = Terms(execute=True)
    with pytest.raises(RefusedError, match="expired"):
        apply(
            world.configured(),
            world.folder / "plan.json",
            terms,
            confirm=think,
            watch=Watch(now=lambda: now[0]),
            opener=recorder.open,
        )
    assert recorder.sent == []


def test_a_target_that_does_not_say_any_more_for_whom_it_sends_is_refused(world: World) -> None:
    lacking(world, 9, [4, 5, 8])
    world.plan_confirmed()
    world.target = 'kind = "command"\ncommand = ["send"]\n'
    recorder = silent(world)
    with pytest.raises(RefusedError, match="does not say any more for whom it sends"):
        applied(world, recorder)
    assert recorder.sent == []


def test_a_cursor_is_not_put_back_to_before_what_was_erased_since(world: World) -> None:
    world.target = 'kind = "cursor"\nended = ["Erased"]\n'
    rows = lacking(world, 9, [4])
    assert world.plan_confirmed().positions == [4]
    world.write([Row(position=10, stream=rows[6].stream, version=6, type="Erased", time=datetime.now(UTC))])
    recorder = silent(world)
    recorder.sends_whole = True
    said = applied(world, recorder)
    assert recorder.sent == []
    assert said.stopped is not None
    assert "never sent, or of streams that have ended" in said.stopped.message


def test_who_hears_the_target_since_is_known_to_audits_as_a_hearer(world: World) -> None:
    world.consumers = {"billing": 'redelivery = "api"\nidempotent = true\ntypes = ["OrderPlaced"]'}
    world.consumers["shipping"] = "idempotent = true"
    world.target = COMMAND + 'heard_by = ["billing"]\n'
    lacking(world, 9, [4, 6])
    world.stand(9, "shipping")
    world.execute("UPDATE events SET type = 'Mailed' WHERE position = 5")
    assert [each.follows for each in world.plan_confirmed().events] == [False, True]
    world.target = COMMAND + 'heard_by = ["billing", "shipping"]\n'
    applied(world, silent(world))
    with world.ledger() as ledger:
        spans = ledger.redelivered("consumer", ["shipping"])
        [begun] = ledger.redeliveries()
    assert [(span.first, span.last) for span in spans["shipping"]] == [
        (4, 4),
        (6, 6),
    ]  # it was not sent what stands between
    assert begun.redelivery.heard_by == ("billing", "shipping")


@pytest.mark.parametrize("accepts", [False, True])
def test_what_others_who_hear_it_may_have_forgotten_by_now_is_not_sent(world: World, accepts: bool) -> None:
    world.consumers["shipping"] = "idempotent = true"
    world.target = COMMAND + 'heard_by = ["billing", "shipping"]\n'
    lacking(world, 9, [4, 5])
    world.stand(9, "shipping")
    world.plan_confirmed(accept_duplicates="it looks at more than receipts" if accepts else None)
    world.inboxes = {"shipping": 'retention = "1d"'}
    recorder = silent(world)
    said = applied(world, recorder)
    assert (recorder.sent, said.skipped()) == (([4, 5], {}) if accepts else ([], {"forgotten": 2}))


def test_all_from_an_event_on_is_not_sent_to_who_must_never_have_some_of_it_by_now(world: World) -> None:
    world.consumers = {"billing": 'redelivery = "api"\nidempotent = true\ntypes = ["OrderPlaced"]'}
    world.consumers["shipping"] = "idempotent = true"
    world.target = COMMAND + 'heard_by = ["billing", "shipping"]\n'
    lacking(world, 9, [4])
    world.stand(9, "shipping")
    world.execute("UPDATE events SET type = 'Mailed' WHERE position = 7")
    world.plan_confirmed()
    world.target += 'never = ["Mailed"]\n'
    recorder = silent(world)
    recorder.sends_whole = True
    said = applied(world, recorder)
    assert recorder.sent == []
    assert said.stopped is not None
    assert "never sent, or of streams that have ended" in said.stopped.message
