"""Search came last: it imported the history page by page and then began to follow the log.

A newcomer has two seams, the beginning of its import and the step from the import to the live events.
"""

from collections.abc import Sequence
from pathlib import Path

from auditor.demo.databases import create
from auditor.demo.faults import Fault
from auditor.demo.producer import Written, of_type, places

PAGE = 50
SCHEMA = """
CREATE TABLE indexed (source_position INTEGER PRIMARY KEY, product TEXT NOT NULL);
CREATE TABLE checkpoint (next_position INTEGER NOT NULL);
"""


def build(folder: Path, events: Sequence[Written]) -> tuple[Fault, ...]:
    """Indexed is what came after the first page, but for the seam; the cursor names the position to read next."""
    wanted = of_type(events, "ProductAdded", "PriceChanged")
    first_page, seam = wanted[:PAGE], wanted[8 * PAGE : 8 * PAGE + 7]
    lost = {*first_page, *seam}
    create(
        folder / "search.db",
        SCHEMA,
        {
            "INSERT INTO indexed VALUES (?, ?)": (
                (event.position, event.stream) for event in wanted if event not in lost
            ),
            "INSERT INTO checkpoint VALUES (?)": [(events[-1].position + 1,)],
        },
    )
    return (
        Fault(
            audit="search",
            check="missing",
            places=places(seam),
            story="what was written after the import had ended and before it began to follow the log",
        ),
        Fault(
            audit="search",
            check="backfill-incomplete",
            places=places(first_page),
            story="the import counted its pages from 1, the history counts them from 0",
        ),
    )
