"""A log, a consumer and all that can befall them, audited again and again.

Whatever happens between two runs, an incremental one must say of what it looks at exactly what a full one says.
"""

from abc import abstractmethod
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from auditor.auditing.session import Session
from auditor.config import load
from auditor.gather.consumer.inquiry import Inquiry
from auditor.gather.upkeep import Upkeep
from auditor.memory import Memory, Redelivered, VerifiedRange
from auditor.observer import Silent
from auditor.verified import holds
from checks.model.result import Audit
from checks.model.sent_again import Stretch
from tests.histories.runs import earlier
from tests.histories.verdicts import FINE

OLD, YOUNG, AHEAD = timedelta(hours=2), timedelta(seconds=10), -timedelta(days=1)
TYPES = ("OrderPlaced", "OrderPaid", "PriceViewed")
Told = set[tuple[str, str, str | None, int | None]]
"""Check, verdict, reason and position of every event of every finding."""

START = 7
CONFIG = """
[stores.shop]
url = "%(url)s"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "id"
stream = "stream"
version = "version"
type = "type"
time = "at"
{log_retention}
[consumers.billing]
log = "orders"
store = "shop"
max_lag = %(max_lag)s
%(types)s
{start}
{cursor}
[consumers.billing.inbox]
table = "inbox"
type = "type"
{identity}
{done}
{received}
{inbox_retention}
{parked}
"""
SHAPES = st.fixed_dictionaries(
    {
        "identity": st.sampled_from(('id = "id"\nposition = "pos"', 'position = "pos"', 'id = "id"')),
        "cursor": st.sampled_from(('[consumers.billing.cursor]\ntable = "cursors"\nposition = "position"', "")),
        "parked": st.sampled_from(('[consumers.billing.parked]\ntable = "parked"\nposition = "pos"', "")),
        "done": st.sampled_from(("", 'done = { status = "done" }')),
        "received": st.sampled_from(("", 'received = "seq"')),
        "start": st.sampled_from(("", 'start = "first"', f"start = {START}")),
        "log_retention": st.sampled_from(("", "", 'retention = "1h"')),
        "inbox_retention": st.sampled_from(("", "", 'retention = "1h"')),
    }
)


class Shop(RuleBasedStateMachine):
    """A log, a consumer, and all that can befall them. Every rule may be followed by two audits."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self.folder = Path(self._folder.name)
        self._config = self.folder / "auditor.toml"
        self._url = self.create()
        self._memory = Memory()
        self._copy: list[tuple[object, ...]] = []
        self._started = datetime.now(UTC)
        self._runs = 0
        self._drawn = 0
        self._terms = {"types": "", "max_lag": '"5m"'}
        self._verified: tuple[VerifiedRange, ...] = ()
        self._settled = False
        self._has_waited = False
        self._sent: tuple[Stretch, ...] = ()

    def teardown(self) -> None:
        self.drop()
        self._folder.cleanup()

    @abstractmethod
    def create(self) -> str:
        """Make the four tables in a database of its own; returns its URL."""

    @abstractmethod
    def drop(self) -> None:
        """Remove that database."""

    @abstractmethod
    def _all(self, query: str, *values: Any) -> list[Any]:
        """Run a statement with ``?`` for its values; the rows that it gives."""

    def _do(self, statement: str, *values: Any) -> None:
        self._all(statement, *values)

    def _number(self, query: str) -> int:
        [(found,)] = self._all(query)
        return int(found or 0)

    @initialize(shape=SHAPES)
    def configure(self, shape: dict[str, str]) -> None:
        self._template = CONFIG.format(**shape)
        self._expires = bool(shape["inbox_retention"])
        for position in range(1, 21):
            self._do(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)",
                position, f"first-{position}", f"order-{position % 3}", 1 + position // 3, TYPES[position % 3],
                (datetime.now(UTC) - OLD).isoformat(),
            )  # fmt: skip
        self.consume(18, 0, "done")
        self.audit()

    @rule(data=st.data(), number=st.integers(1, 6), lost=st.integers(0, 12))
    def go_on(self, data: st.DataObject, number: int, lost: int) -> None:
        """What happens most of the time."""
        self.append(data, number)
        self.consume(number, lost, "done")
        self.audit()

    @rule(data=st.data(), number=st.integers(1, 6))
    def append(self, data: st.DataObject, number: int) -> None:
        for _ in range(number):
            self._write(
                self._number("SELECT max(position) FROM events") + data.draw(st.sampled_from((1, 1, 1, 2))), data
            )

    def _write(self, position: int, data: st.DataObject) -> None:
        self._drawn += 1
        stream = f"order-{data.draw(st.integers(1, 3))}"
        [(version,)] = self._all("SELECT coalesce(max(version), 0) + 1 FROM events WHERE stream = ?", stream)
        age = data.draw(st.sampled_from((OLD, OLD, OLD, YOUNG, YOUNG, AHEAD, None)))
        at = None if age is None else (datetime.now(UTC) - age).isoformat()
        type_ = data.draw(st.sampled_from(TYPES))
        self._do(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", position, f"e{self._drawn}", stream, version, type_, at
        )

    @rule(data=st.data())
    def commit_late(self, data: st.DataObject) -> None:
        """Into a hole, or below the first event."""
        taken = {position for (position,) in self._all("SELECT position FROM events")}
        holes = [
            position for position in range(1, self._number("SELECT max(position) FROM events")) if position not in taken
        ]
        if holes:
            self._write(data.draw(st.sampled_from(holes)), data)

    @rule(number=st.integers(1, 8), lost=st.integers(0, 6), status=st.sampled_from(("done", "done", "received")))
    def consume(self, number: int, lost: int, status: str) -> None:
        """The next few events; one of them may get lost."""
        after = self._number("SELECT position FROM cursors")
        events = self._all(
            "SELECT id, position, type FROM events WHERE position > ? ORDER BY position LIMIT ?", after, number
        )
        for nth, (id_, position, type_) in enumerate(events):
            if nth + 1 != lost:
                self._do("INSERT INTO inbox (id, pos, type, status) VALUES (?, ?, ?, ?)", id_, position, type_, status)
            self._do("UPDATE cursors SET position = ?", position)

    @rule(data=st.data(), status=st.sampled_from(("done", "received")))
    def receive_any(self, data: st.DataObject, status: str) -> None:
        """Once more, or late, or ahead of the cursor; maybe not as the log has it."""
        events = self._all("SELECT id, position, type FROM events")
        if events:
            id_, position, type_ = data.draw(st.sampled_from(events))
            if data.draw(st.integers(0, 4)) == 0:
                type_ = "Garbled"
            self._do("INSERT INTO inbox (id, pos, type, status) VALUES (?, ?, ?, ?)", id_, position, type_, status)

    @rule(data=st.data(), events=st.integers(1, 6), lost=st.integers(0, 12), is_sent=st.booleans())
    def send_again(self, data: st.DataObject, events: int, lost: int, is_sent: bool) -> None:
        """A redelivery, long ago or a moment ago; one of its events may get lost again, or all before they are sent."""
        rows = self._all("SELECT id, position, type FROM events ORDER BY position")
        if not rows:
            return
        at = datetime.now(UTC) - data.draw(st.sampled_from((OLD, YOUNG)))
        first = data.draw(st.integers(0, len(rows) - 1))
        some = rows[first : first + events]
        self._sent += (Stretch(first=some[0][1], last=some[-1][1], began=at, at=at),)
        for nth, (id_, position, type_) in enumerate(some if is_sent else ()):
            if nth + 1 != lost:
                self._do("INSERT INTO inbox (id, pos, type, status) VALUES (?, ?, ?, 'done')", id_, position, type_)

    @rule(number=st.integers(1, 40))
    def receive_unknown(self, number: int) -> None:
        self._do("INSERT INTO inbox (id, pos, type, status) VALUES (?, ?, 'Ghost', 'done')", f"ghost-{number}", number)

    @rule(data=st.data())
    def delete_receipt(self, data: st.DataObject) -> None:
        rows = self._all("SELECT seq FROM inbox")
        if rows:
            self._do("DELETE FROM inbox WHERE seq = ?", *data.draw(st.sampled_from(rows)))

    @rule(data=st.data())
    def do_at_last(self, data: st.DataObject) -> None:
        rows = self._all("SELECT seq FROM inbox WHERE status = 'received'")
        if rows:
            self._do("UPDATE inbox SET status = 'done' WHERE seq = ?", *data.draw(st.sampled_from(rows)))

    @rule(data=st.data())
    def park(self, data: st.DataObject) -> None:
        rows = self._all("SELECT position FROM events")
        if rows:
            self._do("INSERT INTO parked VALUES (?)", *data.draw(st.sampled_from(rows)))

    @rule(position=st.none() | st.integers(0, 40))
    def move_cursor(self, position: int | None) -> None:
        self._do("UPDATE cursors SET position = ?", position)

    @rule(position=st.integers(1, 15))
    def purge_log(self, position: int) -> None:
        self._do("DELETE FROM events WHERE position < ?", position)

    @rule(position=st.integers(1, 15))
    def expire_receipts(self, position: int) -> None:
        self._do("DELETE FROM inbox WHERE pos < ?", position)

    @rule(data=st.data())
    def delete_event(self, data: st.DataObject) -> None:
        rows = self._all("SELECT position FROM events")
        if rows:
            self._do("DELETE FROM events WHERE position = ?", *data.draw(st.sampled_from(rows)))

    @rule(data=st.data())
    def rewrite_event(self, data: st.DataObject) -> None:
        rows = self._all("SELECT position FROM events")
        if rows:
            self._drawn += 1
            self._do(
                "UPDATE events SET id = ? WHERE position = ?", f"e{self._drawn}", *data.draw(st.sampled_from(rows))
            )

    @rule()
    def dump(self) -> None:
        self._copy = self._all("SELECT * FROM events")

    @rule()
    def restore(self) -> None:
        self._do("DELETE FROM events")
        for row in self._copy:
            self._do("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", *row)

    @rule(
        types=st.sampled_from(("", 'types = ["Order*"]', 'types = ["OrderPlaced", "Nothing"]')),
        max_lag=st.sampled_from(('"5m"', '"10m"')),
    )
    def change_config(self, types: str, max_lag: str) -> None:
        if self._terms != {"types": types, "max_lag": max_lag}:
            self._memory = Memory()  # the ledger finds nothing under another key
        self._terms = {"types": types, "max_lag": max_lag}

    @precondition(lambda self: not self._has_waited)
    @rule()
    def look_at_everything_by_and_by(self) -> None:
        """Every run looks at some old ranges again, and so all of them are seen before long."""
        self._has_waited = True
        for _ in range(2):
            for _ in range(1 + len(self._verified)):
                self.audit(compare=False)
        self._settled = True
        self.audit()
        self._settled = False

    @rule(by=st.sampled_from((YOUNG, timedelta(minutes=6), OLD)))
    def time_passes(self, by: timedelta) -> None:
        """Without it, all that is written between two runs had only just appeared, whatever its time."""
        self._memory = earlier(self._memory, by)

    @rule()
    def audit_again(self) -> None:
        self.audit()

    def audit(self, *, compare: bool = True) -> None:
        """An incremental run, and a full one of the same moment."""
        self._config.write_text(self._template % (self._terms | {"url": self._url}))
        audited, session = self._audited(remembering=True)
        self._verified = _left_out(session)
        if compare:
            self._compare(audited, self._audited(remembering=False)[0])
        self._memory = session.learnt

    def _audited(self, *, remembering: bool) -> tuple[Audit, Session]:
        self._runs += 1
        self._memory.redelivered = {"billing": Redelivered(sent=self._sent)}
        upkeep = Upkeep(
            run=f"run-{self._runs}",
            started=self._started + timedelta(minutes=self._runs),
            recheck=0,
            rows_at_once=1,
            keep=lambda _: None,
        )
        session = Session(
            load(self._config),
            Silent(),
            memory=self._memory,
            upkeep=lambda _: upkeep if remembering else replace(upkeep, full=True),
            max_findings=None,
            sleep=lambda _: None,
            grain=FINE,
        )
        session.audit({"billing"})
        session.close()
        return session.audits["billing"], session

    def _compare(self, audited: Audit, full: Audit) -> None:
        assert (audited.totals is None) == (full.totals is None)
        said, truth = told(audited), told(full)
        assert said <= truth, f"claimed, but not so: {said - truth}"
        unsaid = {one for one in truth - said if one[3] is None or not holds(self._verified, one[3])}
        assert not unsaid, f"looked at, but not said: {unsaid}"
        # What retention may take, what comes before `start`, and the order of old receipts are looked at by
        # full audits only.
        is_all = self._settled and not self._expires
        late = {
            one
            for one in truth - said
            if is_all and one[0] != "out-of-order" and one[2] != "purged" and (one[3] or START) >= START
        }
        assert not late, f"not seen by and by: {late}"
        if is_all:
            assert _far(audited) == _far(full)
        assert audited.totals is None or audited.totals.balances()
        self._count(audited)
        self._count(full)

    def _count(self, audited: Audit) -> None:
        """Its totals count each event in its window once: as it is, or as it was where that is verified."""
        if audited.totals is None or audited.window is None or audited.window.first is None:
            return
        first, types = audited.window.first, load(self._config).consumers["billing"].types or ("*",)
        kept = [] if audited.coverage is None else [one for one in self._verified if one.first >= first]
        rows = self._all("SELECT position, type FROM events WHERE position >= ?", first)
        seen = [type_ for position, type_ in rows if not holds(kept, position)]
        scopes = [any(fnmatchcase(type_, each) for each in types) for type_ in seen]
        produced = scopes.count(True) + sum(one.digest.compared for one in kept if one.digest is not None)
        everything = len(scopes) + sum(one.digest.rows for one in kept if one.digest is not None)
        assert (audited.totals.produced, audited.totals.excluded) == (produced, everything - produced)


def _far(audited: Audit) -> tuple[int, int] | None:
    """How far the consumer has come from its start, whatever an audit left out."""
    return None if audited.progress is None else (audited.progress.received, audited.progress.eligible)


def _left_out(session: Session) -> tuple[VerifiedRange, ...]:
    inquiries = [each for each in session._inquiries if isinstance(each, Inquiry)]
    remainder = inquiries[0].known.seen.remainder if inquiries else None
    return () if remainder is None else tuple(remainder.verified)


def told(audited: Audit) -> Told:
    return {
        (finding.check, str(finding.verdict), finding.reason, event.position)
        for finding in audited.findings
        for event in finding.events
    }
