"""Which run came after which: by when they began, as long as their clocks can be believed.

Runs that wait for a busy ledger are recorded in another order than they began in, so the order of recording alone does
not say it. But nobody waits for long. Of a run that began, by its clock, long after one had finished that was recorded
later, one of the two clocks was wrong; then it came before all that were recorded later.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import heappush, heappushpop
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from auditor.ledger.schema import runs

LONGEST_WAIT = timedelta(minutes=10)
"""Longer than any run waits for its ledger when it has finished (:mod:`auditor.ledger.locks`)."""
AT_ONCE = 1_000
"""How many runs are read at once."""


class Place(NamedTuple):
    """Where a run stands among all: the higher, the later."""

    at: datetime
    seq: int


class _Later(NamedTuple):
    """The earliest beginning and end of all runs that were recorded later."""

    began: datetime
    finished: datetime


def counted_back(connection: Connection, back: int) -> int | None:
    """The number of the run that stands so many before the last one; ``None``: there are not so many."""
    last: list[Place] = []
    later: _Later | None = None
    for row in _last_recorded_first(connection):
        if len(last) > back and later is not None and max(later.began, later.finished + LONGEST_WAIT) < last[0].at:
            break  # whatever was recorded before stands before them
        place = _place(row.seq, row.started, later)
        (heappush if len(last) <= back else heappushpop)(last, place)
        began, finished = (row.started, row.finished) if later is None else later
        later = _Later(min(began, row.started), min(finished, row.finished))
    return last[0].seq if len(last) > back else None


def place_of(connection: Connection, seq: int) -> Place:
    """Where a run stands."""
    began, finished = connection.execute(
        select(func.min(runs.c.started), func.min(runs.c.finished)).where(runs.c.seq > seq)
    ).one()
    started = connection.execute(select(runs.c.started).where(runs.c.seq == seq)).scalar_one()
    return _place(seq, started, None if began is None else _Later(began, finished))


def _place(seq: int, started: datetime, later: _Later | None) -> Place:
    is_believed = later is None or started <= later.finished + LONGEST_WAIT
    return Place(started if later is None or is_believed else later.began, seq)


def _last_recorded_first(connection: Connection) -> Iterator[Any]:
    statement = select(runs.c.seq, runs.c.started, runs.c.finished).order_by(runs.c.seq.desc()).limit(AT_ONCE)
    some = connection.execute(statement).all()
    while some:
        yield from some
        some = connection.execute(statement.where(runs.c.seq < some[-1].seq)).all()
