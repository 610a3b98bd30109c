"""What a report can tell beside its result: the pipeline, how it went before, what was sent again, how to run it again.

A report is whole without any of it. Whoever has it, as the command line has, passes it on; what is ``None`` or empty
is not known, and the report then says nothing of it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checks.model.graph import Graph
    from checks.model.journal import RecordedRedelivery
    from checks.model.recorded import Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """All of it is optional.

    - ``graph``: the pipeline of the config with which the run was made; with ``graph_is_later`` that of a config which
      may have changed since. ``measured``: totals of this run and of earlier ones, the oldest first.
    - ``redeliveries``: of the audited consumers, begun before the run was over,
      the newest first. ``not_read``: why the ledger said nothing.
    - ``command``: what comes to the same verdict again. ``config_hash``: the SHA-256 of the config's file as
      the run had it, in hex.
    """

    graph: "Graph | None" = None
    graph_is_later: bool = False
    measured: "tuple[Measured, ...]" = ()
    redeliveries: "tuple[RecordedRedelivery, ...]" = ()
    not_read: str | None = None
    command: str | None = None
    config_hash: str | None = None
