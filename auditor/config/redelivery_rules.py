"""What must hold between a target of redelivery and those who are sent events by it.

Whoever hears what is sent must be known before anything is sent: a target that is shared, and that names fewer than
hear it, sends events twice to somebody whom nobody asked.
"""

from collections.abc import Iterator

from auditor.config import http_rules
from auditor.config.models import Config, ConsumerConfig, LogConfig
from auditor.config.problems import Location, Problem, quoted
from auditor.config.targets import (
    CommandTargetConfig,
    CursorTargetConfig,
    FileTargetConfig,
    HttpTargetConfig,
    OutboxTargetConfig,
    TargetConfig,
)
from auditor.config.templates import OF_EVENT, unknown_in

OF_COMMAND = ("consumer", "log", "target", "plan")
"""What can stand in a command and in the name of a file: it is the same for all that is sent to one consumer."""


def problems(config: Config) -> Iterator[Problem]:
    """Every rule that a target breaks, or a consumer that names one, each at the key that has to change."""
    for consumer in config.consumers.values():
        if consumer.redelivery is not None and consumer.redelivery not in config.redelivery:
            location = ("consumers", consumer.name, "redelivery")
            text = "must name a section [redelivery.NAME] of this file"
            yield Problem(location, text, names_key=True, unlike=True, choices=tuple(config.redelivery))
    for target in config.redelivery.values():
        users = [consumer for consumer in config.consumers.values() if consumer.redelivery == target.name]
        yield from _hearers(target, users, config)
        yield from _types(target, users, config)
        yield from _of_kind(target, users, config)


def _of_kind(target: TargetConfig, users: list[ConsumerConfig], config: Config) -> Iterator[Problem]:
    match target:
        case HttpTargetConfig():
            yield from http_rules.problems(target, _logs(users, config))
        case OutboxTargetConfig():
            yield from _outbox(target, users, config)
        case CursorTargetConfig():
            yield from _cursor(target, users, config)
        case CommandTargetConfig():
            yield from _templates(target, "command", target.command)
        case FileTargetConfig():
            yield from _templates(target, "path", target.path)
            yield from _source(target, users)
        case _:
            pass


def _hearers(target: TargetConfig, users: list[ConsumerConfig], config: Config) -> Iterator[Problem]:
    for at, name in enumerate(target.heard_by or ()):
        if name not in config.consumers:
            location = (*_here(target), "heard_by", at)
            text = "must name a consumer of this file"
            yield Problem(location, text, names_key=True, unlike=True, choices=tuple(config.consumers))
    for user in users:
        if target.heard_by is not None and user.name not in target.heard_by:
            text = f"lacks {quoted(user.name)}, which is sent events by this"
            yield Problem((*_here(target), "heard_by"), text, names_key=True)


def _types(target: TargetConfig, users: list[ConsumerConfig], config: Config) -> Iterator[Problem]:
    for log in _logs(users, config):
        for key in ("never", "ended"):
            if getattr(target, key) and not log.type:
                yield Problem((*_here(target), key), f"'{key}' needs 'type' in {_section(log)}")
        if target.ended and not log.stream:
            yield Problem((*_here(target), "ended"), f"'ended' needs 'stream' in {_section(log)}")


def _outbox(target: OutboxTargetConfig, users: list[ConsumerConfig], config: Config) -> Iterator[Problem]:
    here = _here(target)
    yield from _store(target, config)
    outbox = config.logs.get(target.log)
    if outbox is None:
        text = "must name a log of this file"
        yield Problem((*here, "log"), text, names_key=True, unlike=True, choices=tuple(config.logs))
        return
    yield from _mode(target, outbox)
    for user in users:
        if not _shares_events(outbox, config.logs.get(user.log)):
            text = f"must be what {quoted(user.name)} reads, {quoted(user.log)}, or derived from that"
            yield Problem((*here, "log"), f"{text} or from the same log, or both must have an 'id'", names_key=True)


def _shares_events(outbox: LogConfig, log: LogConfig | None) -> bool:
    """Whether something says which row of an outbox is which event of a log."""
    if log is None or log.name in (outbox.name, outbox.derived_from):
        return True  # a log that there is not is told elsewhere
    alike = outbox.derived_from is not None and outbox.derived_from == log.derived_from
    return (alike and outbox.source_key == log.source_key) or bool(outbox.id and log.id)


def _mode(target: OutboxTargetConfig, outbox: LogConfig) -> Iterator[Problem]:
    here = _here(target)
    if target.mode == "insert":
        if not target.columns and not target.copied:
            text = "\"insert\" needs 'columns' or 'copied': what a new row holds"
            yield Problem((*here, "mode"), text, names_key=True)
        yield from _templates(target, "columns", target.columns, OF_EVENT + OF_COMMAND)
        for name in target.copied:
            if name in target.columns:
                yield Problem((*here, "copied"), f"has {quoted(name)}, which 'columns' has, too", names_key=True)
        return
    if outbox.sent is None:
        text = f"\"unsent\" needs 'sent' in {_section(outbox)}: what says that a row was sent"
        yield Problem((*here, "mode"), text, names_key=True)
    for key in ("columns", "copied"):
        if getattr(target, key):
            yield Problem((*here, key), f"'{key}' needs mode = \"insert\": it says what a new row holds")


def _cursor(target: CursorTargetConfig, users: list[ConsumerConfig], config: Config) -> Iterator[Problem]:
    yield from _store(target, config)
    for user in users:
        here = ("consumers", user.name, "redelivery")
        if user.cursor is None:
            text = f"needs a cursor: {quoted(target.name)} puts it back"
            yield Problem(here, text, names_key=True)
        elif user.cursor.stream is not None:
            text = f"is a cursor, {quoted(target.name)}, which cannot be put back where there is a row a stream"
            yield Problem(here, text, names_key=True)


def _source(target: FileTargetConfig, users: list[ConsumerConfig]) -> Iterator[Problem]:
    """A position means another event in another log."""
    if target.source is not None and len({user.log for user in users}) > 1:
        text = "'source' says nothing of the log, and its consumers read different ones: leave it out"
        yield Problem((*_here(target), "source"), text)


def _store(target: OutboxTargetConfig | CursorTargetConfig, config: Config) -> Iterator[Problem]:
    if target.store is not None and target.store not in config.stores:
        text = "must name a store of this file"
        location = (*_here(target), "store")
        yield Problem(location, text, names_key=True, unlike=True, choices=tuple(config.stores))


def _templates(
    target: TargetConfig, key: str, template: object, known: tuple[str, ...] = OF_COMMAND
) -> Iterator[Problem]:
    yield from unknown_in((*_here(target), key), template, known)


def _logs(users: list[ConsumerConfig], config: Config) -> list[LogConfig]:
    """What is read by those who are sent events by a target, each once."""
    return list({user.log: config.logs[user.log] for user in users if user.log in config.logs}.values())


def _here(target: TargetConfig) -> Location:
    return ("redelivery", target.name)


def _section(log: LogConfig) -> str:
    return Problem(("logs", log.name, "name"), "").section()
