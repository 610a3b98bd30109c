"""Evidence to judge: clean unless a test says otherwise, so that a test shows only what it is about."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from checks.model.check import CheckModule, Evidence
from checks.model.consumer import (
    Absence,
    Conflict,
    ConsumerEvidence,
    Cursor,
    Inversion,
    Repeat,
    Stranger,
)
from checks.model.derived import Copy, DerivedEvidence, Overtaken, Stray
from checks.model.event import Event
from checks.model.finding import Finding
from checks.model.log import Double, Hole, LogEvidence, Shared, Unsent, VersionGap
from checks.model.previous import ConsumerBefore, CursorBefore
from checks.model.recalled import LogBefore
from checks.model.result import Window
from checks.model.settled import Holder, How, Settlement
from checks.model.state import Difference, Fault, StateEvidence

Changes = dict[str, Any]
"""What a case changes in clean evidence: its fields by name."""

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

PROVEN = Settlement(how=How.PROVEN)
BY_AGE = Settlement(how=How.BY_AGE, against=("the sequence has a cache of 32",))
HOLDER = Holder(transaction="3/17", relation="events_position_seq", pid=4711, application="writer", age=12 * MINUTE)


def before(*cursors: CursorBefore, partition: str | None = None) -> ConsumerBefore:
    """The run before, ten minutes ago, with these cursors: the first of everything, or of that partition; then "b"."""
    return ConsumerBefore(run="r1", at=NOW - 10 * MINUTE, cursors=dict(zip((partition, "b"), cursors, strict=False)))


def stood(position: int | None, *order: int) -> CursorBefore:
    """Where a cursor has stood for an hour."""
    return CursorBefore(position=position, order=order or None, since=NOW - HOUR)


def event(position: int | None, **changes: Any) -> Event:
    known = Event(
        position=position, id=f"e{position}", stream="order-1", version=position, type="OrderPlaced", time=NOW
    )
    return replace(known, **changes)


def absence(position: int | None, *, rank: int | None = None, event_is: Event | None = None, **changes: Any) -> Absence:
    """An event that a cursor went past, and that was looked for twice."""
    known = Absence(
        event=event(position) if event_is is None else event_is,
        rank=(position or 0) if rank is None else rank,
        past=True,
        age=HOUR,
        lasted="the event is older than grace",
    )
    return replace(known, **changes)


def ahead(position: int, **changes: Any) -> Absence:
    """An event that the cursor has not come to."""
    return absence(position, **({"past": False, "lasted": None} | changes))


def evidence(*absences: Absence, received: int = 10, **changes: Any) -> ConsumerEvidence:
    """A consumer called billing, with everything configured, that received ten events and lacks these."""
    known = ConsumerEvidence(
        name="billing",
        upstream="orders",
        now=NOW,
        window=Window(first=1, last=100, settled=100),
        settlement=PROVEN,
        produced=received + len(absences),
        received=received,
        excluded=0,
        absences=absences,
        cursors=(Cursor(position=100, head=100, highest_drawn=100, floor=1),),
        has_parked=True,
        has_done=True,
        has_receipt_time=True,
        has_receipt_order=True,
        receipts_are_sequenced=True,
        shared_columns=("type",),
        start_declared=True,
        log_retention=90 * DAY,
        previous=before(stood(90)),
    )
    return replace(known, **changes)


def derived(*absences: Absence, **changes: Any) -> DerivedEvidence:
    """A derived log called orders-v1 that has ten events of orders and lacks these; ``follower``: of the comparison."""
    follower = {"name": "orders-v1", "grace": MINUTE, "max_lag": MINUTE} | changes.pop("follower", {})
    return replace(DerivedEvidence(follower=evidence(*absences, **follower)), **changes)


def copy(position: int, of: int | None = None, **changes: Any) -> Copy:
    """The row at a position of the derived log, and the upstream event that it names."""
    return Copy(event=event(position, id=f"d{position}", **changes), of=event(position + 100 if of is None else of))


def overtaken(position: int, **changes: Any) -> Overtaken:
    return Overtaken(copy=copy(position, **changes), by=copy(position - 1, of=position + 101))


def stray(position: int, age: timedelta | None = None, *, below: bool | None = None, **changes: Any) -> Stray:
    return Stray(copy=copy(position, **changes), age=age, below_floor=below)


def log_evidence(**changes: Any) -> LogEvidence:
    """An outbox called orders, without a fault, in which everything can be proven, and as an earlier run saw it."""
    known = LogEvidence(
        name="orders",
        now=NOW,
        window=Window(first=1, last=100, settled=100),
        settlement=PROVEN,
        holes=(),
        gaps=(),
        produced=100,
        before=LogBefore(run="earlier", at=NOW - DAY),
        has_sent=True,
    )
    return replace(known, **changes)


def difference(fault: Fault, stream: str = "a", **changes: Any) -> Difference:
    """A stream and its row that were found to differ twice, for long enough."""
    known = Difference(
        fault=fault, event=event(None, stream=stream), row=3, head=2, lasted="it was still so when max_delay had passed"
    )
    return replace(known, **changes)


def state_evidence(*differences: Difference, received: int = 10, **changes: Any) -> StateEvidence:
    """A state called accounts, of a log called orders, in which ten rows are in step and these differ."""
    lacking = sum(each.fault in (Fault.BEHIND, Fault.MISSING) for each in differences)
    known = StateEvidence(
        name="accounts",
        upstream="orders",
        produced=received + lacking,
        received=received,
        excluded=0,
        differences=differences,
        confirmed_reads=True,
    )
    return replace(known, **changes)


def repeat(position: int, extra: int = 1, brought: int = 0, **changes: Any) -> Repeat:
    return Repeat(event=event(position, **changes), rank=position, extra=extra, brought=brought)


def inversion(position: int, apart: timedelta | None = None, **changes: Any) -> Inversion:
    return Inversion(event=event(position, **changes), rank=position, overtaken_by=event(position + 1), apart=apart)


def stranger(position: int | None, age: timedelta | None = None, *, below: bool | None = None) -> Stranger:
    return Stranger(event=event(position), received_age=age, below_floor=below)


def conflict(position: int, *differs: str, **changes: Any) -> Conflict:
    receipt = event(position, type="OrderShipped")
    return Conflict(event=event(position, **changes), rank=position, receipt=receipt, differs=differs or ("type",))


def gap(stream: str, *absent: tuple[int, int], partition: str | None = None) -> VersionGap:
    return VersionGap(stream=stream, absent=absent, last=99, partition=partition)


def double(shared: Shared, position: int, first: int, **changes: Any) -> Double:
    return Double(shared=shared, event=event(position, **changes), first=event(first, **changes), rank=position)


def unsent(*positions: int, **changes: Any) -> Unsent:
    """Old rows of an outbox, in one piece, after which nothing was sent."""
    known = Unsent(
        count=len(positions),
        overtaken=False,
        head=event(positions[0]),
        waiting=len(positions),
        sent_past=0,
        youngest=HOUR,
        oldest=DAY,
        since=NOW - DAY,
        head_age=DAY,
        ranges=((positions[0], positions[-1]),),
        events=tuple(event(position) for position in positions),
    )
    return replace(known, **changes)


def hole(first: int, last: int, partition: str | None = None) -> Hole:
    return Hole(first=first, last=last, partition=partition)


def check_silent(check: CheckModule[Evidence], judged: Evidence) -> None:
    """The check has ground to judge on and nothing to say."""
    assert check.lacks(judged) is None
    assert list(check.judge(judged)) == []


def check_finds(check: CheckModule[Evidence], judged: Evidence, verdict: str, count: int, **expected: Any) -> Finding:
    """The check has exactly one thing to say: with this verdict and count, no reason, no ranges unless expected."""
    assert check.lacks(judged) is None
    [finding] = check.judge(judged)
    said = {key: getattr(finding, key) for key in ("reason", "harmless", "ranges", "partition", *expected)}
    usual = {"reason": None, "harmless": False, "ranges": (), "partition": None}
    assert (str(finding.verdict), finding.count, said) == (verdict, count, usual | expected)
    return finding


def check_lacks(check: CheckModule[Evidence], judged: Evidence, reason: str) -> None:
    """The check has no ground to judge on, for this reason, and says so in a sentence about the one concerned."""
    lack = check.lacks(judged)
    assert lack is not None
    assert lack.reason == reason
    assert any(name in lack.message for name in ("billing", "orders", "accounts"))


def reasons(findings: Sequence[Finding]) -> list[tuple[str, str | None]]:
    return [(str(finding.verdict), finding.reason) for finding in findings]
