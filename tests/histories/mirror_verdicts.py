"""An audit of a made-up state, held against what is true of it. Waiting takes no time."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

from auditor.auditing.session import Session
from auditor.config import load
from auditor.observer import Silent
from checks.model.result import Audit
from tests.histories.mirrors import Mirror, Told, truth


@contextmanager
def waiting_takes_no_time() -> Iterator[list[float]]:
    """Gives a list of the waits, to which a sleep adds: the clock by which an audit waits is put forward by them."""
    waits: list[float] = []
    real = time.monotonic
    with patch.object(time, "monotonic", lambda: real() + sum(waits)):
        yield waits


def audit(config: Path, *, confirm: bool = True) -> Audit:
    """The audit of the state."""
    with waiting_takes_no_time() as waits:
        session = Session(load(config, {}), Silent(), confirm=confirm, sleep=waits.append)
        try:
            session.audit({"accounts"})
        finally:
            session.close()
    return session.audits["accounts"]


def expect_the_truth(mirror: Mirror, audited: Audit) -> None:
    """Every total, every finding, every stream; and nothing besides."""
    assert audited.totals is not None, audited.problems
    expected = truth(mirror)
    totals = {name: getattr(audited.totals, name) for name in audited.totals.__slots__}
    assert totals == {name: expected.totals[name] for name in totals}
    assert audited.totals.balances()
    said: Told = defaultdict(set)
    for finding in audited.findings:
        streams = {_number(event.stream or "") for event in finding.events}
        assert len(streams) == finding.count == len(finding.events)
        said[finding.check, str(finding.verdict)] |= streams
    assert said == expected.found


def _number(name: str) -> int:
    """Which stream has this name, a number or a uuid that ends in it."""
    return int(name) if name.isdecimal() and len(name) < 10 else UUID(name).int & 0xFFFF
