"""Two attempts at once by one target: the second one is refused, or waits for the first."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.lock import LockError
from auditor.redelivery.applying.locks import lock_of
from auditor.redelivery.targets.interface import Batch
from checks.model.application import Application
from tests.auditor.cli.prepared import PATIENCE
from tests.auditor.redelivery.applying.world import Case


def test_a_second_attempt_is_refused_at_once_while_a_dry_run_may_look(tmp_path: Path) -> None:
    case = Case(tmp_path)
    second, looking = case.recorder(), []

    def meanwhile(_: Batch) -> None:
        looking.append(case.apply(second, execute=False))
        with pytest.raises(LockError, match=r"another run is under way \(pid \d+ since "):
            case.apply(second)

    first = case.recorder(on_send=meanwhile)
    assert case.apply(first).total("accepted") == 10
    assert len(looking) == 4
    assert second.batches == []


def test_a_second_attempt_that_waits_finds_nothing_left_to_do(tmp_path: Path) -> None:
    case = Case(tmp_path)
    begun, go_on = threading.Event(), threading.Event()

    def hold(_: Batch) -> None:
        begun.set()
        assert go_on.wait(PATIENCE)

    first, second = case.recorder(on_send=hold), case.recorder()
    said: list[Application] = []
    one = threading.Thread(target=lambda: said.append(case.apply(first)))
    other = threading.Thread(target=lambda: said.append(case.apply(second, lock_wait=timedelta(seconds=PATIENCE))))
    one.start()
    assert begun.wait(PATIENCE)
    other.start()
    go_on.set()
    one.join()
    other.join()
    assert sorted((each.total("accepted"), each.total("before")) for each in said) == [(0, 10), (10, 0)]
    assert (len(first.sent), second.sent) == (10, [])


def test_targets_have_locks_of_their_own_whatever_they_are_called(tmp_path: Path) -> None:
    case = Case(tmp_path)
    locks = {lock_of(case.config, name) for name in ("api", "API", "a/../b", "\udcff", "")}
    assert len(locks) == 5
    assert {lock.parent for lock in locks} == {tmp_path / ".auditor"}
