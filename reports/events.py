"""An event for a person: where it stands, what it is called, when it was written and how old that is."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.text import Text

from checks.model.event import Event
from checks.wording import lasting
from reports.json_document import moment
from reports.page import Page
from reports.phrases import without_middle
from reports.visible import visible

MOST_SAMPLES = 5
MOST_SAMPLES_ON_A_TERMINAL = 3
"""Fewer, since what comes after them must still be found."""

LONGEST_NAME = 60


def sample(event: Event, longest: int | None, now: datetime | None = None) -> str:
    """What is known of an event in one line, each name at most ``longest`` characters (``None``: whole).

    ``now``: how old it was then is said, too.
    """
    parts = [
        None if event.position is None else f"position {event.position}",
        _in_stream(event, longest),
        _named(event.type, longest),
        None if event.id is None else f"id {_named(event.id, longest)}",
        None if event.time is None else f"{moment(event.time)}{_old(event.time, now)}",
    ]
    return ", ".join(part for part in parts if part) or "nothing is known of it"


def in_columns(page: Page, events: Sequence[Event], now: datetime, *, indent: int) -> bool:
    """Events below each other, their ids only where there is room for them; False: too wide, nothing printed.

    What is shown without its id is known by its position, or by its stream and version.
    """
    rows = [_cells(event, now) for event in events]
    named = all(event.position is not None or None not in (event.stream, event.version) for event in events)
    return _table(page, rows, indent) or (named and _table(page, [row[:-1] for row in rows], indent))


def _table(page: Page, rows: Sequence[Sequence[str | None]], indent: int) -> bool:
    """Without the columns of which nothing is known."""
    known = [number for number in range(len(rows[0])) if any(row[number] for row in rows)]
    cells = [[Text(row[number] or "", style="dim" if number in _BESIDE else "") for number in known] for row in rows]
    return bool(known) and page.table([""] * len(known), cells, left=len(known), indent=indent)


_BESIDE = frozenset({2, 3, 4})
"""Columns that say more of an event than which one it is."""


def _cells(event: Event, now: datetime) -> list[str | None]:
    written = None if event.time is None else f"{moment(event.time.replace(microsecond=0))}{_old(event.time, now)}"
    return [
        None if event.position is None else str(event.position),
        _in_stream(event, LONGEST_NAME),
        _named(event.type, LONGEST_NAME),
        written,
        None if event.id is None else f"id {_named(event.id, LONGEST_NAME)}",
    ]


def _in_stream(event: Event, longest: int | None) -> str | None:
    version = "" if event.version is None else f"@{event.version}"
    return None if event.stream is None else f"{_named(event.stream, longest)}{version}"


def _named(name: str | None, longest: int | None) -> str | None:
    return None if name is None else without_middle(visible(name), longest)


def _old(time: datetime, now: datetime | None) -> str:
    """Nothing of what is dated later: two clocks disagree, and neither is the measure here."""
    return "" if now is None or time > now else f" ({lasting(max(now - time, timedelta(seconds=1)))} old)"
