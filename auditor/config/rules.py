"""What must hold between the keys of a config: names that exist, and an identity that both sides share.

Whatever is wrong here would make an audit compare what cannot be compared. Whether the tables and columns exist is
not known here; the stores say it when they are asked.
"""

from collections.abc import Iterator
from typing import Literal

from auditor.config.models import (
    Config,
    ConsumerConfig,
    CursorConfig,
    InboxConfig,
    LogConfig,
    ParkedConfig,
    StateConfig,
)
from auditor.config.problems import Location, Problem

_MOST_IN_A_CIRCLE = 6

Identity = Literal["id", "position", "stream-version"]
"""By what an event of a log is found among a consumer's receipts."""


def identity_of(log: LogConfig, receipts: InboxConfig | ParkedConfig) -> Identity:
    """The identity that both sides give: the id, else the position, else stream and version.

    ValueError: they share none, which a config that was loaded never says.
    """
    if log.id and receipts.id:
        return "id"
    if receipts.position:
        return "position"
    if log.stream and log.version and receipts.stream and receipts.version:
        return "stream-version"
    message = f"log {log.name!r} shares no identity with {receipts.table!r}"
    raise ValueError(message)


def problems(config: Config) -> Iterator[Problem]:
    """Every rule that the config breaks, each at the key that has to change."""
    for log in config.logs.values():
        yield from _log(log, config)
        yield from _derived(log, config)
    for state in config.states.values():
        yield from _state(state, config)
    for consumer in config.consumers.values():
        yield from _consumer(consumer, config)
    yield from _ledger(config)
    if config.redelivery or any(consumer.redelivery is not None for consumer in config.consumers.values()):
        from auditor.config import redelivery_rules  # noqa: PLC0415 (most configs have no target)

        yield from redelivery_rules.problems(config)


def _ledger(config: Config) -> Iterator[Problem]:
    for store in config.stores.values():
        if store.file is not None and store.file == config.ledger.file:
            text = f"is the file of {Problem(('stores', store.name, 'url'), '').section()}, which is only ever read"
            yield Problem(("ledger", "url"), text, names_key=True)


def _log(log: LogConfig, config: Config) -> Iterator[Problem]:
    here = ("logs", log.name)
    yield from _exists(log.store, "store", tuple(config.stores), (*here, "store"))
    if log.version and not log.stream:
        yield Problem((*here, "version"), "'version' needs 'stream': versions are counted within a stream")
    if log.order and log.order[-1] != log.position:
        yield Problem((*here, "order"), "'order' must end in the column of 'position'")


def _derived(log: LogConfig, config: Config) -> Iterator[Problem]:
    here = ("logs", log.name)
    if log.derived_from is None:
        yield from _not_derived(log, here)
        return
    yield from _exists(log.derived_from, "log", tuple(config.logs), (*here, "derived_from"))
    if log.source is None:
        text = "'derived_from' needs 'source': the column that names the upstream event"
        yield Problem((*here, "derived_from"), text)
    if (circle := _circle(log, config)) is not None:
        shown = circle if len(circle) <= _MOST_IN_A_CIRCLE else [*circle[:_MOST_IN_A_CIRCLE], "…", circle[-1]]
        text = f"goes round in a circle: {' -> '.join(shown)} (a log cannot be made out of itself)"
        yield Problem((*here, "derived_from"), text, names_key=True)
    elif (upstream := config.logs.get(log.derived_from)) is not None:
        yield from _against_upstream(log, upstream, here)


def _not_derived(log: LogConfig, here: Location) -> Iterator[Problem]:
    """Keys that mean nothing where a log is made out of no other: whoever wrote them expects an audit of it."""
    for key in ("source", "source_key", "types", "per_event", "cursor"):
        if key in log.model_fields_set:
            instead = " (to say which of its rows count, use 'where')" if key == "types" else ""
            text = f"'{key}' needs 'derived_from': it says how this log is made out of another{instead}"
            yield Problem((*here, key), text)
    if "max_delay" in log.model_fields_set and log.sent is None:
        text = "'max_delay' needs 'sent' or 'derived_from': nothing else about a log can be late"
        yield Problem((*here, "max_delay"), text)


def _against_upstream(log: LogConfig, upstream: LogConfig, here: Location) -> Iterator[Problem]:
    if log.source_key == "id" and upstream.id is None:
        text = f"'source' needs 'id' in {_section(upstream)}, to name its events by (or source_key = \"position\")"
        yield Problem((*here, "source"), text)
    if log.source_key == "position" and upstream.partition and not log.partition:
        text = f"needs 'partition': positions of {_section(upstream)} are counted per partition"
        yield Problem((*here, "partition"), text)
    if log.types and not upstream.type:
        yield Problem((*here, "types"), f"'types' needs 'type' in {_section(upstream)}")
    if log.cursor:
        yield from _cursor(log.cursor, upstream, (*here, "cursor"))


def _circle(log: LogConfig, config: Config) -> list[str] | None:
    """The names on the way from a log back to itself, if it is made out of itself."""
    way, at = [log.name], log.derived_from
    while at is not None and at in config.logs and at not in way:
        way.append(at)
        at = config.logs[at].derived_from
    return [*way, log.name] if at == log.name else None


def _state(state: StateConfig, config: Config) -> Iterator[Problem]:
    here = ("states", state.name)
    if state.name in config.logs:
        yield Problem((*here, "name"), "a log has the same name: logs, states and consumers share one namespace")
    yield from _exists(state.log, "log", tuple(config.logs), (*here, "log"))
    yield from _exists(state.store, "store", tuple(config.stores), (*here, "store"))
    log = config.logs.get(state.log)
    if log is None:
        return
    if not log.stream:
        yield Problem((*here, "stream"), f"'stream' needs 'stream' in {_section(log)}")
    if state.version and not log.version:
        yield Problem((*here, "version"), f"'version' needs 'version' in {_section(log)}")
    for key in ("types", "ended"):
        if getattr(state, key) and not log.type:
            yield Problem((*here, key), f"'{key}' needs 'type' in {_section(log)}")
    if state.changed and not log.time:
        yield Problem((*here, "changed"), f"'changed' needs 'time' in {_section(log)}")


def _consumer(consumer: ConsumerConfig, config: Config) -> Iterator[Problem]:
    here = ("consumers", consumer.name)
    for word, names in (("log", config.logs), ("state", config.states)):
        if consumer.name in names:
            text = f"a {word} has the same name: logs, states and consumers share one namespace"
            yield Problem((*here, "name"), text)
    yield from _exists(consumer.log, "log", tuple(config.logs), (*here, "log"))
    yield from _exists(consumer.store, "store", tuple(config.stores), (*here, "store"))
    if not consumer.cursor and not consumer.inbox:
        text = "needs a cursor or an inbox: without either there is no trace of what it received"
        yield Problem((*here, "inbox"), text)
    if log := config.logs.get(consumer.log):
        yield from _against(log, consumer)


def _against(log: LogConfig, consumer: ConsumerConfig) -> Iterator[Problem]:
    here = ("consumers", consumer.name)
    if consumer.types and not log.type:
        yield Problem((*here, "types"), f"'types' needs 'type' in {_section(log)}")
    if consumer.cursor:
        yield from _cursor(consumer.cursor, log, (*here, "cursor"))
    if consumer.inbox:
        yield from _receipts(consumer.inbox, log, (*here, "inbox"))
    if consumer.parked:
        yield from _receipts(consumer.parked, log, (*here, "parked"))


def _cursor(cursor: CursorConfig, log: LogConfig, here: Location) -> Iterator[Problem]:
    if cursor.partition and cursor.stream:
        yield Problem((*here, "stream"), "has 'partition' and 'stream': there is a row a partition or a row a stream")
    if cursor.partition and not log.partition:
        yield Problem((*here, "partition"), f"'partition' needs 'partition' in {_section(log)}")
    if cursor.stream and not (log.stream and log.version):
        yield Problem((*here, "stream"), f"'stream' needs 'stream' and 'version' in {_section(log)}")
    columns = len(cursor.position)
    if columns > 1 and cursor.stream:
        yield Problem((*here, "position"), "'position' must be one column where there is a row a stream")
    elif columns > 1 and columns != len(log.order):
        compared = f"{len(log.order)} in 'order'" if log.order else "no 'order'"
        text = f"'position' has {columns} columns, but {_section(log)} has {compared}: give one, or as many"
        yield Problem((*here, "position"), text)


def _receipts(receipts: InboxConfig | ParkedConfig, log: LogConfig, here: Location) -> Iterator[Problem]:
    if receipts.version and not receipts.stream:
        yield Problem((*here, "version"), "'version' needs 'stream': versions are counted within a stream")
    try:
        identity = identity_of(log, receipts)
    except ValueError:
        yield Problem((*here, "id"), _no_identity(log))
        return
    if identity == "position" and log.partition and not receipts.partition:
        text = f"needs 'partition': positions of {_section(log)} are counted per partition"
        yield Problem((*here, "partition"), text)


def _no_identity(log: LogConfig) -> str:
    ways = ["'id'"] if log.id else []
    ways.append("'position'")
    if log.stream and log.version:
        ways.append("'stream' and 'version'")
    return f"shares no identity with {_section(log)}: give {', or '.join(ways)}"


def _exists(name: str, word: str, names: tuple[str, ...], location: Location) -> Iterator[Problem]:
    if name not in names:
        yield Problem(location, f"must name a {word} of this file", names_key=True, unlike=True, choices=names)


def _section(log: LogConfig) -> str:
    return Problem(("logs", log.name, "name"), "").section()
