"""Earlier runs: which there were, what one of them said, and what was open then."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, Select, func, or_, select

from auditor.ledger import pipeline_documents
from auditor.ledger.batches import batches
from auditor.ledger.failures import DamagedError, LedgerError
from auditor.ledger.packing import unpack
from auditor.ledger.pieces import whole
from auditor.ledger.result_documents import from_document, incremental_in
from auditor.ledger.schema import audits, documents, runs
from auditor.ledger.schema import openings as opening_rows
from auditor.ledger.succession import counted_back, place_of
from auditor.ledger.summaries import Opening, RunSummary
from auditor.result import Result
from checks.model.event import Event
from checks.model.finding import Verdict
from checks.model.graph import Graph
from checks.model.result import Outcome
from checks.wording import counted

_LAST = re.compile(r"last(?:~(\d{1,9}))?")


class Filter(NamedTuple):
    """Which runs are wanted; ``None``: whatever it is."""

    audit: str | None
    verdict: Outcome | None
    since: datetime | None
    until: datetime | None
    limit: int | None


def runs_of(connection: Connection, wanted: Filter) -> list[RunSummary]:
    """Runs, the newest first."""
    rows = connection.execute(_limited(_newest_first(), wanted)).all()
    seqs = [row.seq for row in rows]
    verdicts, incremental = _verdicts(connection, seqs), _incremental(connection, seqs)
    return [
        RunSummary(
            run=row.run,
            started=row.started,
            finished=row.finished,
            verdict=Outcome(row.verdict),
            errors=row.errors,
            warnings=row.warnings,
            infos=row.infos,
            audits=verdicts.get(row.seq, {}),
            incremental=incremental.get(row.seq),
            version=row.version,
            config=row.config,
        )
        for row in rows
    ]


def result(connection: Connection, label: str, run: str) -> Result:
    """What a run said. LedgerError: there is none of that name, or several."""
    seq = find(connection, label, run)
    body = connection.execute(select(documents.c.body).where(documents.c.seq == seq)).scalar_one()
    try:
        return from_document(whole(connection, body))
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedError("a document in it is damaged") from error


def pipeline(connection: Connection, label: str, run: str) -> Graph | None:
    """The pipeline with which a run was made, if that was recorded. LedgerError: as :func:`result`."""
    seq = find(connection, label, run)
    statement = select(documents.c.body, runs.c.started).join(runs, runs.c.seq == documents.c.seq)
    body, started = connection.execute(statement.where(documents.c.seq == seq)).one()
    try:
        kept = unpack(body).get(pipeline_documents.KEY)
        return None if kept is None else pipeline_documents.from_document(kept, started)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DamagedError("a document in it is damaged") from error


def openings(connection: Connection, label: str, run: str) -> list[Opening]:
    """Events that were open when a run had been recorded, by audit, check and position."""
    seq = find(connection, label, run)
    table = opening_rows.c
    statement = (
        select(opening_rows)
        .where(table.opened_seq <= seq, or_(table.closed_seq.is_(None), table.closed_seq > seq))
        .order_by(table.audit, table.check, table.position, table.id)
    )
    return [_opening(row) for row in connection.execute(statement).mappings()]


def in_order(connection: Connection, label: str, named: Iterable[str]) -> list[str]:
    """The ids of these runs, the earliest first. LedgerError: as :func:`find`."""
    places = sorted(place_of(connection, find(connection, label, run)) for run in named)
    found = dict(
        connection.execute(select(runs.c.seq, runs.c.run).where(runs.c.seq.in_([each.seq for each in places]))).all()
    )
    return [found[each.seq] for each in places]


def find(connection: Connection, label: str, run: str) -> int:
    """The number of a run: by its id, an unambiguous beginning of it, ``last`` or ``last~N``."""
    if match := _LAST.fullmatch(run):
        found_back = counted_back(connection, int(match[1] or 0))
        if found_back is None:
            there = connection.execute(select(func.count()).select_from(runs)).scalar_one()
            raise LedgerError(f"ledger {label}: holds {counted(there, 'run')}, so there is no {run!r}")
        return found_back
    found = _called(connection, run)
    if len(found) != 1:
        how_many = "no run" if not found else f"several runs, {found[0].run} and {found[1].run} among them,"
        raise LedgerError(f"ledger {label}: holds {how_many} called {run!r} (auditor history lists them)")
    return int(found[0].seq)


def _called(connection: Connection, run: str) -> Sequence[Any]:
    """The run of that id, else two at the most whose ids begin so."""
    if not (run.isascii() and run.isprintable()) or not run:
        return ()  # no id is like that, and no driver has to be asked what it thinks of it
    which = select(runs.c.seq, runs.c.run)
    exact = connection.execute(which.where(runs.c.run == run)).all()
    return exact or connection.execute(which.where(func.substr(runs.c.run, 1, len(run)) == run).limit(2)).all()


def _newest_first() -> Select[Any]:
    return select(runs).order_by(runs.c.started.desc(), runs.c.seq.desc())


def _limited(statement: Select[Any], wanted: Filter) -> Select[Any]:
    if wanted.audit is not None:
        statement = statement.join(audits, audits.c.seq == runs.c.seq).where(audits.c.audit == wanted.audit)
    if wanted.verdict is not None:
        verdict = runs.c.verdict if wanted.audit is None else audits.c.verdict
        statement = statement.where(verdict == wanted.verdict.value)
    if wanted.since is not None:
        statement = statement.where(runs.c.started >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(runs.c.started <= wanted.until)
    return statement if wanted.limit is None else statement.limit(wanted.limit)


def _verdicts(connection: Connection, seqs: Sequence[int]) -> Mapping[int, Mapping[str, Outcome]]:
    found: dict[int, dict[str, Outcome]] = {}
    table = audits.c
    for batch in batches(seqs):
        statement = select(table.seq, table.audit, table.verdict).where(table.seq.in_(batch))
        for seq, audit, verdict in connection.execute(statement.order_by(table.seq, table.number)):
            found.setdefault(seq, {})[audit] = Outcome(verdict)
    return found


def _incremental(connection: Connection, seqs: Sequence[int]) -> Mapping[int, frozenset[str] | None]:
    """The audits that left out what earlier runs had verified, by run; a run is left out if its document is damaged."""
    found: dict[int, frozenset[str] | None] = {}
    for batch in batches(seqs):
        statement = select(documents.c.seq, documents.c.body).where(documents.c.seq.in_(batch))
        for seq, body in connection.execute(statement):
            with suppress(DamagedError, KeyError, TypeError):
                found[seq] = incremental_in(unpack(body))
    return found


def _opening(known: RowMapping) -> Opening:
    event = Event(
        position=known["position"],
        id=known["event_id"],
        stream=known["stream"],
        version=known["version"],
        type=known["type"],
        time=known["time"],
        partition=known["event_partition"],
    )
    return Opening(
        audit=known["audit"],
        check=known["check"],
        partition=known["partition"],
        key=known["key"],
        event=event,
        verdict=Verdict(known["verdict"]),
        opened_run=known["opened_run"],
        opened_at=known["opened_at"],
        closed_run=known["closed_run"],
        closed_at=known["closed_at"],
    )
