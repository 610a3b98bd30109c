"""Which events of findings are open: since which run, until which run.

An event is open from the first run whose confirmed or unknown finding names it, and closed by the first one that could
decide and does not. What does not close it: an audit that was not carried out, a check that did not run, a finding
that names only some of its events and may mean this one too, and one that calls it pending (a run without a second
look calls everything so). Explained is closed. An event that comes back is opened anew.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from auditor.ledger.batches import batches
from auditor.ledger.schema import openings
from checks.identities import key_in
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
    """An event of a check: by what it is found again."""

    check: str
    key: str


class Row(NamedTuple):
    """What is known of an open event when a run is recorded."""

    id: int
    name: Name
    partition: str | None
    position: int | None
    verdict: str


@dataclass(slots=True)
class Present:
    """What an audit's findings say of events: open ones with their finding, and those that keep others open."""

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
            name = Name(finding.check, key_in(finding.check, event))
            if finding.verdict is Verdict.PENDING:
                self.pending.add(name)
            elif name not in self.open or finding.verdict is Verdict.CONFIRMED:
                self.open[name] = (finding, event)

    def may_mean(self, row: Row) -> bool:
        """Whether the event is, or may be, meant by a finding."""
        return (
            row.name in self.open
            or row.name in self.pending
            or any(_may_hold(finding, row) for finding in self.partial)
        )


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
    present = Present()
    for finding in audit.findings:
        present.add(finding)
    stood = {row.name: row for row in _open_rows(connection, audit.name)}
    closed = [row for row in stood.values() if _closes(audit, row, present, unchecked)]
    _close(connection, [row.id for row in closed], moment)
    _judge_again(connection, stood, present)
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
    oldest: list[datetime | None] = []
    for batch in batches(key_in(finding.check, event) for event in finding.events):
        statement = select(func.min(table.opened_at)).where(
            table.audit == audit, table.check == finding.check, table.closed_seq.is_(None), table.key.in_(batch)
        )
        oldest += connection.execute(statement).scalars()
    return min((each for each in oldest if each is not None), default=None)


def _closes(audit: Audit, row: Row, present: Present, unchecked: set[str | None]) -> bool:
    return could_decide(audit, row.name.check, unchecked) and not present.may_mean(row)


def _open_rows(connection: Connection, audit: str) -> Iterator[Row]:
    table = openings.c
    statement = select(table.id, table.check, table.key, table.partition, table.position, table.verdict).where(
        table.audit == audit, table.closed_seq.is_(None)
    )
    for number, check, key, partition, position, verdict in connection.execute(statement):
        yield Row(number, Name(check, key), partition, position, verdict)


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
