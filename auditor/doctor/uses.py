"""What a config makes of which table: the columns that it names there, and under which keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from auditor.config import Conditions, ConsumerConfig, CursorConfig, InboxConfig, LogConfig, ParkedConfig, StateConfig
from auditor.config.problems import Problem
from auditor.doctor.about import About, Topic

As = Literal["log", "cursor", "inbox", "parked", "state"]
_UNREAD = "data"
"""The one key whose column no check reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A table that a section of the config names. ``columns`` are pairs of key and column, conditions included.

    ``config`` is the section itself, ``section`` its name as it stands in the file.
    """

    of: str
    name: str
    kind: As
    section: str
    store: str
    config: LogConfig | CursorConfig | InboxConfig | ParkedConfig | StateConfig
    columns: tuple[tuple[str, str], ...]

    @property
    def table(self) -> str:
        """The table as the config writes it."""
        return self.config.table

    @property
    def where(self) -> Conditions:
        """Which rows count."""
        return self.config.where

    def named(self) -> frozenset[str]:
        """Every column that is read."""
        return frozenset(column for key, column in self.columns if key != _UNREAD)

    def about(self, topic: Topic) -> About:
        """The subject that the section belongs to."""
        return About(self.of, self.name, topic)


def of_log(log: LogConfig) -> Use:
    """The table of a log."""
    words = ("position", "partition", "id", "stream", "version", "type", "time", "source", "sent", _UNREAD)
    columns = [*_named(log, words), *(("order", column) for column in log.order), *_conditions(log.where, "where")]
    return Use(
        of="log",
        name=log.name,
        kind="log",
        section=section("logs", log.name),
        store=log.store,
        config=log,
        columns=tuple(columns),
    )


def of_publisher(log: LogConfig, cursor: CursorConfig) -> Use:
    """The cursor of a derived log's publisher."""
    return Use(
        of="log",
        name=log.name,
        kind="cursor",
        section=section("logs", log.name, "cursor"),
        store=log.store,
        config=cursor,
        columns=tuple(_columns(cursor)),
    )


def of_state(state: StateConfig) -> Use:
    """The table of a state."""
    return Use(
        of="state",
        name=state.name,
        kind="state",
        section=section("states", state.name),
        store=state.store,
        config=state,
        columns=(*_named(state, ("stream", "version", "changed")), *_conditions(state.where, "where")),
    )


def of_consumer(consumer: ConsumerConfig) -> Iterator[Use]:
    """The tables of a consumer: its cursor's, its inbox, its parked events."""
    for kind, config in _tables(consumer):
        yield Use(
            of="consumer",
            name=consumer.name,
            kind=kind,
            section=section("consumers", consumer.name, kind),
            store=consumer.store,
            config=config,
            columns=tuple(_columns(config)),
        )


def section(*names: str) -> str:
    """``[consumers.billing.inbox]``, quoted where TOML wants it."""
    return Problem((*names, "key"), "").section()


def _tables(consumer: ConsumerConfig) -> Iterator[tuple[As, CursorConfig | InboxConfig | ParkedConfig]]:
    if consumer.cursor is not None:
        yield "cursor", consumer.cursor
    if consumer.inbox is not None:
        yield "inbox", consumer.inbox
    if consumer.parked is not None:
        yield "parked", consumer.parked


def _columns(config: CursorConfig | InboxConfig | ParkedConfig) -> Iterator[tuple[str, str]]:
    if isinstance(config, CursorConfig):
        yield from (("position", column) for column in config.position)
        yield from _named(config, ("partition", "stream"))
    else:
        yield from _named(config, ("id", "position", "partition", "stream", "version", "type", "received"))
        yield from _conditions(getattr(config, "done", None) or {}, "done")
    yield from _conditions(config.where, "where")


def _named(config: object, words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for word in words:
        column = getattr(config, word, None)
        if column is not None:
            yield word, column


def _conditions(conditions: Conditions, key: str) -> Iterator[tuple[str, str]]:
    return ((key, column) for column in conditions)
