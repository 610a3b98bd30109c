"""Results to report: one of each kind, small, and the same every time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.result import (
    Audit,
    Coverage,
    Extent,
    Loss,
    LostAt,
    NotChecked,
    Problem,
    Progress,
    Result,
    Totals,
    Window,
)

STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = Window(first=1, last=1000, settled=998)
NASTY = "[red]x[/red]\n\x1b[2J\u202e\x00'; drop table\ud800"


def event(position: int, **changes: Any) -> Event:
    known: dict[str, Any] = {"id": f"e{position}", "stream": "order-1", "version": 2, "type": "OrderPlaced"}
    return Event(position=position, time=STARTED, **{**known, **changes})


def finding(check: str = "missing", verdict: Verdict = Verdict.CONFIRMED, count: int = 4, **changes: Any) -> Finding:
    return Finding(check=check, verdict=verdict, count=count, **{"message": f"about {check}", **changes})


def consumer(*findings: Finding, **changes: Any) -> Audit:
    totals = Totals(produced=878, received=870, pending=3, parked=1, missing=4, duplicate=2, excluded=120)
    known: dict[str, Any] = {"name": "billing", "upstream": "orders", "window": WINDOW, "totals": totals}
    return Audit(of="consumer", findings=findings, **{**known, **changes})


def log(*findings: Finding, **changes: Any) -> Audit:
    known: dict[str, Any] = {"name": "orders", "window": WINDOW, "totals": Totals(produced=1000, received=1000)}
    return Audit(of="log", findings=findings, **{**known, **changes})


def result(*audits: Audit, not_checked: tuple[NotChecked, ...] = ()) -> Result:
    finished = STARTED + timedelta(seconds=3.21)
    return Result(run="r-1", started=STARTED, finished=finished, audits=audits, not_checked=not_checked)


UNREACHABLE = consumer(
    name="mail", window=None, totals=None, problems=(Problem(reason="unreachable", message="store 'mail': refused"),)
)

CONSISTENT = result(log(), consumer(totals=Totals(produced=10, received=8, unverifiable=2)))

UNDECIDED = result(log(), UNREACHABLE)

INCONSISTENT = result(
    log(
        finding("position-gap", Verdict.BENIGN, 22, reason="rolled-back", ranges=((4, 9), (100, 115))),
    ),
    consumer(
        finding("parked", Verdict.CONFIRMED, 1, harmless=True, ranges=((30, 30),)),
        finding(ranges=((5, 7), (12, 12)), events=(event(5), event(12))),
        finding(
            verdict=Verdict.PENDING, count=3, partition="eu", reason="within-grace", evidence={"holders": ["pid 4711"]}
        ),
        notes=("the type 'Ordr*' matches nothing",),
    ),
    UNREACHABLE,
    not_checked=(
        NotChecked(audit="billing", check="out-of-order", reason="no-receipt-order", message="no `received`"),
        NotChecked(audit="billing", check="duplicate", reason="no-inbox", message="no inbox"),
        NotChecked(audit="mail", check="duplicate", reason="no-inbox", message="no inbox"),
        NotChecked(audit="mail", check=None, reason="unreachable", message="nothing was read"),
    ),
)

PARTITIONED = result(
    consumer(
        window=Window(partitions=(("eu", Extent(first=1, last=9, settled=9)), ("us", Extent(first=1, last=2**60)))),
    )
)

VERIFIED = Coverage(
    through=9_990_000,
    run="r-0",
    at=STARTED - timedelta(hours=7),
    oldest=STARTED - timedelta(minutes=40),
    skipped=9_000_000,
    overlap=timedelta(hours=1),
)

INCREMENTAL = result(log(coverage=VERIFIED), consumer(finding(first_seen=STARTED - timedelta(days=1))))


def loss(how: LostAt = LostAt.NOT_RECEIVED, count: int = 4, **changes: Any) -> Loss:
    known: dict[str, Any] = {"source": "orders", "target": "billing", "audit": "billing", "check": "missing"}
    return Loss(how=how, count=count, **{**known, **changes})


ON_THE_WAY = result(
    log(),
    consumer(
        finding(),
        losses=(
            loss(LostAt.NOT_WRITTEN, 2, source="accounts", target="orders", audit="accounts", check="silent-change"),
            loss(LostAt.NOT_SENT, 1, audit="orders", check="unsent", partition="eu", ranges=((3, 3),)),
            loss(LostAt.SENT_NOT_RECEIVED, 20, ranges=tuple((n, n) for n in range(5, 45, 2)), events=(event(5),)),
            loss(ranges=((50, 53),)),
        ),
        progress=Progress(received=870, eligible=878, per_second=1_234.5, left=timedelta(minutes=8)),
    ),
    consumer(name="mail", progress=Progress(received=0, eligible=10)),
)

HOSTILE = result(
    consumer(
        finding(
            events=(event(2**60, id=NASTY, stream=NASTY + "y" * 10_000, type="🦑"),),
            message=f"about {NASTY}",
            partition=NASTY,
            reason=NASTY,
            evidence={NASTY: [NASTY, float("nan"), float("inf"), {"at": STARTED}, {1}, timedelta(minutes=1)]},
        ),
        name=NASTY,
        upstream=NASTY,
        notes=(NASTY,),
        losses=(loss(source=NASTY, target=NASTY, audit=NASTY, partition=NASTY, events=(event(1, id=NASTY),)),),
        problems=(Problem(reason=NASTY, message=NASTY),),
    ),
    not_checked=(NotChecked(audit=NASTY, check="missing", reason=NASTY, message=NASTY),),
)

ALL = {
    "consistent": CONSISTENT,
    "undecided": UNDECIDED,
    "inconsistent": INCONSISTENT,
    "partitioned": PARTITIONED,
    "incremental": INCREMENTAL,
    "on-the-way": ON_THE_WAY,
    "hostile": HOSTILE,
    "nothing": result(),
}
