"""Reports where they go: one that fails is one line, and never takes another one with it."""

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import pytest

from auditor.cli import faults
from auditor.cli.outputs import Destination, refuse_unwritable, write_whole
from auditor.cli.writing import write_reports
from auditor.errors import AuditorError, UsageError
from reports.appearance import Appearance
from tests.auditor.cli.prepared import auditor, environment, program

WITH_A_FAULT = """
import sys, types
broken = types.ModuleType("reports.json_lines")
def pieces(result, appearance):
    yield "{}\\n"
    raise RuntimeError("sturgeon77\\nand more")
broken.pieces = pieces
sys.modules["reports.json_lines"] = broken
"""


def report(format_name: str, look: Appearance) -> str | Iterator[str]:
    """Formats of the test's own: named after what becomes of them."""
    match format_name:
        case "breaks":
            raise ZeroDivisionError("by\nnothing")
        case "breaks half-way":
            return half_a_report()
        case "says why not":
            raise AuditorError("too much for this format")
        case "fails to read":
            raise FileNotFoundError(2, "gone", "template")
    return f"a report as {format_name}\n"


def half_a_report() -> Iterator[str]:
    yield "half\n"
    raise LookupError("gone")


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def write(folder: Path, *names: str) -> bool:
    return write_reports([Destination(name, folder / name) for name in names], report, None)


# ---- a report that cannot be made ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("breaks", "unexpected ZeroDivisionError: by nothing (a fault of the auditor; --debug shows where)"),
        ("breaks half-way", "unexpected LookupError: gone (a fault of the auditor; --debug shows where)"),
        ("says why not", "too much for this format"),
        (
            "fails to read",
            "unexpected FileNotFoundError: [Errno 2] gone: 'template' (a fault of the auditor; --debug shows where)",
        ),
    ],
)
def test_a_report_that_cannot_be_made_is_one_line_and_the_others_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    (tmp_path / name).write_text("the last one\n", encoding="utf-8")
    assert not write(tmp_path, "first", name, "last")
    assert files(tmp_path) == {
        "first": "a report as first\n",
        name: "the last one\n",
        "last": "a report as last\n",
    }
    place = str(tmp_path / name)
    assert capsys.readouterr().err == f"error: cannot make the {name} report for {place!r}: {said}\n"


def test_standard_output_gets_a_whole_report_or_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert not write_reports([Destination("breaks half-way")], report, None)
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert said.err.startswith("error: cannot make the breaks half-way report for standard output: unexpected Lookup")


def test_with_debug_it_is_told_where_the_fault_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = faults.TRACED.set(True)
    try:
        write(tmp_path, "breaks half-way")
    finally:
        faults.TRACED.reset(before)
    said = capsys.readouterr().err
    assert "in half_a_report\n" in said
    assert said.splitlines()[-1].startswith("error: cannot make the breaks half-way report")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("behaviour", "code"), [("consistent", 3), ("inconsistent", 1)])
def test_the_program_ends_with_3_then_unless_there_were_findings(folder: Path, behaviour: str, code: int) -> None:
    command = program("check", "--output", "a.jsonl", "--output", "b.json", "--output", "-", behaviour=behaviour)
    command[2] = f"{WITH_A_FAULT}\n{command[2]}"
    done = subprocess.run(command, env=environment({}), capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stderr == (
        "error: cannot make the jsonl report for 'a.jsonl': unexpected RuntimeError: *** and more"
        " (a fault of the auditor; --debug shows where)\n"
    )
    assert done.stdout.startswith(behaviour)
    assert {path.name for path in folder.iterdir()} == {"auditor.toml", "b.json"}


# ---- a disk that is full ---------------------------------------------------------------------------------------------


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """No file of this process can grow beyond so many bytes, as on a disk that is full."""
    usual, highest = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, highest))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (usual, highest))


@pytest.mark.parametrize("size", [0, 100_000])
def test_a_disk_that_runs_full_leaves_the_last_report_and_nothing_else(tmp_path: Path, size: int) -> None:
    (tmp_path / "a").write_text("the last one\n", encoding="utf-8")
    with at_most(size), pytest.raises(OSError, match="File too large"):
        write_whole(tmp_path / "a", ("é" * 1_000 for _ in range(200)))
    assert files(tmp_path) == {"a": "the last one\n"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB where this process may mount one; else the device that is always full stands in."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not mounted(disk):
        for name in ("a.csv", "b.jsonl"):
            (disk / name).symlink_to("/dev/full")
        yield disk
        return
    try:
        yield disk
    finally:
        subprocess.run([str(which("umount")), str(disk)], check=True)


def mounted(disk: Path) -> bool:
    mount = [which("mount") or "false", "-t", "tmpfs", "-o", "size=64k", "auditor-test", str(disk)]
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


@pytest.mark.usefixtures("folder")
def test_on_a_full_disk_each_report_is_one_line_and_those_elsewhere_are_written(folder: Path, small_disk: Path) -> None:
    if not (small_disk / "a.csv").is_symlink():
        fill(small_disk / "full")
    before = sorted(small_disk.iterdir())
    outputs = [str(small_disk / "a.csv"), str(small_disk / "b.jsonl"), "c.json"]
    outcome = auditor("check", *(word for name in outputs for word in ("--output", name)), behaviour="hostile")
    assert outcome.code == 1
    assert outcome.stderr.splitlines() == [
        f"error: cannot write the report to {name!r}: No space left on device" for name in outputs[:2]
    ]
    assert (folder / "c.json").stat().st_size > 10_000
    assert sorted(small_disk.iterdir()) == before


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as opened, suppress(OSError):
        while opened.write(b"x" * 4096):
            pass


# ---- a place that takes no file --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("folder", " is a folder"),
        ("none/a", ": there is no folder '"),
        ("file/a", ": there is no folder '"),
        ("n" * 300, ": File name too long"),
    ],
)
def test_what_can_be_known_beforehand_is_a_usage_error(tmp_path: Path, name: str, complaint: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(UsageError) as raised:
        refuse_unwritable(tmp_path / name)
    assert raised.value.message.startswith(f"--output {str(tmp_path / name)!r}{complaint}")


AS_NOBODY = """
import os, sys
from pathlib import Path
from auditor.cli.outputs import refuse_unwritable
from auditor.errors import UsageError
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
for name in sys.argv[1:]:
    try:
        refuse_unwritable(Path(name))
        print("fine")
    except UsageError as error:
        print(error.message.partition("': ")[2])
"""


@pytest.fixture
def everybodys() -> Iterator[Path]:
    """A folder that any user can get to; those of pytest are for their owner."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        for within in folder.iterdir():
            within.chmod(0o700)


def test_without_the_right_to_write_in_a_folder_no_file_in_it_can_be_replaced(everybodys: Path) -> None:
    """Also where the file itself could be written to: it would not be whole then."""
    for name, rights in (("open", 0o777), ("locked", 0o555), ("hidden", 0o000)):
        folder = everybodys / name
        folder.mkdir()
        for file, mode in (("old", 0o666), ("read-only", 0o444)):
            (folder / file).touch()
            (folder / file).chmod(mode)
        folder.chmod(rights)
    refused = ["locked/new", "locked/old", "open/read-only", "hidden/old"]
    said = as_nobody([everybodys / name for name in (*refused, "open/new", "open/old")])
    assert said[:3] == ["no right to write there"] * 3
    assert said[3] in {"no right to write there", "Permission denied"}  # depends on the version of Python
    assert said[4:] == ["fine", "fine"]


def as_nobody(places: list[Path]) -> list[str]:
    """What a process without root's rights is told of these places."""
    command = [*program()[:2], AS_NOBODY, *map(str, places)]
    done = subprocess.run(command, env=environment({}), capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_a_device_in_a_folder_where_nobody_may_write_is_fine() -> None:
    assert as_nobody([Path("/dev/null")]) == ["fine"]
