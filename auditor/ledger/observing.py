"""Where cursors and heads were seen, and when: a row for each time that they were seen elsewhere than before."""

from collections.abc import Mapping

from sqlalchemy import Connection, insert

from auditor.ledger.packing import unpack
from auditor.ledger.schema import observations
from auditor.memory import ConsumerMemory, LogMemory

Seen = tuple[int | None, tuple[int, ...] | None]
"""A position, and all parts of a composite one."""


def observe(
    connection: Connection,
    of: str,
    name: str,
    memory: LogMemory | ConsumerMemory,
    seen: Mapping[str | None, Seen],
    before: Mapping[str | None, Seen],
) -> None:
    """Add what is elsewhere than ``before``, or new; both by partition."""
    moved = [
        {
            "of": of,
            "name": name,
            "partition": partition,
            "run": memory.run,
            "at": memory.at,
            "position": position,
            "order": None if order is None else ":".join(map(str, order)),
        }
        for partition, (position, order) in seen.items()
        if before.get(partition) != (position, order)
    ]
    if moved:
        connection.execute(insert(observations), moved)


def heads_in(parts: Mapping[str, bytes]) -> dict[str | None, Seen]:
    """The heads of a log's memory, of which these are the parts."""
    return {partition: (head, None) for partition, head in unpack(parts["heads"])} if "heads" in parts else {}


def cursors_in(parts: Mapping[str, bytes]) -> dict[str | None, Seen]:
    """The cursors of a consumer's memory, of which these are the parts."""
    rows = unpack(parts["cursors"]) if "cursors" in parts else ()
    return {
        partition: (position, None if order is None else tuple(order)) for partition, position, _since, order in rows
    }
