"""The benchmark itself works: it is run as a process, with few events. What it measures then means nothing."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.cases import Case, WrongError
from benchmarks.data import PAID, TYPES, Databases, Inbox, few_missing, paid_missing, percent_missing, receipts
from benchmarks.measure import FailedError, measured
from benchmarks.sqlite import write_inbox, write_log
from benchmarks.table import Table
from reports import FORMATS

ROOT = Path(__file__).parents[2]
EVENTS = 1_000


def benchmark(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)


def test_it_measures_every_case_and_every_audit_finds_what_was_left_out() -> None:
    done = benchmark("--events", "2000", "--runs", "1", "--full", "--without-reladiff")
    assert (done.returncode, done.stderr) == (0, "")
    lines = re.findall(r"^(\S.*?)  +\d+\.\d\d  +\d+", done.stdout, re.MULTILINE)
    assert len(lines) == 23
    assert len(re.findall(r"  (?:not )?met$", done.stdout, re.MULTILINE)) == 9
    assert done.stdout.endswith("every audit found exactly what was left out\n")


def test_too_few_events_are_refused() -> None:
    done = benchmark("--events", "10")
    assert done.returncode == 2
    assert "at least 500 events" in done.stderr


def test_it_measures_what_a_report_costs_in_every_format() -> None:
    command = [sys.executable, "-m", "benchmarks.reports", "--findings", "10", "--runs", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=600)
    names = re.findall(r"^(\w+) +\d+\.\d\d +\d+ +\d+\.\d +\d+\.\d$", done.stdout, re.MULTILINE)
    assert names == ["none", *FORMATS]


# ---- what must not be taken for found --------------------------------------------------------------------------------


def sqlite_case(folder: Path, lost: frozenset[int], said: frozenset[int]) -> Case:
    """A case in which ``lost`` are missing, and which says that ``said`` are."""
    log_url = write_log(folder / "shop.db", EVENTS)
    inbox_url = write_inbox(folder / "billing.db", EVENTS, Inbox("inbox", lost))
    return Case(Databases(EVENTS, log_url, inbox_url), Inbox("inbox", said), (("position", "position"),))


def test_an_audit_that_finds_exactly_what_was_left_out_is_measured(tmp_path: Path) -> None:
    lost = few_missing(EVENTS).lost
    cost = sqlite_case(tmp_path, lost, lost).audit("billing")
    assert cost.seconds > 0
    assert cost.exit_code == 1


@pytest.mark.parametrize("difference", [frozenset({500}), frozenset({500, 501})])
def test_an_audit_that_finds_more_or_less_is_an_error(tmp_path: Path, difference: frozenset[int]) -> None:
    lost = few_missing(EVENTS).lost - difference
    with pytest.raises(WrongError, match="events were found missing"):
        sqlite_case(tmp_path, lost, lost | difference).audit("billing")
    (tmp_path / "other").mkdir()
    with pytest.raises(WrongError, match="events were found missing"):
        sqlite_case(tmp_path / "other", lost | difference, lost).audit("billing")


def test_a_program_that_fails_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match=r"ended with 3:\nno good"):
        measured([sys.executable, "-c", "import sys; print('no good'); sys.exit(3)"], folder=tmp_path, runs=1)


# ---- what is measured ------------------------------------------------------------------------------------------------


def test_the_memory_is_that_of_the_process_and_not_of_whoever_started_it(tmp_path: Path) -> None:
    ballast = bytearray(300_000_000)
    small = measured([sys.executable, "-c", ""], folder=tmp_path, runs=1)
    large = measured([sys.executable, "-c", "bytearray(b'x' * 100_000_000)"], folder=tmp_path, runs=1)
    assert len(ballast) > 2e8
    assert small.peak_mb < 100 < large.peak_mb


def test_the_time_is_the_median_of_the_runs_and_includes_the_start(tmp_path: Path) -> None:
    """The last of three runs takes longer than the others together; what each writes down is without its start."""
    script = (
        "import pathlib, sys, time; began = time.monotonic(); f = pathlib.Path('own'); "
        "own = f.read_text().split() if f.exists() else []; "
        "time.sleep(2 * (began - float(sys.argv[1])) if len(own) == 2 else 0); "
        "f.write_text(' '.join([*own, str(time.monotonic() - began)]))"
    )
    cost = measured([sys.executable, "-c", script, str(time.monotonic())], folder=tmp_path, runs=3)
    first, second, last = (float(each) for each in (tmp_path / "own").read_text().split())
    assert max(first, second) < cost.seconds < last


# ---- what the databases hold -----------------------------------------------------------------------------------------


def test_the_inboxes_lack_what_they_say_and_nothing_else() -> None:
    few, percent, paid = few_missing(EVENTS), percent_missing(EVENTS), paid_missing(EVENTS)
    assert [len(inbox.lost) for inbox in (few, percent, paid)] == [13, 10, 13]
    assert {TYPES[n % len(TYPES)] for n in (*paid.lost, *receipts(EVENTS, paid))} == set(PAID)
    for inbox in (few, percent):
        assert sorted({*receipts(EVENTS, inbox)} ^ {*range(1, EVENTS + 1)}) == sorted(inbox.lost)


def test_a_target_that_is_not_met_is_said_and_what_was_not_measured_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table()
    table.target("low", 2.0, 3)
    table.target("high", 4.0, 3)
    table.target_at_least("far", 3.0, 4)
    table.target_at_least("unknown", None, 4)
    table.end()
    said = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines() if line.startswith(("l", "h", "f"))]
    assert said == [["low", "2.00", "met"], ["high", "4.00", "not met"], ["far", "3.00", "not met"]]
