r"""The JSON document ``auditor.plan/1``: a plan as it is kept in a file, and read back.

Unlike the other documents it is read by the program itself, which acts on it. So it is read strictly: every key is
there, none besides, and every value is of its kind. Numbers and text are exact, times are UTC and end in ``Z``. Text
with half of a surrogate pair in it, which many a reader of JSON replaces without a word, is written as an object,
``{"escaped": "a\\udc80"}``, in which a backslash is doubled.

The hash is over what the document says, never over how it is laid out.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from checks.model.event import Event
from checks.model.redelivery import LeftOut, Order, Part, Plan, PlannedCursor, PlannedEvent, Why
from reports.json_document import Json, moment

SCHEMA = "auditor.plan/1"
EVENTS = "events"
HASH = "hash"

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(?:(\\)|u(d[89a-f][0-9a-f]{2}))|(\\)")

Answer = TypeVar("Answer")
Reader = Callable[[Any], Answer]


class MisshapenError(ValueError):
    """A value is not what it should be: ``place``, as in ``parts[0].count``, and what is wrong there."""

    def __init__(self, wrong: str, place: str = "") -> None:
        self.wrong = wrong
        self.place = place.removeprefix(".")
        super().__init__(f"{self.place}: {wrong}" if place else wrong)

    def within(self, place: str) -> "MisshapenError":
        """The same, seen from further out."""
        joint = "" if not self.place or self.place.startswith("[") else "."
        return MisshapenError(self.wrong, f"{place}{joint}{self.place}")


def header_entry(plan: Plan) -> dict[str, Json]:
    """All of a plan but its events, in the order in which it is written."""
    return {
        "schema": SCHEMA,
        HASH: plan.hash,
        "created": moment(plan.created),
        "expires": moment(plan.expires),
        "run": _text(plan.run),
        "recorded": plan.recorded,
        "order": plan.order.value,
        "count": plan.count,
        "filters": _texts_by_key(plan.filters),
        "warnings": _texts(plan.warnings),
        "accepted_duplicates": _maybe_text(plan.accepted_duplicates),
        "first_sighting": plan.first_sighting,
        "parts": [_part_entry(part) for part in plan.parts],
    }


def event_entry(planned: PlannedEvent) -> dict[str, Json]:
    """One event of a plan."""
    event = planned.event
    return {
        "position": event.position,
        "partition": _maybe_text(event.partition),
        "id": _maybe_text(event.id),
        "stream": _maybe_text(event.stream),
        "version": event.version,
        "type": _maybe_text(event.type),
        "time": None if event.time is None else moment(event.time),
        "consumer": _text(planned.consumer),
        "also_for": _texts(planned.also_for),
        "target": _text(planned.target),
        "why": planned.why.value,
        "since": None if planned.since is None else moment(planned.since),
        "follows": planned.follows,
        "superseded": planned.superseded,
        "attempts": planned.attempts,
    }


def spelt(value: Mapping[str, Json] | Json) -> str:
    """An entry, or a value of one, as it stands in the file: ASCII, on one line."""
    return json.dumps(value, allow_nan=False, ensure_ascii=True)


def canonical(entry: Mapping[str, Json]) -> bytes:
    """The one spelling of an entry that the hash is over: keys in order, no space, ASCII."""
    return json.dumps(entry, allow_nan=False, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def hash_of(header: Mapping[str, Json], events: str) -> str:
    """The plan's hash. ``events``: the SHA-256 of the events' canonical spellings, each with a newline, in hex."""
    said = {key: value for key, value in header.items() if key != HASH}
    return hashlib.sha256(canonical(said) + b"\n" + events.encode()).hexdigest()


def _part_entry(part: Part) -> dict[str, Json]:
    return {
        "consumer": _text(part.consumer),
        "log": _text(part.log),
        "target": _text(part.target),
        "kind": _text(part.kind),
        "fingerprint": _text(part.fingerprint),
        "heard_by": _texts(part.heard_by),
        "identity": _texts(part.identity),
        "origins": _texts_by_key(part.origins),
        "cursors": [
            {"scope": _maybe_text(each.scope), "positions": [_maybe_text(position) for position in each.positions]}
            for each in part.cursors
        ],
        "count": part.count,
        "streams": part.streams,
        "superseded": part.superseded,
        "comes_again": part.comes_again,
        "left_out": [
            {"reason": _text(each.reason), "count": each.count, "message": _text(each.message)}
            for each in part.left_out
        ],
    }


def _text(text: str) -> Json:
    if text.isascii() or _SURROGATE.search(text) is None:
        return text
    return {"escaped": _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\\", "\\\\"))}


def _maybe_text(text: str | None) -> Json:
    return None if text is None else _text(text)


def _texts(texts: Iterable[str]) -> list[Json]:
    return [_text(text) for text in texts]


def _texts_by_key(texts: Mapping[str, str]) -> dict[str, Json]:
    return {key: _text(text) for key, text in texts.items()}


def plan_of(header: object) -> Plan:
    """The plan of a header. MisshapenError: it is not as :func:`header_entry` writes it."""
    return Plan(**_object(header, _PLAN, leaving=("schema",)))


def planned_event_of(entry: object) -> PlannedEvent:
    """The event of an entry. MisshapenError: it is not as :func:`event_entry` writes it."""
    read = _object(entry, _EVENT)
    return PlannedEvent(event=Event(**{word: read.pop(word) for word in _IDENTITY}), **read)


def _object(value: object, readers: Mapping[str, Reader[Any]], leaving: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the readers make of an object that has exactly their keys. ``leaving``: the keys that are only needed."""
    if not isinstance(value, dict):
        raise MisshapenError("should be an object")
    for key in (key for key in readers if key not in value):
        raise MisshapenError(f"lacks the key {key!r}")
    for key in (key for key in value if key not in readers):
        raise MisshapenError(f"has an unknown key {key!r}")
    read = {}
    for key, reader in readers.items():
        try:
            read[key] = reader(value[key])
        except MisshapenError as error:
            raise error.within(key) from None
    return {key: each for key, each in read.items() if key not in leaving}


def _read_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and value.keys() == {"escaped"} and isinstance(value["escaped"], str):
        return _ESCAPED.sub(_unescaped, value["escaped"])
    raise MisshapenError("should be text")


def _unescaped(found: re.Match[str]) -> str:
    if found[3] is not None:
        raise MisshapenError("should be text, with every backslash in it doubled")
    return "\\" if found[1] is not None else chr(int(found[2], 16))


def _read_name(value: object) -> str:
    if isinstance(value, str):
        return value
    raise MisshapenError("should be text")


def _read_whole(value: object) -> int:
    if type(value) is int:  # True is an int, and is no number
        return value
    raise MisshapenError("should be a whole number")


def _read_count(value: object) -> int:
    if (whole := _read_whole(value)) >= 0:
        return whole
    raise MisshapenError("should not be negative")


def _read_flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise MisshapenError("should be true or false")


def _read_moment(value: object) -> datetime:
    try:
        time = datetime.fromisoformat(_read_name(value))
    except ValueError:
        raise MisshapenError("should be a time") from None
    if moment(time) != value:
        raise MisshapenError("should be a time in UTC that ends in 'Z'")
    return time


def _maybe(reader: Reader[Answer]) -> Reader[Answer | None]:
    return lambda value: None if value is None else reader(value)


def _several(reader: Reader[Answer]) -> Reader[tuple[Answer, ...]]:
    def read(value: object) -> tuple[Answer, ...]:
        if not isinstance(value, list):
            raise MisshapenError("should be a list")
        return tuple(_at(reader, each, f"[{number}]") for number, each in enumerate(value))

    return read


def _by_key(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise MisshapenError("should be an object")
    return {key: _at(_read_text, each, key) for key, each in value.items()}


def _at(reader: Reader[Answer], value: object, place: str) -> Answer:
    try:
        return reader(value)
    except MisshapenError as error:
        raise error.within(place) from None


def _word_of(words: type[StrEnum]) -> Reader[StrEnum]:
    known = {word.value: word for word in words}

    def read(value: object) -> StrEnum:
        if isinstance(value, str) and value in known:
            return known[value]
        raise MisshapenError(f"should be one of {', '.join(known)}")

    return read


def _made(kind: Callable[..., Answer], readers: Mapping[str, Reader[Any]]) -> Reader[Answer]:
    return lambda value: kind(**_object(value, readers))


_IDENTITY = tuple(each.name for each in fields(Event))
_CURSOR: dict[str, Reader[Any]] = {"scope": _maybe(_read_text), "positions": _several(_maybe(_read_text))}
_LEFT_OUT: dict[str, Reader[Any]] = {"reason": _read_text, "count": _maybe(_read_count), "message": _read_text}
_PART: dict[str, Reader[Any]] = {
    "consumer": _read_text,
    "log": _read_text,
    "target": _read_text,
    "kind": _read_text,
    "fingerprint": _read_text,
    "heard_by": _several(_read_text),
    "identity": _several(_read_text),
    "origins": _by_key,
    "cursors": _several(_made(PlannedCursor, _CURSOR)),
    "count": _read_count,
    "streams": _read_count,
    "superseded": _read_count,
    "comes_again": _maybe(_read_count),
    "left_out": _several(_made(LeftOut, _LEFT_OUT)),
}
_PLAN: dict[str, Reader[Any]] = {
    "schema": _read_name,
    HASH: _read_name,
    "created": _read_moment,
    "expires": _read_moment,
    "run": _read_text,
    "recorded": _read_flag,
    "order": _word_of(Order),
    "count": _read_count,
    "filters": _by_key,
    "warnings": _several(_read_text),
    "accepted_duplicates": _maybe(_read_text),
    "first_sighting": _read_flag,
    "parts": _several(_made(Part, _PART)),
}
_EVENT: dict[str, Reader[Any]] = {
    "position": _maybe(_read_whole),
    "partition": _maybe(_read_text),
    "id": _maybe(_read_text),
    "stream": _maybe(_read_text),
    "version": _maybe(_read_whole),
    "type": _maybe(_read_text),
    "time": _maybe(_read_moment),
    "consumer": _read_text,
    "also_for": _several(_read_text),
    "target": _read_text,
    "why": _word_of(Why),
    "since": _maybe(_read_moment),
    "follows": _read_flag,
    "superseded": _read_flag,
    "attempts": _read_count,
}
