"""The evidence about one state: rows that mirror the streams of a log, held against these streams."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from checks.model.event import Event
from checks.model.previous import Appearance


class Fault(StrEnum):
    """In which way a stream and its row differ; the names are those of the checks that tell of it."""

    SILENT_CHANGE = "silent-change"  # the row is ahead of the stream
    BEHIND = "state-behind"  # the row is behind the stream
    MISSING = "state-missing"  # a stream without a row
    UNEXPECTED = "state-unexpected"  # a row without a stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A stream and its row that do not agree.

    ``event``: of a row behind or a missing one the first event that it lacks, as the log has it; else what the row
    says of itself, its stream and its version. ``row``: the version that the row stands at, ``head``: the stream's
    highest; both ``None`` where there is none. ``by_clock``: nothing but two times shows it. ``lasted``: what shows
    that it has lasted for ``max_delay``; ``None`` where nothing does. ``appeared``: an earlier run proves that the
    event was not there yet, though its own time is earlier.
    """

    fault: Fault
    event: Event
    row: int | None = None
    head: int | None = None
    by_clock: bool = False
    lasted: str | None = None
    appeared: Appearance | None = None


@dataclass(frozen=True, kw_only=True)
class StateEvidence:
    """What was read of a state and of its log. The unit is streams.

    ``produced``: streams that should have a row, ``received``: those whose row is in step, or ahead; ``excluded``:
    streams and rows that need none. ``unverifiable``: of how many streams or rows nothing can be said, by the short
    code of why. ``differences`` may be read many times and are ordered by stream. ``confirmed_reads``: they were
    looked at again. ``lets_go``: the log is an outbox that may delete what it sent, ``deletes``: and seems to.
    ``in_flight``: unfinished writers of the log, in words. ``behind``: why the state's server may lack what its primary
    has; ``on_standby``: the log was read on a server in recovery.
    """

    name: str
    upstream: str
    produced: int
    received: int
    excluded: int
    differences: Iterable[Difference]
    unverifiable: Mapping[str, int] = field(default_factory=dict)
    has_version: bool = True
    has_changed: bool = False
    confirmed_reads: bool = False
    in_flight: tuple[str, ...] = ()
    behind: str | None = None
    on_standby: bool = False
    retention: timedelta | None = None
    lets_go: bool = False
    deletes: bool = False
    max_delay: timedelta = timedelta(minutes=1)
    sample_limit: int | None = 100
    unmatched_types: tuple[str, ...] = ()
