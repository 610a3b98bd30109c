"""The beginning of the pipeline: a bank that changes its accounts and then writes down what happened, in two steps.

Whoever writes twice can die in between, and nothing in the log tells: the account has changed, the event was never
written. Where a later event of the account follows, its version leaves a gap; where none does, only the account knows.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from auditor.demo.databases import create
from auditor.demo.faults import Fault, Hop, at_version
from auditor.demo.producer import Pen, Written, places
from checks.model.result import LostAt

CHANGES = 900
ACCOUNTS = 90
HISTORY = timedelta(days=2)
QUIET = timedelta(minutes=40)
"""How long ago the last change was: it is night, so no event comes after one that got lost."""

EVERYBODY = ("mails", "statements", "insights")
NEVER_WRITTEN = Hop(source="accounts", target="bookings", how=LostAt.NOT_WRITTEN, consumers=EVERYBODY)
A_GAP = Hop(source="bookings", target="bookings", how=LostAt.NOT_IN_LOG, consumers=EVERYBODY)
"""What does not stand in the log is lost for everybody."""

SCHEMA = """
CREATE TABLE accounts (account TEXT PRIMARY KEY, version INTEGER NOT NULL, changed_at TEXT NOT NULL);
CREATE TABLE bookings (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    UNIQUE (account, version)
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What was done to the bank, by account: the change that it concerns."""

    crashed: Sequence[Written]  # the service died between its two steps, and later events followed
    last: Sequence[Written]  # the same, and none followed
    only: Sequence[Written]  # the same, when it had just opened the account
    restored: Sequence[Written]  # the row was put back to what it had been before this last change
    deleted: Sequence[Written]  # the row was deleted after this last change

    @property
    def unwritten(self) -> Sequence[Written]:
        """The changes that no event tells of."""
        return [*self.crashed, *self.last, *self.only]


def open_bank(folder: Path, now: datetime) -> tuple[Sequence[Written], Damage]:
    """Write bank.db into the folder. Returns the events of the log ``bookings``, by position, and what was done."""
    changes = list(_changes(Pen(Random(1907), _times(now))))  # noqa: S311 (the same bank every time)
    damage = _damage(changes)
    written = [change for change in changes if change not in damage.unwritten]
    events = [replace(event, position=position) for position, event in enumerate(written, start=1)]
    create(
        folder / "bank.db",
        SCHEMA,
        {
            "INSERT INTO accounts VALUES (?, ?, ?)": _rows(changes, damage),
            "INSERT INTO bookings VALUES (?, ?, ?, ?, ?, ?)": (
                (row.position, str(row.id), row.stream, row.version, row.type, row.time.isoformat()) for row in events
            ),
        },
    )
    return events, damage


def faults(events: Sequence[Written], damage: Damage) -> Iterator[Fault]:
    """What an audit has to say of the accounts and of their log."""
    opened = {event.stream: event for event in events if event.version == 1}
    behind = {(change.stream, change.version) for change in damage.restored}
    yield Fault(
        audit="bookings",
        check="version-gap",
        places=_versions(damage.crashed),
        hop=A_GAP,
        story="the service changed an account and died before it wrote the event; a later event shows the gap",
    )
    yield Fault(
        audit="accounts",
        check="silent-change",
        places=_versions(damage.last),
        hop=NEVER_WRITTEN,
        story="the same, and nothing happened on these accounts since: only the accounts themselves know of it",
    )
    yield Fault(
        audit="accounts",
        check="state-unexpected",
        places=_versions(damage.only),
        hop=NEVER_WRITTEN,
        story="the same, when the account had just been opened: there is an account that no event ever mentioned",
    )
    yield Fault(
        audit="accounts",
        check="state-behind",
        places=places(event for event in events if (event.stream, event.version) in behind),
        story="two accounts were put back from a backup and lack what had happened since",
    )
    yield Fault(
        audit="accounts",
        check="state-missing",
        places=places(opened[change.stream] for change in damage.deleted),
        story="somebody tidied up and deleted an account that had not been closed",
    )


def _times(now: datetime) -> Iterator[datetime]:
    step = (HISTORY - QUIET) / CHANGES
    return (now - QUIET - step * back for back in reversed(range(CHANGES)))


def _changes(pen: Pen) -> Iterator[Written]:
    """Accounts are opened, money comes and goes, and some accounts are closed."""
    opened: list[str] = []
    closed: set[str] = set()
    for index in range(CHANGES):
        if index * ACCOUNTS >= len(opened) * CHANGES:
            opened.append(f"account-{len(opened) + 1}")
            yield pen.write(opened[-1], "AccountOpened")
            continue
        account = pen.random.choice([each for each in opened if each not in closed])
        kind = pen.random.choices(("MoneyReceived", "MoneySent", "AccountClosed"), weights=(50, 48, 2))[0]
        if kind == "AccountClosed":
            closed.add(account)
        yield pen.write(account, kind)


def _damage(changes: Sequence[Written]) -> Damage:
    """Each kind hits other accounts, all of them open."""
    last = {change.stream: change for change in changes}
    spared = {change.stream for change in changes if change.type == "AccountClosed"}

    def take(count: int, fits: Callable[[Written], bool]) -> list[Written]:
        found: list[Written] = []
        for change in changes[60:]:
            if len(found) < count and change.stream not in spared and fits(change):
                spared.add(change.stream)
                found.append(change)
        return found

    def ends(change: Written) -> bool:
        return change.version > 1 and last[change.stream] is change

    return Damage(
        only=take(1, lambda change: change.version == 1 and last[change.stream] is change),
        last=take(3, ends),
        restored=take(2, ends),
        deleted=take(1, ends),
        crashed=take(2, lambda change: change.version > 1 and not ends(change)),
    )


def _rows(changes: Sequence[Written], damage: Damage) -> Iterator[tuple[str, int, str]]:
    """An account has a row until it is closed."""
    last = {change.stream: change for change in changes if change not in damage.restored}
    gone = {change.stream for change in damage.deleted}
    for account, change in last.items():
        if change.type != "AccountClosed" and account not in gone:
            yield account, change.version, change.time.isoformat()


def _versions(changes: Sequence[Written]) -> frozenset[str]:
    return frozenset(at_version(change.stream, change.version) for change in changes)
