"""Known findings in the ledger: an entry is added or removed as a whole, and never changed.

Its name is made of what it says, so that two people who add at once lose nothing, and the same entry twice is one.
Pruning leaves them alone: they end when they expire, or when somebody removes them.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from auditor.ledger.batches import batches
from auditor.ledger.failures import DamagedError
from auditor.ledger.packing import pack, unpack
from auditor.ledger.schema import baseline
from checks.model.finding import Verdict
from checks.model.known import BaselineEntry, Unit

_BIGGEST = 2**63 - 1


def entries(connection: Connection) -> tuple[BaselineEntry, ...]:
    """All there are, the oldest first."""
    statement = select(baseline).order_by(baseline.c.added, baseline.c.id)
    return tuple(_entry(row) for row in connection.execute(statement).mappings())


def about(connection: Connection, fingerprints: Iterable[str]) -> Iterator[BaselineEntry]:
    """Those of findings with these fingerprints."""
    for batch in batches(fingerprints):
        statement = select(baseline).where(baseline.c.fingerprint.in_(batch))
        yield from (_entry(row) for row in connection.execute(statement).mappings())


def add(connection: Connection, new: Iterable[BaselineEntry]) -> int:
    """Add those that are not there yet. Returns how many these were."""
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    by_id = {entry.id: entry for entry in new}
    added = 0
    for batch in batches(sorted(by_id)):  # in one order, so that two who add at once do not wait for each other
        statement = kind.insert(baseline).on_conflict_do_nothing().returning(baseline.c.id)
        added += len(connection.execute(statement, [_row(by_id[each]) for each in batch]).all())
    return added


def remove(connection: Connection, ids: Iterable[str]) -> int:
    """Remove entries by their ids. Returns how many were there."""
    return sum(connection.execute(delete(baseline).where(baseline.c.id.in_(batch))).rowcount for batch in batches(ids))


def _row(entry: BaselineEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "fingerprint": entry.fingerprint,
        "audit": entry.audit,
        "check": entry.check,
        "partition": entry.partition,
        "verdict": entry.verdict.value,
        "why": entry.why,
        "owner": entry.owner,
        "run": entry.run,
        "added": entry.added,
        "expires": entry.expires,
        "count": min(entry.count, _BIGGEST),
        "units": pack([list(unit) for unit in entry.units]),
    }


def _entry(row: RowMapping) -> BaselineEntry:
    return BaselineEntry(
        fingerprint=row["fingerprint"],
        audit=row["audit"],
        check=row["check"],
        partition=row["partition"],
        verdict=Verdict(row["verdict"]),
        units=tuple(_units(row["units"])),
        why=row["why"],
        owner=row["owner"],
        added=row["added"],
        run=row["run"],
        expires=row["expires"],
    )


def _units(body: bytes) -> Iterator[Unit]:
    try:
        yield from (Unit(*parts) for parts in unpack(body))
    except TypeError as error:
        raise DamagedError("a known finding in it is damaged") from error
