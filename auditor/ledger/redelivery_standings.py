"""What the journal says of some events of a plan: whether they were given to a target, and what came of that."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, func, select

from auditor.ledger.batches import batches
from auditor.ledger.redelivery_lines import line_of, subject_of
from auditor.ledger.schema import redeliveries, redelivery_lines
from checks.model.journal import Line
from checks.model.redelivery import Step

_SAYING = (Step.SENDING, Step.ACCEPTED, Step.REJECTED, Step.FAILED, Step.UNKNOWN, Step.HEALED)
"""Steps after which an apply knows more. That it skipped an event, or that a look missed it, undoes none of them."""

_NOT_SENT = (Step.REJECTED.value, Step.FAILED.value)


def given_of(connection: Connection, plan: str, consumer: str, keys: Iterable[str]) -> dict[str, Line]:
    """The last line of each of these events of which there is one, by its key. Some indexed queries."""
    table = redelivery_lines.c
    of_plan = select(redeliveries.c.id).where(redeliveries.c.plan == plan)
    steps = [step.value for step in _SAYING]
    found: dict[str, Line] = {}
    for batch in batches(keys):
        subjects = [subject_of(consumer, key) for key in batch]
        last = (
            select(func.max(table.id))
            .where(table.subject.in_(subjects), table.redelivery.in_(of_plan), table.step.in_(steps))
            .group_by(table.subject)
        )
        for row in connection.execute(select(redelivery_lines).where(table.id.in_(last))).mappings():
            line = line_of(row)
            found[line.key] = line
    return found


def sent_since(
    connection: Connection, plan: str | None, consumer: str, keys: Iterable[str], since: datetime
) -> set[str]:
    """Which of these events another plan gave to a target after that moment, unless that certainly came to nothing."""
    table = redelivery_lines.c
    others = select(redeliveries.c.id).where(redeliveries.c.plan != (plan or ""))
    steps = [step.value for step in _SAYING]
    found: set[str] = set()
    for batch in batches(keys):
        by_subject = {subject_of(consumer, key): key for key in batch}
        last = (
            select(func.max(table.id))
            .where(table.subject.in_(by_subject), table.redelivery.in_(others), table.step.in_(steps))
            .where(table.at > since)
            .group_by(table.subject)
        )
        rows = connection.execute(select(table.subject, table.step).where(table.id.in_(last)))
        found |= {by_subject[subject] for subject, step in rows if step not in _NOT_SENT}
    return found
