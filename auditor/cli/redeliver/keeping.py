"""Where a plan is kept: a plan that is there may be in use, so it is not replaced unless somebody says so."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from auditor.errors import AuditorError, UsageError


@contextmanager
def kept_at(output: Path | None, *, force: bool) -> Iterator[Path]:
    """A file to write the plan to, which comes to its place in the end; without a place it vanishes.

    A plan of nothing, as one that was made too early leaves behind, is in nobody's use and is replaced.
    UsageError: something is there already and may not be replaced, there is no such folder, or no right to write there.
    """
    if output is None:
        with TemporaryDirectory(prefix="auditor-") as folder:
            yield Path(folder) / "plan.json"
        return
    if not output.parent.is_dir():
        message = f"--output {str(output)!r}: there is no folder {str(output.parent)!r}"
        raise UsageError(message)
    if output.is_dir():
        message = f"--output {str(output)!r} is a folder"
        raise UsageError(message)
    if not all(os.access(each, os.W_OK) for each in (output.parent, Path(os.path.realpath(output)).parent)):
        message = f"--output {str(output)!r}: no right to write there"
        raise UsageError(message)
    force = force or _holds_nothing(output)
    if os.path.lexists(output) and not force:
        raise _there_already(output)
    beside = output.with_name(f".auditor-{token_hex(8)}.plan")
    try:
        yield beside
        _put(beside, output, force=force)
    finally:
        with suppress(OSError):  # it never came there, or the folder takes no change any more
            beside.unlink()


def _holds_nothing(output: Path) -> bool:
    """Whether a plan without events is there, unaltered."""
    if not output.is_file():
        return False
    from auditor.redelivery.plan_file import read_plan

    try:
        return read_plan(output).count == 0
    except AuditorError:
        return False


def _put(beside: Path, output: Path, *, force: bool) -> None:
    """Whole or not at all. Without ``force`` by a link, which is refused where a file has come there meanwhile."""
    try:
        if force or not _linked(beside, output):
            beside.replace(Path(os.path.realpath(output)))
    except OSError as error:
        message = f"plan {str(output)!r} cannot be written: {(error.strerror or str(error)).lower()}"
        raise AuditorError(message) from error


def _linked(beside: Path, output: Path) -> bool:
    """False: the file system knows no links."""
    try:
        os.link(beside, output)
    except OSError:
        if os.path.lexists(output):
            raise _there_already(output) from None
        return False
    return True


def _there_already(output: Path) -> UsageError:
    return UsageError(f"--output {str(output)!r} is there already, and may be in use (--force replaces it)")
