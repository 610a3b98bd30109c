"""What a server's answer means for each of the events that it was asked to send.

A status says whether the server did what it was asked for; what it says of single events stands where the config's
JSON pointers lead. An answer that cannot be read proves nothing: the events are unknown, and are
looked for at the consumer.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

from auditor.config.targets import HttpTargetConfig
from auditor.identity import Kind, canonical
from auditor.redact import redact
from auditor.redelivery.targets.http.pointer import look_up
from auditor.redelivery.targets.interface import Answer, Parcel
from auditor.redelivery.targets.said import LOOKED_THROUGH, shown
from checks.model.redelivery import Outcome

REFUSED_FOR_NOW = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""By these a server says that it did nothing. After any other 5xx it may have."""
DONE_MAYBE = frozenset({HTTPStatus.FOUND, HTTPStatus.SEE_OTHER})
"""By these many a server sends whoever has posted something to a page about it: once it was done."""

_REQUEST_ID = re.compile(r"[\w.:/+=-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered. ``headers``: names in lower case. ``body``: ``None`` where it was too long or encoded."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether it says that it did what it was asked for."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def may_be_repeated(self) -> bool:
        """Whether the same request may do better later."""
        return self.status == HTTPStatus.TOO_MANY_REQUESTS or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def leaves_doubt(self) -> bool:
        """Whether it may have been done although it was refused."""
        return self.status in DONE_MAYBE or (self.may_be_repeated and self.status not in REFUSED_FOR_NOW)

    @property
    def refusal(self) -> Outcome:
        """What the status of a refusal says of every event."""
        if self.leaves_doubt:
            return Outcome.UNKNOWN
        return Outcome.FAILED if self.may_be_repeated else Outcome.REJECTED


def judge(config: HttpTargetConfig, parcels: Sequence[Parcel], reply: Reply) -> list[Answer]:
    """One answer for each parcel."""
    said = described(reply)
    if not reply.is_success:
        return [Answer(reply.refusal, said)] * len(parcels)
    if config.accepted is None and config.rejected is None:
        return [Answer(Outcome.ACCEPTED, said)] * len(parcels)
    try:
        outcome_of = _by_lists(config, reply)
    except ValueError as unreadable:
        return [Answer(Outcome.UNKNOWN, f"{said}, {unreadable}")] * len(parcels)
    return [Answer(*_of_one(outcome_of(_name(config, parcel)), said)) for parcel in parcels]


def described(reply: Reply) -> str:
    """One line: the status, the server's own id of the request, and of a refusal the beginning of what it says."""
    line = f"{reply.status}{_phrase(reply.status)}"
    if (request_id := _REQUEST_ID.fullmatch(reply.headers.get("x-request-id", ""))) is not None:
        line += f", request {redact(request_id[0])}"
    if reply.is_success:
        return line
    if HTTPStatus.MULTIPLE_CHOICES <= reply.status < HTTPStatus.BAD_REQUEST:
        return f"{line}: redirects are not followed, as credentials would go with them{_elsewhere(reply)}"
    words = shown((reply.body or b"")[:LOOKED_THROUGH].decode("utf-8", "replace"))
    return f"{line}: {words}" if words else line


def _phrase(status: int) -> str:
    return f" {HTTPStatus(status).phrase}" if status in set(HTTPStatus) else ""


def _elsewhere(reply: Reply) -> str:
    """Where a redirect leads, without what may be secret in it."""
    try:
        parts = urlsplit(reply.headers.get("location", ""))
    except ValueError:
        return ""
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""
    place += parts.path
    return f" (it points to {shown(place)})" if place else ""


def _by_lists(config: HttpTargetConfig, reply: Reply) -> Callable[[str], Outcome | None]:
    """What the answer's lists say of one name; ``None``: they contradict themselves, or leave it out."""
    document = _document(reply)
    accepted = None if config.accepted is None else _names(document, config.accepted)
    rejected = None if config.rejected is None else _names(document, config.rejected)

    def outcome_of(name: str) -> Outcome | None:
        is_accepted = name not in (rejected or ()) if accepted is None else name in accepted
        is_rejected = not is_accepted if rejected is None else name in rejected
        if is_accepted == is_rejected:
            return None
        return Outcome.ACCEPTED if is_accepted else Outcome.REJECTED

    return outcome_of


def _of_one(outcome: Outcome | None, said: str) -> tuple[Outcome, str]:
    match outcome:
        case Outcome.REJECTED:
            return outcome, f"{said}, but it rejects this one"
        case None:
            return Outcome.UNKNOWN, f"{said}, which names this one both as accepted and as rejected, or not at all"
        case _:
            return outcome, said


def _document(reply: Reply) -> object:
    if reply.body is None:
        unread = "too long, or encoded: not read"
        raise ValueError(unread)
    try:
        document: object = json.loads(reply.body, parse_float=str)
    except (ValueError, RecursionError):
        unreadable = "not JSON"
        raise ValueError(unreadable) from None
    return document


def _names(document: object, pointer: str) -> frozenset[str]:
    try:
        names = look_up(document, pointer)
    except LookupError:
        names = None
    if not isinstance(names, list) or not all(type(each) in {str, int} for each in names):
        missing = f"no list of ids or positions at {pointer!r}"
        raise ValueError(missing)
    return frozenset(_spelt(each) for each in names)


def _name(config: HttpTargetConfig, parcel: Parcel) -> str:
    """By what an answer names an event: by what it was asked by."""
    event = parcel.event.event
    return _spelt(event.id if config.shape == "ids" else event.position)


def _spelt(value: object) -> str:
    """As text; a uuid may be written in more than one way."""
    return str(canonical(value, Kind.TEXT))
