"""Targets that send everything from one event on: one act, and a line for each event all the same."""

from pathlib import Path

import pytest

from auditor.errors import UsageError
from auditor.ledger import open_ledger
from auditor.redelivery.applying.apply import apply
from auditor.redelivery.applying.terms import Terms
from auditor.redelivery.targets.interface import Answer, Batch
from checks.model.redelivery import Outcome
from tests.auditor.redelivery.applying.world import ACCEPTED, Case, receive


def deliver_from(case: Case, batch: Batch) -> None:
    """As a consumer does whose cursor was put back."""
    first = batch.parcels[0].event.event.position or 0
    receive(case.database, [str(each.event.id) for each in case.planned() if (each.event.position or 0) >= first])


def test_one_act_sends_all_from_the_first_that_is_lacking(tmp_path: Path) -> None:
    case = Case(tmp_path)
    [arrived] = [planned.event.id for planned in case.planned() if planned.event.position == 2]
    case.execute("INSERT INTO inbox VALUES (99, ?)", arrived)
    recorder = case.recorder(sends_whole=True, on_send=lambda batch: deliver_from(case, batch), delivers=False)
    said = case.apply(recorder)
    assert recorder.sent == [3]
    assert recorder.batches[0].count == 9
    [part] = said.parts
    assert (part.accepted, part.skipped, part.left) == (9, {"received": 1}, 0)
    assert case.steps() == {2: ["skipped: received"]} | {n: ["sending", "accepted"] for n in range(3, 12)}
    ledger = open_ledger(case.config.ledger)
    assert [(span.first, span.last) for span in ledger.redelivered("consumer", ["billing"])["billing"]] == [(3, 12)]
    ledger.close()
    again = case.recorder(sends_whole=True)
    assert case.apply(again).total("before") == 9
    assert again.batches == []


def test_a_dry_run_only_counts(tmp_path: Path) -> None:
    case = Case(tmp_path)
    recorder = case.recorder(sends_whole=True)
    assert case.apply(recorder, execute=False).total("would_send") == 10
    assert recorder.batches == []


def test_what_failed_is_sent_again_and_what_is_unknown_is_looked_for(tmp_path: Path) -> None:
    case = Case(tmp_path)
    failing = case.recorder(sends_whole=True, answer=lambda _: Answer(Outcome.FAILED, "it moved"), delivers=False)
    assert case.apply(failing).total("failed") == 10
    unknown = case.recorder(sends_whole=True, answer=lambda _: Answer(Outcome.UNKNOWN), delivers=False)
    assert case.apply(unknown).total("unknown") == 10
    receive(case.database, [str(planned.event.id) for planned in case.planned()])
    last = case.recorder(sends_whole=True)
    assert case.apply(last).total("healed") == 10
    assert last.batches == []


def parted(folder: Path) -> Case:
    """A shop whose events stand in two partitions."""
    case = Case(folder)
    case.execute("ALTER TABLE events ADD COLUMN tenant text")
    case.execute("UPDATE events SET tenant = CASE WHEN position < 6 THEN 'a' ELSE 'b' END")
    said = case.config_file.read_text().replace('position = "position"', 'position = "position"\npartition = "tenant"')
    case.config_file.write_text(said)
    case.partitions = {position: "a" if position < 6 else "b" for position in range(1, 13)}
    case.write_plan()
    return case


def test_each_partition_has_its_own_act(tmp_path: Path) -> None:
    case = parted(tmp_path)
    recorder = case.recorder(sends_whole=True, delivers=False)
    assert case.apply(recorder).total("accepted") == 10
    assert [(batch.parcels[0].event.event.position, batch.count) for batch in recorder.batches] == [(2, 4), (6, 6)]


def test_after_an_act_that_failed_no_further_one_is_tried(tmp_path: Path) -> None:
    case = parted(tmp_path)
    recorder = case.recorder(sends_whole=True, answer=lambda _: Answer(Outcome.FAILED, "it moved"), delivers=False)
    said = case.apply(recorder)
    assert recorder.sent == [2]
    assert said.stopped is not None
    assert said.stopped.message.startswith("4 of 4 events that were sent did not get through")


def test_where_the_look_fails_what_was_written_down_is_known_not_to_be_sent(tmp_path: Path) -> None:
    case = Case(tmp_path, count=700, missing=range(2, 700))
    case.execute("UPDATE events SET type = 'Other' WHERE position = 690")  # in the second look
    recorder = case.recorder(sends_whole=True, answer=lambda _: ACCEPTED)
    said = case.apply(recorder)
    assert said.stopped is not None
    assert recorder.batches == []
    assert case.steps()[2] == ["sending", "failed"]
    assert said.total("failed") == 500


def test_there_is_no_canary_of_one_act(tmp_path: Path) -> None:
    case = Case(tmp_path)
    with pytest.raises(UsageError, match="there is no first part"):
        case.apply(case.recorder(sends_whole=True), canary=1)


def test_what_came_into_the_log_before_the_act_is_known_to_come_again_too(tmp_path: Path) -> None:
    case = Case(tmp_path)

    def think(_: object) -> bool:
        case.execute(
            "INSERT INTO events (position, event_id, stream_id, version, type)"
            " VALUES (40, 'late', 'order-9', 1, 'OrderPlaced')"
        )
        return True

    recorder = case.recorder(sends_whole=True, delivers=False)
    apply(case.config_file, case.plan_file, Terms(execute=True), confirm=think, opener=recorder.open)
    ledger = open_ledger(case.config.ledger)
    [span] = ledger.redelivered("consumer", ["billing"])["billing"]
    ledger.close()
    assert (span.first, span.last) == (2, 40)
