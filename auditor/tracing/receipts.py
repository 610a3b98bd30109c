"""What a consumer has of one event: its receipts, and whether it set the event aside."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from auditor.config import InboxConfig, ParkedConfig
from auditor.identity import canonical_all
from auditor.moment import received_at
from auditor.stores.interface import Identity, Match, ReceiptRow, Snapshot
from checks.wording import quoted
from reports.json_document import moment

MOST_SHOWN = 3


@dataclass(slots=True)
class Receipts:
    """How many there are, how many are done, and the earliest: ``first`` where ``received`` is a time.

    ``shown``: where the first few stand in the order of receipt, as their column has it. ``ids``: what they say.
    """

    count: int = 0
    done: int = 0
    first: datetime | None = None
    shown: tuple[str, ...] = ()
    ids: set[str] = field(default_factory=set)

    @property
    def told(self) -> str | None:
        """Their places in the order of receipt, in words; ``None`` where ``first`` says it all, or there are none."""
        if not self.shown or (self.count == 1 and self.first is not None):
            return None
        more = f" and {self.count - len(self.shown):,} more" if self.count > len(self.shown) else ""
        return f"receipt{'s' if self.count > 1 else ''} {', '.join(self.shown)}{more}"


def read_receipts(side: Snapshot, inbox: InboxConfig, match: Match, identity: Identity) -> Receipts:
    """All receipts with this identity, a few of them in full."""
    found = Receipts()
    places: list[str] = []
    for row in _same(side.find_receipts(inbox, match, [identity]), match, identity):
        found.count += 1
        found.done += row.done
        if row.id is not None and len(found.ids) < MOST_SHOWN:
            found.ids.add(row.id)
        at = received_at(row.received)
        if at is not None and (found.first is None or at < found.first):
            found.first = at
        if row.received is not None:
            places = sorted([*places, _place(row.received, at)], key=_in_order)[:MOST_SHOWN]
    found.shown = tuple(places)
    return found


def is_parked(side: Snapshot, parked: ParkedConfig, match: Match, identity: Identity) -> bool:
    """Whether it stands among the events set aside as failed."""
    return any(canonical_all(row.raw, match.kinds) == identity for row in side.find_parked(parked, match, [identity]))


def _same(rows: Iterable[ReceiptRow], match: Match, identity: Identity) -> Iterable[ReceiptRow]:
    return (row for row in rows if canonical_all(row.raw, match.kinds) == identity)


def _place(received: object, at: datetime | None) -> str:
    if at is not None:
        return moment(at)
    return quoted(received) if isinstance(received, str) else str(received)


def _in_order(place: str) -> tuple[int, str]:
    return len(place), place
