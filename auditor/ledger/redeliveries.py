"""Redeliveries: each apply of a plan to a target is one row, which is written as it begins and never changed."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, exists, func, insert, select

from auditor.ledger import redelivery_lines
from auditor.ledger.batches import batches
from auditor.ledger.failures import DamagedError
from auditor.ledger.schema import redeliveries, runs
from auditor.ledger.schema import redelivery_lines as line_rows
from checks.model.journal import SEEN_AT_THE_CONSUMER, About, Attempt, Line, RecordedRedelivery, Redelivery, SentAgain
from checks.model.redelivery import Step

_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which redeliveries are wanted; ``None``, or nothing: whatever it is.

    ``plan``: a hash or its beginning. ``about``: those that came to one of these.
    Both moments are included.
    """

    plan: str | None = None
    consumer: str | None = None
    about: Sequence[About] = ()
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None


def begin(connection: Connection, redelivery: Redelivery) -> int:
    """Write down that it begins. Returns its number."""
    values = {
        "plan": redelivery.plan,
        "run": redelivery.run,
        "target": redelivery.target,
        "kind": redelivery.kind,
        "consumers": json.dumps(redelivery.consumers),
        "heard_by": json.dumps(redelivery.heard_by),
        "user": redelivery.user,
        "host": redelivery.host,
        "reason": redelivery.reason,
        "ticket": redelivery.ticket,
        "at": redelivery.at,
        "options": json.dumps(dict(redelivery.options)),
    }
    number: int = connection.execute(insert(redeliveries).returning(redeliveries.c.id), values).scalar_one()
    return number


def knows(connection: Connection, run: str, plan: str) -> bool:
    """Whether there is a run, or a redelivery of a plan."""
    is_there = exists().where(runs.c.run == run) | exists().where(redeliveries.c.plan == plan)
    return bool(connection.execute(select(is_there)).scalar_one())


def recorded(reading: Callable[[], AbstractContextManager[Connection]], wanted: Filter) -> list[RecordedRedelivery]:
    """Those that are wanted, the newest first. A moment of the ledger for each: they are never changed."""
    found = [*islice(_newest_first(reading, wanted), wanted.limit)]
    counted = []
    for redelivery in found:
        with reading() as connection:
            counted.append(RecordedRedelivery(redelivery=redelivery, counts=_counts(connection, redelivery.number)))
    return counted


def of_event(connection: Connection, consumer: str, key: str) -> list[SentAgain]:
    """The redeliveries that came to one event for a consumer, the oldest first."""
    by_number: dict[int, list[Line]] = {}
    for line in redelivery_lines.of_event(connection, consumer, key):
        by_number.setdefault(line.number, []).append(line)
    found = []
    for batch in batches(by_number):
        statement = select(redeliveries).where(redeliveries.c.id.in_(batch)).order_by(redeliveries.c.id)
        for row in connection.execute(statement).mappings():
            attempt = Attempt(lines=tuple(by_number[row["id"]]))
            found.append(SentAgain(redelivery=_redelivery(row), attempt=attempt))
    return found


def _newest_first(reading: Callable[[], AbstractContextManager[Connection]], wanted: Filter) -> Iterator[Redelivery]:
    statement = select(redeliveries).where(*_conditions(wanted)).order_by(redeliveries.c.id.desc()).limit(_AT_ONCE)
    rows: Sequence[RowMapping] = ()
    while True:
        with reading() as connection:
            rows = connection.execute(_before(statement, rows)).mappings().all()
        found = (_redelivery(row) for row in rows)
        yield from (each for each in found if wanted.consumer is None or wanted.consumer in each.consumers)
        if len(rows) < _AT_ONCE:
            return


def _before(statement: Select[Any], rows: Sequence[RowMapping]) -> Select[Any]:
    return statement.where(redeliveries.c.id < rows[-1]["id"]) if rows else statement


def _conditions(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    table = redeliveries.c
    if wanted.plan is not None:
        yield func.substr(table.plan, 1, len(wanted.plan)) == wanted.plan
    if wanted.since is not None:
        yield table.at >= wanted.since
    if wanted.until is not None:
        yield table.at <= wanted.until
    if wanted.about:
        lines = select(line_rows.c.redelivery).where(redelivery_lines.about_any(wanted.about))
        if wanted.consumer is not None:
            lines = lines.where(line_rows.c.consumer == wanted.consumer)
        yield table.id.in_(lines)


def _counts(connection: Connection, number: int) -> Mapping[Step, int]:
    table = line_rows.c
    is_seen = table.step.in_(sorted(SEEN_AT_THE_CONSUMER))
    last = select(func.max(table.id)).where(table.redelivery == number).group_by(table.subject, is_seen)
    statement = select(table.step, func.count()).where(table.id.in_(last)).group_by(table.step)
    found = {Step(step): count for step, count in connection.execute(statement)}
    return {step: found[step] for step in Step if step in found}


def _redelivery(row: RowMapping) -> Redelivery:
    try:
        return Redelivery(
            number=row["id"],
            plan=row["plan"],
            run=row["run"],
            target=row["target"],
            kind=row["kind"],
            consumers=tuple(json.loads(row["consumers"])),
            heard_by=tuple(json.loads(row["heard_by"])),
            user=row["user"],
            host=row["host"],
            at=row["at"],
            reason=row["reason"],
            ticket=row["ticket"],
            options=json.loads(row["options"]),
        )
    except (TypeError, ValueError) as error:
        raise DamagedError("a redelivery in it is damaged") from error
