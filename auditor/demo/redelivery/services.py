"""Who reads the library's log: accounts, which was down for a morning, and statistics, which came late.

Both note down an event once, however often it comes. What must not be sent to them again is known here, too, so that
a plan can be held against it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.demo.databases import create
from auditor.demo.faults import Fault
from auditor.demo.producer import Written, of_type, places
from auditor.demo.redelivery.library import ERASED

DOWN = slice(221, 249)
"""Of the log: what happened while accounts was down."""
PAGE = 25
"""How many events statistics left out at the beginning."""

ACCOUNTS = """
CREATE TABLE inbox (number INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE, type TEXT NOT NULL);
CREATE TABLE progress (position INTEGER NOT NULL);
"""
STATISTICS = """
CREATE TABLE counted (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    position INTEGER NOT NULL UNIQUE,
    member TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What was done to the services. ``unfit``: by service and reason, the places of what must not be sent again."""

    faults: tuple[Fault, ...]
    unfit: Mapping[tuple[str, str], frozenset[str]]

    def lost(self, service: str) -> frozenset[str]:
        """All that a service lacks."""
        return frozenset().union(*(fault.places for fault in self.faults if fault.audit == service))

    def left(self, service: str) -> frozenset[str]:
        """Of that, what must not be sent again."""
        return frozenset().union(*(each for (name, _), each in self.unfit.items() if name == service))

    @property
    def services(self) -> tuple[str, ...]:
        """Those that lack something, in order."""
        return tuple(dict.fromkeys(fault.audit for fault in self.faults))


def build(folder: Path, events: Sequence[Written]) -> Losses:
    """Write accounts.db and statistics.db into the folder; what was done to them. Raises sqlite3.Error."""
    missed, counted = events[DOWN], of_type(events, "BookLent", "BookReturned")
    create(
        folder / "accounts.db",
        ACCOUNTS,
        {
            "INSERT INTO inbox (event_id, type) VALUES (?, ?)": (
                (str(event.id), event.type) for event in events if event not in missed
            ),
            "INSERT INTO progress VALUES (?)": [(events[-1].position,)],
        },
    )
    create(
        folder / "statistics.db",
        STATISTICS,
        {
            "INSERT INTO counted (position, member) VALUES (?, ?)": (
                (event.position, event.stream) for event in counted[PAGE:]
            ),
        },
    )
    return Losses(faults=tuple(_faults(missed, counted[:PAGE])), unfit=_unfit(missed))


def _faults(missed: Sequence[Written], first_page: Sequence[Written]) -> Iterator[Fault]:
    yield Fault(
        audit="accounts",
        check="missing",
        places=places(missed),
        story="it was down for a morning, the broker dropped what it could not deliver, and nobody was told",
    )
    yield Fault(
        audit="statistics",
        check="backfill-incomplete",
        places=places(first_page),
        story="its import counted pages from 1, and the history counts them from 0",
    )


def _unfit(missed: Sequence[Written]) -> Mapping[tuple[str, str], frozenset[str]]:
    late = of_type(missed, "ReminderDue")
    erased = [event for event in missed if event.stream == ERASED and event not in late]
    return {("accounts", "never"): places(late), ("accounts", "ended"): places(erased)}
