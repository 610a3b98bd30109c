"""How the rows of a state are matched with the streams of its log, where both may be kept in other types."""

from auditor.config import LogConfig, StateConfig
from auditor.errors import StoreError
from auditor.gather.columns import expect_integers
from auditor.identity import Kind, joint
from auditor.stores.interface import Snapshot


def match_streams(log_side: Snapshot, side: Snapshot, log: LogConfig, state: StateConfig) -> Kind:
    """As what both are compared. Raises StoreError ``wrong-type`` where they cannot be."""
    ours, theirs = log.stream or "", state.stream
    kind = joint(log_side.kind(log.table, ours), side.kind(state.table, theirs))
    if kind is None:
        text = f"stream: column {ours!r} of {log.table!r} cannot be compared with {theirs!r} of {state.table!r}"
        raise StoreError(state.store, "wrong-type", text)
    if kind is Kind.INTEGER:
        expect_integers(log_side, log.store, log.table, [ours])
        expect_integers(side, state.store, state.table, [theirs])
    return kind
