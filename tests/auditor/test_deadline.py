"""The end of a run: nothing begins after it or is waited for beyond it, and what fails then failed because of it."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event
from types import SimpleNamespace

import pytest

from auditor import deadline as module
from auditor.auditing.judging import Judge
from auditor.deadline import Deadline, OutOfTime, Timed
from auditor.observer import Silent
from checks.model.check import Check
from checks.model.finding import Finding

HOUR = timedelta(hours=1)
PATIENCE = 120.0


def over() -> Deadline:
    """One that is over."""
    deadline = Deadline(timedelta(microseconds=1))
    while not deadline.is_over:
        time.sleep(0)
    return deadline


def test_without_a_limit_there_is_no_end() -> None:
    deadline = Deadline()
    deadline.check()
    deadline.sleep(0)
    assert (deadline.left(), deadline.is_over, deadline.within(lambda: 7, print)) == (float("inf"), False, 7)


def test_a_wait_that_does_not_end_in_time_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 1000.0, sleep=waits.append))
    deadline = Deadline(timedelta(seconds=10))
    deadline.sleep(9)
    with pytest.raises(OutOfTime):
        deadline.sleep(10)
    assert waits == [9]


TELLS: list[Callable[[Timed], None]] = [
    lambda observer: observer.phase("orders: reading the log"),
    lambda observer: observer.progress(1, 2),
    lambda observer: observer.statement("shop", "SELECT 1", None),
]


@pytest.mark.parametrize("tell", TELLS, ids=["phase", "progress", "statement"])
def test_whatever_would_begin_too_late_is_refused(tell: Callable[[Timed], None]) -> None:
    tell(Timed(Silent(), Deadline(HOUR)))
    with pytest.raises(OutOfTime):
        tell(Timed(Silent(), over()))


def test_the_phase_that_was_reached_is_remembered_and_one_that_was_refused_is_not() -> None:
    deadline = Deadline(HOUR)
    Timed(Silent(), deadline).phase("orders: reading the log")
    assert deadline.phase == "orders: reading the log"
    late = over()
    with pytest.raises(OutOfTime):
        Timed(Silent(), late).phase("billing: looking again")
    assert late.phase == "starting"


def test_an_error_is_blamed_on_the_end_only_after_it() -> None:
    with pytest.raises(ZeroDivisionError), Deadline(HOUR).blamed():
        raise ZeroDivisionError
    with pytest.raises(OutOfTime) as told, over().blamed():
        raise ZeroDivisionError
    assert isinstance(told.value.__cause__, ZeroDivisionError)


def test_an_answer_in_time_is_the_answer_and_an_error_in_time_the_error() -> None:
    assert Deadline(HOUR).within(lambda: 7, print) == 7
    with pytest.raises(ZeroDivisionError):
        Deadline(HOUR).within(lambda: 1 // 0, print)


def test_what_has_not_begun_in_time_does_not_begin() -> None:
    begun: list[bool] = []
    with pytest.raises(OutOfTime):
        over().within(lambda: begun.append(True), print)
    assert begun == []


def test_a_check_that_fails_when_time_is_up_has_not_crashed() -> None:
    def judge(_: object) -> Iterator[Finding]:
        raise sqlite3.OperationalError("interrupted")

    check: Check[object] = Check(of="log", name="any", text="", judge=judge, lacks=lambda _: None)
    with pytest.raises(OutOfTime):
        Judge(Silent(), over()).judge("orders", [check], None)


def test_an_answer_that_comes_too_late_is_not_waited_for_and_is_discarded() -> None:
    may_answer, discarded = Event(), Event()
    answers: list[str] = []

    def late() -> str:
        assert may_answer.wait(PATIENCE)
        return "a connection"

    def discard(answer: str) -> None:
        answers.append(answer)
        discarded.set()

    with pytest.raises(OutOfTime):
        Deadline(timedelta(milliseconds=20)).within(late, discard)
    may_answer.set()
    assert discarded.wait(PATIENCE)
    assert answers == ["a connection"]


def test_what_is_waited_for_is_ended_until_the_run_has_left_and_cut_when_it_does_not_listen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_PAUSE", 0.001)
    monkeypatch.setattr(module, "_CUT_AFTER", 0.01)
    cut, told = Event(), []

    def end() -> None:
        told.append("end")
        raise ConnectionError

    def hang_up() -> None:
        told.append("cut")
        cut.set()

    with Deadline(timedelta(milliseconds=5)).enforced(end, hang_up):
        assert cut.wait(PATIENCE)
    assert told == sorted(told, reverse=True), "it is asked before it is cut"


def test_a_run_that_has_left_in_time_is_left_alone() -> None:
    told: list[str] = []
    with Deadline(HOUR).enforced(lambda: told.append("end"), lambda: told.append("cut")):
        pass
    assert told == []
