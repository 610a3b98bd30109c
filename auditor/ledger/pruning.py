"""Removes what is old, a bounded piece of work a transaction, so that others can record in between.

What is open stays, and each audit's last run, and the newest memory of each log and consumer, however old they are.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, select

from auditor.ledger.batches import batches
from auditor.ledger.packing import unpack
from auditor.ledger.pieces import names_in
from auditor.ledger.schema import (
    audits,
    documents,
    findings,
    memories,
    memory_parts,
    observations,
    openings,
    pieces,
    runs,
    standings,
)
from auditor.ledger.subjects import lock_all
from auditor.ledger.summaries import Pruned

AT_ONCE = 2_000
"""Rows of one table that one transaction removes."""


def prunable(connection: Connection, before: datetime) -> Pruned:
    """How much there is to remove, without the pieces of documents, which nobody counts."""

    def count(table: Table, is_old: ColumnElement[bool]) -> int:
        return int(connection.execute(select(func.count()).select_from(table).where(is_old)).scalar_one())

    return Pruned(
        runs=count(runs, _is_old_run(before)),
        openings=count(openings, openings.c.closed_at < before),
        observations=count(observations, observations.c.at < before),
        memories=count(memories, _is_old_memory(before)),
    )


def _is_old_run(before: datetime) -> ColumnElement[bool]:
    last = select(func.max(audits.c.seq)).group_by(audits.c.audit)
    return and_(runs.c.started < before, runs.c.seq.not_in(last))


def _is_old_memory(before: datetime) -> ColumnElement[bool]:
    newer = memories.alias("newer")
    is_succeeded = exists().where(
        newer.c.of == memories.c.of, newer.c.name == memories.c.name, newer.c.saved > memories.c.saved
    )
    return and_(memories.c.saved < before, is_succeeded)


def old_runs(connection: Connection, before: datetime) -> int:
    """Remove runs, :data:`AT_ONCE` at the most; returns how many."""
    old = select(runs.c.seq).where(_is_old_run(before)).order_by(runs.c.seq)
    doomed = list(connection.execute(old.limit(AT_ONCE)).scalars())
    for table in (findings, audits, documents, runs):
        _delete(connection, table, doomed)
    return len(doomed)


def orphaned_pieces(connection: Connection, before: datetime) -> None:
    """Remove the pieces of documents that no run needs any more."""
    lock_all(connection)
    doomed = set(connection.execute(select(pieces.c.name).where(pieces.c.needed < before)).scalars())
    kept = select(documents.c.body).join(runs, runs.c.seq == documents.c.seq).where(runs.c.started < before)
    for body in connection.execute(kept).scalars() if doomed else ():
        doomed.difference_update(names_in(unpack(body)))
    for batch in batches(doomed):
        connection.execute(delete(pieces).where(pieces.c.name.in_(batch)))


def closed(connection: Connection, before: datetime) -> int:
    """Remove events that were closed before, :data:`AT_ONCE` at the most; returns how many."""
    connection.execute(delete(standings).where(standings.c.closed_at < before))
    return _rows_before(connection, openings, openings.c.closed_at < before)


def old_observations(connection: Connection, before: datetime) -> int:
    """Remove places of cursors and heads, :data:`AT_ONCE` at the most; returns how many."""
    return _rows_before(connection, observations, observations.c.at < before)


def old_memories(connection: Connection, before: datetime) -> int:
    """Remove memories that another way of reading the same has succeeded; returns how many."""
    lock_all(connection)
    removed = connection.execute(delete(memories).where(_is_old_memory(before))).rowcount
    parts, here = memory_parts.c, memories.c
    is_kept = exists().where(and_(here.of == parts.of, here.name == parts.name, here.key == parts.key))
    connection.execute(delete(memory_parts).where(~is_kept))
    return removed


def _rows_before(connection: Connection, table: Table, is_old: ColumnElement[bool]) -> int:
    doomed = list(connection.execute(select(table.c.id).where(is_old).limit(AT_ONCE)).scalars())
    for batch in batches(doomed):
        connection.execute(delete(table).where(table.c.id.in_(batch)))
    return len(doomed)


def _delete(connection: Connection, table: Table, doomed: Sequence[int]) -> None:
    for batch in batches(doomed):
        connection.execute(delete(table).where(table.c.seq.in_(batch)))
