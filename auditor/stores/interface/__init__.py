"""What every store answers. Gathering asks these questions and no others, so a new store is one new file.

A store gives evidence about tables that the config names; it judges nothing. Reads happen inside a
:class:`Snapshot`, one short read-only transaction in which every read sees the same state. What must *not* be frozen
in a snapshot (who holds which lock) is asked of the :class:`Store` itself. What only states, outboxes and cutovers ask
stands in modules of their own, and every snapshot answers it.
"""

from auditor.stores.interface.rows import (
    ALL_STREAMS,
    BIGGEST,
    ELIGIBLE,
    EVERYTHING,
    EXCLUDED,
    OUTSIDE,
    CopyRow,
    CursorRow,
    DoubleRow,
    Identity,
    LogRow,
    Match,
    ParkedRow,
    ReceiptRow,
    StreamRange,
    Wanted,
)
from auditor.stores.interface.snapshot import Snapshot
from auditor.stores.interface.store import Bounds, Store

__all__ = [
    "ALL_STREAMS",
    "BIGGEST",
    "ELIGIBLE",
    "EVERYTHING",
    "EXCLUDED",
    "OUTSIDE",
    "Bounds",
    "CopyRow",
    "CursorRow",
    "DoubleRow",
    "Identity",
    "LogRow",
    "Match",
    "ParkedRow",
    "ReceiptRow",
    "Snapshot",
    "Store",
    "StreamRange",
    "Wanted",
]
