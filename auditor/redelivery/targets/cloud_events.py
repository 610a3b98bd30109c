"""An event as CloudEvents 1.0 has it, in the JSON format: what a line of a redelivery file says.

``id`` and ``source`` are those of the original event, so that whoever knows it already can tell. What the consumer
needs to find its place is added as extensions, which may hold text, true or false, and integers of 32 bits.
"""

from collections.abc import Mapping
from urllib.parse import quote

from auditor.redelivery.targets.contents import content_of
from auditor.redelivery.targets.interface import Batch, Parcel
from auditor.redelivery.targets.templates import as_json
from checks.model.event import Event

_LARGEST = 2**31 - 1
_NO_TYPE = "unknown"
"""Where the log has none: CloudEvents wants one."""


def beginning(plan: str) -> bytes:
    """How every line of a plan begins: by this a file is known, even one whose only line was cut short."""
    return f'{{"specversion": "1.0", "redeliveryplan": "{plan}", '.encode()


def cloud_event(parcel: Parcel, batch: Batch, source: str | None, *, with_data: bool) -> Mapping[str, object]:
    """All attributes, ``specversion`` and ``redeliveryplan`` first. ``source``: where it is not the log's name."""
    event = parcel.event.event
    known = {
        "id": _id(event),
        "source": source or quote(batch.log.name),
        "type": event.type or _NO_TYPE,
        "subject": event.stream or None,
        "time": None if event.time is None else as_json(event.time),
        "position": None if event.position is None else str(event.position),
        "partition": event.partition,
        "version": _integer(event.version),
        "consumer": batch.consumer,
        "redeliverykey": parcel.key,
    }
    content = content_of(parcel.data) if with_data else None
    if content is not None:
        known |= {"datacontenttype": content.media_type, content.word: content.value}
    said = {word: value for word, value in known.items() if value is not None}
    return {"specversion": "1.0", "redeliveryplan": batch.plan} | said


def _id(event: Event) -> str:
    """Something must name it: its place, where it has no id."""
    if event.id:
        return event.id
    place = [event.stream, event.version] if event.position is None else [event.partition, event.position]
    return "/".join(str(part) for part in place if part is not None)


def _integer(number: int | None) -> int | str | None:
    return number if number is None or abs(number) <= _LARGEST else str(number)
