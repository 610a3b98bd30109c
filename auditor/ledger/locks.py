"""A lock of the kernel on a file: whoever dies lets go of it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.ledger.failures import LedgerError
from auditor.lock import take

PATIENCE_SECONDS = 60.0
_BETWEEN_TRIES_SECONDS = 0.02


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
    while not take(descriptor):
        if time.monotonic() > deadline:
            raise LedgerError(f"ledger {label}: another process has been making it for {patience:.0f} s")
        time.sleep(_BETWEEN_TRIES_SECONDS)
