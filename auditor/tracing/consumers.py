"""What a consumer has of an event: whether it should have it, how far it is, its receipts, and what it set aside.

Cursor, receipts and parked events are read in one snapshot, which is younger than the log's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.config import ConsumerConfig, LogConfig
from auditor.desk import Desk
from auditor.gather.consumer.matching import find_identity, match_receipts, match_table
from auditor.gather.consumer.variant import found
from auditor.stores.interface import Snapshot, Wanted
from auditor.tracing.cursors import Stand, has_row_for, read_stand
from auditor.tracing.facts import Facts
from auditor.tracing.frontier import Frontier
from auditor.tracing.growth import why_unwanted
from auditor.tracing.receipts import Receipts, is_parked, read_receipts
from auditor.tracing.rows import Row, scope_of
from checks.model.consumer import Means
from checks.wording import lasting


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both sides of one look, and what is looked at."""

    log_side: Snapshot
    side: Snapshot
    log: LogConfig
    consumer: ConsumerConfig
    row: Row

    @property
    def wanted(self) -> Wanted:
        start = self.consumer.start
        return Wanted(self.consumer.types, start if isinstance(start, int) else None)


def gather(desk: Desk, log: LogConfig, consumer: ConsumerConfig, row: Row) -> Facts:
    """What there is of one row of the log. Raises StoreError."""
    store = desk.store(consumer.store)
    consumer = found(store, desk.config.stores[consumer.store].kind, log, consumer).consumer
    behind = desk.behind(consumer.store)
    with desk.snapshot(log.store) as log_side:
        now = log_side.clock()
        with desk.snapshot(consumer.store) as side:
            return _read(_Sides(log_side, side, log, consumer, row), now, behind)


def _read(sides: _Sides, now: datetime, behind: str | None) -> Facts:
    consumer, row = sides.consumer, sides.row
    start = sides.wanted.start
    unwanted = why_unwanted(sides.log, row, scope_of(sides.log_side, sides.log, row.event, sides.wanted), start)
    stand = None
    if consumer.cursor is not None:
        stand = read_stand(sides.log_side, sides.side, sides.log, consumer, consumer.cursor, row)
    frontier, receipts, nameless = _receipts(sides)
    is_absent = receipts is None or not receipts.count
    past, stands = _how_far(sides, stand, frontier) if is_absent else (True, "")
    age = None if row.event.time is None else now - row.event.time
    return Facts(
        unwanted=unwanted,
        nameless=nameless,
        receipts=receipts,
        has_done=consumer.inbox is not None and consumer.inbox.done is not None,
        parked=_is_parked(sides),
        past=past,
        stands=stands,
        cursor=None if stand is None else stand.agreed,
        age=age,
        patience=_patience(consumer),
        expired=_expired(consumer, age),
        unbegun=_unbegun(consumer, row, frontier) if receipts and is_absent and past and unwanted is None else None,
        behind=None if behind is None else f"its server may lack the receipt: {behind}",
    )


def _receipts(sides: _Sides) -> tuple[Frontier | None, Receipts | None, str | None]:
    """How events of the log are found in the inbox, this one's receipts, and why there is no finding them."""
    inbox, row = sides.consumer.inbox, sides.row
    if inbox is None:
        return None, None, None
    match = match_receipts(sides.log_side, sides.side, sides.log, sides.consumer).match
    frontier = Frontier(sides.log_side, sides.side, sides.log, inbox, match, sides.wanted)
    identity = find_identity(row.event, match)
    if identity is None:
        return frontier, Receipts(), f"the event has no {' and '.join(match.words)}, by which receipts are found"
    return frontier, read_receipts(sides.side, inbox, match, identity), None


def _is_parked(sides: _Sides) -> bool:
    parked = sides.consumer.parked
    if parked is None:
        return False
    match = match_table(sides.log_side, sides.side, sides.log, parked, sides.consumer.store)
    identity = find_identity(sides.row.event, match)
    return identity is not None and is_parked(sides.side, parked, match, identity)


def _how_far(sides: _Sides, stand: Stand | None, frontier: Frontier | None) -> tuple[bool | None, str]:
    """Whether the consumer is past the event, and in words what says so."""
    if stand is not None and (frontier is None or has_row_for(stand, sides.row)):
        past = stand.past(sides.row, sides.log)
        return past, stand.told if past is not None else f"{stand.told}, which does not say whether it is past it"
    past = None if frontier is None else frontier.is_past(sides.row)
    if past is None:
        return None, "whether it has received a later event was not found out"
    return past, "it has received a later event" if past else "it has received no later event"


def _patience(consumer: ConsumerConfig) -> timedelta:
    is_delivered = consumer.cursor is not None and consumer.cursor.means is Means.DELIVERED
    return consumer.max_lag if is_delivered else consumer.grace


def _expired(consumer: ConsumerConfig, age: timedelta | None) -> str | None:
    retention = None if consumer.inbox is None else consumer.inbox.retention
    if retention is None:
        return None
    if age is None:
        return f"its inbox keeps receipts for {lasting(retention)}, and how old the event is is not known"
    return f"its inbox keeps receipts for {lasting(retention)} only" if age > retention else None


def _unbegun(consumer: ConsumerConfig, row: Row, frontier: Frontier | None) -> str | None:
    """Without a declared start, what lies before everything that was received may never have been meant for it."""
    if consumer.start is not None or frontier is None or frontier.has_begun_before(row):
        return None
    return "it received no earlier event either, and 'start' does not say from where on it should"
