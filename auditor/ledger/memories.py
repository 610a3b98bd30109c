"""What runs leave for later ones, in the ledger: by name and by key, replaced as a whole, part by part.

Two configs that read something in two ways have two memories of it, and neither disturbs the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from auditor.ledger.memory_documents import (
    HORIZON,
    VERIFIED,
    consumer_memory,
    consumer_parts,
    horizon_document,
    horizon_from,
    log_memory,
    log_parts,
    verified_document,
    verified_from,
)
from auditor.ledger.observing import cursors_in, heads_in, observe
from auditor.ledger.packing import pack, unpack
from auditor.ledger.schema import memories, memory_parts
from auditor.ledger.subjects import lock
from auditor.memory import ConsumerMemory, LogMemory, Memory, Verified

Of = Literal["log", "consumer"]


class _Place(NamedTuple):
    of: str
    name: str
    key: str


def recall(connection: Connection, keys_of_logs: Mapping[str, str], keys_of_consumers: Mapping[str, str]) -> Memory:
    """The memories under exactly these keys.

    Of what no run has finished yet there is no more than the verified ranges of an interrupted one, whose run and
    beginning then stand for the memory's.
    """
    places = [_Place("log", name, key) for name, key in keys_of_logs.items()]
    places += [_Place("consumer", name, key) for name, key in keys_of_consumers.items()]
    parts = _parts(connection, places)
    recalled = Memory()
    for place, some in parts.items():
        if HORIZON in some:
            recalled.horizons[place.name] = horizon_from(some[HORIZON])
    for row in _rows(connection, places):
        place = _Place(row.of, row.name, row.key)
        run, at = _when(row.run, row.at, parts.get(place, {}))
        if run is None or at is None:
            continue
        if place.of == "log":
            recalled.logs[place.name] = log_memory(run, at, row.distrusted, parts.get(place, {}))
        else:
            recalled.consumers[place.name] = consumer_memory(run, at, parts.get(place, {}))
    return recalled


def begun_in(recalled: Memory) -> dict[tuple[Of, str], str]:
    """By log or consumer and its name, the full audit that what is verified of it began with."""
    logs: dict[tuple[Of, str], str] = {
        ("log", name): log.verified.begun_run for name, log in recalled.logs.items() if log.verified
    }
    consumers = recalled.consumers.items()
    return logs | {("consumer", name): each.verified.begun_run for name, each in consumers if each.verified}


def _when(run: str | None, at: datetime | None, parts: Mapping[str, Any]) -> tuple[str | None, datetime | None]:
    if run is not None:
        return run, at
    verified = verified_from(parts.get(VERIFIED))
    return (None, None) if verified is None else (verified.begun_run, verified.begun_at)


def remember(connection: Connection, learnt: Memory, keys: "Keys", late: set[str]) -> None:
    """Replace what is remembered. ``late``: the names of which a run that began later is recorded already."""
    for name, log in learnt.logs.items():
        if name not in late and name in keys.logs:
            place = _Place("log", name, keys.logs[name])
            stood = _replace(connection, place, log, log_parts(log) | _horizon_of(learnt, name))
            seen = {partition: (head, None) for partition, head in log.heads.items()}
            observe(connection, place.of, name, log, seen, heads_in(stood))
    for name in learnt.horizons.keys() - learnt.logs.keys():
        if name not in late and name in keys.logs:
            _keep_part(connection, _Place("log", name, keys.logs[name]), _horizon_of(learnt, name), HORIZON)
    for name, consumer in learnt.consumers.items():
        if name not in late and name in keys.consumers:
            place = _Place("consumer", name, keys.consumers[name])
            stood = _replace(connection, place, consumer, consumer_parts(consumer))
            places = {partition: (cursor.position, cursor.order) for partition, cursor in consumer.cursors.items()}
            observe(connection, place.of, name, consumer, places, cursors_in(stood))


class Keys(NamedTuple):
    """How logs and consumers are read, by name."""

    logs: Mapping[str, str]
    consumers: Mapping[str, str]


def keep_verified(
    connection: Connection, of: Of, name: str, key: str, verified: Verified, recalled: str | None
) -> None:
    """Replace the verified ranges alone, unless they are those of a full audit that began later.

    ``recalled``: the full audit that those which were recalled began with. It began before, whatever the clock said
    then: else one that was ahead would let nobody keep anything until its time has come.
    """
    lock(connection, [name])
    place = _Place(of, name, key)
    stood = verified_from(_parts(connection, [place]).get(place, {}).get(VERIFIED))
    is_later = stood is not None and stood.begun_run != recalled and stood.begun_at > verified.begun_at
    if not is_later:
        _keep_part(connection, place, {VERIFIED: verified_document(verified)}, VERIFIED)


def _keep_part(connection: Connection, place: _Place, parts: Mapping[str, Any], only: str) -> None:
    """Write one part, and leave the others as they are."""
    if _rows(connection, [place]):
        connection.execute(update(memories).where(_at(memories, [place])).values(saved=datetime.now(UTC)))
    else:
        connection.execute(insert(memories), [place._asdict() | {"saved": datetime.now(UTC)}])
    _write_parts(connection, place, parts, only=only)


def _horizon_of(learnt: Memory, name: str) -> dict[str, Any]:
    horizon = learnt.horizons.get(name)
    return {} if horizon is None else {HORIZON: horizon_document(horizon)}


def _replace(
    connection: Connection, place: _Place, memory: LogMemory | ConsumerMemory, parts: dict[str, Any]
) -> dict[str, bytes]:
    """Write a memory in place of the one that stood there. Returns the parts of that one, packed."""
    distrusted = memory.distrusted if isinstance(memory, LogMemory) else None
    values: dict[str, Any] = {
        "run": memory.run,
        "at": memory.at,
        "distrusted": distrusted,
        "saved": datetime.now(UTC),
    }
    if _rows(connection, [place]):
        if distrusted is None:
            del values["distrusted"]  # once distrusted, whatever a run that did not know it says
        connection.execute(update(memories).where(_at(memories, [place])).values(values))
    else:
        connection.execute(insert(memories), [place._asdict() | values])
    return _write_parts(connection, place, parts)


def _write_parts(
    connection: Connection, place: _Place, parts: Mapping[str, Any], only: str | None = None
) -> dict[str, bytes]:
    """Write what changed, mostly little: sightings and ranges stay as they are. Returns what stood there."""
    here = _at(memory_parts, [place])
    if only is not None:
        here = and_(here, memory_parts.c.part == only)
    stood: dict[str, bytes] = {
        row.part: row.body for row in connection.execute(select(memory_parts.c.part, memory_parts.c.body).where(here))
    }
    wanted = {name: pack(part) for name, part in parts.items()}
    changed = [name for name in {*stood, *wanted} if stood.get(name) != wanted.get(name)]
    if gone := [name for name in changed if name in stood]:
        connection.execute(delete(memory_parts).where(here, memory_parts.c.part.in_(gone)))
    if new := [name for name in changed if name in wanted]:
        connection.execute(
            insert(memory_parts), [place._asdict() | {"part": name, "body": wanted[name]} for name in new]
        )
    return stood


def _rows(connection: Connection, places: Sequence[_Place]) -> Sequence[Any]:
    return connection.execute(select(memories).where(_at(memories, places))).all() if places else ()


def _parts(connection: Connection, places: Sequence[_Place]) -> dict[_Place, dict[str, Any]]:
    found: dict[_Place, dict[str, Any]] = {}
    if places:
        for row in connection.execute(select(memory_parts).where(_at(memory_parts, places))):
            found.setdefault(_Place(row.of, row.name, row.key), {})[row.part] = unpack(row.body)
    return found


def _at(table: Any, places: Iterable[_Place]) -> Any:
    return or_(
        *(and_(table.c.of == place.of, table.c.name == place.name, table.c.key == place.key) for place in places)
    )
