"""Since when findings of one fingerprint are there without a break: this is what ``first_seen`` says.

A fingerprint leaves the verdict out, so open findings (confirmed and unknown), pending and benign ones of one
fingerprint stand beside each other: where events are always on their way, a loss of today must not be as old as those.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from auditor.ledger.batches import batches
from auditor.ledger.schema import standings
from auditor.ledger.tracking import Moment, Where, could_decide
from checks.model.finding import Finding, Verdict
from checks.model.result import Audit


class Standing(StrEnum):
    """What findings of one fingerprint are followed apart from each other."""

    OPEN = "open"
    PENDING = "pending"
    BENIGN = "benign"


class Followed(NamedTuple):
    """Findings that are followed together."""

    check: str
    fingerprint: str
    standing: Standing


class _Row(NamedTuple):
    id: int
    partition: str | None
    opened_at: datetime


def standing_of(finding: Finding) -> Standing:
    """Where a finding belongs."""
    known = {Verdict.PENDING: Standing.PENDING, Verdict.BENIGN: Standing.BENIGN}
    return known.get(finding.verdict, Standing.OPEN)


def followed(audit: Audit, finding: Finding) -> Followed:
    """With what a finding is followed."""
    return Followed(finding.check, finding.fingerprint(audit.name), standing_of(finding))


def seen_since(connection: Connection, audit: str) -> dict[Followed, datetime]:
    """Since when what stands now is there."""
    return {each: row.opened_at for each, row in _rows(connection, audit).items()}


def follow(
    connection: Connection, audit: Audit, moment: Moment, unchecked: set[str | None], open_now: set[Where]
) -> dict[Followed, datetime]:
    """Begin, go on and end; returns since when what stands is there. ``open_now``: where tracking left open events."""
    stood = _rows(connection, audit.name)
    present = {followed(audit, finding): finding for finding in audit.findings}
    ended = [
        each
        for each, row in stood.items()
        if each not in present
        and could_decide(audit, each.check, unchecked)
        and not (each.standing is Standing.OPEN and _is_open_still(each, row, audit.findings, open_now))
    ]
    _end(connection, {each: stood[each] for each in ended}, moment)
    begun = [each for each in present if each not in stood]
    _begin(connection, audit.name, {each: present[each].partition for each in begun}, moment)
    since = {each: row.opened_at for each, row in stood.items() if each not in ended}
    return since | dict.fromkeys(begun, moment.started)


def _is_open_still(each: Followed, row: _Row, findings: Sequence[Finding], open_now: set[Where]) -> bool:
    """Whether its events stayed open; one that names none stays open while it is called pending."""
    where = (each.check, row.partition)
    is_pending = any(
        finding.verdict is Verdict.PENDING and not finding.events and (finding.check, finding.partition) == where
        for finding in findings
    )
    return is_pending or where in open_now


def _rows(connection: Connection, audit: str) -> dict[Followed, _Row]:
    table = standings.c
    statement = select(
        table.id, table.check, table.partition, table.fingerprint, table.standing, table.opened_at
    ).where(table.audit == audit, table.closed_seq.is_(None))
    return {
        Followed(check, fingerprint, Standing(standing)): _Row(number, partition, opened_at)
        for number, check, partition, fingerprint, standing, opened_at in connection.execute(statement)
    }


def _end(connection: Connection, ended: Mapping[Followed, _Row], moment: Moment) -> None:
    """Of what was open it stays known when; that something was pending for a while is no news."""
    is_open = [row.id for each, row in ended.items() if each.standing is Standing.OPEN]
    others = [row.id for each, row in ended.items() if each.standing is not Standing.OPEN]
    values = {"closed_seq": moment.seq, "closed_run": moment.run, "closed_at": moment.started}
    for batch in batches(is_open):
        connection.execute(update(standings).where(standings.c.id.in_(batch)).values(values))
    for batch in batches(others):
        connection.execute(delete(standings).where(standings.c.id.in_(batch)))


def _begin(connection: Connection, audit: str, begun: Mapping[Followed, str | None], moment: Moment) -> None:
    rows = [
        {
            "audit": audit,
            "check": each.check,
            "partition": partition,
            "fingerprint": each.fingerprint,
            "standing": each.standing.value,
            "opened_seq": moment.seq,
            "opened_run": moment.run,
            "opened_at": moment.started,
        }
        for each, partition in begun.items()
    ]
    if rows:
        connection.execute(insert(standings), rows)
