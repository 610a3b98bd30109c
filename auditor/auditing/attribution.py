"""Where on their way the events of a run were lost, found out when all its audits are over."""

from collections.abc import Mapping
from dataclasses import replace

from auditor.config import Config, ConsumerConfig, LogConfig
from checks.hops import Route, Stage, had_before, losses, unaudited
from checks.model.result import Audit
from checks.wording import listed


def attributed(config: Config, audits: Mapping[str, Audit]) -> dict[str, Audit]:
    """The audits, those of consumers with what was lost on the way to them."""
    return {name: _attributed(config, audits, audit) for name, audit in audits.items()}


def route_to(config: Config, consumer: ConsumerConfig) -> Route:
    """The way to a consumer, as the config has it."""
    stages: list[Stage] = []
    at: str | None = consumer.log
    while at is not None and at not in [stage.log for stage in stages]:
        log = config.logs[at]
        stages.insert(0, _stage(config, log))
        at = log.derived_from
    return Route(consumer=consumer.name, stages=tuple(stages))


def _stage(config: Config, log: LogConfig) -> Stage:
    """A state in another store is a read model: what it lacks or has was lost, or made up, after the log."""
    beside = tuple(state.name for state in config.states.values() if (state.log, state.store) == (log.name, log.store))
    return Stage(log=log.name, derived=log.derived_from is not None, outbox=log.sent is not None, states=beside)


def _attributed(config: Config, audits: Mapping[str, Audit], audit: Audit) -> Audit:
    if audit.of != "consumer" or audit.totals is None:
        return audit
    route = route_to(config, config.consumers[audit.name])
    lost, unknown = losses(route, audits), unaudited(route, audits)
    notes = (*audit.notes, *had_before(route, audits))
    if unknown:
        text = f"what may have been lost on the way to it is not known: this run did not audit {_listed(unknown)}"
        notes = (*notes, text)
    return replace(audit, losses=lost, notes=notes)


def _listed(names: tuple[str, ...]) -> str:
    return listed(names).replace("; ", ", ")
