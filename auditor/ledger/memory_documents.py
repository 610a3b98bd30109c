"""What a run leaves for later ones, cut into parts that are each read and written as a whole, as JSON and back.

A part that is empty is not kept. Digests hold numbers beyond 64 bits, which JSON's have no trouble with.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from auditor.compare.recipe import Digest
from auditor.ledger.result_documents import event_document, event_from
from auditor.memory import ConsumerMemory, Empty, End, Filled, Horizon, LogMemory, Sighting, Verified, VerifiedRange
from checks.model.previous import CursorBefore, DeadHole, FurtherOn, Witness

VERIFIED = "verified"
"""The part that an unfinished audit writes by itself."""

HORIZON = "horizon"
"""The part of a log that also a run leaves which only read it for a consumer."""

Parts = Mapping[str, Any]
"""The parts by their names, in JSON's own types."""


def consumer_parts(memory: ConsumerMemory) -> dict[str, Any]:
    """The parts of a consumer's memory that are not empty."""
    parts: dict[str, Any] = {
        "cursors": [
            [partition, cursor.position, cursor.since.isoformat(), cursor.order]
            for partition, cursor in memory.cursors.items()
        ],
        "further_on": [
            [partition, seen.position, seen.order, seen.run, seen.at.isoformat()]
            for partition, cursor in memory.cursors.items()
            if (seen := cursor.further_on) is not None
        ],
        "sightings": [
            [key, each.first_seen.isoformat(), _moment(each.passed_since), each.lasted]
            for key, each in memory.sightings.items()
        ],
        "reached": memory.reached,
        "ends": [
            [partition, *([end.position, end.since.isoformat()] for end in ends)]
            for partition, ends in memory.ends.items()
        ],
        VERIFIED: verified_document(memory.verified),
    }
    return {name: part for name, part in parts.items() if part}


def consumer_memory(run: str, at: datetime, parts: Parts) -> ConsumerMemory:
    """The memory that :func:`consumer_parts` was given."""
    further_on = {
        partition: FurtherOn(position=position, order=_to_order(order), run=by, at=datetime.fromisoformat(seen))
        for partition, position, order, by, seen in parts.get("further_on", ())
    }
    return ConsumerMemory(
        run=run,
        at=at,
        cursors={
            partition: CursorBefore(
                position=position,
                since=datetime.fromisoformat(since),
                order=_to_order(order),
                further_on=further_on.get(partition),
            )
            for partition, position, since, order in parts.get("cursors", ())
        },
        sightings={
            key: Sighting(datetime.fromisoformat(first), _to_moment(passed), lasted)
            for key, first, passed, lasted in parts.get("sightings", ())
        },
        reached=_to_pair(parts.get("reached")),
        ends={partition: (_to_end(lowest), _to_end(highest)) for partition, lowest, highest in parts.get("ends", ())},
        verified=verified_from(parts.get(VERIFIED)),
    )


def _to_order(parts: list[int] | None) -> tuple[int, ...] | None:
    return None if parts is None else tuple(parts)


def _to_pair(numbers: list[int] | None) -> tuple[int, int] | None:
    if numbers is None:
        return None
    received, eligible = numbers
    return received, eligible


def _to_end(pair: list[Any]) -> End:
    position, since = pair
    return End(position, datetime.fromisoformat(since))


def log_parts(memory: LogMemory) -> dict[str, Any]:
    """The parts of a log's memory that are not empty. ``distrusted`` stands beside them."""
    parts: dict[str, Any] = {
        "heads": [[partition, head] for partition, head in memory.heads.items()],
        "witnesses": [[event_document(each.event), each.run, each.at.isoformat()] for each in memory.witnesses],
        "dead_holes": [
            [each.first, each.last, each.run, each.at.isoformat(), each.partition] for each in memory.dead_holes
        ],
        "unsent": [[key, since.isoformat()] for key, since in memory.unsent.items()],
        VERIFIED: verified_document(memory.verified),
    }
    return {name: part for name, part in parts.items() if part}


def log_memory(run: str, at: datetime, distrusted: str | None, parts: Parts) -> LogMemory:
    """The memory that :func:`log_parts` was given."""
    return LogMemory(
        run=run,
        at=at,
        heads=dict(parts.get("heads", ())),
        witnesses=tuple(
            Witness(event=event_from(event), run=seen_by, at=datetime.fromisoformat(seen))
            for event, seen_by, seen in parts.get("witnesses", ())
        ),
        dead_holes=tuple(
            DeadHole(first=first, last=last, run=said_by, at=datetime.fromisoformat(said), partition=partition)
            for first, last, said_by, said, partition in parts.get("dead_holes", ())
        ),
        distrusted=distrusted,
        unsent={key: datetime.fromisoformat(since) for key, since in parts.get("unsent", ())},
        verified=verified_from(parts.get(VERIFIED)),
    )


def horizon_document(horizon: Horizon) -> dict[str, Any]:
    """What runs could see of a log, in JSON's own types."""
    return {
        "at": horizon.at.isoformat(),
        "heads": [[partition, head] for partition, head in horizon.heads.items()],
        "whole": horizon.whole,
        "holes": [list(hole) for hole in horizon.holes],
        "again": _moment(horizon.again),
        "filled": [
            [each.partition, each.first, each.last, each.after.isoformat(), each.by.isoformat()]
            for each in horizon.filled
        ],
        "origin": horizon.origin,
    }


def horizon_from(document: Parts) -> Horizon:
    """The horizon that :func:`horizon_document` was given."""
    return Horizon(
        at=datetime.fromisoformat(document["at"]),
        heads=dict(document["heads"]),
        whole=document["whole"],
        holes=tuple(Empty(*hole) for hole in document["holes"]),
        again=_to_moment(document["again"]),
        filled=tuple(
            Filled(partition, first, last, datetime.fromisoformat(after), datetime.fromisoformat(by))
            for partition, first, last, after, by in document["filled"]
        ),
        origin=document["origin"],
    )


def verified_document(verified: Verified | None) -> dict[str, Any] | None:
    """Verified ranges in JSON's own types."""
    if verified is None:
        return None
    return {
        "basis": verified.basis,
        "salt": verified.salt,
        "begun_run": verified.begun_run,
        "begun_at": verified.begun_at.isoformat(),
        "complete": verified.complete,
        "ranges": [[each.first, each.last, each.digest, each.run, each.at.isoformat()] for each in verified.ranges],
        "notes": dict(verified.notes),
    }


def verified_from(document: Parts | None) -> Verified | None:
    """The verified ranges that :func:`verified_document` was given."""
    if document is None:
        return None
    return Verified(
        basis=document["basis"],
        salt=document["salt"],
        begun_run=document["begun_run"],
        begun_at=datetime.fromisoformat(document["begun_at"]),
        complete=document["complete"],
        ranges=tuple(
            VerifiedRange(first, last, _to_digest(digest), run, datetime.fromisoformat(at))
            for first, last, digest, run, at in document["ranges"]
        ),
        notes=document["notes"],
    )


def _to_digest(parts: list[Any] | None) -> Digest | None:
    if parts is None:
        return None
    rows, compared, checksum = parts
    return Digest(rows, compared, tuple(checksum))


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _to_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
