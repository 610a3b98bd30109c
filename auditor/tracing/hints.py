"""What may have been meant, or what is known all the same, where what was asked for is nowhere."""

from collections.abc import Iterator, Sequence

from auditor.config import Config, LogConfig
from auditor.config.problems import quoted, suggestion
from auditor.desk import Desk
from auditor.tracing.asked import Asked
from auditor.tracing.rows import find_rows
from checks.model.event import Event
from checks.model.trace import By, Sought


def hints(desk: Desk, asked: Asked, meant: Sequence[Sought]) -> Iterator[str]:
    """Sentences, none where there is nothing to say."""
    yield from _of_writing(asked, desk.config)
    for sought in meant:
        if sought.by is By.VERSION:
            for log in desk.config.logs.values():
                if sought.log in (None, log.name) and log.stream and log.version:
                    yield from _of_hole(desk, log, sought.event)


def _of_writing(asked: Asked, config: Config) -> Iterator[str]:
    if asked.as_id or asked.as_version:
        return
    if asked.text.isdecimal() and asked.log is None and config.logs:
        log = next(iter(config.logs))
        yield f"a number alone is an id: a position is asked for as LOG:POSITION, as in {log}:{asked.text}"
        return
    name, colon, place = asked.text.rpartition(":")
    if not colon or not place.isdecimal() or any(asked.text.startswith(f"{log}:") for log in config.logs):
        return
    reader = config.consumers.get(name) or config.states.get(name)
    if reader is not None:
        yield f"{quoted(name)} is no log: positions are those of {reader.log}, as in {reader.log}:{place}"
    else:
        yield f"the config has no log called {quoted(name)}{suggestion(name, list(config.logs), listed=True)}"


def _of_hole(desk: Desk, log: LogConfig, event: Event) -> Iterator[str]:
    """Whether the log has the next version of the stream, and at that moment still not this one."""
    version = event.version
    if version is None:
        return
    following = Event(stream=event.stream, version=version + 1, partition=event.partition)

    def look() -> bool:
        with desk.snapshot(log.store) as snapshot:
            return find_rows(snapshot, log, following).total > 0 and not find_rows(snapshot, log, event).total

    if desk.guarded(look) is True:
        stream = quoted(event.stream or "")
        yield f"{log.name} has version {version + 1} of the stream {stream} and lacks version {version} before it"
