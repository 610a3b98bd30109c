"""What more the columns of an inbox say: in which order events came, and which of them are done with."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from auditor.identity import Kind
from auditor.init import toml, words
from auditor.init.looks import Looks, identities
from auditor.init.naming import Naming
from auditor.init.proposals import LogProposal
from auditor.stores.introspection import TableInfo, Value

_SAMPLE = 400
_MOST = 0.9
_FEW = 8


def received_column(table: TableInfo, log: LogProposal, naming: Naming, looks: Looks) -> str | None:
    """A sequence of the inbox's own, where it agrees with the order within streams; else a time of receipt."""
    taken = set(naming.columns.values())
    for column in table.columns:
        if column.draws and column.name not in taken:
            return column.name if _agrees(table, column.name, log, naming, looks) else None
    times = [c for c in table.of_kind(Kind.TIME) if c.name not in taken]
    named = [c.name for c in times if words.says(c.name, words.RECEIVED) and words.words(c.name) != ("at",)]
    return min(named, key=lambda name: not words.says(name, ("received", "arrived")), default=None)


def _agrees(table: TableInfo, column: str, log: LogProposal, naming: Naming, looks: Looks) -> bool:
    """Whether the rows of a stream stand in the order of its events, in what was looked at."""
    if log.stream is None:
        return True
    rows = looks.sampler(table.store).rows(table.name, list(naming.columns.values()), limit=_SAMPLE, order=column)
    found = looks.in_log(log, naming.match, identities(rows, naming.match))
    streams: dict[tuple[str | None, str | None], list[int]] = defaultdict(list)
    for identity in identities(rows, naming.match):
        event = found.get(identity)
        if event is not None and event.position is not None:
            streams[event.partition, event.stream].append(event.position)
    steps = [pair for places in streams.values() for pair in pairwise(places)]
    return sum(before <= after for before, after in steps) >= len(steps) * _MOST


def hints(table: TableInfo, looks: Looks) -> Iterator[str]:
    """Columns that may say which rows are done with: that only who runs the consumer knows."""
    for column in table.columns:
        if column.kind is Kind.TEXT and words.rank(column.name, ("status", "state", "outcome", "result")) is not None:
            values = looks.sampler(table.store).distinct(table.name, column.name, limit=_FEW + 1, looked_at=10_000)
            if 0 < len(values) <= _FEW:
                yield f"done = {{ {toml.key(column.name)} = … }} if some rows are not done yet; seen: {_listed(values)}"
        is_mark = words.says(column.name, ("processed", "handled", "completed", "done"))
        if column.kind is Kind.TIME and column.nullable and is_mark:
            yield f"done = {{ {toml.key(column.name)} = {{ is_null = false }} }} if it is NULL until a row is done"


def _listed(values: list[Value]) -> str:
    return ", ".join(sorted("NULL" if value is None else repr(value) for value in values))
