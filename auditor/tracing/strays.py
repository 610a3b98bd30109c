"""What a consumer has of an event that its log does not: found by what is known of the event, and nothing else."""

from auditor.config import ConsumerConfig, InboxConfig, LogConfig, ParkedConfig
from auditor.desk import Desk
from auditor.gather.columns import expect_integers
from auditor.gather.consumer.variant import found
from auditor.identity import canonical_all
from auditor.stores.interface import Identity, Match, Snapshot
from auditor.tracing.facts import Facts
from auditor.tracing.receipts import Receipts, is_parked, read_receipts
from auditor.tracing.rows import NUMBERS, match_of, words_of
from checks.model.event import Event


def look_at(desk: Desk, log: LogConfig, consumer: ConsumerConfig, event: Event) -> Facts | None:
    """Its receipts and parked events, where there are any; ``None`` where there is no trace. Raises StoreError."""
    store = desk.store(consumer.store)
    consumer = found(store, desk.config.stores[consumer.store].kind, log, consumer).consumer
    inbox, parked = consumer.inbox, consumer.parked
    with desk.snapshot(consumer.store) as side:
        receipts, is_aside = Receipts(), False
        if inbox is not None and (way := _way(side, consumer.store, inbox, event)) is not None:
            receipts = read_receipts(side, inbox, *way)
        if parked is not None and (way := _way(side, consumer.store, parked, event)) is not None:
            is_aside = is_parked(side, parked, *way)
    if not receipts.count and not is_aside:
        return None
    has_done = inbox is not None and inbox.done is not None
    return Facts(receipts=receipts, has_done=has_done, parked=is_aside)


def can_look(consumer: ConsumerConfig, event: Event) -> bool:
    """Whether its tables can be asked for what is known of the event."""
    tables = (consumer.inbox, consumer.parked)
    return any(table is not None and words_of(table, event) is not None for table in tables)


def _way(side: Snapshot, store: str, table: InboxConfig | ParkedConfig, event: Event) -> tuple[Match, Identity] | None:
    """How the table is asked; ``None``: it shares nothing with what is known."""
    words = words_of(table, event)
    if words is None:
        return None
    if event.partition is not None and table.partition is not None and words != ("id",):
        words = ("partition", *words)
    expect_integers(side, store, table.table, [getattr(table, word) for word in words if word in NUMBERS])
    match = match_of(side, store, table.table, table, words)
    return match, canonical_all((getattr(event, word) for word in words), match.kinds)
