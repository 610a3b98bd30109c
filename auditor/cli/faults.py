"""What is said of an error, and with ``--debug`` where it came from."""

import re
import traceback
from collections.abc import Sequence
from contextvars import ContextVar

import typer

from auditor.cli import streams
from auditor.errors import AuditorError, UsageError
from auditor.exit_codes import ExitCode

TRACED: ContextVar[bool] = ContextVar("traced", default=False)
"""Whether tracebacks are shown."""


def trace(error: Exception) -> None:
    """Show where an error came from, if that was asked for."""
    if TRACED.get():
        streams.tell("".join(traceback.format_exception(error)))


def explained(error: Exception) -> tuple[Sequence[str], int]:
    """What to say about an error that ended a command, and the exit code that it means."""
    if isinstance(error, typer.TyperException):
        error = _in_our_words(error)
    if isinstance(error, AuditorError):
        return error.lines(), error.exit_code
    return AuditorError(described(error)).lines(), ExitCode.UNDECIDED


def described(error: Exception) -> str:
    """An error in one line: our own say what is the matter, of others there is not much that a user could make."""
    if isinstance(error, AuditorError):
        return str(error)
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"unexpected {what} (a fault of the auditor; --debug shows where)"


def _in_our_words(error: typer.TyperException) -> UsageError:
    """Typer's complaint as one line: lower case, no full stop, and where to read on."""
    said = " ".join(error.format_message().split()).rstrip(".")
    said = re.sub(r" \(Possible options: ([^)]*)\)$", r" (did you mean \1?)", said)
    said = re.sub(r"\. Did you mean (.*)\?$", r" (did you mean \1?)", said)
    said = said.replace(": Input should ", ": should ").replace(": Value error, ", ": ")
    context = getattr(error, "ctx", None)
    path = "auditor" if context is None else context.command_path
    return UsageError(f"{said[:1].lower()}{said[1:]}; see '{path} --help'")
