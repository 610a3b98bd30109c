"""A lock of the kernel on a file: whoever dies lets go of it."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.ledger.failures import LedgerError

PATIENCE_SECONDS = 60.0
_BETWEEN_TRIES_SECONDS = 0.02

if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(file: Path, label: str, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the lock on ``file``, which is made where it is not there and stays. LedgerError: somebody else kept it."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait(descriptor, label, patience)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, label: str, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            _try(descriptor)
        except OSError as error:
            if not isinstance(error, BlockingIOError | PermissionError):
                raise
            if time.monotonic() > deadline:
                raise LedgerError(f"ledger {label}: another process has been making it for {patience:.0f} s") from error
            time.sleep(_BETWEEN_TRIES_SECONDS)
        else:
            return
