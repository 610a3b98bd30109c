"""One log as this run finds it, beside what earlier runs left: what everything about its own audit works with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.config import LogConfig
from auditor.gather.log.outbox import Outbox
from auditor.gather.log.recollection import Recollection
from auditor.gather.log.witnessing import Run
from auditor.gather.settled import Ground
from auditor.memory import LogMemory, Verified
from auditor.stores.interface import Snapshot
from checks.model.result import Extent
from checks.sent_again import SentAgain


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One snapshot of a log. ``before``: what earlier runs left, ``None``: there was none that counts.

    ``outbox``: what it has not sent, as was found out in snapshots of its own; ``None``: it is no outbox.
    ``copied``: which rows are copies of others, inserted by redeliveries.
    """

    snapshot: Snapshot
    log: LogConfig
    ground: Ground
    extents: Mapping[str | None, Extent]
    before: LogMemory | None
    recollection: Recollection
    run: Run
    outbox: Outbox | None = None
    copied: SentAgain = field(default_factory=SentAgain)

    @property
    def extent(self) -> Extent:
        """Of the whole log, where it has no partitions."""
        return self.extents.get(None, Extent())

    @property
    def verified(self) -> Verified | None:
        """What earlier runs verified."""
        return None if self.before is None else self.before.verified
