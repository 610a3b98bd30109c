"""One run at a time: the lock is the kernel's, the file only says who has it."""

import os
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from auditor import lock as module
from auditor.config import load
from auditor.exit_codes import ExitCode
from auditor.lock import LockError, lock_file, locked

AT_ONCE = timedelta(0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".auditor" / "run.lock"


def test_it_is_had_by_one_alone_who_says_who_that_is(path: Path) -> None:
    with locked(path, AT_ONCE):
        with (
            pytest.raises(LockError, match=rf"under way \(pid {os.getpid()} since 20\d\d-") as told,
            locked(path, AT_ONCE),
        ):
            pass
        assert told.value.exit_code == ExitCode.UNDECIDED
        assert len(told.value.lines()) == 1
        assert str(told.value).endswith(f"{str(path)!r} (--lock-wait 1m waits for it)")
    with locked(path, AT_ONCE):
        pass


def test_it_is_given_back_by_a_run_that_fails(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(path, AT_ONCE):
        raise ZeroDivisionError
    with locked(path, AT_ONCE):
        assert path.read_text().startswith(f"pid {os.getpid()} since ")
    assert path.read_text() == ""


def test_it_is_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as other:
        other.enter_context(locked(path, AT_ONCE))
        waits: list[float] = []

        def the_other_ends(seconds: float) -> None:
            waits.append(seconds)
            other.close()

        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 1000.0, sleep=the_other_ends))
        with locked(path, timedelta(seconds=1)):
            assert len(waits) == 1


def test_it_is_waited_for_no_longer_than_that(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep))
    with locked(path, AT_ONCE), pytest.raises(LockError), locked(path, timedelta(seconds=5)):
        pass
    assert clock[0] == pytest.approx(1005.0)


def test_what_cannot_be_locked_is_told_as_that(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LockError, match=r"cannot lock '.*run\.lock': .*; the run did not begin"):
        locked(tmp_path / "file" / "run.lock", AT_ONCE).__enter__()


def test_words_that_others_wrote_into_the_file_do_not_upset_a_terminal(path: Path) -> None:
    with locked(path, AT_ONCE):
        path.write_text("\x1b[2J" * 1000)
        with pytest.raises(LockError) as told, locked(path, AT_ONCE):
            pass
    assert "\x1b" not in str(told.value)
    assert len(str(told.value)) < 1000


@pytest.mark.parametrize(
    ("ledger", "place"),
    [
        ("", ".auditor/run.lock"),
        ('[ledger]\nurl = "sqlite:///memory/of/runs.db"\n', "memory/of/run.lock"),
        ('[ledger]\nurl = "postgresql://auditor@team/ledger"\n', ".auditor/run.lock"),
    ],
)
def test_it_stands_beside_the_ledger_else_beside_the_config(tmp_path: Path, ledger: str, place: str) -> None:
    (tmp_path / "auditor.toml").write_text(ledger)
    assert lock_file(load(tmp_path / "auditor.toml")) == tmp_path.resolve() / place


def test_the_folder_that_is_made_for_it_is_the_auditors_own(path: Path) -> None:
    with locked(path, AT_ONCE):
        assert path.parent.stat().st_mode & 0o077 == 0
        assert (path.parent / ".gitignore").read_text() == "*\n"
