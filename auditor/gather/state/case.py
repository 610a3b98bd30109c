"""What one inquiry is about, and what it works with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from auditor.config import LogConfig, StateConfig
from auditor.gather.horizon import LateCommits
from auditor.gather.state.scratch import StateScratch
from auditor.observer import Observer
from auditor.stores.interface import Snapshot, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCase:
    """A state and its log, their stores, and the scratch paper. ``sleep`` takes seconds.

    ``late_commits``: which events appeared later than their time says.
    """

    state: StateConfig
    log: LogConfig
    log_store: Store
    store: Store
    observer: Observer
    sleep: Callable[[float], None]
    sample_limit: int | None
    scratch: StateScratch = field(default_factory=StateScratch)
    late_commits: LateCommits = field(default_factory=LateCommits)

    @property
    def is_together(self) -> bool:
        """Whether one snapshot shows both."""
        return self.log.store == self.state.store

    @property
    def is_atomic(self) -> bool:
        """Whether a change is never seen without its event: both are written in one transaction, and read in one."""
        return self.is_together and self.state.max_delay <= timedelta(0)

    @property
    def lets_go(self) -> bool:
        """Whether the log may have deleted what it sent, without saying when."""
        return self.log.sent is not None and self.log.retention is None

    @property
    def is_timed(self) -> bool:
        """Whether times are compared, for want of versions."""
        return self.state.version is None and self.state.changed is not None

    @contextmanager
    def snapshots(self) -> Iterator[tuple[Snapshot, Snapshot]]:
        """The log at one moment and the state at the same one, or at a later one."""
        with self.log_store.snapshot() as log_side:
            log_side.clock()  # a snapshot is of the moment of its first question
            if self.is_together:
                yield log_side, log_side
                return
            with self.store.snapshot() as side:
                side.clock()
                yield log_side, side
