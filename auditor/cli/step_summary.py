"""The summary of a step in GitHub Actions: a file to which every command of the step may add Markdown.

It stands beside the reports that were asked for. Nobody decides anything by it, so whatever happens to it is a line on
standard error, and the exit code stays what it is.
"""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.cli import faults, streams

if TYPE_CHECKING:
    from checks.model.result import Result

VARIABLE = "GITHUB_STEP_SUMMARY"

MOST_BYTES = 1024 * 1024
"""Of the summary of one step. GitHub drops one that is larger, with all that others have put into it."""


def add_to_summary(result: "Result", config: str | None) -> None:
    """Append the report in Markdown, where there is a summary. ``config``: the file that commands have to name."""
    place = os.environ.get(VARIABLE)
    if not place:
        return
    try:
        _append(Path(place), _text(result, config))
    except OSError as error:
        streams.tell(f"warning: cannot add to the summary of the step, {place!r}: {error.strerror or error}")
    except Exception as error:
        faults.trace(error)
        streams.tell(f"warning: cannot make the summary of the step: {faults.described(error)}")


def _text(result: "Result", config: str | None) -> bytes:
    from reports import Appearance, render

    report = render(result, "markdown", Appearance(config=config))
    return f"\n{report}\n".encode("utf-8", "backslashreplace")  # what others wrote may lack the end of its line


def _append(place: Path, text: bytes) -> None:
    """Put it behind what is there, whole or not at all."""
    with place.open("ab", buffering=0) as file:
        before = file.seek(0, os.SEEK_END)
        if before + len(text) > MOST_BYTES:
            raise OSError(errno.EFBIG, "it would become larger than GitHub takes")
        try:
            if file.write(text) != len(text):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            with suppress(OSError):  # it may be no file
                file.truncate(before)
            raise
