"""Which positions were sent again, to whom and when: what audits have to know so as not to misread what came of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from auditor.ledger.batches import batches
from auditor.ledger.schema import redelivery_spans
from checks.model.event import Event
from checks.model.journal import How, Span


def note(connection: Connection, number: int, spans: Iterable[Span]) -> None:
    """Add spans of a redelivery."""
    if rows := [_row(number, span) for span in spans]:
        connection.execute(insert(redelivery_spans), rows)


def recall(connection: Connection, of: str, names: Iterable[str]) -> dict[str, list[Span]]:
    """Maximal spans, by partition and position; names without any are left out."""
    table = redelivery_spans.c
    found: dict[str, list[Span]] = {}
    for batch in batches(names):
        statement = select(redelivery_spans).where(table.of == of, table.name.in_(batch))
        for row in standing(connection.execute(statement).mappings().all()):
            found.setdefault(row["name"], []).append(_span(row))
    return {name: list(merged(spans)) for name, spans in found.items()}


def in_doubt(connection: Connection, names: Iterable[str]) -> list[tuple[int, Span]]:
    """Copies in these logs of which nobody knows whether they were committed, each with its redelivery."""
    table = redelivery_spans.c
    found: list[tuple[int, Span]] = []
    for batch in batches(names):
        statement = select(redelivery_spans).where(table.of == "log", table.name.in_(batch)).order_by(table.id)
        rows = standing(connection.execute(statement).mappings().all())
        found += [(row["redelivery"], _span(row)) for row in rows if row["how"] == How.COPYING]
    return found


def standing(rows: Sequence[RowMapping]) -> list[RowMapping]:
    """What holds of all that was noted. ``rows``: of the table, all of some names.

    Left out is what was withdrawn later, as nothing was sent, and a copy's first note where it is known to be there.
    """
    later: dict[str, set[tuple[object, ...]]] = {How.WITHDRAWN: set(), How.COPIED: set()}
    for row in rows:
        if row["how"] in later:
            later[row["how"]].add(_noted(row))
    withdrawn, copied = later[How.WITHDRAWN], later[How.COPIED]
    if not withdrawn and not copied:
        return list(rows)
    return [
        row
        for row in rows
        if row["how"] != How.WITHDRAWN
        and not (withdrawn and _noted(row) in withdrawn)
        and not (row["how"] == How.COPYING and _noted(row) in copied)
    ]


def _noted(row: RowMapping) -> tuple[object, ...]:
    return tuple(row[word] for word in ("redelivery", "of", "name", "partition", "first", "last", "at"))


def merged(spans: Sequence[Span]) -> Iterator[Span]:
    """Spans of one name as few as possible: those that overlap or follow each other become one, if alike."""
    last: Span | None = None
    for span in sorted(spans, key=_place):
        if last is not None and _group(last) == _group(span) and span.first <= last.last + 1 and span.row is None:
            last = replace(last, last=max(last.last, span.last), at=min(last.at, span.at))
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _group(span: Span) -> tuple[bool, str, How]:
    return span.partition is not None, span.partition or "", span.how


def _place(span: Span) -> tuple[tuple[bool, str, How], int, int]:
    return _group(span), span.first, span.last


def row_of(row: RowMapping) -> Event:
    """What the row of a copy says of itself, as far as it was noted."""
    return Event(id=row["event_id"], stream=row["stream"], version=row["version"])


def _row(number: int, span: Span) -> dict[str, Any]:
    return {
        "redelivery": number,
        "of": span.of,
        "name": span.name,
        "partition": span.partition,
        "first": span.first,
        "last": span.last,
        "how": span.how.value,
        "at": span.at,
        "event_id": None if span.row is None else span.row.id,
        "stream": None if span.row is None else span.row.stream,
        "version": None if span.row is None else span.row.version,
    }


def _span(row: RowMapping) -> Span:
    return Span(
        of=row["of"],
        name=row["name"],
        partition=row["partition"],
        first=row["first"],
        last=row["last"],
        how=How(row["how"]),
        at=row["at"],
        row=row_of(row) if row["how"] == How.COPYING else None,
    )
