"""Which report goes where, and that a file is there whole or not at all."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.cli.outputs import Destination, Option, Typed, pair_outputs, refuse_unwritable, write_whole
from auditor.errors import UsageError


def typed(line: str) -> list[Typed]:
    words = iter(line.split())
    return [Typed(Option.FORMAT if word == "--format" else Option.OUTPUT, next(words)) for word in words]


@pytest.mark.parametrize(
    ("line", "destinations"),
    [
        ("", [("terminal", None)]),
        ("--format json", [("json", None)]),
        ("--output a.json", [("json", "a.json")]),
        ("--output -", [("terminal", None)]),
        ("--format json --output -", [("json", None)]),
        ("--output a.JSON", [("json", "a.JSON")]),
        ("--output a.txt", [("terminal", "a.txt")]),
        ("--format json --output a.txt", [("json", "a.txt")]),
        ("--format json --output a --format terminal", [("json", "a"), ("terminal", None)]),
        ("--format terminal --format json --output a", [("json", "a"), ("terminal", None)]),
        ("--output a.json --format json", [("json", "a.json"), ("json", None)]),
        ("--format json --output a --output b.txt", [("json", "a"), ("terminal", "b.txt")]),
        ("--format json --output a --format terminal --output b", [("json", "a"), ("terminal", "b")]),
    ],
)
def test_an_output_belongs_to_the_format_right_before_it(line: str, destinations: list[tuple[str, str | None]]) -> None:
    expected = [Destination(name, None if path is None else Path(path)) for name, path in destinations]
    assert pair_outputs(typed(line)) == expected


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("--format json --format terminal", "two formats for standard output"),
        ("--format jsno", r"did you mean 'json'\?"),
        ("--output report", "put a --format right before it"),
        ("--format json --output a --output b", "put a --format right before it"),
        ("--output a.json --output ./a.json", "given twice"),
    ],
)
def test_what_cannot_be_paired_is_refused(line: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        pair_outputs(typed(line))


def test_a_folder_is_told_to_be_one_and_not_that_its_name_has_no_ending(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        pair_outputs([Typed(Option.OUTPUT, str(tmp_path))])


def test_a_folder_and_a_file_without_its_folder_are_refused_before_the_run(tmp_path: Path) -> None:
    refuse_unwritable(tmp_path / "a.json")
    with pytest.raises(UsageError, match="is a folder"):
        refuse_unwritable(tmp_path)
    with pytest.raises(UsageError, match="there is no folder"):
        refuse_unwritable(tmp_path / "none" / "a.json")


def test_a_file_is_written_with_the_rights_that_the_user_gives_new_files(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "a.json", "é\ud800\n")
    finally:
        os.umask(before)
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == "é\\ud800\n"
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_file_that_is_written_again_keeps_its_rights_and_the_link_to_it(tmp_path: Path) -> None:
    file, link = tmp_path / "a.json", tmp_path / "latest.json"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o604)
    link.symlink_to(file)
    write_whole(link, "new")
    assert (file.read_text(encoding="utf-8"), link.is_symlink()) == ("new", True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o604


def test_a_write_that_fails_leaves_the_last_report_standing_and_no_rubbish(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.mkdir()
    (file / "kept").touch()
    with pytest.raises(OSError, match="directory"):
        write_whole(file, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("end", [KeyboardInterrupt, MemoryError, ValueError])
def test_whatever_ends_a_report_half_way_leaves_the_last_one_and_no_rubbish(
    tmp_path: Path, end: type[BaseException]
) -> None:
    def pieces() -> Iterator[str]:
        yield "half\n" * 100_000
        raise end

    (tmp_path / "a.csv").write_text("old", encoding="utf-8")
    with pytest.raises(end):
        write_whole(tmp_path / "a.csv", pieces())
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("a.csv", "old")]


def test_a_report_may_come_in_pieces_and_its_line_ends_are_kept(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.csv", iter(["a\r", "\nb\n", "", "é\r"]))
    assert (tmp_path / "a.csv").read_bytes() == "a\r\nb\né\r".encode()


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_whole(Path("/dev/null"), "x")
    assert Path("/dev/null").is_char_device()
    with pytest.raises(OSError, match="No space left"):
        write_whole(Path("/dev/full"), "x")
