"""A ledger in a file: made once, private, readable where it cannot be written, and one line where it cannot be had."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.config import load
from auditor.ledger import LedgerError, open_ledger
from auditor.ledger.locks import locked
from tests.ledgers import audit, config_of, finding, names, opened, record, run

CHILD = """
import os, resource, sys
from pathlib import Path
from auditor.ledger import LedgerError
from tests.ledgers import audit, config_of, finding, names, opened, record, run

"""
"""What a process of its own begins with, before its rights or its room are taken away."""


def in_a_process(text: str, file: Path, *arguments: str) -> list[str]:
    """Run Python on a ledger; returns the lines that it wrote. Whatever it does not catch fails the test."""
    command = [sys.executable, "-W", "error", "-c", f"{CHILD}{text}", str(file), *arguments]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A ledger with a run in it, in a folder of its own."""
    file = tmp_path / "folder" / "ledger.db"
    with opened(config_of(file)) as ledger:
        record(ledger, run(0, audit(finding([5]))))
    yield file
    file.parent.chmod(0o700)


class TestMaking:
    def test_it_is_made_with_its_folder_and_nobody_else_can_read_it(self, tmp_path: Path) -> None:
        (tmp_path / "auditor.toml").write_text("")
        config = load(tmp_path / "auditor.toml", {}).ledger
        with opened(config) as ledger:
            record(ledger, run(0))
        folder = tmp_path / ".auditor"
        assert (mode(folder), mode(folder / "ledger.db")) == (0o700, 0o600)
        assert (folder / ".gitignore").read_text() == "*\n"
        assert sorted(each.name for each in folder.iterdir()) == [".gitignore", "ledger.db", "ledger.db.lock"]

    def test_a_folder_of_somebody_elses_is_left_as_it_is(self, tmp_path: Path) -> None:
        (tmp_path / ".auditor").mkdir()
        with opened(config_of(tmp_path / ".auditor" / "ledger.db")):
            assert not (tmp_path / ".auditor" / ".gitignore").exists()
        with opened(config_of(tmp_path / "deep" / "deeper" / "ledger.db")):
            assert [each.name for each in (tmp_path / "deep").iterdir()] == ["deeper"]

    def test_its_name_may_hold_what_urls_and_templates_cannot(self, tmp_path: Path) -> None:
        file = tmp_path / "a folder%41#%(x)s é" / "ledger %s.db"
        with opened(config_of(file)) as ledger:
            record(ledger, run(0))
        assert file.is_file()

    def test_a_link_to_where_it_shall_be_stays_a_link(self, tmp_path: Path) -> None:
        link, place = tmp_path / "ledger.db", tmp_path / "elsewhere" / "runs.db"
        link.symlink_to(place)
        with opened(config_of(link)) as ledger:
            record(ledger, run(0))
        assert link.is_symlink()
        with opened(config_of(place)) as ledger:
            assert names(ledger) == ["run-0"]

    def test_an_empty_file_and_what_a_killed_process_left_are_no_ledger(self, tmp_path: Path) -> None:
        file = tmp_path / "ledger.db"
        file.touch()
        (tmp_path / "ledger.db.new").write_bytes(b"half of one")
        (tmp_path / "ledger.db.new-wal").write_bytes(b"half of one")
        with opened(config_of(file)) as ledger:
            record(ledger, run(0))
            assert names(ledger) == ["run-0"]
        assert not list(tmp_path.glob("*.new*"))

    def test_it_is_written_ahead_so_that_readers_do_not_wait(self, file: Path) -> None:
        with sqlite3.connect(file) as raw:
            assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        raw.close()

    def test_who_comes_second_waits_for_the_first_and_not_for_ever(self, tmp_path: Path) -> None:
        lock = tmp_path / "x.lock"
        with (
            locked(lock, "x"),
            pytest.raises(LedgerError, match="another process has been making it"),
            locked(lock, "x", patience=0.1),
        ):
            raise AssertionError
        with locked(lock, "x", patience=0):
            pass

    def test_alembic_is_imported_only_to_make_it(self, file: Path) -> None:
        text = "with opened(config_of(Path(sys.argv[1]))): print('alembic' in sys.modules)"
        assert in_a_process(text, file) == ["False"]
        assert in_a_process(text, file.with_name("other.db")) == ["True"]


class TestNotHad:
    def fault(self, file: Path) -> str:
        with pytest.raises(LedgerError) as raised:
            open_ledger(config_of(file))
        assert len(raised.value.lines()) == 1
        return str(raised.value)

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        assert self.fault(tmp_path) == f"ledger {str(tmp_path)!r}: is a folder (give the path of a file)"

    def test_a_file_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "x").write_text("")
        assert "not a directory" in self.fault(tmp_path / "x" / "ledger.db")

    def test_what_is_no_database_is_left_alone(self, tmp_path: Path) -> None:
        file = tmp_path / "ledger.db"
        file.write_text("my diary, page 1\n" * 100)
        assert "the file is no ledger" in self.fault(file)
        assert file.read_text().startswith("my diary")

    def test_a_database_of_something_else_is_left_alone(self, tmp_path: Path) -> None:
        file = tmp_path / "shop.db"
        with sqlite3.connect(file) as raw:
            raw.execute("CREATE TABLE orders (id INTEGER)")
        raw.close()
        before = file.read_bytes()
        assert "is a database of something else (give it a file of its own)" in self.fault(file)
        assert file.read_bytes() == before

    def test_a_damaged_file_is_told_by_whatever_reads_it(self, file: Path) -> None:
        with file.open("r+b") as raw:
            raw.seek(4096)
            raw.write(os.urandom(file.stat().st_size - 4096))
        with pytest.raises(LedgerError), opened(config_of(file)) as ledger:
            record(ledger, run(1, audit(finding([7]))))

    def test_a_damaged_document_is_told(self, file: Path) -> None:
        with sqlite3.connect(file) as raw:
            raw.execute("UPDATE auditor_documents SET body = x'00'")
        raw.close()
        with opened(config_of(file)) as ledger, pytest.raises(LedgerError, match="a document in it is damaged"):
            ledger.result("last")

    def test_one_of_a_newer_auditor_is_told_and_left_alone(self, file: Path) -> None:
        with sqlite3.connect(file) as raw:
            raw.execute("UPDATE auditor_ledger_revision SET version_num = '9999'")
        raw.close()
        assert "made by a newer auditor (revision 9999)" in self.fault(file)

    def test_a_table_that_was_dropped_is_told(self, file: Path) -> None:
        with sqlite3.connect(file) as raw:
            raw.execute("DROP TABLE auditor_openings")
        raw.close()
        with opened(config_of(file)) as ledger, pytest.raises(LedgerError, match="its tables are damaged"):
            record(ledger, run(1, audit(finding([7]))))
        with opened(config_of(file)) as ledger:
            assert names(ledger) == ["run-0"]


NOBODY = """
import tempfile
with tempfile.TemporaryDirectory() as folder, opened(config_of(Path(folder, "ledger.db"))) as ledger:
    record(ledger, run(0, audit(finding([5]))))  # whatever is imported on the way is not to be had afterwards
    ledger.recall({}, {"billing": "key"}), ledger.result("last"), ledger.runs()
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
"""
"""Become somebody without rights, since root has all of them."""

READ_AND_RECORD = """
with opened(config_of(Path(sys.argv[1]))) as ledger:
    print(names(ledger), ledger.recall({}, {"billing": "key"}).consumers, ledger.result("last").run)
    try:
        record(ledger, run(1))
    except LedgerError as error:
        print(error)
"""

LOAD = """
from auditor.config import load
from auditor.earlier_runs import comparison, history
config = load(Path(sys.argv[1]))
"""

ASK = """
for ask in (lambda: history(config), lambda: comparison(config, ())):
    try:
        ask()
    except LedgerError as error:
        print(error)
"""

MAKE_TWO = """
for name in ("ledger.db", "deeper/ledger.db"):
    try:
        with opened(config_of(Path(sys.argv[1]) / name)):
            pass
    except LedgerError as error:
        print(error)
"""


class TestReadOnly:
    @pytest.fixture(autouse=True)
    def _passable(self, tmp_path: Path) -> None:
        """The folders of pytest are private; somebody else must come to the ledger's."""
        for folder in (tmp_path, *tmp_path.parents):
            if folder.name.startswith(("test_", "popen-", "pytest-")):
                folder.chmod(0o711)

    @pytest.mark.parametrize(("folder", "mode"), [(0o555, 0o444), (0o555, 0o666), (0o777, 0o444)])
    def test_it_can_be_read_and_refuses_to_record(self, file: Path, folder: int, mode: int) -> None:
        file.chmod(mode)
        file.parent.chmod(folder)
        read, refused = in_a_process(NOBODY + READ_AND_RECORD, file)
        assert read == "['run-0'] {} run-0"
        assert refused.startswith(f"ledger {str(file)!r}: ")
        assert "it cannot be written" in refused or "cannot be read, or" in refused

    def test_one_that_is_not_there_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "locked").mkdir(mode=0o555)
        lines = in_a_process(NOBODY + MAKE_TWO, tmp_path / "locked")
        assert [line.rpartition(": ")[2] for line in lines] == ["permission denied", "permission denied"]

    def test_that_one_may_lie_in_a_folder_where_nobody_may_look_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "locked").mkdir(mode=0o000)
        config = tmp_path / "auditor.toml"
        config.write_text('[ledger]\nurl = "sqlite:///locked/ledger.db"\n')
        lines = in_a_process(LOAD + NOBODY + ASK, config)
        assert lines == [f"ledger '{tmp_path}/locked/ledger.db': permission denied"] * 2


ROOM = """
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
"""
"""Let no file grow beyond that: what a full disk does, to this process alone."""

RECORD_MUCH = """
with opened(config_of(Path(sys.argv[1]))) as ledger:
    try:
        for minute in range(1, 1000):
            record(ledger, run(minute, audit(finding(range(minute * 1000, minute * 1000 + 1000)))))
    except LedgerError as error:
        print(error)
"""

MAKE_ONE = """
try:
    with opened(config_of(Path(sys.argv[1]))):
        pass
except LedgerError as error:
    print(error)
"""


class TestNoRoom:
    def test_a_run_that_does_not_fit_is_not_recorded_and_the_ledger_stays_usable(self, file: Path) -> None:
        [told] = in_a_process(ROOM + RECORD_MUCH, file, str(file.stat().st_size + 4096))
        assert "no room is left" in told
        with opened(config_of(file)) as ledger:
            before = names(ledger)
            record(ledger, run(5000))
            assert names(ledger) == ["run-5000", *before]

    def test_one_that_does_not_fit_is_not_made(self, tmp_path: Path) -> None:
        file = tmp_path / "ledger.db"
        [told] = in_a_process(ROOM + MAKE_ONE, file, "8192")
        assert "no room is left" in told
        assert [each.name for each in tmp_path.iterdir()] == ["ledger.db.lock"], "nothing takes room that others need"
        with opened(config_of(file)) as ledger:
            assert names(ledger) == []
