"""``--lock-wait``: of the runs that ask for the lock one is at work at a time, and whoever dies gives it up."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.auditor.cli.prepared import PATIENCE
from tests.integration.shop import check, rows, settings, sqlite_at, started, write_config

HOLD = ("--lock-wait", "0s", "--show-sql")
AT_ONCE = ("--lock-wait", "0s", "--no-confirm")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A shop whose consumer is waited for, unless nobody wants to confirm anything."""
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write(rows(4), received=[0, 3])
    return write_config(tmp_path, settings("sqlite:///shop.db", {"time": None}, {"grace": "1h"}))


@contextmanager
def at_work(config: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A run that is in the middle of it, and will not end by itself."""
    with started(config, *arguments) as process:
        assert process.stderr is not None
        assert any("FROM events" in line for line in process.stderr)
        yield process


def test_a_second_run_is_refused_in_one_line_that_names_the_first(config: Path) -> None:
    with at_work(config, *HOLD) as first:
        second = check(config, *AT_ONCE, "--format", "json", "--output", str(config.with_name("report.json")))
        assert (second.code, second.stdout) == (3, "")
        [line] = second.stderr.splitlines()
        assert line.startswith(f"error: another run is under way (pid {first.pid} since 20")
        assert not config.with_name("report.json").exists()


def test_whoever_does_not_ask_for_the_lock_is_not_refused(config: Path) -> None:
    with at_work(config, *HOLD):
        assert check(config, "--no-confirm").code == 0
    with at_work(config, "--show-sql"):
        assert check(config, *AT_ONCE).code == 0


def test_a_run_that_is_killed_holds_nothing_up(config: Path) -> None:
    with at_work(config, *HOLD) as first:
        first.kill()
        first.communicate(timeout=PATIENCE)
        assert check(config, *AT_ONCE).code == 0


def test_a_run_that_waits_goes_on_when_the_other_one_has_ended(config: Path) -> None:
    with at_work(config, *HOLD) as first, started(config, "--lock-wait", "1h", "--no-confirm") as second:
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(timeout=2)
        first.terminate()
        second.communicate(timeout=PATIENCE)
        assert (first.wait(timeout=PATIENCE), second.returncode) == (143, 0)


def test_one_run_after_the_other_is_never_refused(config: Path) -> None:
    assert [check(config, *AT_ONCE).code for _ in range(2)] == [0, 0]


def test_a_run_that_cannot_be_locked_does_not_begin(config: Path) -> None:
    config.with_name(".auditor").write_text("a file where a folder should be")
    outcome = check(config, *AT_ONCE)
    assert (outcome.code, outcome.stdout) == (3, "")
    [line] = outcome.stderr.splitlines()
    assert line.startswith("error: cannot lock ")
    assert "the run did not begin" in line


def test_a_mistake_in_the_config_is_told_before_anything_is_locked(config: Path) -> None:
    config.write_text("[nonsense]\n")
    assert check(config, *AT_ONCE).code == 2
    assert not config.with_name(".auditor").exists()
