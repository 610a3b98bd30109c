"""The producer of the third act: a library, and what its members did, in one log that is sound.

What must not be sent again is in it from the beginning: reminders, which are wrong when they come late, and a member
who asked to be erased.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from auditor.demo.databases import create
from auditor.demo.producer import Pen, Written

HAPPENINGS = 800
MEMBERS = 60
HISTORY = timedelta(days=10)
QUIET = timedelta(hours=2)
"""How long ago the last event was: the library is closed, so nothing is under way."""
ERASED_AFTER = 600
"""Which event, counted from 0, is the erasure of a member."""
ERASED = "member-7"

SCHEMA = """
CREATE TABLE happenings (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    member TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    happened_at TEXT NOT NULL,
    UNIQUE (member, version)
);
"""


def open_library(folder: Path, now: datetime) -> Sequence[Written]:
    """Write library.db into the folder. Returns the events of the log ``happenings``. Raises sqlite3.Error."""
    step = (HISTORY - QUIET) / HAPPENINGS
    times = (now - QUIET - step * back for back in reversed(range(HAPPENINGS)))
    events = list(_happenings(Pen(Random(1602), times)))  # noqa: S311 (the same library every time)
    rows = ((row.position, str(row.id), row.stream, row.version, row.type, row.time.isoformat()) for row in events)
    create(folder / "library.db", SCHEMA, {"INSERT INTO happenings VALUES (?, ?, ?, ?, ?, ?)": rows})
    return events


def _happenings(pen: Pen) -> Iterator[Written]:
    """Members join, lend, are reminded and bring back. One of them is erased, and nothing comes of that one since."""
    for index in range(HAPPENINGS):
        members = [name for name in pen.versions if name != ERASED or index < ERASED_AFTER]
        if index == ERASED_AFTER:
            yield pen.write(ERASED, "MemberErased")
        elif index * MEMBERS >= len(pen.versions) * HAPPENINGS:
            yield pen.write(f"member-{len(pen.versions) + 1}", "MemberJoined")
        else:
            kinds = pen.random.choices(("BookLent", "BookReturned", "ReminderDue"), weights=(45, 45, 10))
            yield pen.write(pen.random.choice(members), kinds[0])
