"""Whose turn it is: what a run is to audit, and what may come last where its time is limited."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from auditor.config import Config
from auditor.memory import Memory

Counting = Callable[[Iterable[str]], Mapping[str, int]]
"""How many audits of each of these are recorded; those of none may be left out."""


def wanted(config: Config, names: set[str]) -> Iterator[tuple[str, str, str | None]]:
    """The named audits: name, ``log``, ``state`` or ``consumer``, and upstream."""
    logs = ((log.name, "log", log.derived_from) for log in config.logs.values())
    states = ((state.name, "state", state.log) for state in config.states.values())
    consumers = ((consumer.name, "consumer", consumer.log) for consumer in config.consumers.values())
    yield from (each for some in (logs, states, consumers) for each in some if each[0] in names)


def logs_that_can_wait(config: Config, names: set[str], memory: Memory, recorded: Counting) -> set[str]:
    """Logs that have been audited in vain, every other time: theirs is a full audit, and that is not resumed.

    One that never ends in time would keep all others from being begun, and one of the others might keep the log from
    it. Where nothing is remembered of a log, its audit cannot find that it is another one than it was, so that none of
    the others needs to come after it.
    """
    logs = (log.name for log in config.logs.values() if log.derived_from is None)
    unfinished = [name for name in logs if name in names and name not in memory.logs]
    if not unfinished:
        return set()
    counted = recorded(unfinished)
    return {name for name in unfinished if counted.get(name, 0) % 2}
