"""What the doctor says of a ledger in a file, and that it neither makes nor changes one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from auditor.config import load
from auditor.doctor import examine
from auditor.doctor.about import About
from auditor.doctor.ledger import MANY_BYTES, MANY_RUNS, holdings
from auditor.doctor.ledger import examine as examine_ledger
from auditor.ledger.holdings import Age, Survey
from checks.model.diagnosis import Examined, Level
from tests.integration.test_failures import as_nobody
from tests.ledgers import audit, began, config_of, finding, opened, record, run

ABOUT = About("ledger", "ledger", "ledger")


def said_of(file: Path) -> list[Examined]:
    return list(examine_ledger(ABOUT, config_of(file), began(60)))


def everything_in(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {each.name: (each.stat().st_mtime_ns, each.read_bytes()) for each in folder.iterdir() if each.is_file()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger with two runs."""
    with opened(config_of(tmp_path / "ledger.db")) as ledger:
        record(ledger, run(0, audit(finding([5]))))
        record(ledger, run(1, audit(finding([5]))))
    return tmp_path / "ledger.db"


@pytest.fixture
def passable() -> Iterator[Path]:
    """A folder that everybody may pass through, and only its owner write in."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_one_that_is_not_there_will_be_made_and_is_not_made_now(tmp_path: Path) -> None:
    (tmp_path / "auditor.toml").write_text("")
    found = [line for line in examine(load(tmp_path / "auditor.toml", {})).lines if line.topic == "ledger"]
    assert [(line.of, line.name, line.level) for line in found] == [("ledger", "ledger", Level.FINE)]
    assert found[0].message == f"'{tmp_path}/.auditor/ledger.db' is not there yet: it will be made by the first run"
    assert [each.name for each in tmp_path.iterdir()] == ["auditor.toml"]


def test_one_that_can_be_written_is_told_with_what_it_holds_and_left_as_it_is(file: Path) -> None:
    before = everything_in(file.parent)
    usable, holds = said_of(file)
    assert (usable.level, usable.message) == (Level.FINE, f"{str(file)!r} can be read and written")
    assert holds.level == Level.FINE
    assert holds.message.startswith("2 runs, the oldest 1h ago (")
    assert holds.advice is None
    assert everything_in(file.parent) == before


def test_runs_that_are_not_in_the_file_yet_are_counted(file: Path) -> None:
    """Whoever reads keeps the log of SQLite beside the file."""
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("SELECT count(*) FROM auditor_runs").fetchone()
        with opened(config_of(file)) as ledger:
            record(ledger, run(2))
        assert file.with_name("ledger.db-wal").stat().st_size > 0
        before = everything_in(file.parent).keys()
        assert said_of(file)[1].message.startswith("3 runs, ")
        assert everything_in(file.parent).keys() == before


def test_an_empty_file_is_a_ledger_to_be_made(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch()
    [line] = said_of(tmp_path / "ledger.db")
    assert "will be made by the first run" in line.message


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("folder", "is a folder (give the path of a file)"),
        ("diary", "the file is no ledger: give another one"),
        ("shop", "is a database of something else"),
        ("below", "not a directory"),
    ],
)
def test_what_is_no_ledger_is_a_warning_and_no_failure_of_audits(tmp_path: Path, what: str, words: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "diary").write_text("my diary, page 1\n" * 100)
    with closing(sqlite3.connect(tmp_path / "shop")) as shop:
        shop.execute("CREATE TABLE orders (id int)")
    [line] = said_of(tmp_path / ("diary/deeper/ledger.db" if what == "below" else what))
    assert line.level == Level.WARNING
    assert words in line.message
    assert line.message.endswith("audits work without it, and remember nothing of earlier runs")


def test_one_of_a_newer_auditor_is_a_warning_and_of_an_older_one_none(file: Path) -> None:
    def having(revision: str) -> list[Examined]:
        with closing(sqlite3.connect(file, isolation_level=None)) as raw:
            raw.execute("UPDATE auditor_ledger_revision SET version_num = ?", [revision])
        return said_of(file)

    [newer] = having("9999")
    assert newer.level == Level.WARNING
    assert "made by a newer auditor (revision 9999): no run is recorded in it" in newer.message
    older, holds = having("0001")
    assert older.level == Level.FINE
    assert "an older auditor (revision 0001): it will be moved by the next run" in older.message
    assert holds.message.startswith("2 runs")
    with closing(sqlite3.connect(file)) as raw:
        assert raw.execute("SELECT version_num FROM auditor_ledger_revision").fetchall() == [("0001",)]


@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "words"),
    [
        (0o777, 0o644, "cannot be written, so no run is recorded: the file cannot be written"),
        (0o755, 0o666, "cannot be written, so no run is recorded: nothing can be put into its folder"),
        (0o755, None, "is not there and cannot be made; audits work without it"),
        (0o777, 0o000, "the file or its folder cannot be read"),
        (0o700, 0o666, "permission denied"),
    ],
)
def test_one_that_this_account_may_not_write_is_a_warning(
    passable: Path, folder_mode: int, file_mode: int | None, words: str
) -> None:
    file = passable / "kept" / "ledger.db"
    file.parent.mkdir()
    if file_mode is not None:
        with opened(config_of(file)) as ledger:
            record(ledger, run(0))
        file.chmod(file_mode)
    file.parent.chmod(folder_mode)
    with as_nobody():
        line = said_of(file)[0]
    assert line.level == Level.WARNING
    assert words in line.message
    assert "[ledger]" in (line.advice or "")


LARGE = Survey(label="x", age=Age.CURRENT, runs=MANY_RUNS + 1, oldest=began(0), bytes=3_400_000_000)


@pytest.mark.parametrize(
    ("found", "days", "advice"),
    [
        (LARGE, 100, "auditor prune --older-than 90d removes what is old and not needed"),
        (LARGE, 40, "auditor prune --older-than 30d removes what is old and not needed"),
        (LARGE, 0.5, None),
        (replace(LARGE, bytes=1), 100, "auditor prune --older-than 90d removes what is old and not needed"),
        (replace(LARGE, runs=1), 100, "auditor prune --older-than 90d removes what is old and not needed"),
        (replace(LARGE, runs=MANY_RUNS, bytes=MANY_BYTES), 100, None),
    ],
)
def test_where_it_is_large_removing_old_runs_is_offered(found: Survey, days: float, advice: str | None) -> None:
    line = holdings(ABOUT, found, began(0) + timedelta(days=days))
    assert (line.level, line.advice) == (Level.FINE, advice)


def test_sizes_are_told_in_units_that_people_read() -> None:
    def told(size: int) -> str:
        return holdings(ABOUT, replace(LARGE, bytes=size), began(0)).message.rpartition("(")[2]

    assert [told(size) for size in (1, 90_112, 12_345_678, 3_400_000_000)] == ["1 kB)", "91 kB)", "12.3 MB)", "3.4 GB)"]
