"""An outbox in any database, with its audit, and what a naive oracle says of its rows."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.auditing.session import Session
from auditor.config import load
from auditor.gather.upkeep import Upkeep
from auditor.memory import Memory, Redelivered
from auditor.observer import Silent
from checks.model.finding import Finding
from checks.model.result import Audit
from checks.model.sent_again import Stretch
from tests.integration.shop import Database, write_config

Sleep = Callable[[float], None]

OLD, YOUNG, AHEAD = timedelta(hours=1), timedelta(seconds=1), -timedelta(hours=1)
"""Ages on either side of the minute that an outbox has by default, and one that is none."""

SENT_TYPES = {
    "time": ("text", "timestamptz", (None,), ("2026-01-01T00:00:00Z",)),
    "flag": ("boolean", "boolean", (None, False), (True,)),
    "number": ("int", "int", (None, 0), (1, 17)),
    "text": ("text", "text", (None, "", "0", "f", "false", "FALSE"), ("2026-01-01T00:00:00Z", "yes", "1")),
}
"""Kinds of mark: their type in SQLite and in PostgreSQL, values that say no, and values that say yes."""
TIME_TYPES: dict[str, tuple[str, str, Callable[[datetime], object]]] = {
    "zoned": ("text", "timestamptz", lambda at: at.isoformat()),
    "naive": ("text", "timestamp", lambda at: at.astimezone(UTC).replace(tzinfo=None).isoformat()),
    "epoch": ("bigint", "bigint", lambda at: int(at.timestamp() * 1_000)),
    "seconds": ("real", "double precision", lambda at: at.timestamp()),
    "text": ("text", "text", lambda at: at.isoformat()),
}
"""Kinds of time: their type in SQLite and in PostgreSQL, and how a moment is written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of an outbox. ``age``: ``None`` for a time that is NULL; ``again``: since a redelivery marked it unsent."""

    position: int
    sent: bool = False
    age: timedelta | None = OLD
    archived: bool = False
    tenant: str | None = None
    again: timedelta | None = None


@dataclass
class Outbox:
    """An outbox, and what its last audit left."""

    database: Database
    folder: Path
    sent: str = "time"
    time: str = "zoned"
    keyed: bool = True
    keys: dict[str, object] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    naps: list[float] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    redelivered: Redelivered = field(default_factory=Redelivered)

    def write(self, entries: Sequence[Entry], marks: Sequence[object] | None = None) -> None:
        """Make the table anew and fill it. ``marks``: what the column says, in place of the first of either values."""
        sqlite, postgres, no, yes = SENT_TYPES[self.sent]
        plain, typed, written = TIME_TYPES[self.time]
        here = self.database.time_type == "timestamptz"
        self.database.execute("DROP TABLE IF EXISTS outbox")
        key = "PRIMARY KEY" if self.keyed else ""
        self.database.execute(
            f"CREATE TABLE outbox (position bigint NOT NULL {key}, event_id text, stream text, version int,"
            f" recorded_at {typed if here else plain}, published_at {postgres if here else sqlite}, tenant text,"
            " is_archived boolean)"
        )
        now = datetime.now(UTC)
        again = [(each, now - each.again) for each in entries if each.again is not None]
        self.redelivered = Redelivered(unsent=tuple(self._stretch(each, at) for each, at in again))
        given = [(yes if each.sent else no)[0] for each in entries] if marks is None else marks
        times = [None if each.age is None else written(now - each.age) for each in entries]
        rows = [
            (each.position, f"e{each.position}", f"order-{each.position}", 1, time, mark, each.tenant, each.archived)
            for each, time, mark in zip(entries, times, given, strict=True)
        ]
        values = f"?, ?, ?, ?, CAST(? AS {typed}), CAST(? AS {postgres}), ?, ?" if here else "?, ?, ?, ?, ?, ?, ?, ?"
        self.database.execute(f"INSERT INTO outbox VALUES ({values})", rows)

    def _stretch(self, entry: Entry, at: datetime) -> Stretch:
        part = entry.tenant if "partition" in self.keys else None
        return Stretch(first=entry.position, last=entry.position, began=at, at=at, partition=part)

    def mark(self, *positions: int) -> None:
        """The relay sends these."""
        yes = SENT_TYPES[self.sent][3][0]
        self.database.execute("UPDATE outbox SET published_at = ? WHERE position = ?", [(yes, at) for at in positions])

    def audit(self, *, confirm: bool = True, full: bool = False, remembers: bool = True) -> Audit:
        """As a run with a ledger, or without one."""
        upkeep = Upkeep(run="run", started=datetime.now(UTC), full=full, keep=lambda _: None)
        session = Session(
            load(self.config()),
            Silent(),
            run="run",
            memory=replace(self.memory if remembers else Memory(), redelivered={"orders": self.redelivered}),
            upkeep=(lambda _: upkeep) if remembers else None,
            max_findings=None,
            confirm=confirm,
            sleep=self._sleep,
        )
        try:
            session.audit({"orders"})
        finally:
            session.close()
        self.not_checked = session.not_checked
        if remembers:
            self.memory = session.learnt
        return session.audits["orders"]

    def config(self) -> Path:
        columns = {"id": "event_id", "stream": "stream", "version": "version", "time": "recorded_at"}
        log = {"store": "shop", "table": "outbox", "position": "position", **columns, "sent": "published_at"}
        stores = {"shop": {"url": self.database.url}}
        return write_config(self.folder, {"stores": stores, "logs": {"orders": log | self.keys}})

    def _sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.meanwhile()


def unsent(audit: Audit) -> list[Finding]:
    """What an audit says of unsent rows."""
    return [finding for finding in audit.findings if finding.check == "unsent"]


Said = tuple[str, str, str | None, int, tuple[tuple[int, int], ...], int, int]
"""Verdict, reason, partition, count, ranges, the position of the head of the line, how many wait."""


def said(audit: Audit) -> set[Said]:
    """The same, so that it can be compared."""
    return {_said(finding) for finding in unsent(audit)}


def _said(finding: Finding) -> Said:
    head = finding.evidence["head_of_line"]
    waiting = finding.evidence["waiting"]
    assert isinstance(head, dict)
    assert isinstance(waiting, int)
    place = (finding.count, finding.ranges, head["position"], waiting)
    return (str(finding.verdict), str(finding.reason), finding.partition, *place)


def truth(entries: Sequence[Entry], *, partitioned: bool, seen: frozenset[int] = frozenset()) -> set[Said]:
    """What is so, looked up row by row. ``seen``: positions that a run saw unsent long ago."""
    told: set[Said] = set()
    for tenant in {each.tenant for each in entries}:
        if partitioned:
            told |= _truth([each for each in entries if each.tenant == tenant], tenant, seen)
    return told if partitioned else _truth(entries, None, seen)


def _truth(entries: Sequence[Entry], partition: str | None, seen: frozenset[int]) -> set[Said]:
    rows = sorted((each for each in entries if not each.archived), key=lambda each: each.position)
    kinds = [_kind(each, rows, seen) for each in rows]
    told: set[Said] = set()
    for kind in {kind for kind in kinds if kind is not None}:
        count, again = kinds.count(kind), kind[1].startswith("sent-again")
        waiting = [each.position for each in rows if not each.sent and (each.again is not None) == again]
        told.add((*kind, partition, count, tuple(_ranges(rows, kinds, kind)), waiting[0], len(waiting)))
    return told


def _kind(entry: Entry, rows: Sequence[Entry], seen: frozenset[int]) -> tuple[str, str] | None:
    if entry.sent:
        return None
    if entry.again is not None:
        return ("pending", "sent-again-lately") if entry.again == YOUNG else ("confirmed", "sent-again")
    is_known = entry.age is not None and entry.age >= timedelta(0)
    if not is_known and entry.position not in seen:
        return "pending", "age-unknown"
    if is_known and entry.age == YOUNG:
        return "pending", "younger-than-max-delay"
    overtaken = any(each.sent and each.position > entry.position for each in rows)
    return "confirmed", "overtaken" if overtaken else "waiting"


def _ranges(
    rows: Sequence[Entry], kinds: Sequence[tuple[str, str] | None], kind: tuple[str, str]
) -> Iterator[tuple[int, int]]:
    first = last = None
    for row, here in zip(rows, kinds, strict=True):
        if here == kind:
            first, last = (row.position if first is None else first), row.position
        elif first is not None and last is not None:
            yield first, last
            first = None
    if first is not None and last is not None:
        yield first, last


@contextmanager
def made_smaller(module: object, **limits: int) -> Iterator[None]:
    """Limits that a handful of rows reaches."""
    before = {name: getattr(module, name) for name in limits}
    try:
        for name, limit in limits.items():
            setattr(module, name, limit)
        yield
    finally:
        for name, limit in before.items():
            setattr(module, name, limit)
