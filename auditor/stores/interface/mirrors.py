"""What is asked of a store about the streams of a log and the state that mirrors them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from auditor.config import LogConfig, StateConfig
from auditor.identity import Key, Kind

IN_STEP, LEFT_OUT, DOUBTFUL = 0, 1, 2
"""Of a stream and its row: a row is needed and in step; none is needed, and none ahead; all that is to be looked at."""


@dataclass(frozen=True, slots=True)
class Mirroring:
    """How a state mirrors a log: how the names of streams are compared, and which events change a row, or end a stream.

    ``by_version``: rows have a version; else a stream's events are told apart by their positions. ``timed``: the times
    of both sides are wanted, too.
    """

    kind: Kind
    types: tuple[str, ...] | None = None
    ended: tuple[str, ...] | None = None
    by_version: bool = True
    timed: bool = False


class StreamRow(NamedTuple):
    """All events of one stream, filters ignored. ``key`` orders, ``raw`` names it.

    ``head``: the highest version (without versions: position) of all, ``eligible``: of those that change a row,
    ``ended``: of those that end a stream; ``None``: there is none. ``is_wanted``: some event changes a row.
    ``is_scattered``: it is in several partitions. ``time`` and ``eligible_time``: the latest of all, and of those that
    change a row, as the driver gives them.
    """

    key: Key
    raw: tuple[int | str, ...]
    stream: str
    head: int | None
    eligible: int | None
    ended: int | None
    is_wanted: bool
    is_scattered: bool
    time: object
    eligible_time: object


class StateRow(NamedTuple):
    """All rows of a state with the name of one stream. ``rows``: how many of them ``where`` lets count.

    Of those: ``low``, ``high``: their versions, ``versions``: how many have one, ``changed``: the time of the latest
    change, as the driver gives it.
    """

    key: Key
    raw: tuple[int | str, ...]
    stream: str
    rows: int
    low: int | None
    high: int | None
    versions: int
    changed: object


class Mirrored(NamedTuple):
    """A doubtful stream and its row, one of the two ``None`` where there is none; of all others only the ``amount``."""

    place: int
    amount: int
    stream: StreamRow | None = None
    row: StateRow | None = None


class Beyond(NamedTuple):
    """An event that changes a row: the stream's name, its place in the stream, and what is known of it."""

    raw: tuple[object, ...]
    place: int
    position: int | None
    partition: str | None
    id: str | None
    stream: str | None
    version: int | None
    type: str | None
    time: object


class Mirrors(Protocol):
    """The reads of a log and of a state that mirrors its streams. All rows stream."""

    def streams(self, log: LogConfig, mirroring: Mirroring) -> Iterator[StreamRow]:
        """Every stream of the log, by key. Several may name the same one in different ways."""
        ...

    def find_streams(
        self, log: LogConfig, mirroring: Mirroring, names: Sequence[tuple[int | str, ...]]
    ) -> Iterator[StreamRow]:
        """The streams with these names, and maybe others: compare identities."""
        ...

    def state_rows(self, state: StateConfig, mirroring: Mirroring) -> Iterator[StateRow]:
        """Every row that names a stream, by key."""
        ...

    def find_state_rows(
        self, state: StateConfig, mirroring: Mirroring, names: Sequence[tuple[int | str, ...]]
    ) -> Iterator[StateRow]:
        """The rows with the names of these streams, and maybe others: compare identities."""
        ...

    def nameless_rows(self, state: StateConfig) -> int:
        """How many rows that count name no stream."""
        ...

    def joins_in_full(self) -> bool:
        """Whether :meth:`mirrored` can be asked."""
        ...

    def mirrored(self, log: LogConfig, state: StateConfig, mirroring: Mirroring) -> Iterator[Mirrored]:
        """Log and state of one database compared there, by names that are written in the same way."""
        ...

    def first_beyond(
        self, log: LogConfig, mirroring: Mirroring, names: Sequence[tuple[int | str, ...]], after: int | None
    ) -> Iterator[Beyond]:
        """Of each of these streams the first event that changes a row, beyond a version (or position)."""
        ...
