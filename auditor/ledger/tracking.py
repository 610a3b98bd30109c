"""Which events of findings are open: since which run, until which run.

An event is open from the first run whose confirmed or unknown finding names it, and closed by the first one that could
decide and does not. What does not close it: an audit that was not carried out, a check that did not run, a finding
that names only some of its events and may mean this one too, and one that calls it pending (a run without a second
look calls everything so). Explained is closed. An event that comes back is opened anew.

An event is found again by its key, and by its id where both runs know one: after a restore of the log another event
may stand at its position. The id has its own column, so that ledgers from before it was compared go on as they are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from auditor.ledger.batches import batches
from auditor.ledger.schema import openings
from checks.identities import id_in, key_in
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.result import Audit

TRACKED = 10_000
"""Events that a finding carries when it is recorded. One with so many may have more."""

OPEN = (Verdict.CONFIRMED, Verdict.UNKNOWN)
"""Verdicts of findings whose events are open. The first outranks the second."""


class Moment(NamedTuple):
    """The run that is being recorded."""

    seq: int
    run: str
    started: datetime


class Name(NamedTuple):
    """An event of a check: by what it is found again. ``id``: of :func:`checks.identities.id_in`."""

    check: str
    key: str
    id: str | None

    @property
    def place(self) -> tuple[str, str]:
        """Where it stands; another event may stand there, too."""
        return self.check, self.key


Ids = Mapping[tuple[str, str], set[str | None]]
"""The ids of the events at a place."""


class Row(NamedTuple):
    """What is known of an open event when a run is recorded."""

    id: int
    name: Name
    partition: str | None
    position: int | None
    verdict: str


@dataclass(slots=True)
class Present:
    """What an audit's findings say of events: open ones with their finding, and those that keep others open.

    ``stood``: what was open before, under whose names the same events go on. ``named``: all that are named now.
    """

    stood: Ids
    named: dict[tuple[str, str], set[str | None]] = field(default_factory=dict)
    open: dict[Name, tuple[Finding, Event]] = field(default_factory=dict)
    pending: set[Name] = field(default_factory=set)
    partial: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Take in a finding. Of two verdicts on one event the worse one counts."""
        if finding.verdict is Verdict.BENIGN:
            return
        if len(finding.events) >= TRACKED:
            self.partial.append(finding)
        for event in finding.events:
            name = _as_before(_name(finding.check, event), self.stood)
            self.named.setdefault(name.place, set()).add(name.id)
            if finding.verdict is Verdict.PENDING:
                self.pending.add(name)
            elif name not in self.open or finding.verdict is Verdict.CONFIRMED:
                self.open[name] = (finding, event)

    def may_mean(self, row: Row) -> bool:
        """Whether the event is, or may be, meant by a finding."""
        return (
            row.name in self.open
            or row.name in self.pending
            or (
                row.name.place not in self.named  # what stands there now is another event
                and any(_may_hold(finding, row) for finding in self.partial)
            )
        )


def _name(check: str, event: Event) -> Name:
    return Name(check, key_in(check, event), id_in(check, event))


def _as_before(name: Name, stood: Ids) -> Name:
    """The name under which the same event was open: an id that only one of two runs knows makes it no other event."""
    ids = stood.get(name.place, set())
    if name.id in ids or not ids:
        return name
    if name.id is None:
        return name._replace(id=min(each for each in ids if each is not None))
    return name._replace(id=None) if None in ids else name


def _may_hold(finding: Finding, row: Row) -> bool:
    if finding.check != row.name.check or finding.partition != row.partition:
        return False
    if row.position is None or not finding.ranges:
        return True
    within = any(first <= row.position <= last for first, last in finding.ranges)
    return within or (finding.ranges_truncated and row.position > finding.ranges[-1][1])


Where = tuple[str, str | None]
"""A check, and the partition of its finding."""


def track(connection: Connection, audit: Audit, moment: Moment, unchecked: set[str | None]) -> set[Where]:
    """Open, keep and close the events of one audit. Returns where there are open ones now.

    ``unchecked``: its checks that did not run.
    """
    stood = {row.name: row for row in _open_rows(connection, audit.name)}
    present = Present(_ids(stood))
    for finding in audit.findings:
        present.add(finding)
    closed = [row for row in stood.values() if _closes(audit, row, present, unchecked)]
    _close(connection, [row.id for row in closed], moment)
    _judge_again(connection, stood, present)
    _learn_ids(connection, stood, present)
    opened = {name: present.open[name] for name in present.open if name not in stood}
    _open(connection, audit.name, opened, moment)
    gone = {row.id for row in closed}
    left = {(row.name.check, row.partition) for row in stood.values() if row.id not in gone}
    return left | {(name.check, finding.partition) for name, (finding, _) in opened.items()}


def could_decide(audit: Audit, check: str, unchecked: set[str | None]) -> bool:
    """Whether what this audit does not say of a check's events is true, too."""
    return audit.was_carried_out and not unchecked & {check, None}


def open_since(connection: Connection, audit: str, finding: Finding) -> datetime | None:
    """Since when the oldest of a finding's events is open; ``None``: none of them is followed."""
    table = openings.c
    names = [_name(finding.check, event) for event in finding.events]
    ids = _ids(names)
    oldest: list[datetime] = []
    for batch in batches({name.key for name in names}):
        statement = select(table.key, table.event_id, table.position, table.opened_at).where(
            table.audit == audit, table.check == finding.check, table.closed_seq.is_(None), table.key.in_(batch)
        )
        for key, event_id, position, opened_at in connection.execute(statement):
            name = Name(finding.check, key, id_in(finding.check, Event(position=position, id=event_id)))
            if _as_before(name, ids).id in ids[name.place]:
                oldest.append(opened_at)
    return min(oldest, default=None)


def _ids(names: Iterable[Name]) -> dict[tuple[str, str], set[str | None]]:
    found: dict[tuple[str, str], set[str | None]] = {}
    for name in names:
        found.setdefault(name.place, set()).add(name.id)
    return found


def _closes(audit: Audit, row: Row, present: Present, unchecked: set[str | None]) -> bool:
    return could_decide(audit, row.name.check, unchecked) and not present.may_mean(row)


def _open_rows(connection: Connection, audit: str) -> Iterator[Row]:
    table = openings.c
    statement = select(
        table.id, table.check, table.key, table.event_id, table.partition, table.position, table.verdict
    ).where(table.audit == audit, table.closed_seq.is_(None))
    for number, check, key, event_id, partition, position, verdict in connection.execute(statement):
        name = Name(check, key, id_in(check, Event(position=position, id=event_id)))
        yield Row(number, name, partition, position, verdict)


def _close(connection: Connection, ids: Iterable[int], moment: Moment) -> None:
    values = {"closed_seq": moment.seq, "closed_run": moment.run, "closed_at": moment.started}
    for batch in batches(ids):
        connection.execute(update(openings).where(openings.c.id.in_(batch)).values(values))


def _judge_again(connection: Connection, stood: dict[Name, Row], present: Present) -> None:
    """Note new verdicts on events that were open already."""
    for verdict in OPEN:
        changed = (
            row.id
            for name, row in stood.items()
            if name in present.open and present.open[name][0].verdict is verdict and row.verdict != verdict.value
        )
        for batch in batches(changed):
            connection.execute(update(openings).where(openings.c.id.in_(batch)).values(verdict=verdict.value))


def _learn_ids(connection: Connection, stood: dict[Name, Row], present: Present) -> None:
    """Note the ids of open events that were known by their position alone, as before a config named the column."""
    for name, (finding, event) in present.open.items():
        if name in stood and name.id is None and (learnt := id_in(finding.check, event)) is not None:
            number = stood[name].id
            connection.execute(update(openings).where(openings.c.id == number).values(event_id=learnt))


def _open(connection: Connection, audit: str, opened: Mapping[Name, tuple[Finding, Event]], moment: Moment) -> None:
    rows: list[dict[str, Any]] = [
        {
            "audit": audit,
            "check": name.check,
            "key": name.key,
            "verdict": finding.verdict.value,
            "partition": finding.partition,
            "position": event.position,
            "event_id": event.id,
            "stream": event.stream,
            "version": event.version,
            "type": event.type,
            "event_partition": event.partition,
            "time": event.time,
            "opened_seq": moment.seq,
            "opened_run": moment.run,
            "opened_at": moment.started,
        }
        for name, (finding, event) in opened.items()
    ]
    if rows:
        connection.execute(insert(openings), rows)
