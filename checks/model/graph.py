"""The pipeline that a config describes: what there is, what comes after what, and what was last found out about each.

Events go along the edges. A state is before its log where the producer keeps it (it is written, then the event is
published), and after it where somebody else makes it out of the events.
"""

from dataclasses import dataclass
from datetime import datetime

from checks.model.recorded import LastAudit


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A log, state or consumer, as ``of`` says. ``store``: where it is kept, by its name in the config.

    ``upstream``: the log that it is derived from, mirrors or reads; ``None`` of a log that is made out of no other.
    ``outbox``: a log that says what of it was sent. ``last``: the last audit; ``None``: none is recorded, or nobody
    asked.
    """

    name: str
    of: str
    store: str
    upstream: str | None = None
    outbox: bool = False
    last: LastAudit | None = None

    @property
    def kind(self) -> str:
        """What it is, in one or two words."""
        if self.outbox:
            return "outbox"
        return "derived log" if self.of == "log" and self.upstream is not None else self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Events get from ``before`` to ``after``, both named."""

    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Logs, states and consumers, each as in the config; names are unique among them. ``now``: when it was drawn.

    ``not_read``: why nothing is known of earlier audits; ``None`` where the ledger was asked.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    now: datetime
    not_read: str | None = None
