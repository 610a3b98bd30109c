"""What auditor.toml says, as frozen models. ``auditor config schema`` is made from them.

One attribute is one key. ``None`` means that the key was left out and that there is no default: the checks that
need it are then named under ``not_checked``. What must hold *between* keys and sections stands in ``rules``; models
that were built by hand have not been checked for it.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import SkipJsonSchema

from auditor.config import urls
from auditor.config.durations import Duration
from auditor.config.kinds import AnyTarget
from auditor.config.problems import expected, refused
from auditor.config.values import (
    FROZEN,
    Column,
    Conditions,
    CursorPosition,
    Name,
    Order,
    Start,
    TableName,
    TypeGlobs,
    either,
    needed_unless,
)
from auditor.presets import presets
from checks.model.consumer import Means


def _url(url: SecretStr, info: ValidationInfo) -> SecretStr:
    folder = (info.context or {}).get("folder", Path())
    try:
        return SecretStr(urls.normal(url.get_secret_value(), folder))
    except ValueError as error:
        raise refused(str(error)) from None


def _statement_timeout(timeout: timedelta) -> timedelta:
    # PostgreSQL takes whole milliseconds in 31 bits, and 0 for "no limit".
    if not timedelta(milliseconds=1) <= timeout <= timedelta(days=24):
        raise expected('a duration from "1ms" to "24d"')
    return timeout


def _first_version(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value in (0, 1):
        return value
    raise expected("0 or 1")


def _means(value: object) -> Means:
    if isinstance(value, str) and value in set(Means):
        return Means(value)
    raise expected("'last-processed', 'next' or 'delivered'", [means.value for means in Means])


def _named_presets(schema: dict[str, Any]) -> None:
    schema["enum"] = list(presets())


def _done(conditions: Conditions) -> Conditions:
    if not conditions:
        raise expected("at least one condition (leave it out where every row is done)")
    return conditions


class StoreConfig(BaseModel):
    """A place that holds data: one database."""

    model_config = FROZEN

    name: SkipJsonSchema[str]
    """The section's name."""
    url: Annotated[SecretStr, AfterValidator(_url), WithJsonSchema({"type": "string"})]
    """postgresql://user:password@host:5432/database, or sqlite:///file.db relative to this file's folder."""
    statement_timeout: Annotated[Duration, AfterValidator(_statement_timeout)] = timedelta(seconds=30)
    """How long one query may take."""

    @property
    def kind(self) -> urls.Kind:
        """What answers behind the URL."""
        return urls.kind_of(self.url.get_secret_value())

    @property
    def file(self) -> Path | None:
        """The absolute path of a SQLite database, with every character as the file system has it; None elsewhere."""
        return Path(self.url.get_secret_value().removeprefix("sqlite:///")) if self.kind == "sqlite" else None


class LogConfig(BaseModel):
    """An ordered log of events that a producer wrote: an event table, an outbox, an integration stream."""

    model_config = FROZEN | ConfigDict(json_schema_extra=needed_unless("preset", "table", "position"))

    name: SkipJsonSchema[str]
    """The section's name."""
    store: Name
    """The store, by the name of its section, that holds the table."""
    preset: Annotated[Name | None, Field(json_schema_extra=_named_presets)] = None
    """A known layout, which gives the keys below their defaults. Left out: none."""
    table: TableName
    """The table, or schema.table."""
    position: Column
    """The column with an event's place in the log."""
    partition: Column | None = None
    """The column by which positions are counted, where they are counted per partition or tenant."""
    id: Column | None = None
    """The column with an event's id."""
    stream: Column | None = None
    """The column with an event's stream (aggregate)."""
    version: Column | None = None
    """The column with an event's place in its stream, without holes."""
    first_version: Annotated[int, PlainValidator(_first_version), WithJsonSchema({"enum": [0, 1]})] = 1
    """The version of a stream's first event: 0 or 1."""
    type: Column | None = None
    """The column with an event's type."""
    time: Column | None = None
    """The column with the time at which an event was recorded."""
    data: Column | None = None
    """The column with an event's content. No check reads it."""
    where: Conditions = Field(default_factory=dict)
    """Which rows count: a value, a list of values, or { is_null = true } for each column. NULL equals nothing."""
    gapless: bool = False
    """true: every hole in the positions is a loss."""
    positions: Annotated[Literal["unknown", "drawn-on-insert"], *either("unknown", "drawn-on-insert")] = "unknown"
    """drawn-on-insert: each position is drawn by the very transaction that inserts the event."""
    order: Order = ()
    """The columns that consumers go by, where it is more than the position. The last one is the position."""
    settle: Duration = timedelta(seconds=5)
    """The age after which an event counts as settled where no better proof exists."""
    retention: Duration | None = None
    """Older events may be gone from the log. Left out: none are."""
    sent: Column | None = None
    """Of an outbox: the column that is NULL (or false, or 0) until the event was sent."""
    max_delay: Duration = timedelta(minutes=1)
    """How long "not sent yet" and "not derived yet" is no finding."""
    derived_from: Name | None = None
    """The log, by the name of its section, that this one is made out of. Left out: it is made out of none."""
    source: Column | None = None
    """Of a derived log: the column that names the upstream event."""
    source_key: Annotated[Literal["id", "position"], *either("id", "position")] = "id"
    """By what `source` names the upstream event: its id, or its position."""
    types: TypeGlobs | None = None
    """The upstream types that must appear in a derived log, with * and ? as wildcards. Left out: all."""
    per_event: Annotated[Literal["one", "any"], *either("one", "any")] = "one"
    """How many events of a derived log an upstream event becomes: one, or any number, none too."""
    cursor: "CursorConfig | None" = None
    """Where the publisher of a derived log stores how far it has read its upstream."""


class CursorConfig(BaseModel):
    """The position that a consumer stored, or the publisher of a derived log: in the store of that section."""

    model_config = FROZEN | ConfigDict(json_schema_extra=needed_unless("subscription", "table", "position"))

    subscription: str | None = None
    """Under which name it is stored, where the `preset` of the log it reads knows the table. Gives the keys below."""
    table: TableName
    """The table, or schema.table."""
    where: Conditions = Field(default_factory=dict)
    """Which rows are meant: those of this consumer, or of this publisher."""
    position: CursorPosition
    """The column with the stored position, or the columns of the log's `order`."""
    means: Annotated[Means, PlainValidator(_means), WithJsonSchema({"enum": [means.value for means in Means]})] = (
        Means.LAST_PROCESSED
    )
    """What the stored position says: the last processed, the next to process, or the last delivered one."""
    partition: Column | None = None
    """The column with the partition, where there is a row a partition."""
    stream: Column | None = None
    """The column with the stream, where there is a row a stream. The position is then a version."""


class ReceiptsConfig(BaseModel):
    """A consumer's rows of which each names one event of the log."""

    model_config = FROZEN

    table: TableName
    """The table, or schema.table."""
    where: Conditions = Field(default_factory=dict)
    """Which rows are this consumer's."""
    id: Column | None = None
    """The column with the event's id."""
    position: Column | None = None
    """The column with the event's position in the log."""
    partition: Column | None = None
    """The column with the event's partition."""
    stream: Column | None = None
    """The column with the event's stream."""
    version: Column | None = None
    """The column with the event's version."""


class InboxConfig(ReceiptsConfig):
    """The consumer's record of the events it received or processed."""

    type: Column | None = None
    """The column with the event's type."""
    received: Column | None = None
    """A column that orders receipt: a sequence (better) or a time."""
    done: Annotated[Conditions, AfterValidator(_done)] | None = None
    """Which rows are received and processed. Left out: all."""
    retention: Duration | None = None
    """Older events, by the log's time, may be gone from the inbox. Left out: it keeps them for ever."""


class ParkedConfig(ReceiptsConfig):
    """The events that a consumer set aside as failed (dead letters): known, not missing."""


class ConsumerConfig(BaseModel):
    """One subscription to a log."""

    model_config = FROZEN

    name: SkipJsonSchema[str]
    """The section's name."""
    log: Name
    """The log, by the name of its section, that it reads."""
    store: Name
    """The store, by the name of its section, that holds its cursor and inbox."""
    types: TypeGlobs | None = None
    """The event types that it should receive, with * and ? as wildcards. Left out: all."""
    start: Start | None = None
    """The first position that it should receive, or "first". Left out: not declared."""
    max_lag: Duration = timedelta(minutes=5)
    """How old an event may get before it has to have been processed."""
    idempotent: bool | None = None
    """Whether an event may be sent to it twice without harm. Left out: unknown."""
    ordered: bool = True
    """Whether it needs the order of events within a stream."""
    grace: Duration = timedelta(seconds=30)
    """How long after the cursor passed an event its receipt may still come. "0s": both in one transaction."""
    redelivery: Name | None = None
    """How it is sent events again, by the name of its section. Left out: by nothing that is known here."""
    cursor: CursorConfig | None = None
    """Where its cursor is stored."""
    inbox: InboxConfig | None = None
    """Where it records what it received."""
    parked: ParkedConfig | None = None
    """Where it puts what it could not process."""


class StateConfig(BaseModel):
    """A table with a row a stream that mirrors its latest version: the producer's own state, or a read model."""

    model_config = FROZEN

    name: SkipJsonSchema[str]
    """The section's name."""
    log: Name
    """The log, by the name of its section, whose streams it mirrors."""
    store: Name
    """The store, by the name of its section, that holds the table."""
    table: TableName
    """The table, or schema.table."""
    where: Conditions = Field(default_factory=dict)
    """Which rows count: a value, a list of values, or { is_null = true } for each column. NULL equals nothing."""
    stream: Column
    """The column with the stream that a row mirrors."""
    version: Column | None = None
    """The column with the version of the stream's event that changed the row last."""
    changed: Column | None = None
    """The column with the time of a row's last change: how long it differs, and all that says so without a version."""
    types: TypeGlobs | None = None
    """The event types that change a row, with * and ? as wildcards. Left out: all."""
    ended: TypeGlobs | None = None
    """The event types after which a stream needs no row any more. Left out: every stream has one."""
    max_delay: Duration = timedelta(minutes=1)
    """How long a row may lag its stream, or be ahead of it, before that is a finding."""


class LedgerConfig(BaseModel):
    """The auditor's own memory of its runs."""

    model_config = FROZEN

    url: Annotated[
        SecretStr, AfterValidator(_url), WithJsonSchema({"type": "string"}), Field(validate_default=True)
    ] = SecretStr("sqlite:///.auditor/ledger.db")
    """sqlite:///file.db relative to this file's folder, made on first use; or postgresql:// for a team."""
    full_every: Duration = timedelta(days=7)
    """How old the last full audit may get before a run makes one by itself."""
    overlap: Duration = timedelta(hours=1)
    """How much is looked at again where it is known by age only that events are settled."""
    recheck: Duration = timedelta(milliseconds=200)
    """How long a run may spend on verifying old ranges again."""

    @property
    def kind(self) -> urls.Kind:
        """What keeps it."""
        return urls.kind_of(self.url.get_secret_value())

    @property
    def file(self) -> Path | None:
        """The absolute path of a SQLite ledger; None elsewhere."""
        return Path(self.url.get_secret_value().removeprefix("sqlite:///")) if self.kind == "sqlite" else None


class Config(BaseModel):
    """The configuration of the auditor: which logs there are, and who should have received their events."""

    model_config = FROZEN

    path: SkipJsonSchema[Path | None] = None
    """The file that it was read from."""
    stores: dict[str, StoreConfig] = Field(default_factory=dict)
    """The stores, by name."""
    logs: dict[str, LogConfig] = Field(default_factory=dict)
    """The logs, by name. Logs, states and consumers share one namespace."""
    states: dict[str, StateConfig] = Field(default_factory=dict)
    """The states, by name."""
    consumers: dict[str, ConsumerConfig] = Field(default_factory=dict)
    """The consumers, by name."""
    redelivery: dict[str, AnyTarget] = Field(default_factory=dict)
    """The targets by which events are sent again, by name."""
    ledger: LedgerConfig = Field(default_factory=LedgerConfig)
    """The memory of earlier runs."""
