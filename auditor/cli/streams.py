"""Standard output for the report, standard error for everything else.

Either may be closed, a pipe that nobody reads, a full disk, or in an encoding that lacks half of what a stream's name
holds. None of it may look like a finding, and none of it may hide one.
"""

import errno
import io
import os
import sys
from contextlib import suppress
from typing import cast

from auditor.redact import redact
from reports.appearance import Appearance

_USUAL_COLUMNS = 80
_SIGNS = "✓✗·━─…"
"""What is drawn beside words where the encoding has it."""


def prepare() -> None:
    """Let both streams escape what their encoding cannot say, instead of failing half-way through a report."""
    _buffer_stdout()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _buffer_stdout() -> None:
    """Under PYTHONUNBUFFERED, which containers like to set, text that is only written in part would go unnoticed."""
    raw = getattr(sys.stdout, "buffer", None)
    if isinstance(raw, io.RawIOBase):
        encoding = sys.stdout.encoding
        sys.stdout.flush()
        cast("io.TextIOWrapper", sys.stdout).detach()
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding)


def say(text: str) -> None:
    """Write to standard output, through to its reader. OSError: it did not get there; BrokenPipeError: nobody reads."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, "it is closed")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        abandon_unwritten()  # it has been told once, and is not to be tried again
        raise


def tell(text: str) -> None:
    """Write a line to standard error without any password in it. If that fails there is nobody left to tell."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(redact(text).rstrip("\n") + "\n")
            sys.stderr.flush()


def flush() -> None:
    """Write out what libraries left in the buffer of standard output. OSError as with :func:`say`."""
    if sys.stdout is not None:
        sys.stdout.flush()


def abandon_unwritten() -> None:
    """Drop what could not be written, lest Python tries again at exit and ends with a code of its own."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def appearance(config: str | None) -> Appearance:
    """What standard output can show: colours and its width on a terminal, else plain text."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if plain or sys.stdout is None or not sys.stdout.isatty():
        return Appearance(config=config)
    return Appearance(width=_columns(), config=config, ascii_only=not knows_signs(sys.stdout))


def knows_signs(stream: object) -> bool:
    """Whether the encoding of a stream has what is drawn beside words."""
    try:
        _SIGNS.encode(getattr(stream, "encoding", None) or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _columns() -> int:
    """As ``shutil.get_terminal_size`` has it, which asks the stream that Python began with: that may be detached."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said) > 0:
        return int(said)
    with suppress(OSError, ValueError):
        return os.get_terminal_size(sys.stdout.fileno()).columns or _USUAL_COLUMNS
    return _USUAL_COLUMNS


def shows_progress() -> bool:
    """Whether standard error is a terminal on which a progress bar can be drawn and wiped out again."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
