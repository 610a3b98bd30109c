"""What ``auditor init`` proposes, before it is written: frozen, with how sure it is and why, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from auditor.config import InboxConfig, LogConfig
from auditor.stores.introspection import TableInfo, Value


class Sureness(IntEnum):
    """How sure a proposal is. What is unsure is written as a comment, unless somebody says yes to it."""

    UNSURE = 1
    LIKELY = 2
    SURE = 3

    @property
    def word(self) -> str:
        """For people."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A table that has something of a log, and what it lacks."""

    table: TableInfo
    lacks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProposal:
    """A table that is, or may be, a log, with the columns that say what.

    ``remarks``: for a key of the config, what is to be said about its column. ``sent``: the column of an outbox that
    marks what was sent. ``by_key``: a unique key holds stream and version. ``by_shape``: of the names of its columns
    none says which those are. ``points``: how much speaks for it.
    ``application`` and ``preset``: whose log it is in a known layout, and the keys that are then enough.
    """

    name: str
    table: TableInfo
    sureness: Sureness
    reasons: tuple[str, ...]
    position: str
    partition: str | None = None
    id: str | None = None
    stream: str | None = None
    version: str | None = None
    first_version: int = 1
    type: str | None = None
    time: str | None = None
    sent: str | None = None
    by_key: bool = False
    by_shape: bool = False
    points: int = 0
    application: str | None = None
    preset: Mapping[str, str] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> LogConfig:
        """The section as the auditor would read it."""
        return LogConfig(
            name=self.name,
            store=self.table.store,
            table=self.table.name,
            position=self.position,
            partition=self.partition,
            id=self.id,
            stream=self.stream,
            version=self.version,
            first_version=self.first_version,
            type=self.type,
            time=self.time,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxProposal:
    """A table that records what a consumer received, or set aside as failed (``parked``), of one log.

    ``shared``: the column that says whose row it is, and ``consumer`` its value. ``label``: a name for the consumer
    that table or row give, ``None`` where they give none. ``hints`` are lines to be written as comments.
    """

    table: TableInfo
    log: str
    sureness: Sureness
    reasons: tuple[str, ...]
    parked: bool = False
    label: str | None = None
    shared: str | None = None
    consumer: Value = None
    columns: Mapping[str, str] = field(default_factory=dict)
    received: str | None = None
    hints: tuple[str, ...] = ()

    @property
    def where(self) -> dict[str, str | int]:
        """Which rows are this consumer's."""
        whose = self.consumer
        return {self.shared: whose} if self.shared is not None and isinstance(whose, str | int) else {}

    @property
    def inbox(self) -> InboxConfig:
        """The section as the auditor would read it. What is parked is found in the same way."""
        return InboxConfig(table=self.table.name, where=dict(self.where), received=self.received, **self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorProposal:
    """Rows of a table that hold how far a consumer is.

    ``values``: the positions that stand there now. ``logs``: the logs in which these lie, the likeliest alone where
    one is. ``subscription`` and ``preset`` are for a known layout, whose config is shorter.
    """

    table: TableInfo
    sureness: Sureness
    reasons: tuple[str, ...]
    position: str
    values: tuple[int, ...]
    label: str | None = None
    where: Mapping[str, str | int] = field(default_factory=dict)
    partition: str | None = None
    means: str = "last-processed"
    logs: tuple[str, ...] = ()
    subscription: str | None = None
    preset: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerProposal:
    """A consumer put together: what it reads, and the traces that it leaves.

    ``types``: what it was seen to receive, ``None`` for all. ``start``: ``"first"`` where that was shown.
    ``notes`` are sentences above its section.
    """

    name: str
    log: str
    store: str
    sureness: Sureness
    reasons: tuple[str, ...]
    cursor: CursorProposal | None = None
    inbox: InboxProposal | None = None
    parked: InboxProposal | None = None
    types: tuple[str, ...] | None = None
    types_remark: str | None = None
    start: str | None = None
    start_remark: str | None = None
    notes: tuple[str, ...] = ()
    doubt: str | None = None
