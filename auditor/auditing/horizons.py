"""What the runs could see of each log, shared by all audits of one run that read it (:mod:`auditor.gather.horizon`).

One look of a run at a log is remembered: that of its own audit, or else the first that was taken for somebody else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from auditor.config import Config, LogConfig
from auditor.gather.horizon import LateCommits, View, glanced, widened
from auditor.memory import Horizon


@dataclass(slots=True)
class Horizons:
    """``before``: by log, what the ledger knew when the run began; ``learnt``: what it is to know of what was read."""

    config: Config
    before: Mapping[str, Horizon]
    learnt: dict[str, Horizon]
    _others: set[str] = field(default_factory=set)
    _viewed: set[str] = field(default_factory=set)

    def late_commits(self, log: LogConfig) -> LateCommits:
        """Which events of a log appeared later than their own time says, as far as is known by now."""
        return LateCommits(self.learnt.get(log.name, self._before(log)))

    def forget(self, log: LogConfig) -> None:
        """The log is not what earlier runs saw: nothing of theirs is believed. To be called before anything is seen."""
        self._others.add(log.name)

    def has_seen(self, log: LogConfig) -> bool:
        """Whether a look at the log was taken in already, so that no other one is."""
        return log.name in self._viewed

    def see(self, log: LogConfig, view: View | datetime) -> None:
        """Take in a look at a log, the first that is given; or when it was read and showed nothing for certain."""
        before = self.learnt.get(log.name, self._before(log))
        if log.name in self._viewed:
            return
        if isinstance(view, View):
            self._viewed.add(log.name)
            self.learnt[log.name] = widened(before, view, longest_wait(self.config, log))
        elif before is not None:
            self.learnt[log.name] = glanced(before, view)

    def _before(self, log: LogConfig) -> Horizon | None:
        return None if log.name in self._others else self.before.get(log.name)


def longest_wait(config: Config, log: LogConfig) -> timedelta:
    """The longest that anything may wait which reads the log: for no longer anybody asks how old an event is."""
    return max(_waits(config, log))


def _waits(config: Config, log: LogConfig) -> Iterator[timedelta]:
    yield log.max_delay
    yield from (each.max_delay for each in config.logs.values() if each.derived_from == log.name)
    yield from (each.max_delay for each in config.states.values() if each.log == log.name)
    for consumer in config.consumers.values():
        if consumer.log == log.name:
            yield max(consumer.max_lag, consumer.grace)
