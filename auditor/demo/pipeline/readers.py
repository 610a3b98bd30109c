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
BULK = 420
SEAM = 9
READ = 800
"""Of v2: how many rows the newcomer loaded in bulk, how many fell into the seam after them, how far it has come."""

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
        hop=Hop(source="bookings-v1", target="statements", how=LostAt.NOT_RECEIVED, consumers=("statements",)),
        story="the last events of the evening got lost, and until the morning nothing comes after them",
    )


def insights(folder: Path, v2: Sequence[Published]) -> Iterator[Fault]:
    """Write insights.db; what was done to it."""
    seam, live, to_come = v2[BULK : BULK + SEAM], v2[BULK + SEAM : READ], v2[READ:]
    _write(folder / "insights.db", [*v2[:BULK], *live], live[-1].position)
    yield Fault(
        audit="insights",
        check="backfill-incomplete",
        places=_positions(seam),
        hop=Hop(source="bookings-v2", target="insights", how=LostAt.NOT_RECEIVED, consumers=("insights",)),
        story="what was published after its bulk load had ended and before it began to follow the stream",
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
