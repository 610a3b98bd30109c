"""Whether the columns that a config names can be what it says they are, found out before anything is compared.

A database compares what it is told to: a version that is a truth value, an identity that is a name. Read without a
second thought, such a column makes every event look lost. So a table that cannot be read as configured fails its
audit, with the column, and accuses nobody.
"""

from collections.abc import Iterable

from auditor.config import InboxConfig, LogConfig, StateConfig
from auditor.errors import StoreError
from auditor.identity import Kind
from auditor.stores.interface import Snapshot
from checks.wording import quoted

_NUMBERS = (Kind.INTEGER, Kind.TEXT)
_MOMENTS = (Kind.TIME, Kind.INTEGER, Kind.TEXT)


def expect_log(snapshot: Snapshot, log: LogConfig, store: str) -> None:
    """Raises StoreError ``missing-column``, or ``wrong-type`` for a position, version or time that is none."""
    for column in (log.id, log.stream, log.type, log.partition, log.sent, *log.order):
        if column is not None:
            snapshot.kind(log.table, column)
    expect_integers(snapshot, store, log.table, [log.position, log.version])
    if log.time is not None:
        _expect_kind(snapshot, store, log.table, log.time, _MOMENTS, "a time")


def expect_inbox(snapshot: Snapshot, inbox: InboxConfig, store: str) -> None:
    """Raises StoreError ``missing-column``, or ``wrong-type`` as above; ``received`` may be a number or a time."""
    for column in (inbox.id, inbox.stream, inbox.type, inbox.partition):
        if column is not None:
            snapshot.kind(inbox.table, column)
    expect_integers(snapshot, store, inbox.table, [inbox.position, inbox.version])
    if inbox.received is not None:
        _expect_kind(snapshot, store, inbox.table, inbox.received, _MOMENTS, "a sequence or a time")


def expect_state(snapshot: Snapshot, state: StateConfig, store: str) -> None:
    """Raises StoreError ``missing-column``, or ``wrong-type`` for a version or a time that is none."""
    snapshot.kind(state.table, state.stream)
    expect_integers(snapshot, store, state.table, [state.version])
    if state.changed is not None:
        _expect_kind(snapshot, store, state.table, state.changed, _MOMENTS, "a time")


def expect_integers(snapshot: Snapshot, store: str, table: str, columns: Iterable[str | None]) -> None:
    """Raises StoreError ``wrong-type`` where a column holds anything but integers of 64 bits, as numbers or text."""
    wanted = [column for column in columns if column is not None]
    for column in wanted:
        _expect_kind(snapshot, store, table, column, _NUMBERS, "an integer")
    found = snapshot.no_integer(table, wanted)
    if found is not None:
        column, value = found
        raise StoreError(
            store, "wrong-type", f"column {column!r} of {table!r} holds {quoted(value)}, which is no integer"
        )


def _expect_kind(snapshot: Snapshot, store: str, table: str, column: str, kinds: Iterable[Kind], what: str) -> None:
    kind = snapshot.kind(table, column)
    if kind not in kinds:
        raise StoreError(store, "wrong-type", f"column {column!r} of {table!r} is {kind.described}, not {what}")
