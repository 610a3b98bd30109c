"""What ``auditor doctor`` and ``auditor init`` ask a database about itself: server, role, tables, indexes, statistics.

None of it reads more than a few rows of an audited table. Every method is a read-only transaction of its own, so that
one question that takes too long, or that the role may not ask, costs nothing but its own answer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A database that answered. ``described``: what it is and as whom we are in; ``offer``: what could be better.

    ``major`` is ``None`` where versions do not matter. ``superuser``: the role may do anything.
    """

    described: str
    role: str | None = None
    major: int | None = None
    superuser: bool = False
    offer: str | None = None


class Catalogue(Protocol):
    """Every method raises :class:`auditor.errors.StoreError` and nothing else."""

    def server(self) -> Server:
        """Who answers, and as whom."""
        ...

    def clock(self) -> datetime:
        """The database's clock, aware."""
        ...
