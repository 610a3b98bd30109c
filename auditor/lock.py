"""A lock of the kernel against runs that overlap: the file stays, the lock goes with the process, however that ends.

It is held on a file beside the ledger, also where nobody asks for a ledger, and never in a database: a lock there would
be one more open transaction, and would outlive a machine that is gone. So it knows of runs on this machine alone (or
on those that share the folder by a file system that passes locks on).
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.config import Config
from auditor.errors import AuditorError
from auditor.own_folder import OWN_FOLDER, make_folder
from reports.visible import visible

_PAUSE = 0.1
_LONGEST_NOTE = 100

if sys.platform == "win32":
    import msvcrt

    def take(descriptor: int) -> bool:
        """Lock an open file, one byte far beyond all that others must be able to read, unless somebody has: False."""
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def take(descriptor: int) -> bool:
        """Lock an open file, whole, unless somebody has: False. OSError: it cannot be locked."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class LockError(AuditorError):
    """The run has no lock, and so must not go on."""


def lock_file(config: Config) -> Path:
    """Where a config's lock is: ``run.lock`` in the folder of its ledger's file, else in ``.auditor`` beside it."""
    if config.ledger.file is not None:
        return Path(os.path.realpath(config.ledger.file)).with_name("run.lock")
    return (Path() if config.path is None else config.path.parent) / OWN_FOLDER / "run.lock"


@contextmanager
def locked(path: Path, wait: timedelta) -> Iterator[None]:
    """Hold the lock; ``wait`` for another holder at most so long.

    Raises LockError where it is still held then, with what its holder wrote about itself, or where there can be none.
    """
    try:
        make_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise _impossible(path, error) from error
    try:
        _wait_for(descriptor, path, wait)
        with _signed(descriptor):
            yield
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, path: Path, wait: timedelta) -> None:
    until = time.monotonic() + wait.total_seconds()
    try:
        while not take(descriptor):
            if time.monotonic() >= until:
                raise _held(path)
            time.sleep(min(_PAUSE, max(until - time.monotonic(), 0.0)))
    except OSError as error:
        raise _impossible(path, error) from error


@contextmanager
def _signed(descriptor: int) -> Iterator[None]:
    """Say in the file who holds the lock. A full disk does not keep anybody from holding it."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"pid {os.getpid()} since {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n".encode())
    try:
        yield
    finally:
        with suppress(OSError):
            os.ftruncate(descriptor, 0)


def _held(path: Path) -> LockError:
    try:
        with path.open(encoding="utf-8", errors="backslashreplace") as file:
            note = file.read(_LONGEST_NOTE).partition("\n")[0]
    except OSError:
        note = ""
    who = f" ({visible(note)})" if note else ""
    text = f"another run is under way{who}, this one did not begin: it holds the lock {str(path)!r}"
    return LockError(f"{text} (--lock-wait 1m waits for it)")


def _impossible(path: Path, error: OSError) -> LockError:
    why = (error.strerror or str(error)).lower()
    return LockError(f"cannot lock {str(path)!r}: {why}; the run did not begin")
