"""By what an event is known from run to run: first sightings, healings and baselines go by it."""

import json

from checks.model.event import Event
from checks.model.state import Fault

BY_STREAM = frozenset(fault.value for fault in Fault)
"""Checks that count streams: which event shows it may be another one in the next run."""


def key_in(check: str, event: Event) -> str:
    """One text for what a finding of this check counts with an event, the same in every run."""
    return json.dumps(["stream", event.stream], separators=(",", ":")) if check in BY_STREAM else key_of(event)


def key_of(event: Event) -> str:
    """One text for one event, the same in every run: its position, else its id, else stream and version.

    A position is what findings are ranged by, and it never changes; an id or a version may be all that is known.
    """
    return json.dumps(_known_by(event), separators=(",", ":"))


def id_in(check: str, event: Event) -> str | None:
    """What tells events of one key apart in this check: in a log that was restored, a position may be another event's.

    ``None``: it is not known, and no reason to call it another event; or the key alone says it.
    """
    return None if check in BY_STREAM or event.position is None else event.id


def key_with_id(event: Event) -> str:
    """As :func:`key_of`, and by its id, too: in a log that was restored, a position may be another event's."""
    with_id = [event.id] if event.position is not None and event.id is not None else []
    return json.dumps([*_known_by(event), *with_id], separators=(",", ":"))


def _known_by(event: Event) -> list[object]:
    if event.position is not None:
        return ["position", event.partition, event.position]
    if event.id is not None:
        return ["id", event.partition, event.id]
    return ["version", event.partition, event.stream, event.version]
