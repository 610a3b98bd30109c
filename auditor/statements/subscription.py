"""What can be shown of a consumer: its receipts, its cursor, what it set aside, and the log that it reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from auditor.config import ConsumerConfig, LogConfig
from auditor.gather.consumer.matching import Receipts
from auditor.identity import Kind, canonical
from auditor.statements.log_table import LogTable
from auditor.statements.matching import among_of, match_of
from auditor.statements.shown import MOST
from auditor.stores.interface import Match, Store
from auditor.stores.interface.showing import Among, Showing, Tallied
from checks.model.event import Event


@dataclass(frozen=True)
class Subscription:
    """A consumer with the columns that were really compared, and the stores of both sides."""

    consumer: ConsumerConfig
    store: Store
    log: LogConfig
    log_store: Store

    @property
    def upstream(self) -> LogTable:
        """What it reads."""
        return LogTable(self.log, self.log_store)

    @cached_property
    def match(self) -> Match | None:
        """By what its receipts are found."""
        inbox = self.consumer.inbox
        return None if inbox is None else match_of(self.log, self.log_store, inbox, self.store)

    def receipts(self, events: Sequence[Event], *, whole: bool = False) -> Showing | None:
        """What it has received of these, in the order of receipt. ``whole``: all columns, errors and states too."""
        inbox = self.consumer.inbox
        among = None if inbox is None else among_of(inbox, self.match, events)
        if inbox is None or among is None:
            return None
        return Showing(
            table=inbox.table,
            columns=() if whole else _columns(inbox, inbox.received, inbox.type, *(inbox.done or {})),
            where=inbox.where,
            among=(among,),
            order=tuple(dict.fromkeys((*([inbox.received] if inbox.received else []), *among.columns))),
        )

    def count_of_receipts(self, partition: str | None) -> Showing | None:
        """How many it has received, of one partition where the inbox says of which each is."""
        inbox = self.consumer.inbox
        if inbox is None:
            return None
        scope = None if inbox.partition is None else _scope(inbox.partition, partition)
        return Showing(table=inbox.table, where=inbox.where, among=scope or (), tallied=Tallied())

    def parked(self, events: Sequence[Event]) -> Showing | None:
        """What it set aside of these, all columns: the errors that are stored with them tell why."""
        parked = self.consumer.parked
        if parked is None:
            return None
        among = among_of(parked, match_of(self.log, self.log_store, parked, self.store), events)
        if among is None:
            return None
        return Showing(table=parked.table, where=parked.where, among=(among,), order=among.columns)

    def cursor(self, partition: str | None, streams: Sequence[str] = ()) -> Showing | None:
        """Where it stands: of a partition, or of these streams, where it has a row for each."""
        cursor = self.consumer.cursor
        if cursor is None:
            return None
        scope = () if cursor.partition is None else _scope(cursor.partition, partition)
        if cursor.stream is not None and streams:
            names = tuple((canonical(stream, Kind.TEXT),) for stream in streams)
            scope = (Among((cursor.stream,), (Kind.TEXT,), names),)
        by = [name for name in (cursor.partition, cursor.stream) if name is not None]
        return Showing(
            table=cursor.table,
            columns=tuple(dict.fromkeys((*cursor.where, *by, *cursor.position))),
            where=cursor.where,
            among=scope,
            order=tuple(by),
            limit=MOST if by and not scope else None,
        )


def _scope(column: str, partition: str | None) -> tuple[Among, ...]:
    return () if partition is None else (Among((column,), (Kind.TEXT,), ((canonical(partition, Kind.TEXT),),)),)


def _columns(table: Receipts, *further: str | None) -> tuple[str, ...]:
    """What names an event there, what tells of its receipt, and by what its rows are picked out."""
    named = (table.partition, table.id, table.position, table.stream, table.version, *further, *table.where)
    return tuple(dict.fromkeys(name for name in named if name is not None))
