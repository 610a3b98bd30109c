"""A ledger in a SQLite file: made beside its place and moved there whole, written in short transactions.

Readers and the one writer do not wait for each other (WAL) where the file system allows it. A file or folder that
cannot be written can still be read.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, inspect
from sqlalchemy.exc import OperationalError

from auditor.ledger.failures import LedgerError, told
from auditor.ledger.locks import locked
from auditor.ledger.migrating import is_current, migrate, revision_of
from auditor.own_folder import make_folder

BUSY_SECONDS = 60.0
"""How long to wait for a writer of the file."""

_WRITES, _PATIENCE = "auditor_writes", "auditor_patience"


class SqliteFile:
    """The file at ``path``, which is absolute, or where a link there leads."""

    def __init__(self, path: Path) -> None:
        self._path = Path(os.path.realpath(path))
        self._engine: Engine | None = None

    @property
    def label(self) -> str:
        """Its path."""
        return repr(str(self._path))

    def prepare(self) -> None:
        """Look; if there is no ledger, or an old one, look again under a lock, and make or move it."""
        if self._is_ready():
            return
        with told(self.label):
            make_folder(self._path.parent)
            with locked(self._path.with_name(f"{self._path.name}.lock"), self.label):
                if self._is_empty():
                    self._create()
                elif not self._is_ready():
                    self._migrate()

    def is_there(self) -> bool:
        """Whether there is such a file, though it may be empty."""
        with told(self.label):
            return self._path.exists()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot."""
        with told(self.label), self._connect().connect() as connection:
            yield connection

    @contextmanager
    def writing(self, patience: timedelta | None = None) -> Iterator[Connection]:
        """The write lock is taken at once: whoever reads first and writes later could not wait for it."""
        with told(self.label), _writing(self._connect(), patience) as connection:
            yield connection

    @contextmanager
    def holding(self, name: str, wait: timedelta) -> Iterator[Callable[[], None]]:
        """A lock of the kernel beside the file does it, for all that can reach the file.

        A connection stays open: whoever closes the last one copies SQLite's log into the file, each time anew.
        """
        with told(self.label):
            raw = _open(self._path)
        with closing(raw):
            yield lambda: None

    def shrink(self) -> None:
        """Cut off the pages that are free."""
        with told(self.label), closing(_open(self._path)) as raw:
            raw.executescript("PRAGMA incremental_vacuum")  # which takes a step a page, of which `execute` takes one

    def close(self) -> None:
        """Nothing stays open between transactions."""
        if self._engine is not None:
            self._engine.dispose()

    def _connect(self) -> Engine:
        if self._engine is None:
            self._engine = _engine(self._path)
        return self._engine

    def _is_empty(self) -> bool:
        return not self._path.exists() or (self._path.is_file() and self._path.stat().st_size == 0)

    def _is_ready(self) -> bool:
        with told(self.label):
            refuse_folder(self._path, self.label)
            if self._is_empty():
                return False
            with self._connect().connect() as connection:
                try:
                    return is_current(connection)
                except OperationalError as error:
                    if "no such table" in str(error):
                        return False
                    raise

    def _create(self) -> None:
        """In a file of another name, so that nobody ever sees half a ledger. What a killed process left is removed."""
        new = self._path.with_name(f"{self._path.name}.new")
        _remove(new)
        try:
            self._make(new)
            new.replace(self._path)
        finally:  # on a full disk, half a ledger would take the room that the report needs
            _remove(new)

    def _make(self, new: Path) -> None:
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(new)) as raw:
            raw.execute("PRAGMA auto_vacuum = INCREMENTAL")
            raw.execute("PRAGMA journal_mode = WAL")
        engine = _engine(new)
        with _writing(engine) as connection:
            migrate(connection, self.label)
        engine.dispose()
        if _has_log(new):
            raise LedgerError(f"ledger {self.label}: could not be written to its end (is there room for it?)")

    def _migrate(self) -> None:
        with self.writing() as connection:
            if revision_of(connection) is None:
                refuse_foreign(connection, self.label)
            migrate(connection, self.label)


def refuse_folder(path: Path, label: str) -> None:
    """LedgerError: the path is a folder."""
    if path.is_dir():
        raise LedgerError(f"ledger {label}: is a folder (give the path of a file)")


def refuse_foreign(connection: Connection, label: str) -> None:
    """LedgerError: a file that holds no ledger holds something else."""
    if inspect(connection).get_table_names():
        raise LedgerError(f"ledger {label}: is a database of something else (give it a file of its own)")


def _remove(path: Path) -> None:
    """Remove a database with whatever SQLite put beside it."""
    for each in (path, *(path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm", "-journal"))):
        each.unlink(missing_ok=True)


def _engine(path: Path) -> Engine:
    engine = create_engine("sqlite://", creator=lambda: _open(path), poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def _writing(engine: Engine, patience: timedelta | None = None) -> Iterator[Connection]:
    options = {_WRITES: True, _PATIENCE: patience}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    patience = options.get(_PATIENCE)
    if patience is not None:  # the connection is closed after it, so nobody else has it
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {patience // timedelta(milliseconds=1)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITES) else "BEGIN")


def _open(path: Path) -> sqlite3.Connection:
    uri = path.as_uri()
    connection = _connection(f"{uri}?mode=rw")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        connection.close()
        if not _cannot_be_written(error) or _has_log(path):
            raise
        return _connection(f"{uri}?mode=ro&immutable=1")
    return connection


def _connection(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)


def _cannot_be_written(error: sqlite3.Error) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def _has_log(path: Path) -> bool:
    """Whether commits stand beside the file, which whoever takes it to be all there is would not see."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0
