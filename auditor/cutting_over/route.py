"""From which log to which: what the config says of a cutover, and what no look at a database would change."""

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.config import Config, ConsumerConfig, LogConfig
from auditor.config.problems import quoted, suggestion
from auditor.errors import UsageError


@dataclass(frozen=True, slots=True)
class Route:
    """A consumer, the log that it reads, the one in which it wants to go on, and what both are derived from."""

    consumer: ConsumerConfig
    old: LogConfig
    new: LogConfig
    upstream: LogConfig


def route(config: Config, consumer: str, to: str) -> Route:
    """The way of a consumer into another log. UsageError: there is none."""
    reader = config.consumers.get(consumer)
    if reader is None:
        raise UsageError(_unknown("consumer", consumer, config.consumers))
    new = config.logs.get(to)
    if new is None:
        raise UsageError(_unknown("log", to, config.logs))
    old = config.logs[reader.log]
    if old.name == new.name:
        raise UsageError(f"{quoted(consumer)} reads {quoted(to)} already")
    for one, other in ((old, new), (new, old)):
        if one.derived_from == other.name:
            text = f"{quoted(one.name)} is derived from {quoted(other.name)}: a cutover goes from one log to another"
            raise UsageError(f"{text} that is derived from the same one")
    for log in (old, new):
        if log.derived_from is None:
            text = f"log {quoted(log.name)} is not derived from another one ('derived_from'): nothing links it to"
            raise UsageError(f"{text} {quoted(new.name if log is old else old.name)}")
    if old.derived_from != new.derived_from:
        text = f"{quoted(old.name)} is derived from {quoted(str(old.derived_from))}"
        raise UsageError(f"{text}, and {quoted(new.name)} from {quoted(str(new.derived_from))}: they share no events")
    found = Route(reader, old, new, config.logs[str(old.derived_from)])
    for refusal in _unanswerable(found):
        raise UsageError(refusal)
    return found


def _unknown(word: str, name: str, known: Iterable[str]) -> str:
    return f"the config has no {word} called {quoted(name)}{suggestion(name, tuple(known), listed=True)}"


def _unanswerable(found: Route) -> Iterable[str]:
    """What one position does not say."""
    for log in (found.upstream, found.old, found.new):
        if log.partition is not None:
            yield (
                f"positions of {quoted(log.name)} are counted per partition: events may change their partition from"
                " one log to the other, so no start for each of them can be told"
            )
    cursor, new = found.consumer.cursor, found.new
    if new.order:
        yield f"consumers of {quoted(new.name)} go by {', '.join(new.order)} ('order'): one position is no start there"
    if cursor is not None and cursor.stream is not None:
        yield f"the cursor of {quoted(found.consumer.name)} has a row a stream: it holds versions, not a position"
    if cursor is not None and len(cursor.position) > 1:
        yield (
            f"the cursor of {quoted(found.consumer.name)} has {len(cursor.position)} columns, and {quoted(new.name)}"
            " is read by one position"
        )
