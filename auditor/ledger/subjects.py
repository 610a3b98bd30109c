"""The logs and consumers of a ledger, one row each: locked by whoever records, always in the same order.

SQLite has one writer anyway; on PostgreSQL two runs that audit the same things record one after the other, and two that
audit others do not wait.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from auditor.ledger.schema import subjects


class Last(NamedTuple):
    """The last audit that counted: the number of its run, and when that began."""

    seq: int
    started: datetime


def lock(connection: Connection, names: Iterable[str]) -> dict[str, Last]:
    """Lock the rows of these until the transaction ends. Nothing may be locked before.

    Rows that are missing are added before any is locked: who waits for a row to be added then holds none that the
    other could want. Returns the last audit of those that have had one.
    """
    ordered = sorted(set(names))
    here = subjects.c.name.in_(ordered)
    known = set(connection.execute(select(subjects.c.name).where(here)).scalars())
    if missing := [{"name": name} for name in ordered if name not in known]:
        kind = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(kind.insert(subjects).on_conflict_do_nothing(), missing)
    statement = select(subjects).where(here).order_by(subjects.c.name).with_for_update()
    rows = connection.execute(statement).all()
    return {row.name: Last(row.seq, row.started) for row in rows if row.seq is not None}


def lock_all(connection: Connection) -> None:
    """Lock the rows of all that are known."""
    connection.execute(select(subjects.c.name).order_by(subjects.c.name).with_for_update()).all()


def advance(connection: Connection, names: Iterable[str], seq: int, started: datetime) -> None:
    """Note that the audits of a run count."""
    if wanted := sorted(names):
        connection.execute(update(subjects).where(subjects.c.name.in_(wanted)).values(seq=seq, started=started))
