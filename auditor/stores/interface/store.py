"""What is asked of a store itself: what must not be frozen in a snapshot, and the snapshots."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from auditor.config import LogConfig
from auditor.identity import Kind
from auditor.stores.interface.showing import Showing
from auditor.stores.interface.snapshot import Snapshot
from checks.model.settled import Holder, Settlement


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a log is settled, and the heads that were read *before* its writers were looked at.

    ``heads`` by partition (``None``: the log has none). Holes above a head were not covered by the look at the writers.
    """

    settlement: Settlement
    heads: Mapping[str | None, int | None]


class Store(Protocol):
    """A database. ``name`` is the config's. Every method raises :class:`auditor.errors.StoreError` and nothing else."""

    name: str

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Open a read-only transaction that sees this moment."""
        ...

    def settle(self, log: LogConfig, sleep: Callable[[float], None]) -> Bounds:
        """How far the log is settled; a snapshot that reads holes is opened only after this."""
        ...

    def writers(self, log: LogConfig, sleep: Callable[[float], None]) -> Sequence[Holder]:
        """Unfinished writers of the log that did not end within its ``settle``. ``sleep`` takes seconds."""
        ...

    def highest_drawn(self, log: LogConfig) -> int | None:
        """The last position that was ever drawn, where the database remembers it."""
        ...

    def behind(self, sleep: Callable[[float], None]) -> str | None:
        """Why this server may lack what its primary has; ``None`` where it does not."""
        ...

    def is_standby(self) -> bool:
        """Whether this server is in recovery."""
        ...

    def kinds(self, table: str) -> Mapping[str, Kind]:
        """What the columns of a table hold, as far as that has been read; empty where it has not. Asks nobody."""
        ...

    def statement(self, showing: Showing) -> str | None:
        """A statement that shows it, to be pasted into a client; ``None`` where there can be none. Asks nobody."""
        ...

    def end_all(self, *, cut: bool) -> None:
        """End, from another thread, whatever is being waited for; ``cut``: the connections with it."""
        ...

    def close(self) -> None:
        """Give all connections back."""
        ...
