"""What a ledger holds, as far as somebody who only looks can tell: its revision, its runs, and what stands in the way.

It is a glance: that nothing stands in the way now is no promise to the next run.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, func, select

from auditor.ledger.migrating import known_revisions, revision_of
from auditor.ledger.schema import REVISION, runs


class Age(StrEnum):
    """How a ledger's tables stand to this program's."""

    ABSENT = "absent"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A ledger that could be looked at.

    ``hindrances``: why it could not be made, moved or written. ``remedy``: what to do about them, and ``grants``: by
    which statements, if there are any. ``bytes``: all that it takes. ``runs``: ``None`` where they
    were not counted. ``oldest``: when the first of them began.
    """

    label: str
    age: Age
    revision: str | None = None
    hindrances: tuple[str, ...] = ()
    remedy: str | None = None
    grants: tuple[str, ...] = ()
    runs: int | None = None
    oldest: datetime | None = None
    bytes: int = 0


def age_of(connection: Connection) -> tuple[Age, str | None]:
    """Its revision, and how that stands to this program's."""
    revision = revision_of(connection)
    if revision is None:
        return Age.ABSENT, None
    if revision == REVISION:
        return Age.CURRENT, revision
    return Age.OLDER if revision in known_revisions() else Age.NEWER, revision


def runs_in(connection: Connection) -> tuple[int, datetime | None]:
    """How many runs there are, and when the first of them began."""
    count, oldest = connection.execute(select(func.count(), func.min(runs.c.started)).select_from(runs)).one()
    return int(count), oldest
