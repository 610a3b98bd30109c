"""The progress bar in a terminal: where it is drawn, where not, and what is left of it."""

import os
import pty
import re
import select
import signal
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.auditor.cli.prepared import CONFIG, PATIENCE, environment, program

CURSOR_IS_BACK = "\x1b[?25h"


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "auditor.toml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


class Terminal:
    """A terminal with a program in it that waits to be typed at."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self._master = master
        self.process = process
        self.seen = ""

    def until(self, pattern: str) -> None:
        """Go on until a pattern was seen from here on."""
        start = len(self.seen)
        while re.search(pattern, self.seen[start:]) is None:
            assert self._read(), f"{pattern!r} never came: {self.seen[start:]!r}"

    def rest(self) -> str:
        """What comes until the program has ended."""
        start = len(self.seen)
        while self._read():
            pass
        return self.seen[start:]

    def _read(self) -> bool:
        """Some more, False at the end. A program that says nothing for so long hangs."""
        assert select.select([self._master], [], [], PATIENCE)[0], f"silence after {self.seen!r}"
        try:
            block = os.read(self._master, 65536)
        except OSError:  # on Linux the end of a terminal is an error
            return False
        self.seen += block.decode()
        return bool(block)

    def typed(self, text: str) -> None:
        os.write(self._master, text.encode())

    def resize(self, columns: int) -> None:
        termios.tcsetwinsize(self._master, (24, columns))


@contextmanager
def terminal(*arguments: str, columns: int = 80, **changes: str) -> Iterator[Terminal]:
    master, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    with subprocess.Popen(
        program("check", *arguments, behaviour="waiting"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment({"TERM": "xterm-256color", "COLUMNS": "", "LINES": "", **changes}),
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            yield Terminal(master, process)
        finally:
            process.kill()
            os.close(master)


def test_the_bar_says_what_is_done_and_how_much_and_leaves_nothing_behind() -> None:
    with terminal() as screen:
        screen.until(r"billing: comparing with orders .*50% .*/s .*left .*2 of 7 audits")
        screen.typed("\n\n")
        last = screen.rest()
        assert "billing: looking again" in last
        assert CURSOR_IS_BACK in last
        assert re.match(r"(\x1b\[[0-9;]*m)*✓ consistent:", last.rpartition("\x1b[2K")[2])
        assert screen.process.wait() == 0


def test_a_terminal_that_grows_or_shrinks_gets_a_line_of_its_new_width() -> None:
    with terminal(columns=80) as screen:
        screen.until(r"left  2 of 7 audits")
        assert "━" not in screen.seen
        screen.resize(150)
        screen.until(r"━━.*50%  500,000 of 1,000,000  .*/s  ")
        screen.resize(40)
        screen.until(r"billing: comparing with orders\r")
        screen.typed("\n\n")
        screen.rest()


def test_ctrl_c_wipes_the_bar_out_and_gives_the_cursor_back() -> None:
    with terminal() as screen:
        screen.until(r"2 of 7 audits")
        screen.process.send_signal(signal.SIGINT)
        last = screen.rest()
        assert screen.process.wait() == 130
        assert CURSOR_IS_BACK in last
        assert "billing" not in last.rpartition("\x1b[2K")[2]


@pytest.mark.parametrize(("arguments", "kind"), [((), "dumb"), (("--quiet",), "xterm-256color")], ids=["dumb", "quiet"])
def test_a_dumb_terminal_and_whoever_wants_quiet_see_no_bar(arguments: tuple[str, ...], kind: str) -> None:
    with terminal(*arguments, TERM=kind) as screen:
        screen.typed("\n\n")
        everything = screen.rest()
        assert screen.process.wait() == 0
    assert "comparing" not in everything
    assert "\x1b[2K" not in everything


def test_an_encoding_without_lines_gets_a_bar_of_ascii() -> None:
    with terminal(columns=200, PYTHONIOENCODING="latin-1") as screen:
        screen.until(r"##\.+  50%")
        screen.typed("\n\n")
        assert "+ consistent:" in screen.rest()
