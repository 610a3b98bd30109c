"""A ledger in a file, looked at: whether it is there, what it holds, and whether this account could write it.

Nothing is written, and nothing made beside it, not even what SQLite keeps there for reading.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine

from auditor.ledger.failures import told
from auditor.ledger.files import refuse_folder, refuse_foreign
from auditor.ledger.holdings import Age, Survey, age_of, runs_in

_SECONDS = 5.0
_REMEDY = "let this account write there, or give another file, or a database, as url in [ledger]"
_BESIDE = ("-wal", "-journal")
"""What stands beside a file while somebody uses it, or after a process was killed."""


def survey_of_file(path: Path) -> Survey:
    """The file at ``path``, or where a link there leads."""
    path = Path(os.path.realpath(path))
    here = Path.cwd()
    label = repr(str(path.relative_to(here) if path.is_relative_to(here) else path))
    with told(label):
        size = _size(path)
        if not size:
            hindrances = tuple(_why_not_made(path))
            return Survey(label=label, age=Age.ABSENT, hindrances=hindrances, remedy=_REMEDY if hindrances else None)
        refuse_folder(path, label)
        return _of_existing(path, label, size)


def _of_existing(path: Path, label: str, size: int) -> Survey:
    hindrances = tuple(_why_not_written(path))
    with _looking(path) as connection:
        age, revision = age_of(connection)
        if revision is None:
            refuse_foreign(connection, label)
        count, oldest = runs_in(connection) if age in (Age.OLDER, Age.CURRENT) else (None, None)
    return Survey(
        label=label,
        age=age,
        revision=revision,
        hindrances=hindrances,
        remedy=_REMEDY if hindrances else None,
        runs=count,
        oldest=oldest,
        bytes=size + sum(_size(_beside(path, end)) for end in _BESIDE),
    )


def _size(path: Path) -> int:
    """In bytes; 0 where there is nothing. OSError: nobody may look, or a folder of the path is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _beside(path: Path, end: str) -> Path:
    return path.with_name(f"{path.name}{end}")


def _why_not_written(path: Path) -> Iterator[str]:
    if not _may(path, os.W_OK):
        yield "the file cannot be written"
    if not _may(path.parent, os.W_OK | os.X_OK):
        yield f"nothing can be put into its folder {str(path.parent)!r}, where SQLite keeps what is not yet in the file"


def _why_not_made(path: Path) -> Iterator[str]:
    """Folders that are not there would be made, too."""
    nearest = next(folder for folder in path.parents if folder.exists())
    if not _may(nearest, os.W_OK | os.X_OK):
        yield f"nothing can be put into folder {str(nearest)!r}"


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


@contextmanager
def _looking(path: Path) -> Iterator[Connection]:
    """Where nothing stands beside the file nobody is writing, and it is read as it lies there: else with locks."""
    is_used = any(_beside(path, end).exists() for end in _BESIDE)
    uri = f"{path.as_uri()}?mode=ro{'' if is_used else '&immutable=1'}"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_SECONDS),
        poolclass=NullPool,
    )
    with engine.connect() as connection:
        yield connection
    engine.dispose()
