"""Whatever ends an attempt, what was sent is written down, and nothing is sent that cannot be."""

import signal
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.ledger import LedgerError, open_ledger
from auditor.redelivery.applying.apply import Interrupted
from auditor.redelivery.applying.terms import Watch
from auditor.redelivery.targets.interface import Batch
from tests.auditor.redelivery.applying.world import Case, Recorder, receive


def breaking(case: Case, step: str) -> None:
    """From now on the ledger does not take this step."""
    open_ledger(case.config.ledger).close()
    with closing(sqlite3.connect(case.folder / ".auditor" / "ledger.db", timeout=30)) as connection:
        connection.execute(
            f"CREATE TRIGGER full BEFORE INSERT ON auditor_redelivery_lines WHEN NEW.step = '{step}'"
            " BEGIN SELECT RAISE(ABORT, 'no room is left'); END"
        )


def mending(case: Case) -> None:
    """The ledger takes everything again."""
    with closing(sqlite3.connect(case.folder / ".auditor" / "ledger.db", timeout=30)) as connection:
        connection.execute("DROP TRIGGER full")


def positions_of(recorder: Recorder) -> list[list[int | None]]:
    """Of each batch."""
    return [[parcel.event.event.position for parcel in batch.parcels] for batch in recorder.batches]


def test_an_interrupt_while_something_is_sent_is_heard_once_the_answer_is_written_down(tmp_path: Path) -> None:
    case = Case(tmp_path)
    recorder = case.recorder(on_send=lambda _: signal.raise_signal(signal.SIGINT))
    with pytest.raises(Interrupted) as raised:
        case.apply(recorder)
    said = raised.value.application
    assert (said.total("accepted"), said.total("not_reached"), recorder.sent) == (3, 7, [2, 3, 4])
    assert case.steps() == {position: ["sending", "accepted"] for position in (2, 3, 4)}


def test_whoever_breaks_off_a_target_leaves_unknown_what_it_was_given(tmp_path: Path) -> None:
    case = Case(tmp_path)

    def insist(_: Batch) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted) as raised:
        case.apply(case.recorder(on_send=insist))
    assert raised.value.application.total("unknown") == 3
    assert case.steps() == {position: ["sending"] for position in (2, 3, 4)}


def test_a_fault_of_a_target_leaves_what_it_was_given_to_be_looked_for(tmp_path: Path) -> None:
    case = Case(tmp_path)

    def fail(batch: Batch) -> None:
        receive(case.database, [str(batch.parcels[0].event.event.id)])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        case.apply(case.recorder(on_send=fail))
    recorder = case.recorder()
    [part] = case.apply(recorder).parts
    assert (part.healed, part.accepted) == (1, 9)
    assert recorder.sent == list(range(3, 12))


def test_what_cannot_be_written_down_before_is_not_sent(tmp_path: Path) -> None:
    case = Case(tmp_path)
    breaking(case, "sending")
    recorder = case.recorder()
    said = case.apply(recorder)
    assert said.stopped is not None
    assert said.stopped.reason == "journal"
    assert "no room is left" in said.stopped.message
    assert recorder.batches == []


def test_what_cannot_be_written_down_after_is_tried_again_then_stops_it_and_is_looked_for(tmp_path: Path) -> None:
    case = Case(tmp_path)
    pauses: list[float] = []
    breaking(case, "accepted")
    recorder = case.recorder()
    said = case.apply(recorder, watch=Watch(sleep=pauses.append))
    assert said.stopped is not None
    assert said.stopped.reason == "journal"
    assert len(pauses) == 2
    assert (recorder.sent, said.total("accepted")) == ([2, 3, 4], 3)
    mending(case)
    again = case.recorder()
    assert case.apply(again).total("healed") == 3
    assert again.sent == list(range(5, 12))


def test_a_ledger_that_is_back_in_time_loses_nothing(tmp_path: Path) -> None:
    case = Case(tmp_path)
    breaking(case, "accepted")

    def mend(_: float) -> None:
        mending(case)
        breaking(case, "never")

    recorder = case.recorder()
    assert case.apply(recorder, watch=Watch(sleep=mend)).total("accepted") == 10
    assert len(recorder.sent) == 10


def test_without_a_ledger_nothing_is_sent(tmp_path: Path) -> None:
    case = Case(tmp_path)
    (tmp_path / ".auditor" / "ledger.db").write_text("something else")
    recorder = case.recorder()
    with pytest.raises(LedgerError):
        case.apply(recorder)
    assert recorder.batches == []


def test_what_may_have_been_sent_is_given_the_consumers_grace_to_arrive(tmp_path: Path) -> None:
    case = Case(tmp_path, missing=[2, 3], consumer={"grace": "1h"})

    def fail(_: Batch) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        case.apply(case.recorder(on_send=fail))
    late = [str(planned.event.id) for planned in case.planned()]
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            receive(case.database, late)

    recorder = case.recorder()
    assert case.apply(recorder, watch=Watch(sleep=nap), unknown_wait=None).total("healed") == 2
    assert (len(naps), recorder.batches) == (3, [])


def test_what_did_not_arrive_within_its_time_is_sent_again(tmp_path: Path) -> None:
    case = Case(tmp_path, missing=[2, 3], consumer={"grace": "1h"})

    def fail(_: Batch) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        case.apply(case.recorder(on_send=fail))
    naps: list[float] = []
    recorder = case.recorder()
    said = case.apply(recorder, watch=Watch(sleep=naps.append), unknown_wait=timedelta(minutes=5))
    assert recorder.sent == [2, 3]
    assert said.total("accepted") == 2
    assert 290 < sum(naps) <= 300


def test_what_was_in_one_request_and_is_lacking_still_is_one_request_again(tmp_path: Path) -> None:
    case = Case(tmp_path)
    recorder = case.recorder(delivers=False)

    def fail_later(_: Batch) -> None:
        if len(recorder.batches) == 1:
            raise ZeroDivisionError

    recorder.on_send = fail_later
    with pytest.raises(ZeroDivisionError):
        case.apply(recorder)
    said = case.config_file.read_text().replace("batch = 3", "batch = 5")
    assert "batch = 5" in said
    case.config_file.write_text(said)
    again = case.recorder()
    assert case.apply(again).total("accepted") == 7
    assert positions_of(again) == [[5, 6, 7], [8, 9, 10, 11]]
