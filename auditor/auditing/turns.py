"""Whose turn it is: what a run is to audit, and what may come last where its time is limited."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from auditor.config import Config
from auditor.gather.log.notes import carried
from auditor.memory import LogMemory, Memory

Counting = Callable[[Iterable[str]], Mapping[str, int]]
"""How many audits of each of these are recorded; those of none may be left out."""


def wanted(config: Config, names: set[str]) -> Iterator[tuple[str, str, str | None]]:
    """The named audits: name, ``log``, ``state`` or ``consumer``, and upstream."""
    logs = ((log.name, "log", log.derived_from) for log in config.logs.values())
    states = ((state.name, "state", state.log) for state in config.states.values())
    consumers = ((consumer.name, "consumer", consumer.log) for consumer in config.consumers.values())
    yield from (each for some in (logs, states, consumers) for each in some if each[0] in names)


def logs_that_can_wait(config: Config, names: set[str], memory: Memory, recorded: Counting) -> set[str]:
    """Logs of which a full audit is begun, or was tried in vain, every other time.

    One that takes many runs would keep all others from being begun until then, one that never comes to its end for
    ever, and one of the others might keep the log from it. A log that turned out to be another one than it was comes
    first: the others have to be told.
    """
    logs = (log.name for log in config.logs.values() if log.derived_from is None)
    unfinished = [name for name in logs if name in names and _is_unfinished(memory.logs.get(name))]
    if not unfinished:
        return set()
    counted = recorded(unfinished)
    return {name for name in unfinished if counted.get(name, 0) % 2}


def _is_unfinished(before: LogMemory | None) -> bool:
    if before is None:
        return True
    if before.verified is None or before.verified.complete:
        return False
    progress = carried(before.verified.notes).progress
    return progress is None or not progress.is_another
