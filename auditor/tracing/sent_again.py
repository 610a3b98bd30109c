"""Whether the event was sent again to the consumers on its way: what the ledger knows, where there is one.

A ledger is a memory and no evidence: one that is not there or fails changes nothing else of a trace.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from auditor.config import LedgerConfig
from auditor.ledger import Ledger, LedgerError, find_ledger
from checks.identities import key_of
from checks.model.trace import UNKNOWN, Hop, HopKind


def with_redeliveries(config: LedgerConfig, hops: Sequence[Hop]) -> tuple[Hop, ...]:
    """The hops, those of consumers with the redeliveries that came to the event for them."""
    if not any(hop.of is HopKind.CONSUMER for hop in hops):
        return tuple(hops)
    try:
        ledger = find_ledger(config)
        if ledger is None:
            return tuple(hops)
        with closing(ledger):
            return tuple(_asked(ledger, hop) for hop in hops)
    except LedgerError:
        return tuple(hops)


def _asked(ledger: Ledger, hop: Hop) -> Hop:
    if hop.of is not HopKind.CONSUMER or hop.event == UNKNOWN:
        return hop
    return replace(hop, sent_again=tuple(ledger.redeliveries_of(hop.name, key_of(hop.event))))
