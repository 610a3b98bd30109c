"""The journal of redeliveries: a line for every step of every event. Lines are added, and never changed or removed.

A plan may hold very many events, so lines are read some at a time, and the ledger is let go of in between.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, insert, or_, select, true

from auditor.ledger.batches import batches
from auditor.ledger.schema import redeliveries, redelivery_lines
from checks.attempts import attempts_in
from checks.identities import key_of
from checks.model.event import Event
from checks.model.journal import About, Line
from checks.model.redelivery import Step

AT_ONCE = 4_000
"""Lines that one look at the ledger reads."""

Reading = Callable[[], AbstractContextManager[Connection]]

_table = redelivery_lines.c


def write(connection: Connection, number: int, lines: Iterable[Line]) -> None:
    """Add lines of a redelivery, in their order."""
    if rows := [_row(number, line) for line in lines]:
        connection.execute(insert(redelivery_lines), rows)


def last_steps(reading: Reading, plan: str) -> Iterator[Line]:
    """The last line of each consumer and event over all redeliveries of a plan, as they stand when it is begun."""
    with reading() as connection:
        numbers = connection.execute(select(redeliveries.c.id).where(redeliveries.c.plan == plan)).scalars().all()
        newest = connection.execute(select(func.max(_table.id)).where(_table.redelivery.in_(numbers))).scalar_one() or 0
    for number in sorted(numbers):
        after = 0
        while True:
            with reading() as connection:
                rows = _after(connection, number, after, _table.id <= newest)
                last = _last_ids(connection, {row["subject"] for row in rows}, set(numbers), newest)
            yield from (line_of(row) for row in rows if row["id"] in last)
            if len(rows) < AT_ONCE:
                break
            after = rows[-1]["id"]


def lines(reading: Reading, number: int, consumer: str | None, about: Sequence[About]) -> Iterator[Line]:
    """The lines of a redelivery, the oldest first: of one consumer, and about one of these, if there are any."""
    wanted = [] if consumer is None else [_table.consumer == consumer]
    wanted += [about_any(about)] if about else []
    after = 0
    while True:
        with reading() as connection:
            rows = _after(connection, number, after, *wanted)
        yield from map(line_of, rows)
        if len(rows) < AT_ONCE:
            return
        after = rows[-1]["id"]


def attempts(connection: Connection, consumer: str, keys: Iterable[str]) -> dict[str, int]:
    """How often each of these events was given to a target for the consumer, in whatever plan."""
    found: dict[str, int] = {}
    for batch in batches(dict.fromkeys(keys)):
        by_subject = {subject_of(consumer, key): key for key in batch}
        found |= dict.fromkeys(batch, 0)
        statement = (
            select(_table.subject, _table.step)
            .where(_table.subject.in_(by_subject))
            .order_by(_table.subject, _table.id)
        )
        for subject, rows in groupby(connection.execute(statement), key=lambda row: row.subject):
            found[by_subject[subject]] = attempts_in(Step(row.step) for row in rows)
    return found


def of_event(connection: Connection, consumer: str, key: str) -> list[Line]:
    """Everything that is known of one event and consumer, the oldest first."""
    statement = select(redelivery_lines).where(_table.subject == subject_of(consumer, key)).order_by(_table.id)
    return [line_of(row) for row in connection.execute(statement).mappings()]


def about_any(wanted: Sequence[About]) -> ColumnElement[bool]:
    """Lines about one of these. They are not indexed by it: nobody but people asks so."""
    return or_(*(and_(true(), *_agrees(each)) for each in wanted))


def _agrees(wanted: About) -> Iterator[ColumnElement[bool]]:
    event = wanted.event
    named = (
        (_table.partition, event.partition),
        (_table.position, event.position),
        (_table.event_id, event.id),
        (_table.stream, event.stream),
        (_table.version, event.version),
        (_table.type, event.type),
    )
    yield from (column == value for column, value in named if value is not None)
    if wanted.consumers is not None:
        yield _table.consumer.in_(wanted.consumers)


def _after(connection: Connection, number: int, after: int, *wanted: ColumnElement[bool]) -> Sequence[RowMapping]:
    statement = select(redelivery_lines).where(_table.redelivery == number, _table.id > after, *wanted)
    return connection.execute(statement.order_by(_table.id).limit(AT_ONCE)).mappings().all()


def _last_ids(connection: Connection, subjects: Iterable[str], numbers: set[int], newest: int) -> set[int]:
    """The last line of each in these redeliveries. Picked out here: only the index on subjects serves."""
    found: dict[str, int] = {}
    for batch in batches(subjects):
        statement = select(_table.subject, _table.id, _table.redelivery).where(_table.subject.in_(batch))
        for subject, line, number in connection.execute(statement):
            if number in numbers and line <= newest:
                found[subject] = max(line, found.get(subject, 0))
    return set(found.values())


def subject_of(consumer: str, key: str) -> str:
    """Of one length, whatever audited databases hold, so that it can stand in an index; no two are the same."""
    return sha256(json.dumps([consumer, key]).encode("ascii")).hexdigest()[:32]


def _row(number: int, line: Line) -> dict[str, Any]:
    event = line.event
    return {
        "redelivery": number,
        "subject": subject_of(line.consumer, key_of(event)),
        "batch": line.batch,
        "consumer": line.consumer,
        "partition": event.partition,
        "position": event.position,
        "event_id": event.id,
        "stream": event.stream,
        "version": event.version,
        "type": event.type,
        "step": line.step.value,
        "detail": line.detail,
        "at": line.at,
    }


def line_of(row: RowMapping) -> Line:
    """A row of the table as the line that it holds."""
    event = Event(
        position=row["position"],
        id=row["event_id"],
        stream=row["stream"],
        version=row["version"],
        type=row["type"],
        partition=row["partition"],
    )
    return Line(
        number=row["redelivery"],
        batch=row["batch"],
        consumer=row["consumer"],
        event=event,
        step=Step(row["step"]),
        detail=row["detail"],
        at=row["at"],
    )
