"""Whatever goes wrong with a ledger, told in one line: which ledger, what, and what to do.

Drivers, the file system and Alembic are wrapped here, once. A ledger that fails is no reason for an audit to fail.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from auditor.errors import AuditorError

_ADVICE = {
    "unable to open database file": "the file or its folder cannot be read, or the folder cannot be written",
    "readonly database": "it cannot be written",
    "disk is full": "no room is left for it",
    "disk i/o error": "the disk failed, or no room is left on it",
    "not a database": "the file is no ledger: give another one, or move it away",
    "malformed": "the file is damaged: move it away, and a new one is made",
    "database is locked": "another process kept it locked",
    "no such table": "its tables are damaged: move it away, and a new one is made",
}
"""What SQLite says, in any case, and what that means for whoever reads it."""


class LedgerError(AuditorError):
    """A ledger did not do what was asked of it, or holds no such run."""

    def __init__(self, message: str) -> None:
        """``message`` may be what a driver said, over several lines; it becomes one."""
        super().__init__(" ".join(message.split()))


class DamagedError(Exception):
    """What the ledger holds is not what was put there."""


@contextmanager
def told(label: str) -> Iterator[None]:
    """Turn what drivers and the system raise into a LedgerError about the ledger ``label``."""
    try:
        yield
    except LedgerError:
        raise
    except SQLAlchemyError as error:
        raise LedgerError(f"ledger {label}: {_explained(getattr(error, 'orig', None) or error)}") from error
    except OSError as error:
        raise LedgerError(f"ledger {label}: {(error.strerror or str(error)).lower()}") from error
    except (sqlite3.Error, OverflowError, ValueError, DamagedError) as error:
        raise LedgerError(f"ledger {label}: {_explained(error)}") from error


def _explained(error: BaseException) -> str:
    line = next((part.strip() for part in str(error).splitlines() if part.strip()), type(error).__name__)
    known = (advice for said, advice in _ADVICE.items() if said in line.lower())
    advice = next(known, None) if isinstance(error, sqlite3.Error) else None
    return line if advice is None else f"{line} ({advice})"
