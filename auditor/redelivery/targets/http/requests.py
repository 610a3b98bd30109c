"""What is asked of a redelivery API: one batch becomes one request, or as many as its shape needs.

A range may hold the planned events only, so it ends where an event stands between that is not planned. Where a
template speaks of one event ({id}, {type}, …), every event has a request of its own.

The same events of the same plan make the same request with the same ``Idempotency-Key``, however often it is sent.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from urllib.parse import urlsplit

from auditor.config.targets import HttpTargetConfig
from auditor.errors import ConfigError
from auditor.redelivery.targets.interface import Batch, Parcel
from auditor.redelivery.targets.templates import (
    OF_BATCH,
    OF_CONFIG,
    OF_EVENT,
    as_json,
    fill_text,
    fill_url,
    fill_value,
    of_batch,
    of_event,
    placeholders,
    unknown_placeholders,
)

IDEMPOTENCY_KEY = "Idempotency-Key"
"""The header by which a server can tell a request that it had before: the same events, for the same consumer."""
MARK = "Auditor-Redelivery"
"""The header that marks a redelivery: the beginning of its plan's hash."""
OWN = frozenset({IDEMPOTENCY_KEY.lower(), MARK.lower(), "content-length", "transfer-encoding", "connection"})
"""Headers that no config may set."""

_PLAN_SHOWN = 12
_NO_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
_NAMING = frozenset({"ids", "positions", "first", "last", "from", "id", "position", "stream"})
_ADDRESS = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)
_UNFIT = re.compile(r"[^\t\x20-\x7e\x80-\U0010ffff]")
_BODIES: Mapping[str, Mapping[str, str]] = {
    "ids": {"ids": "{ids}"},
    "positions": {"positions": "{positions}"},
    "range": {"first": "{first}", "last": "{last}"},
    "from-position": {"from": "{from}"},
}


class UnfitError(ValueError):
    """Something of the log's cannot be put where a template wants it. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request for some of a batch's parcels. What may hold secrets is not shown."""

    parcels: tuple[Parcel, ...]
    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, bytes], ...] = field(repr=False)
    content: bytes | None = field(repr=False)


class Requests:
    """The templates of a target, looked at once. Raises ConfigError where they cannot be filled."""

    def __init__(self, config: HttpTargetConfig) -> None:
        self._config = config
        self._used = frozenset(placeholders([config.url, config.headers, config.body]))
        self.needs_data = "data" in self._used
        self.shared = "consumer" not in self._used
        self._one_each = not self._used.isdisjoint(OF_EVENT)

    def check(self) -> None:
        """Raises ConfigError for what no batch could be sent with."""
        config = self._config
        allowed = (*OF_BATCH, *OF_EVENT)
        if unknown := unknown_placeholders([config.url, config.headers, config.body], allowed):
            known = ", ".join(allowed)
            what = f"a single {unknown[0]}" if unknown[0] in {"{", "}"} else f"{{{unknown[0]}}}"
            raise self._error(f"{what} is no placeholder (known: {known}; literal braces are doubled)")
        if not _ADDRESS.match(config.url):
            raise self._error("'url' must begin with https:// or http:// and a host")
        if beyond := unknown_placeholders(_authority(config.url), OF_CONFIG):
            raise self._error(f"{{{beyond[0]}}} in the host of 'url' would let data choose who is told")
        if self._used.isdisjoint(_NAMING) and (config.body is not None or config.method in _NO_BODY):
            raise self._error("neither 'url' nor 'body' says which events are meant (as {ids} would)")
        for name, value in config.headers.items():
            if name.lower() in OWN:
                raise self._error(f"the header {name!r} is set by the auditor")
            if _UNFIT.search(value):
                raise self._error(f"the header {name!r} holds a line break or another control character")

    def of(self, batch: Batch) -> Iterator[tuple[Parcel, ...]]:
        """The parcels of each request, in the batch's order."""
        parcels = batch.parcels
        if self._one_each:
            yield from ((parcel,) for parcel in parcels)
        elif self._config.shape == "range":
            yield from _runs(parcels)
        else:
            yield parcels

    def make(self, batch: Batch, parcels: tuple[Parcel, ...]) -> Request:
        """One request. Raises UnfitError."""
        if (word := self._lacking(parcels)) is not None:
            message = f"no {word} is known of it"
            raise UnfitError(message)
        values = of_batch(batch, self._config.name, None if parcels == batch.parcels else parcels)
        if self._one_each:
            values |= of_event(parcels[0])
        try:
            url = fill_url(self._config.url, values)
        except ValueError as error:
            raise UnfitError(str(error)) from None
        content = self._content(values)
        return Request(parcels, self._config.method, url, self._headers(batch, parcels, values, content), content)

    def _lacking(self, parcels: Sequence[Parcel]) -> str | None:
        """What events are named by and one of them has not."""
        word = "id" if self._config.shape == "ids" else "position"
        named = word in self._used or f"{word}s" in self._used or self._config.body is None
        lacks = any(getattr(parcel.event.event, word) is None for parcel in parcels)
        return word if named and lacks else None

    def _content(self, values: Mapping[str, object]) -> bytes | None:
        body = self._config.body
        if body is None:
            if self._config.method in _NO_BODY:
                return None
            body = _BODIES[self._config.shape]
            body = body if values["partition"] is None else {**body, "partition": "{partition}"}
        return json.dumps(fill_value(body, values), default=as_json).encode()

    def _headers(
        self, batch: Batch, parcels: Sequence[Parcel], values: Mapping[str, object], content: bytes | None
    ) -> tuple[tuple[str, bytes], ...]:
        headers = {"user-agent": ("User-Agent", user_agent()), "accept": ("Accept", "application/json, */*;q=0.5")}
        headers |= {"accept-encoding": ("Accept-Encoding", "identity"), "connection": ("Connection", "close")}
        if content is not None:
            headers["content-type"] = ("Content-Type", "application/json")
        for name, template in self._config.headers.items():
            headers[name.lower()] = (name, _fit(name, fill_text(template, values)))
        headers[IDEMPOTENCY_KEY.lower()] = (IDEMPOTENCY_KEY, _fit(IDEMPOTENCY_KEY, key_of(parcels)))
        headers[MARK.lower()] = (MARK, _fit(MARK, batch.plan[:_PLAN_SHOWN]))
        return tuple((name, value.encode("utf-8", "backslashreplace")) for name, value in headers.values())

    def _error(self, message: str) -> ConfigError:
        return ConfigError(f"target {self._config.name!r}: {message}")


def key_of(parcels: Sequence[Parcel]) -> str:
    """The Idempotency-Key: of one event its own, of several a hash over theirs."""
    if len(parcels) == 1:
        return parcels[0].key
    return sha256("\n".join(parcel.key for parcel in parcels).encode()).hexdigest()


def user_agent() -> str:
    """Who asks."""
    return f"auditor/{version('auditor')}"


def _runs(parcels: Sequence[Parcel]) -> Iterator[tuple[Parcel, ...]]:
    """Parcels between which the log has no other eligible event."""
    run: list[Parcel] = []
    for parcel in parcels:
        if run and not parcel.follows:
            yield tuple(run)
            run = []
        run.append(parcel)
    if run:
        yield tuple(run)


def _authority(url: str) -> str:
    """Whom a template of an address leads to: everything up to the path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc}"


def _fit(name: str, value: str) -> str:
    """A header's value, which ends where its line ends. Raises UnfitError."""
    if _UNFIT.search(value):
        message = f"the header {name!r} would hold a line break or another control character"
        raise UnfitError(message)
    return value.strip()
