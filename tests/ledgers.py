"""Runs to record, and ledgers to record them in."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from auditor.config import LedgerConfig
from auditor.ledger import Ledger, open_ledger
from auditor.memory import Memory
from auditor.result import Result
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.result import Audit, NotChecked, Totals, Window

BEGINNING = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WINDOW = Window(first=1, last=9, settled=9)
NOTHING_LEARNT = Memory()


def config_of(url: str | Path) -> LedgerConfig:
    """The config of a ledger in a file, or behind a URL."""
    return LedgerConfig(url=SecretStr(f"sqlite:///{url}" if isinstance(url, Path) else url))


@contextmanager
def opened(config: LedgerConfig) -> Iterator[Ledger]:
    """An open ledger."""
    ledger = open_ledger(config)
    try:
        yield ledger
    finally:
        ledger.close()


def began(minute: float) -> datetime:
    """When the run of a minute began."""
    return BEGINNING + minute * MINUTE


def events(positions: Iterable[int], **changes: Any) -> tuple[Event, ...]:
    """An event at each position."""
    made = (Event(position=each, id=f"e{each}", type="OrderPlaced") for each in positions)
    return tuple(replace(each, **changes) for each in made)


def finding(positions: Iterable[int] = (), check: str = "missing", **changes: Any) -> Finding:
    """A finding about these positions: confirmed, unless told otherwise."""
    named = list(positions)
    known: dict[str, Any] = {
        "verdict": Verdict.CONFIRMED,
        "count": len(named),
        "message": f"about {check}",
        "events": events(named),
        "ranges": tuple((each, each) for each in named),
    }
    return Finding(check=check, **(known | changes))


def audit(*findings: Finding, name: str = "billing", **changes: Any) -> Audit:
    """An audit that could decide, unless told otherwise."""
    known: dict[str, Any] = {
        "of": "consumer",
        "upstream": "orders",
        "window": Window(first=1, last=9),
        "totals": Totals(),
    }
    return Audit(name=name, findings=findings, **(known | changes))


def run(minute: float, *audits: Audit, not_checked: tuple[NotChecked, ...] = ()) -> Result:
    """The run of a minute; its id says so."""
    started = began(minute)
    return Result(
        run=f"run-{minute:g}",
        started=started,
        finished=started + timedelta(seconds=2),
        audits=audits,
        not_checked=not_checked,
    )


def record(ledger: Ledger, *results: Result) -> list[Result]:
    """Record runs that learnt nothing. Returns what the ledger made of them."""
    return [_own(ledger.record(result, NOTHING_LEARNT, {}, {})) for result in results]


def _own(result: object) -> Result:
    assert isinstance(result, Result)
    return result


def open_positions(ledger: Ledger, result: str = "last") -> list[int | None]:
    """The positions of the events that were open then."""
    return [opening.event.position for opening in ledger.openings(result)]


def names(ledger: Ledger, **wanted: Any) -> list[str]:
    """The ids of the runs that a ledger lists."""
    return [each.run for each in ledger.runs(**wanted)]
