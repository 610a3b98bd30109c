"""How the totals of audits went from run to run."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.engine import Connection

from auditor.ledger.batches import batches
from auditor.ledger.schema import audits, findings, runs
from checks.model.finding import Verdict
from checks.model.recorded import Measured
from checks.model.result import Outcome

_LATE = ("lagging", "stalled", "cursor-absent")


def measured(connection: Connection, names: Collection[str], until: datetime, most_runs: int) -> list[Measured]:
    """The totals of these audits in the last runs that began until then, that one included, the oldest first."""
    latest = select(runs.c.seq).where(runs.c.started <= until).order_by(runs.c.started.desc(), runs.c.seq.desc())
    seqs = [int(row.seq) for row in connection.execute(latest.limit(most_runs))]
    wanted = set(names)
    rows = (row for batch in batches(seqs) for row in _rows(connection, batch) if row.audit in wanted)
    found = [
        Measured(
            audit=row.audit,
            of=row.of,
            run=row.run,
            at=row.started,
            verdict=Outcome(row.verdict),
            produced=row.produced,
            missing=row.missing,
            pending=row.pending,
            lagging=int(row.late or 0),
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: each.at)


def _rows(connection: Connection, seqs: Collection[int]) -> Iterator[Any]:
    return iter(connection.execute(_statement(seqs)))


def _statement(seqs: Collection[int]) -> Select[Any]:
    """A row for each audit of these runs, with how many events its consumer was late with."""
    late = (
        select(findings.c.seq, findings.c.audit, func.sum(findings.c.count).label("late"))
        .where(findings.c.seq.in_(seqs), findings.c.check.in_(_LATE), findings.c.verdict == Verdict.CONFIRMED.value)
        .group_by(findings.c.seq, findings.c.audit)
        .subquery()
    )
    totals = (audits.c.produced, audits.c.missing, audits.c.pending)
    return (
        select(audits.c.audit, audits.c.of, audits.c.verdict, *totals, runs.c.run, runs.c.started, late.c.late)
        .select_from(audits)
        .join(runs, runs.c.seq == audits.c.seq)
        .outerjoin(late, and_(late.c.seq == audits.c.seq, late.c.audit == audits.c.audit))
        .where(audits.c.seq.in_(seqs))
        .order_by(runs.c.started, audits.c.seq, audits.c.number)
    )
