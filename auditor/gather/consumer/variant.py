"""Which variant of a preset's tables a database has, found out before anything is compared, and said.

The layout follows from the kind of store, and whether its columns are there is seen when they are read. What only the
rows tell is found out here: a cursor table that holds more than one row for a subscription is kept in the mode in
which every processed event gets a row. It is then no cursor but an inbox, the better evidence of the two.
"""

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from auditor.config import ConsumerConfig, CursorConfig, InboxConfig, LogConfig
from auditor.presets import presets
from auditor.stores.interface import Store
from checks.wording import quoted

if TYPE_CHECKING:
    from auditor.presets.layout import RowAnEvent


@dataclass(frozen=True, slots=True)
class Found:
    """A consumer as its tables turn out to be, and what a reader should know about that."""

    consumer: ConsumerConfig
    notes: tuple[str, ...] = ()


def note_on_log(log: LogConfig, kind: str) -> tuple[str, ...]:
    """Which layout the log is read by, for a reader of the report; nothing where it has no preset."""
    layout = presets()[log.preset].layout(kind) if log.preset else None
    return () if layout is None else (f"read as {log.preset} on {layout.name}",)


def found(store: Store, kind: str, log: LogConfig, consumer: ConsumerConfig) -> Found:
    """The consumer, with an inbox for its cursor where the table is one. ``kind``: of the consumer's store."""
    cursor, mode = consumer.cursor, _mode(log, consumer, kind)
    if cursor is None or mode is None or not _has_several_rows(store, cursor):
        return Found(consumer)
    seen = f"{quoted(cursor.table)} keeps a row for each processed event ({mode.setting})"
    if consumer.inbox is not None:
        return Found(consumer, (f"{seen}: that is no cursor; leave the cursor or the other inbox out",))
    inbox = InboxConfig.model_validate({"table": cursor.table, "where": cursor.where, **mode.keys})
    return Found(consumer.model_copy(update={"cursor": None, "inbox": inbox}), (f"{seen}: read as an inbox",))


def _mode(log: LogConfig, consumer: ConsumerConfig, kind: str) -> "RowAnEvent | None":
    subscribed = consumer.cursor is not None and consumer.cursor.subscription is not None
    layout = presets()[log.preset].layout(kind) if log.preset and subscribed else None
    return None if layout is None or layout.cursor is None else layout.cursor.row_an_event


def _has_several_rows(store: Store, cursor: CursorConfig) -> bool:
    with store.snapshot() as snapshot:
        return len(list(islice(snapshot.cursors(cursor), 2))) > 1
