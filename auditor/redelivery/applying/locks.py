"""One attempt a target at a time: two at once would send everything twice.

On one machine a lock of the kernel sees to it, for the ledger's folder is what they share. A ledger on a server has
its own, for all machines.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from auditor.config import Config
from auditor.lock import lock_file, locked
from auditor.redelivery.applying.journal import Journal


def lock_of(config: Config, target: str) -> Path:
    """The file on which the lock of a target is held; it stays."""
    name = hashlib.sha256(target.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return lock_file(config).with_name(f"redelivery-{name}.lock")


@contextmanager
def holding(config: Config, journal: Journal, targets: Iterable[str], wait: timedelta) -> Iterator[Callable[[], None]]:
    """Hold the locks of these targets, always in the same order. LockError, LedgerError: another attempt is under way.

    What it gives looks whether they are still held, and raises LedgerError where not.
    """
    with ExitStack() as stack:
        checks: list[Callable[[], None]] = []
        for target in sorted(set(targets)):
            stack.enter_context(locked(lock_of(config, target), wait))
            checks.append(stack.enter_context(journal.holding(target, wait)))
        yield lambda: _check_all(checks)


def _check_all(checks: Iterable[Callable[[], None]]) -> None:
    for check in checks:
        check()
