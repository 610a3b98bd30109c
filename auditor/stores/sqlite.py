"""SQLite, opened read-only: a missing file stays missing, and nothing is ever written.

One writer commits at a time and a snapshot shows all that came before, so the head is the settled position. SQLite
has no statement timeout; a progress handler ends what runs for too long.
"""

import hashlib
import json
import math
import sqlite3
import stat
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    FromClause,
    LargeBinary,
    MetaData,
    NullPool,
    Table,
    Text,
    and_,
    case,
    cast,
    create_engine,
    event,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import NullType, TypeEngine

from auditor.config import LogConfig
from auditor.errors import StoreError
from auditor.identity import Kind
from auditor.moment import to_microseconds, to_moment
from auditor.stores.interface import BIGGEST, Bounds
from auditor.stores.sql.relation import NO_TEXTS, Expression, Index, Relation, is_one_of
from auditor.stores.sql.store import SqlStore
from checks.model.settled import How, Settlement
from checks.wording import lasting

READABLE = partial(str, encoding="utf-8", errors="backslashreplace")
"""Text that is not UTF-8 stays distinguishable instead of ending the read."""
LOCK_TIMEOUT_MS = 2_000
_FIGURES = len(str(BIGGEST))
_STEPS_BETWEEN_LOOKS = 20_000
_TEXT_NUMBER = "auditor_text_number"
_MICROSECONDS = "auditor_microseconds"
_ROW_IDS = ("rowid", "_rowid_", "oid")
_SAMPLED = {"integer": Kind.INTEGER, "real": Kind.INTEGER, "text": Kind.TEXT, "blob": Kind.BYTES}
_TYPES: dict[Kind, TypeEngine[Any]] = {Kind.INTEGER: BigInteger(), Kind.TEXT: Text(), Kind.BYTES: LargeBinary()}


@lru_cache(maxsize=1_000)
def _microseconds(value: object) -> int | None:
    """Since 1970, of whatever holds a time. One statement asks for the same one several times."""
    try:
        moment = to_moment(value)
    except (ValueError, OverflowError):  # infinity
        return None
    return None if moment is None else to_microseconds(moment)


def _text_number(text: bytes | None) -> int | None:
    """The first 60 bits of the MD5, as PostgreSQL's side of it."""
    return None if text is None else int(hashlib.md5(text, usedforsecurity=False).hexdigest()[:15], 16)


class SqliteDialect:
    """SQLite's side of :class:`auditor.stores.sql.relation.Dialect`. Its values have types, its columns hardly any."""

    def as_text(self, column: Expression, kind: Kind) -> Expression:
        """Blobs as hex, whatever the column was declared to hold."""
        is_blob = func.typeof(column) == "blob"
        return case((is_blob, func.lower(func.hex(column))), else_=cast(column, Text)).collate("BINARY")

    def as_integer(self, column: Expression, kind: Kind) -> Expression:
        """Text that is no number becomes NULL; a bare cast would make it 0."""
        if kind is Kind.INTEGER:
            return column
        written = func.trim(cast(column, Text))
        digits = func.ltrim(written, "+-")
        is_number = (digits != "") & digits.op("NOT GLOB")("*[^0-9]*")
        return case((is_number, cast(written, BigInteger)))

    def is_no_integer(self, column: Expression, kind: Kind) -> Expression:
        """A column holds what was put there, whatever it was declared for, so every value is looked at."""
        written = func.trim(cast(column, Text))
        digits = func.ltrim(written, "+-")
        figures = func.ltrim(digits, "0")
        as_text = or_(
            digits == "",
            digits.op("GLOB")("*[^0-9]*"),
            func.length(written) - func.length(digits) > 1,
            func.length(figures) > _FIGURES,
            and_(func.length(figures) == _FIGURES, figures > str(BIGGEST)),
        )
        kind_of_value = func.typeof(column)
        return case(
            (kind_of_value == "integer", false()),
            (kind_of_value == "text", as_text),
            (kind_of_value == "real", column != cast(column, BigInteger)),
            else_=column.is_not(None),
        )

    def folded(self, text: Expression) -> Expression:
        """SQLite's ``lower`` knows ASCII only, which is what is wanted."""
        return func.lower(func.replace(text, "-", "")).collate("BINARY")

    def as_bigint(self, number: Expression) -> Expression:
        """Also what a column of numbers keeps as a floating-point number."""
        return cast(number, BigInteger)

    def text_number(self, text: Expression) -> Expression:
        """By a function of Python's, which gets bytes: text need not be UTF-8 here."""
        number: Expression = getattr(func, _TEXT_NUMBER)(cast(text, LargeBinary), type_=BigInteger)
        return number

    def packed(self, numbers: Expression) -> Expression | None:
        """Rows come from the same process, so nothing is gained by packing them."""
        return None

    def one_of(self, left: Expression, kind: Kind, values: Sequence[object]) -> Expression:
        """As a list of parameters. Integers are bound as 64 bits, whatever the column's width."""
        return is_one_of(left, values, BigInteger() if kind is Kind.INTEGER else None)

    def pairs(self, pairs: Sequence[tuple[int, int]]) -> FromClause:
        """One text of JSON, which SQLite takes apart by itself."""
        given = func.json_each(json.dumps(pairs)).table_valued("key", "value", name="given")
        low, high = (func.json_extract(given.c.value, f"$[{end}]", type_=BigInteger) for end in (0, 1))
        return select(given.c.key.label("n"), low.label("low"), high.label("high")).subquery("pairs")

    def among(self, number: Expression, wanted: Sequence[int]) -> Expression:
        """One text of JSON: of parameters there may be as few as 32,766 in all, and every range names its own."""
        given = func.json_each(json.dumps(list(wanted))).table_valued("value", name="wanted")
        return number.in_(select(given.c.value))

    def is_no(self, column: Expression, kind: Kind) -> Expression:
        """By what a value is, whatever its column was declared to hold."""
        return or_(is_one_of(column, [0], BigInteger()), is_one_of(column, NO_TEXTS, Text()))

    def moment(self, column: Expression, kind: Kind) -> Expression | None:
        """By a function of Python's, which reads a time as everything else of the auditor does."""
        read: Expression = getattr(func, _MICROSECONDS)(column, type_=BigInteger)
        return read

    def plainly(self, column: Expression, *, exact: bool) -> Expression:
        """As it is: the catalogue vouches for nothing, and hardly any column ignores case."""
        return column

    def written(self, value: object, column: Expression) -> Expression:
        """Bytes as a literal of hex digits: ``unhex`` is younger than many a client."""
        return literal_column(f"x'{value.hex()}'") if isinstance(value, bytes) else literal(value, column.type)

    def glob(self, text: Expression, pattern: str) -> Expression:
        """GLOB, with its character classes taken away. LIKE would ignore case."""
        return text.op("GLOB")(pattern.replace("[", "[[]"))


class SqliteStore(SqlStore):
    """A SQLite file."""

    joins_in_full = sqlite3.sqlite_version_info >= (3, 39)
    _give_up_at = math.inf
    _ended = False
    """Whether a statement was ended on purpose: it took too long, or its answer is no longer wanted."""

    def create_engine(self) -> Engine:
        """Connections that cannot write and never create a file."""
        uri = f"file:{quote(str(self._existing_file()))}?mode=ro"

        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(
                uri, uri=True, isolation_level=None, timeout=LOCK_TIMEOUT_MS / 1000, check_same_thread=False
            )
            connection.text_factory = READABLE
            return connection

        engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
        event.listen(engine, "connect", self._prepare)
        return engine

    def origin(self, connection: Connection, tables: Sequence[str]) -> str:
        """The file itself: one that was put in its place is another one."""
        status = self._existing_file().stat()
        return f"{status.st_dev}/{status.st_ino}"

    def _existing_file(self) -> Path:
        path = self.config.file or Path()
        try:
            is_file = stat.S_ISREG(path.stat().st_mode)
        except OSError as error:
            reason = "denied" if isinstance(error, PermissionError) else "unreachable"
            raise StoreError(self.name, reason, f"{str(path)!r}: {(error.strerror or 'no file').lower()}") from error
        if not is_file:
            raise StoreError(self.name, "unreachable", f"{str(path)!r} is no file")
        return path

    def _prepare(self, connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only = ON")
        connection.create_function(_TEXT_NUMBER, 1, _text_number, deterministic=True)
        connection.create_function(_MICROSECONDS, 1, _microseconds, deterministic=True)
        connection.set_progress_handler(self._is_over, _STEPS_BETWEEN_LOOKS)

    def _is_over(self) -> int:
        self._ended = self._ended or time.monotonic() > self._give_up_at
        return int(time.monotonic() > self._give_up_at)

    def restart_timeout(self) -> None:
        """A batch that is being worked on by the auditor is not the database's time."""
        super().restart_timeout()
        seconds = min(self.config.statement_timeout.total_seconds(), self.deadline.left())
        self._give_up_at = time.monotonic() + seconds

    def begin(self, connection: Connection) -> None:
        """A read transaction. Its moment is that of the first read, so that is made here."""
        self.restart_timeout()
        self._ended = False
        connection.exec_driver_sql("BEGIN")
        connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one()

    def describe(self, connection: Connection, name: str) -> Relation | None:
        """Columns from the schema. Declared types promise little, so anything unclear is decided by a value."""
        table = name.removeprefix("main.")
        quoted = connection.dialect.identifier_preparer.quote_identifier(table)
        rows = connection.exec_driver_sql(f"PRAGMA table_xinfo({quoted})").all()
        if not rows:
            return None
        declared = {str(row[1]): str(row[2]).upper() for row in rows}
        is_table = connection.execute(
            text("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = :name"), {"name": table}
        ).scalar_one()
        free = {alias for alias in _ROW_IDS if is_table} - {column.lower() for column in declared}
        declared |= dict.fromkeys(sorted(free), "INTEGER")
        bare = Table(table, MetaData(), *(Column(column, Text) for column in declared))
        kinds = {column: self._kind(connection, bare, column, kind) for column, kind in declared.items()}
        typed = Table(
            table, MetaData(), *(Column(column, _TYPES.get(kind, NullType())) for column, kind in kinds.items())
        )
        indexes, row_ids = self._indexes(connection, quoted), sorted(free)
        if not any(origin == "pk" for origin, _ in indexes):
            row_ids += [str(row[1]) for row in rows if row[5]]  # an INTEGER PRIMARY KEY is the row id by another name
        return Relation(
            self.name,
            name,
            typed,
            kinds,
            SqliteDialect(),
            required=frozenset({str(row[1]) for row in rows if row[3]} | set(row_ids)),
            indexes=(*(Index((name,), unique=True) for name in row_ids), *(index for _, index in indexes)),
        )

    def _indexes(self, connection: Connection, quoted: str) -> list[tuple[str, Index]]:
        """Complete indexes over plain columns, each with where it comes from. The row id is none of them."""
        found = []
        for _, name, unique, origin, is_partial in connection.exec_driver_sql(f"PRAGMA index_list({quoted})").all():
            quoted_name = connection.dialect.identifier_preparer.quote_identifier(name)
            columns = [row[2] for row in connection.exec_driver_sql(f"PRAGMA index_info({quoted_name})").all()]
            if not is_partial and None not in columns:
                found.append((str(origin), Index(tuple(map(str, columns)), bool(unique))))
        return found

    def _kind(self, connection: Connection, table: Table, column: str, declared: str) -> Kind:
        if "INT" in declared:
            return Kind.INTEGER
        if any(word in declared for word in ("CHAR", "CLOB", "TEXT")):
            return Kind.TEXT
        value = table.c[column]
        statement = table.select().with_only_columns(func.typeof(value)).where(value.is_not(None)).limit(1)
        sample = connection.execute(statement).scalar_one_or_none()
        return _SAMPLED.get(str(sample), Kind.TEXT)

    def now(self, connection: Connection) -> datetime:
        """The clock of this machine: SQLite has no other."""
        return datetime.now(UTC)

    def settle(self, log: LogConfig, sleep: Callable[[float], None]) -> Bounds:
        """One writer: whatever a snapshot does not show below its head will never appear there."""
        with self.snapshot() as snapshot:
            heads = {partition: extent.last for partition, extent in snapshot.extents(log).items()}
        return Bounds(Settlement(how=How.ONE_WRITER), heads)

    def highest_drawn(self, log: LogConfig) -> int | None:
        """What AUTOINCREMENT remembers, where the table uses it."""
        with self.transaction() as connection:
            known = text("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'")
            if not connection.execute(known).scalar_one():
                return None
            drawn = text("SELECT max(seq) FROM sqlite_sequence WHERE name = :table")
            value = connection.execute(drawn, {"table": log.table.removeprefix("main.")}).scalar_one()
            return None if value is None else int(value)

    def end(self, connected: object, *, cut: bool) -> None:
        """What is interrupted ends with an error of its own."""
        if isinstance(connected, sqlite3.Connection):
            self._ended = True
            connected.interrupt()

    def driver_errors(self) -> tuple[type[Exception], ...]:
        """sqlite3's own, as SQLAlchemy passes them on, and SQLAlchemy's."""
        return (SQLAlchemyError, sqlite3.Error)

    def explain(self, error: Exception) -> tuple[str, str]:
        """SQLite has few error types; its messages are stable.

        Ctrl-C in the middle of a statement strikes in what Python lends to SQLite, which knows it as an error only.
        """
        message = str(getattr(error, "orig", None) or error)
        if not self._ended and any(part in message for part in ("interrupted", "user-defined function raised")):
            raise KeyboardInterrupt from error
        known = {
            "interrupted": ("timeout", f"gave up (statement_timeout = {lasting(self.config.statement_timeout)})"),
            "unable to open": ("denied", f"{message} {str(self.config.file)!r}"),
            "not a database": ("unreachable", message),
            "malformed": ("unreachable", message),
            "locked": ("timeout", message),
            "no such table": ("missing-table", message),
            "no such column": ("missing-column", message),
        }
        return next((told for part, told in known.items() if part in message), ("failed", message))
