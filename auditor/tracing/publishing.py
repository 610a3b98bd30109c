"""How far the publisher of a derived log is: it reads its upstream as a consumer would."""

from dataclasses import dataclass

from auditor.config import ConsumerConfig, CursorConfig, LogConfig
from auditor.reach import Place
from auditor.stores.interface import Snapshot
from auditor.tracing.cursors import read_stand
from auditor.tracing.rows import Row
from checks.model.trace import HopVerdict


@dataclass(frozen=True, slots=True)
class Publishing:
    """Where the publisher's cursor stands against one upstream event."""

    verdict: HopVerdict
    message: str | None
    cursor: Place | None = None


def read_publishing(
    log_side: Snapshot, side: Snapshot, upstream: LogConfig, derived: LogConfig, cursor: CursorConfig, row: Row
) -> Publishing:
    """``side`` is the snapshot in which the derived log was read, so that what the cursor is past should be there."""
    publisher = ConsumerConfig(name=derived.name, log=upstream.name, store=derived.store, cursor=cursor)
    stand = read_stand(log_side, side, upstream, publisher, cursor, row)
    if not stand.reading.streams and not stand.reading.rows and _has_rows(side, derived):
        return Publishing(HopVerdict.CANNOT_TELL, f"{stand.told}, and yet {derived.name} has rows")
    past = stand.past(row, upstream)
    if past is None:
        return Publishing(HopVerdict.CANNOT_TELL, f"{stand.told}, which does not say whether it is past it")
    return Publishing(HopVerdict.PAST if past else HopVerdict.NOT_YET, stand.told, stand.agreed)


def _has_rows(side: Snapshot, derived: LogConfig) -> bool:
    """A publisher without a cursor row has not begun, unless there is something that it made."""
    return any(extent.first is not None for extent in side.extents(derived).values())
