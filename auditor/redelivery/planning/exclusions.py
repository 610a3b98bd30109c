"""What is left out although it is lacking: what is not wanted, may do harm, or was sent in vain too often."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from auditor.config import ConsumerConfig
from auditor.ledger import Ledger
from auditor.redelivery.look import View
from auditor.redelivery.planning.addressees import Addressee
from auditor.redelivery.planning.asked import Asked
from auditor.redelivery.planning.filters import Filters
from auditor.redelivery.planning.scratch import Noted, PlanScratch
from auditor.redelivery.planning.streams import note_streams
from checks.globs import matches
from checks.identities import key_of


def leave_out_filtered(filters: Filters, consumer: str, paper: PlanScratch) -> None:
    """What nobody asked for."""
    for page in paper.pages(consumer):
        paper.leave_out({each.number: "filtered" for each in page if not filters.admit(each.event)})


def leave_out_harmful(view: View, addressee: Addressee, asked: Asked, ledger: Ledger, paper: PlanScratch) -> None:
    """What is never to be sent, stands in a stream that ended, would be applied twice, or was sent too often."""
    target, consumer = addressee.target, addressee.consumer
    oldest = floor_of(view, consumer)
    for page in paper.pages(consumer.name):
        paper.leave_out({each.number: "never" for each in page if is_never_sent(addressee, each.event.type)})
    note_streams(view, target.ended, paper)
    for page in paper.pages(consumer.name):
        paper.leave_out({each.number: "expired" for each in page if is_older(each.event.time, oldest)})
    for page in paper.pages(consumer.name):
        attempts = _attempts(ledger, consumer.name, page)
        paper.count_attempts(attempts)
        if not asked.again:
            paper.leave_out(dict.fromkeys(_under_way(ledger, consumer, page), "under-way"))
            spent = (number for number, count in attempts.items() if count >= target.max_attempts)
            paper.leave_out(dict.fromkeys(spent, "attempts"))


def is_never_sent(addressee: Addressee, type_: str | None) -> bool:
    """Whether the target's ``never`` names this type."""
    never = addressee.target.never
    return never is not None and matches(type_, never)


def is_older(time: datetime | None, oldest: datetime | None) -> bool:
    """Whether the inbox may have let go of the receipt of an event of that time."""
    return oldest is not None and time is not None and time < oldest


def floor_of(view: View, consumer: ConsumerConfig) -> datetime | None:
    """The time, on the log's clock, before which the inbox may have let go of receipts."""
    retention = None if consumer.inbox is None else consumer.inbox.retention
    return None if retention is None else view.log_side.clock() - retention


def _under_way(ledger: Ledger, consumer: ConsumerConfig, page: Sequence[Noted]) -> list[int]:
    """What was sent so lately that it may still arrive, by number."""
    keys = {key_of(each.event): each.number for each in page}
    return [keys[key] for key in ledger.sent_since(None, consumer.name, list(keys), datetime.now(UTC) - consumer.grace)]


def _attempts(ledger: Ledger, consumer: str, page: Sequence[Noted]) -> Mapping[int, int]:
    """How often each was sent before, by number; those that never were are left out."""
    keys = {key_of(each.event): each.number for each in page}
    return {keys[key]: count for key, count in ledger.attempts(consumer, list(keys)).items() if count}
