"""Applying a plan to a shop in a SQLite file: what is sent, what is not, and what is written down about it."""

from datetime import timedelta
from pathlib import Path

import pytest

from auditor import redact
from auditor.ledger import open_ledger
from auditor.redelivery.targets.interface import Answer
from checks.model.redelivery import Outcome, Step
from tests.auditor.redelivery.applying.world import ACCEPTED, Case

REJECTED = Answer(Outcome.REJECTED, "no such customer")
FAILED = Answer(Outcome.FAILED, "no connection")
UNKNOWN = Answer(Outcome.UNKNOWN, "no answer")


def test_a_dry_run_sends_nothing_writes_nothing_and_says_what_it_would_do(tmp_path: Path) -> None:
    case = Case(tmp_path)
    recorder = case.recorder()
    said = case.apply(recorder, execute=False)
    assert recorder.batches == []
    assert case.journal() == []
    [part] = said.parts
    assert (said.executed, part.planned, part.would_send, part.left, said.stopped) == (False, 10, 10, 10, None)


def test_everything_is_sent_once_in_order_and_in_batches_and_every_step_is_written_down(tmp_path: Path) -> None:
    case = Case(tmp_path)
    recorder = case.recorder()
    said = case.apply(recorder)
    assert recorder.sent == list(range(2, 12))
    assert [len(batch.parcels) for batch in recorder.batches] == [3, 3, 3, 1]
    [part] = said.parts
    assert (part.accepted, part.left, part.sent) == (10, 0, 10)
    assert case.steps() == {position: ["sending", "accepted"] for position in range(2, 12)}
    assert {line.batch for line in case.journal()} == {1, 2, 3, 4}


def test_what_was_accepted_is_never_sent_again_by_the_same_plan(tmp_path: Path) -> None:
    case = Case(tmp_path)
    recorder = case.recorder(delivers=False)
    case.apply(recorder)
    again = case.apply(recorder)
    assert len(recorder.sent) == 10
    [part] = again.parts
    assert (part.before, part.accepted, part.left, again.numbers) == (10, 0, 0, ())


def test_what_has_arrived_meanwhile_or_is_set_aside_or_gone_is_skipped(tmp_path: Path) -> None:
    shop = Case(tmp_path)
    shop.execute("CREATE TABLE dead (event_id text)")
    shop.configure(parked={"table": "dead", "id": "event_id"}, inbox={"table": "inbox", "id": "event_id"})
    shop.write_plan()
    ids = {planned.event.position: planned.event.id for planned in shop.planned()}
    shop.execute("INSERT INTO inbox VALUES (99, ?)", ids[2])
    shop.execute("INSERT INTO dead VALUES (?)", ids[3])
    shop.execute("DELETE FROM events WHERE position = 4")
    recorder = shop.recorder()
    said = shop.apply(recorder)
    assert recorder.sent == list(range(5, 12))
    assert said.skipped() == {"received": 1, "parked": 1, "gone": 1}
    assert shop.steps()[2] == ["skipped: received"]


def test_a_parcel_follows_the_one_before_only_if_nothing_between_them_is_left_out(tmp_path: Path) -> None:
    case = Case(tmp_path, target={"batch": 20})
    [id_] = [planned.event.id for planned in case.planned() if planned.event.position == 5]
    case.execute("INSERT INTO inbox VALUES (99, ?)", id_)
    recorder = case.recorder()
    case.apply(recorder)
    [batch] = recorder.batches
    assert [parcel.event.event.position for parcel in batch.parcels if not parcel.follows] == [2, 6]
    assert batch.count == 9


def test_keys_are_the_same_in_every_attempt_and_different_for_every_event(tmp_path: Path) -> None:
    case = Case(tmp_path)
    recorder = case.recorder(answer=lambda _: FAILED, delivers=False)
    case.apply(recorder, error_share=1)
    first = [parcel.key for batch in recorder.batches for parcel in batch.parcels]
    again = case.recorder()
    case.apply(again)
    keys = {parcel.event.event.position: parcel.key for batch in again.batches for parcel in batch.parcels}
    assert len(set(keys.values())) == 10
    assert all(len(key) == 32 for key in first)
    assert set(first) <= set(keys.values())


def test_what_the_target_rejected_is_sent_again_only_if_asked_and_holds_its_stream_back(tmp_path: Path) -> None:
    case = Case(tmp_path, target={"batch": 2})
    refusing = case.recorder(answer=lambda position: REJECTED if position == 3 else ACCEPTED)
    said = case.apply(refusing, error_share=1)
    assert refusing.sent == [2, 3, 4, 6, 8, 10]  # the odd ones are the events of one stream
    [part] = said.parts
    assert (part.accepted, part.rejected, part.skipped, part.left) == (5, 1, {"held-back": 4}, 4)
    again = case.recorder()
    assert case.apply(again).skipped() == {"rejected-before": 1, "held-back": 4}
    assert again.sent == []
    asked = case.recorder()
    assert case.apply(asked, again=True).total("accepted") == 5
    assert asked.sent == [3, 5, 7, 9, 11]


def test_streams_are_not_held_back_for_a_consumer_that_needs_no_order(tmp_path: Path) -> None:
    case = Case(tmp_path, target={"batch": 2}, consumer={"ordered": False})
    refusing = case.recorder(answer=lambda position: REJECTED if position == 3 else ACCEPTED)
    said = case.apply(refusing, error_share=1)
    assert len(refusing.sent) == 10
    assert said.skipped() == {}


def test_what_certainly_failed_is_sent_again_by_the_same_command(tmp_path: Path) -> None:
    case = Case(tmp_path, missing=[2, 3])
    assert case.apply(case.recorder(answer=lambda _: FAILED), error_share=1).total("left") == 2
    recorder = case.recorder()
    assert case.apply(recorder).total("accepted") == 2
    assert recorder.sent == [2, 3]


def test_what_may_have_been_sent_is_looked_for_and_sent_again_only_if_it_is_not_there(tmp_path: Path) -> None:
    case = Case(tmp_path, missing=[2, 3, 4, 5])
    lost = case.recorder(answer=lambda position: UNKNOWN if position in (2, 3) else ACCEPTED)
    assert case.apply(lost, error_share=1).total("unknown") == 2
    [arrived] = [planned.event.id for planned in case.planned() if planned.event.position == 2]
    case.execute("INSERT INTO inbox VALUES (99, ?)", arrived)
    recorder = case.recorder()
    said = case.apply(recorder)
    assert recorder.sent == [3, 5]
    [part] = said.parts
    assert (part.before, part.healed, part.accepted, part.left) == (1, 1, 2, 0)
    assert case.steps()[2] == ["sending", "unknown", "healed"]


def test_an_answer_that_is_too_short_leaves_the_rest_unknown(tmp_path: Path) -> None:
    case = Case(tmp_path, missing=[2, 3, 4])
    recorder = case.recorder(delivers=False)
    whole = recorder.send
    vars(recorder)["send"] = lambda batch: whole(batch)[:1]
    [part] = case.apply(recorder, error_share=1).parts
    assert (part.accepted, part.unknown) == (1, 2)


def test_it_stops_when_too_much_goes_wrong_and_says_so(tmp_path: Path) -> None:
    case = Case(tmp_path)
    recorder = case.recorder(answer=lambda _: REJECTED)
    said = case.apply(recorder)
    assert recorder.sent == [2, 3, 4]
    assert said.stopped is not None
    assert said.stopped.reason == "error-share"
    assert said.stopped.message.startswith("3 of 3 events that were sent did not get through, more than 10%")
    assert said.total("not_reached") == 7


def test_the_canary_lets_the_rest_go_only_if_it_arrived(tmp_path: Path) -> None:
    case = Case(tmp_path)
    recorder = case.recorder()
    said = case.apply(recorder, canary=4, canary_wait=timedelta(seconds=1))
    assert [len(batch.parcels) for batch in recorder.batches] == [3, 1, 3, 3]
    assert said.canary is not None
    assert (said.canary.sent, said.canary.arrived, said.canary.passed) == (4, 4, True)
    assert case.steps()[2] == ["sending", "accepted", "healed"]


def test_a_target_that_accepts_and_loses_is_found_out_by_the_canary(tmp_path: Path) -> None:
    case = Case(tmp_path)
    recorder = case.recorder(delivers=False)
    said = case.apply(recorder, canary=2, canary_wait=timedelta(milliseconds=200))
    assert recorder.sent == [2, 3]
    assert said.stopped is not None
    assert said.stopped.message == "of the first 2 events 2 did not arrive within 200ms; the others were not sent"
    assert case.steps()[2] == ["sending", "accepted", "missing"]
    assert case.apply(recorder, canary=0).total("before") == 2  # accepted is accepted: that is for another plan


def test_who_sent_it_when_and_why_is_recorded_and_so_is_what_was_sent_to_whom(tmp_path: Path) -> None:
    case = Case(tmp_path)
    said = case.apply(case.recorder(), reason="lost in the crash", ticket="OPS-7", canary=1)
    ledger = open_ledger(case.config.ledger)
    [recorded] = ledger.redeliveries()
    redelivery = recorded.redelivery
    assert (redelivery.number,) == said.numbers
    assert (redelivery.plan, redelivery.run, redelivery.target, redelivery.kind) == (
        case.plan.hash,
        "run-1",
        "api",
        "command",
    )
    assert (redelivery.user, redelivery.host) == ("ann", "desk")
    assert (redelivery.reason, redelivery.ticket, redelivery.options) == ("lost in the crash", "OPS-7", {"canary": 1})
    assert [(span.first, span.last) for span in ledger.redelivered("consumer", ["billing"])["billing"]] == [(2, 11)]
    ledger.close()


@pytest.mark.parametrize("whole", [True, False])
def test_a_secret_in_what_a_target_says_is_neither_kept_nor_shown(whole: bool, tmp_path: Path) -> None:
    redact.learn("postgresql://auditor:geheim-4711@shop/shop")
    case = Case(tmp_path)
    talking = Answer(Outcome.REJECTED, "who is geheim-4711?")
    said = case.apply(case.recorder(answer=lambda _: talking, sends_whole=whole), error_share=1)
    assert {example.detail for example in said.examples if example.what == "rejected"} == {"who is ***?"}
    assert {line.detail for line in case.journal() if line.step is Step.REJECTED} == {"who is ***?"}
