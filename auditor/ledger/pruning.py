"""Removes what is old. What is open stays, and each audit's last run, and memories as long as they are the newest."""

from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, func, select

from auditor.ledger.schema import audits, documents, findings, memories, memory_parts, observations, openings, runs
from auditor.ledger.schema import standings as standing_rows
from auditor.ledger.summaries import Pruned


def prune(connection: Connection, before: datetime) -> Pruned:
    """Remove what is older than ``before``."""
    return Pruned(
        runs=_runs(connection, before),
        openings=_openings(connection, before),
        observations=connection.execute(delete(observations).where(observations.c.at < before)).rowcount,
        memories=_memories(connection, before),
    )


def _runs(connection: Connection, before: datetime) -> int:
    last = select(func.max(audits.c.seq)).group_by(audits.c.audit)
    old = select(runs.c.seq).where(runs.c.started < before, runs.c.seq.not_in(last))
    doomed = list(connection.execute(old).scalars())
    for number in doomed:
        for table in (findings, audits, documents, runs):
            connection.execute(delete(table).where(table.c.seq == number))
    return len(doomed)


def _openings(connection: Connection, before: datetime) -> int:
    for table in (standing_rows,):
        connection.execute(delete(table).where(table.c.closed_at < before))
    return connection.execute(delete(openings).where(openings.c.closed_at < before)).rowcount


def _memories(connection: Connection, before: datetime) -> int:
    newer = memories.alias("newer")
    is_succeeded = exists().where(
        newer.c.of == memories.c.of, newer.c.name == memories.c.name, newer.c.saved > memories.c.saved
    )
    removed = connection.execute(delete(memories).where(memories.c.saved < before, is_succeeded)).rowcount
    parts, here = memory_parts.c, memories.c
    is_kept = exists().where(and_(here.of == parts.of, here.name == parts.name, here.key == parts.key))
    connection.execute(delete(memory_parts).where(~is_kept))
    return removed
