"""What ``[redelivery.NAME]`` says: how an event is sent again, and who hears it. One model for each kind of target."""

import os
import re
from datetime import date, time, timedelta
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationInfo, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from auditor.config.durations import Duration
from auditor.config.problems import expected
from auditor.config.values import FROZEN, Column, Name, TypeGlobs, Values, either

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")


def _file(name: str, info: ValidationInfo) -> str:
    if not name.strip() or "\0" in name:
        raise expected("the path of a file")
    folder: Path = (info.context or {}).get("folder", Path())
    return os.path.abspath(file_of(folder, name))  # noqa: PTH100 (a path that may be a template is only text)


def _header(name: str) -> str:
    if not is_header(name):
        raise expected("the name of a header")
    return name


def is_header(name: str) -> bool:
    """Whether a header can be called so."""
    return bool(_TOKEN.fullmatch(name))


def _method(method: str) -> str:
    if not re.fullmatch("[A-Z]+", method):
        raise expected('a method of HTTP in capital letters, like "POST"')
    return method


def _pointer(text: str) -> str:
    if not _POINTER.fullmatch(text):
        raise expected('a JSON pointer that begins with "/", like "/accepted", or "" for the whole answer')
    return text


def _some_time(duration: timedelta) -> timedelta:
    if not duration:
        raise expected("a duration of more than 0s")
    return duration


def _json(value: object) -> object:
    """TOML has times and numbers that are none, JSON has not."""
    match value:
        case dict():
            return {key: _json(part) for key, part in value.items()}
        case tuple() | list():
            return [_json(part) for part in value]
        case date() | time():
            raise expected("what JSON can say (a time is text there)")
        case float() if not isfinite(value):
            raise expected("what JSON can say")
        case _:
            return value


Secret = Annotated[SecretStr, WithJsonSchema({"type": "string"})]
Template = Annotated[str, WithJsonSchema({"type": "string"})]
"""Text in which ``{consumer}`` and the like stand for what is sent (:mod:`auditor.redelivery.targets.templates`)."""

File = Annotated[str, AfterValidator(_file), WithJsonSchema({"type": "string"})]
_WORDS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_COLUMNS = {"type": "array", "items": {"type": "string"}}
HeaderName = Annotated[str, AfterValidator(_header), WithJsonSchema({"type": "string"})]
Pointer = Annotated[str, AfterValidator(_pointer), WithJsonSchema({"type": "string", "pattern": "^(/|$)"})]
LongerThanNothing = Annotated[Duration, AfterValidator(_some_time)]


class TargetConfig(BaseModel):
    """What all kinds of targets share."""

    model_config = FROZEN

    name: SkipJsonSchema[str]
    """The section's name."""
    kind: str
    """How events are sent again."""
    heard_by: Annotated[tuple[Name, ...], Field(min_length=1), WithJsonSchema(_WORDS)] | None = None
    """The consumers that hear what is sent. Left out: only the one it is sent for, where the target names that."""
    never: TypeGlobs | None = None
    """The event types that are never sent again, with * and ? as wildcards."""
    ended: TypeGlobs | None = None
    """The event types after which nothing of their stream is sent again: an erasure, a closed account."""
    max_attempts: Annotated[int, Field(ge=1)] = 3
    """How often an event that stays missing is sent again before it takes --again."""


class BatchedTargetConfig(TargetConfig):
    """What targets share that are given some events at a time."""

    batch: Annotated[int, Field(ge=1, le=10_000)] = 100
    """How many events are sent at once."""
    rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """How many events are sent a second at most. Left out: as fast as the target takes them."""


class AuthConfig(BaseModel):
    """How the auditor shows who it is: one of bearer, user and password, header and value, certificate and key."""

    model_config = FROZEN

    bearer: Secret | None = None
    """A token, sent as "Authorization: Bearer"."""
    user: Secret | None = None
    """The user of basic authentication."""
    password: Secret | None = None
    """The password of that user."""
    header: HeaderName | None = None
    """The name of a header of your own."""
    value: Secret | None = None
    """What that header holds."""
    certificate: File | None = None
    """A file with a client certificate (PEM), relative to this file's folder."""
    key: File | None = None
    """The file with that certificate's key, where it is another one."""


Shape = Literal["ids", "positions", "range", "from-position"]


class HttpTargetConfig(BatchedTargetConfig):
    """A redelivery API: the producer is asked by HTTP to send events again."""

    kind: Literal["http"]
    """http: the producer's redelivery API."""
    url: Template
    """The address. {consumer}, {plan}, {first}, {last} and others are put in, percent-encoded."""
    method: Annotated[str, AfterValidator(_method), WithJsonSchema({"type": "string"})] = "POST"
    """The HTTP method."""
    headers: dict[str, Template] = Field(default_factory=dict)
    """Further headers. What is secret belongs in `auth`."""
    shape: Annotated[Shape, *either("ids", "positions", "range", "from-position")] = "ids"
    """How events are named: by ids, by positions, as a range of positions, or as the position from which on."""
    body: Annotated[Any, AfterValidator(_json)] = None
    """What is sent as JSON; "{ids}" and "{positions}" alone stand for lists. Left out: an object for the shape."""
    accepted: Pointer | None = None
    """Where in the answer the accepted ids or positions stand, as a JSON pointer. Left out: 2xx accepts all."""
    rejected: Pointer | None = None
    """Where in the answer the rejected ids or positions stand, as a JSON pointer."""
    auth: AuthConfig | None = None
    """How the auditor shows who it is."""
    timeout: LongerThanNothing = timedelta(seconds=10)
    """How long one request may take."""
    retries: Annotated[int, Field(ge=0, le=20)] = 5
    """How often a request is repeated after 429, 5xx, and where no connection came about."""
    tls_verify: bool = True
    """false: whoever answers is believed. Never in production."""
    tls_ca: File | None = None
    """A file with the certificates (PEM) that are trusted, relative to this file's folder."""


class OutboxTargetConfig(BatchedTargetConfig):
    """An outbox: its rows are marked unsent again, or inserted anew, and its relay sends them."""

    kind: Literal["outbox"]
    """outbox: rows of an outbox are sent again by its relay."""
    log: Name
    """The outbox, by the name of its section: the log that a consumer reads, or one derived from it."""
    store: Name | None = None
    """A store with a role that may write there. Left out: the outbox's own."""
    mode: Annotated[Literal["unsent", "insert"], *either("unsent", "insert")] = "unsent"
    """unsent: `sent` is emptied again. insert: a copy of the row is added, for relays that go by position."""
    copied: Annotated[tuple[Column, ...], WithJsonSchema(_COLUMNS)] = ()
    """Of an inserted row: the columns that are copied from the event's row in the outbox."""
    columns: Values = Field(default_factory=dict)
    """Of an inserted row: what other columns hold. {id}, {type}, {data} and others are put in."""


class CursorTargetConfig(TargetConfig):
    """The consumer's own cursor: it is put back to before the first missing event."""

    kind: Literal["cursor"]
    """cursor: the consumer's cursor is put back."""
    store: Name | None = None
    """A store with a role that may write there. Left out: the consumer's own."""


class CommandTargetConfig(BatchedTargetConfig):
    """A program of yours: it is given a line of JSON for each event, and answers with one for each."""

    kind: Literal["command"]
    """command: a program sends the events."""
    command: Annotated[tuple[Template, ...], Field(min_length=1), WithJsonSchema(_WORDS)]
    """The program and its arguments; no shell. {consumer} and {plan} are put in."""
    timeout: LongerThanNothing = timedelta(minutes=1)
    """How long a batch may take."""


class FileTargetConfig(TargetConfig):
    """A file of CloudEvents, a line each, for people who send by their own means."""

    kind: Literal["file"]
    """file: events are written down."""
    path: File
    """The file, relative to this file's folder. {consumer} and {plan} are put in."""
    source: str | None = None
    """What "source" of each CloudEvent says. Left out: the log's name."""


AnyTargetConfig = Annotated[
    HttpTargetConfig | OutboxTargetConfig | CursorTargetConfig | CommandTargetConfig | FileTargetConfig,
    Field(discriminator="kind"),
]

TARGETS: dict[str, type[TargetConfig]] = {
    "http": HttpTargetConfig,
    "outbox": OutboxTargetConfig,
    "cursor": CursorTargetConfig,
    "command": CommandTargetConfig,
    "file": FileTargetConfig,
}
"""The model of each kind."""

PARTS: dict[type[TargetConfig], dict[str, type[BaseModel]]] = {HttpTargetConfig: {"auth": AuthConfig}}
"""The sections of a target's section."""


def file_of(folder: Path, name: str) -> Path:
    """A file that a config names, relative to the folder of that config."""
    return folder / Path(name).expanduser()
