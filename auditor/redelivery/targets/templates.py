r"""Text in which ``{id}`` and the like stand for what is sent: addresses, headers, bodies, arguments, names of files.

A placeholder is a word in braces and nothing else: no attribute, no index, no format. ``{{`` and ``}}`` are braces.
What a template says of one batch comes from :func:`of_batch`, what it says of one event from :func:`of_event`. Whoever
uses templates says which of the words it knows; the others are found before anything is sent
(:func:`unknown_placeholders`), so that filling a template that was looked at cannot fail.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from auditor.config.templates import (
    OF_BATCH,
    OF_CONFIG,
    OF_EVENT,
    TOKEN,
    placeholders,
    unknown_placeholders,
)
from auditor.redelivery.targets.interface import Batch, Parcel
from reports.visible import well_formed

__all__ = [
    "OF_BATCH",
    "OF_CONFIG",
    "OF_EVENT",
    "as_json",
    "fill_text",
    "fill_url",
    "fill_value",
    "of_batch",
    "of_event",
    "placeholders",
    "spelt",
    "unknown_placeholders",
]


def fill_text(text: str, values: Mapping[str, object]) -> str:
    """``text`` with every value as text. Raises KeyError for what :func:`unknown_placeholders` would have named.

    >>> fill_text("{consumer}: {ids} {{}}", {"consumer": "billing", "ids": ["a", "b"]})
    'billing: a,b {}'
    """
    return _filled(text, values, spelt)


def fill_url(text: str, values: Mapping[str, object]) -> str:
    """``text`` with every value percent-encoded, so that none can become another part of the address.

    Raises ValueError for a value of dots alone, which means another folder to a server however it is encoded.

    >>> fill_url("https://shop/{stream}?ids={ids}", {"stream": "a/b", "ids": ["x,1", "y"]})
    'https://shop/a%2Fb?ids=x%2C1,y'
    """
    return _filled(text, values, _encoded)


def fill_value(template: object, values: Mapping[str, object]) -> object:
    """A JSON value, filled: a string that is one placeholder becomes the value itself. Keys stay as they are.

    >>> fill_value({"ids": "{ids}", "why": "lost by {consumer}"}, {"ids": ["a"], "consumer": "billing"})
    {'ids': ['a'], 'why': 'lost by billing'}
    """
    if isinstance(template, str):
        whole = TOKEN.fullmatch(template)
        if whole is not None and whole["name"] is not None:
            return values[whole["name"]]
        return fill_text(template, values)
    if isinstance(template, Mapping):
        return {key: fill_value(member, values) for key, member in template.items()}
    if isinstance(template, list | tuple):
        return [fill_value(member, values) for member in template]
    return template


def of_batch(batch: Batch, target: str, parcels: Sequence[Parcel] | None = None) -> dict[str, object]:
    """Values for :data:`OF_BATCH`. ``target``: its name; ``parcels``: those meant, where it is not the whole batch."""
    events = [parcel.event.event for parcel in (batch.parcels if parcels is None else parcels)]
    first, last = events[0].position, events[-1].position
    return {
        "consumer": batch.consumer,
        "log": batch.log.name,
        "target": target,
        "plan": batch.plan,
        "count": batch.count if parcels is None else len(parcels),
        "partition": events[0].partition,
        "first": first,
        "last": last,
        "from": first,
        "ids": [event.id for event in events],
        "positions": [event.position for event in events],
    }


def of_event(parcel: Parcel) -> dict[str, object]:
    """Values for :data:`OF_EVENT`, as the log has them."""
    event = parcel.event.event
    return {name: getattr(event, name) for name in OF_EVENT if name != "data"} | {"data": parcel.data}


def spelt(value: object) -> str:
    """A value as text: nothing for what is not known, times in UTC, lists with commas, the rest of JSON as JSON.

    >>> spelt(None), spelt(7), spelt(datetime(2026, 3, 1, 12, tzinfo=UTC)), spelt({"total": 3})
    ('', '7', '2026-03-01T12:00:00Z', '{"total": 3}')
    """
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ",".join(spelt(member) for member in value)
    if isinstance(value, Mapping | bool):
        return json.dumps(value, ensure_ascii=False, default=as_json)
    return str(as_json(value))


def as_json(value: object) -> object:
    """What JSON has no type for, as ``default`` of :func:`json.dumps`: bytes that are no text as base64."""
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, bytes | bytearray | memoryview):
        content = bytes(value)
        try:
            return content.decode()
        except UnicodeDecodeError:
            return b64encode(content).decode()
    return str(value)


def _filled(text: str, values: Mapping[str, object], spell: Callable[[object], str]) -> str:
    def fill(token: re.Match[str]) -> str:
        if token["brace"] is not None:
            return token["brace"][0]
        return spell(values[token["stray"] or token["name"]])

    return TOKEN.sub(fill, text)


def _encoded(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(_encoded(member) for member in value)
    text = spelt(value)
    if text and not text.strip("."):
        message = f"{text!r} cannot stand in an address"
        raise ValueError(message)
    return quote(well_formed(text), safe="")
