"""The pipeline as the config says it, each of its parts with the last verdict that the ledger has.

A picture needs no database but the ledger, and not even that: without it there are no verdicts, and it says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.config import Config, StateConfig, load
from checks.model.graph import Edge, Graph, Node
from checks.model.recorded import LastAudit

if TYPE_CHECKING:
    from auditor.ledger import Ledger

NOT_ASKED = "the ledger was not asked"


def graph(config: Config | str | Path, *, ledger: "Ledger | bool" = True) -> Graph:
    """The logs, states and consumers of a config, and which way events go between them.

    ``ledger``: where the last verdicts are read, ``True`` for the config's own, ``False`` for none. One that is not
    there is not made, and one that fails does not raise: the graph is then without verdicts, and ``not_read`` says why.

    Raises ConfigError for a config that cannot be read.
    """
    settings = config if isinstance(config, Config) else load(Path(config))
    nodes, edges = tuple(_nodes(settings)), tuple(_edges(settings))
    last, not_read = _last_audits(settings, ledger, [node.name for node in nodes])
    return Graph(
        nodes=tuple(_with_last(node, last) for node in nodes), edges=edges, now=datetime.now(UTC), not_read=not_read
    )


def _nodes(config: Config) -> Iterator[Node]:
    for log in config.logs.values():
        outbox = log.sent is not None
        yield Node(name=log.name, of="log", store=log.store, upstream=log.derived_from, outbox=outbox)
    for state in config.states.values():
        yield Node(name=state.name, of="state", store=state.store, upstream=state.log)
    for consumer in config.consumers.values():
        yield Node(name=consumer.name, of="consumer", store=consumer.store, upstream=consumer.log)


def _edges(config: Config) -> Iterator[Edge]:
    for log in config.logs.values():
        if log.derived_from is not None:
            yield Edge(before=log.derived_from, after=log.name)
    for state in config.states.values():
        ends = (state.name, state.log) if _is_producers(state, config) else (state.log, state.name)
        yield Edge(before=ends[0], after=ends[1])
    for consumer in config.consumers.values():
        yield Edge(before=consumer.log, after=consumer.name)


def _is_producers(state: StateConfig, config: Config) -> bool:
    """Whether a state is the producer's own: beside the log that it publishes to. A derived log has no such state."""
    log = config.logs.get(state.log)
    return log is not None and log.store == state.store and log.derived_from is None


def _last_audits(
    config: Config, ledger: "Ledger | bool", names: list[str]
) -> tuple[Mapping[str, LastAudit], str | None]:
    """The last audit of each, by name; and why nobody knows."""
    if ledger is False:
        return {}, NOT_ASKED
    from auditor.earlier_runs import reading  # noqa: PLC0415 (a picture without verdicts needs no database driver)
    from auditor.ledger import LedgerError  # noqa: PLC0415 (likewise)

    try:
        if ledger is not True:
            return ledger.last_audits(names), None
        with reading(config) as found:
            return ({} if found is None else found.last_audits(names)), None
    except LedgerError as error:
        return {}, error.message


def _with_last(node: Node, last: Mapping[str, LastAudit]) -> Node:
    """With its last audit, unless that was of something else which had its name then."""
    found = last.get(node.name)
    return node if found is None or found.of != node.of else replace(node, last=found)
