"""What was typed, as all the ways in which it can be meant.

``orders:1234`` may be a position of the log ``orders`` and an id as well, ``order-17@3`` a version of a stream and an
id. Which of them exists is for the stores to say. The order here is the order in which they are told.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.config import Config, LogConfig
from auditor.config.problems import quoted, suggestion
from auditor.errors import AuditorError, UsageError
from checks.model.event import Event
from checks.model.trace import By, Sought

_WHOLE = re.compile(r"[+-]?[0-9]+")
_COUNT = re.compile(r"[0-9]+")
_LONGEST_NUMBER = 40
"""Digits: what is longer is no position of any store, and Python refuses to read thousands of them."""


class AmbiguousEventError(AuditorError):
    """What was asked for is more than one event. The message names each of them, and how to ask for it alone."""

    def __init__(self, text: str, meant: Sequence[str]) -> None:
        """``meant``: each of them, with the options that name it."""
        super().__init__(f"{text!r} is more than one event: {', or '.join(meant)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed. ``as_id``, ``as_version``: mean it so, and in no other way.

    ``log``: look in this one only; a whole number is then a position of it, unless ``as_id`` says otherwise.
    """

    text: str
    log: str | None = None
    partition: str | None = None
    as_id: bool = False
    as_version: bool = False


def readings(asked: Asked, config: Config) -> tuple[Sought, ...]:
    """Every way in which it can be meant in this config. UsageError: in none, or the options contradict each other."""
    if not asked.text:
        raise UsageError("an event needs a name: its id, LOG:POSITION or STREAM@VERSION")
    if asked.as_id and asked.as_version:
        raise UsageError("--id and --stream: an event is asked for by the one or by the other")
    if asked.log is not None and asked.log not in config.logs:
        near = suggestion(asked.log, list(config.logs), listed=True)
        message = f"--log {quoted(asked.log)}: the config has no such log{near}"
        raise UsageError(message)
    if asked.partition is not None and not any(log.partition for log in _logs(asked, config)):
        which = "no log of the config has" if asked.log is None else f"[logs.{asked.log}] does not name"
        message = f"--partition {quoted(asked.partition)}: {which} a 'partition'"
        raise UsageError(message)
    found = tuple(_readings(asked, config))
    if not found:
        raise UsageError(_not_readable(asked, config))
    return found


def _readings(asked: Asked, config: Config) -> Iterator[Sought]:
    logs = _logs(asked, config)
    if not (asked.as_id or asked.as_version):
        for log in logs:
            yield from _as_position(asked, log)
    if not asked.as_id:
        yield from _as_version(asked, config, logs)
    if not asked.as_version and (asked.as_id or asked.log is None or not _is_whole(asked.text)):
        yield from _as_id(asked, config, logs)


def _logs(asked: Asked, config: Config) -> list[LogConfig]:
    return [config.logs[asked.log]] if asked.log is not None else list(config.logs.values())


def _as_position(asked: Asked, log: LogConfig) -> Iterator[Sought]:
    if asked.partition is not None and log.partition is None:
        return
    if asked.log is not None and _is_whole(asked.text):
        yield _at(log, asked.partition, asked.text)
    if not asked.text.startswith(f"{log.name}:"):
        return
    place = asked.text.removeprefix(f"{log.name}:")
    if _is_whole(place):
        yield _at(log, asked.partition, place)
    partition, colon, position = place.rpartition(":")
    if colon and log.partition is not None and asked.partition in (None, partition) and _is_whole(position):
        yield _at(log, partition, position)


def _at(log: LogConfig, partition: str | None, position: str) -> Sought:
    return Sought(by=By.POSITION, event=Event(position=int(position), partition=partition), log=log.name)


def _as_version(asked: Asked, config: Config, logs: list[LogConfig]) -> Iterator[Sought]:
    stream, at, version = asked.text.rpartition("@")
    if not at or len(version) > _LONGEST_NUMBER or _COUNT.fullmatch(version) is None:
        return
    if any(log.stream and log.version for log in logs) or _receipts_have(config, asked.log, "version"):
        event = Event(stream=stream, version=int(version), partition=asked.partition)
        yield Sought(by=By.VERSION, event=event, log=asked.log)


def _as_id(asked: Asked, config: Config, logs: list[LogConfig]) -> Iterator[Sought]:
    if any(log.id for log in logs) or _receipts_have(config, asked.log, "id"):
        yield Sought(by=By.ID, event=Event(id=asked.text, partition=asked.partition), log=asked.log)


def _receipts_have(config: Config, log: str | None, word: str) -> bool:
    tables = (
        table
        for consumer in config.consumers.values()
        if log in (None, consumer.log)
        for table in (consumer.inbox, consumer.parked)
    )
    return any(table is not None and getattr(table, word) for table in tables)


def _is_whole(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and _WHOLE.fullmatch(text) is not None


def _not_readable(asked: Asked, config: Config) -> str:
    if asked.as_version:
        return f"{quoted(asked.text)} is no STREAM@VERSION of a log that has streams"
    known = suggestion(asked.text.partition(":")[0], list(config.logs)) if ":" in asked.text else ""
    if asked.as_id:
        return f"{quoted(asked.text)} cannot be an id: no log or inbox of the config has 'id'"
    return f"{quoted(asked.text)} is neither an id nor LOG:POSITION nor STREAM@VERSION of any log of the config{known}"
