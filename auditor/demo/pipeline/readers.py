"""Who reads the integration streams: statements, which has read v1 for years, and insights, a newcomer on v2.

What is missing at the end of a pipeline was lost somewhere on the way. Statements lacks events for three reasons, and
at only one of them it is to blame.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from auditor.demo.databases import create
from auditor.demo.faults import Fault, Hop, at_positions
from auditor.demo.pipeline.streams import Published
from checks.model.finding import Verdict
from checks.model.result import LostAt

TAIL = 5
"""How many of the last rows of v1 are lost."""
LATE, BULK, SEAM, READ = 10, 420, 9, 800
"""Of v2: with which row the newcomer's bulk load began, and ended; how many fell into the seam; how far it has come."""

SCHEMA = """
CREATE TABLE received (number INTEGER PRIMARY KEY, event TEXT NOT NULL);
CREATE TABLE cursor (position INTEGER NOT NULL);
"""


def statements(folder: Path, v1: Sequence[Published]) -> Iterator[Fault]:
    """Write statements.db; what was done to it."""
    arrived, tail = v1[:-TAIL], v1[-TAIL:]
    crashed = arrived[90:94]
    _write(folder / "statements.db", [row for row in arrived if row not in crashed], arrived[-1].position)
    yield Fault(
        audit="statements",
        check="missing",
        places=_positions(crashed),
        hop=Hop(source="bookings-v1", target="statements", how=LostAt.NOT_RECEIVED, consumers=("statements",)),
        story="it moved its cursor, crashed before it wrote the lines of the statement, and never looked back",
    )
    yield Fault(
        audit="statements",
        check="lagging",
        places=_positions(tail),
        story="the last events of the evening got lost, and until the morning nothing comes after them",
    )


def insights(folder: Path, v2: Sequence[Published]) -> Iterator[Fault]:
    """Write insights.db; what was done to it."""
    before, seam, live, to_come = v2[:LATE], v2[BULK : BULK + SEAM], v2[BULK + SEAM : READ], v2[READ:]
    _write(folder / "insights.db", [*v2[LATE:BULK], *live], live[-1].position)
    here = Hop(source="bookings-v2", target="insights", how=LostAt.NOT_RECEIVED, consumers=("insights",))
    yield Fault(
        audit="insights",
        check="backfill-incomplete",
        places=_positions(before),
        hop=here,
        story="its bulk load counted from 1 what the stream counts from 0, page by page, and left out the first page",
    )
    yield Fault(
        audit="insights",
        check="missing",
        places=_positions(seam),
        hop=here,
        story="what was published after the bulk load had ended and before it began to follow the stream",
    )
    yield Fault(
        audit="insights",
        check="lagging",
        verdict=Verdict.PENDING,
        places=_positions(to_come),
        story="it is new and has a day to catch up: what it has not come to is no fault",
    )


def _write(file: Path, received: Sequence[Published], cursor: int) -> None:
    create(
        file,
        SCHEMA,
        {
            "INSERT INTO received (event) VALUES (?)": ((str(row.id),) for row in received),
            "INSERT INTO cursor VALUES (?)": [(cursor,)],
        },
    )


def _positions(rows: Sequence[Published]) -> frozenset[str]:
    return at_positions(row.position for row in rows)
