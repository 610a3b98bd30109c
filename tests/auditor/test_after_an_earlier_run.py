"""What an earlier run saw spares a wait where it proves something, and forces one where it casts doubt."""

import math
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.auditing.session import Session
from auditor.config import load
from auditor.gather.consumer import learnt
from auditor.memory import Memory
from auditor.observer import Silent
from checks.model.finding import Finding
from checks.model.result import Audit
from tests.histories.runs import aged

CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "id"
{log}
[consumers.billing]
log = "orders"
store = "shop"
start = "first"
[consumers.billing.cursor]
table = "cursors"
position = "{cursor}"
{means}
[consumers.billing.inbox]
table = "inbox"
id = "id"
{inbox}
"""
TIME, COMPOSITE = 'time = "time"', 'order = ["tx", "position"]'
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LOST = 3


class Shop:
    """Ten events an hour old, a cursor beyond them all, receipts of all but one; audited again and again.

    ``waits``: those of the last audit, in whole seconds; ``meanwhile`` happens in the first of them.
    """

    def __init__(
        self, folder: Path, *, log: str = TIME, cursor: str = "position", means: str = "", inbox: str = ""
    ) -> None:
        self.waits: list[int] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.memory = Memory()
        self._database = sqlite3.connect(folder / "shop.db", isolation_level=None)
        self.do("CREATE TABLE events (position INTEGER PRIMARY KEY, id TEXT, time TEXT, tx INT)")
        self.do("CREATE TABLE inbox (id TEXT, at TEXT)")
        self.do("CREATE TABLE cursors (position INT, place TEXT)")
        self.write(range(1, 11))
        self.receive(position for position in range(1, 11) if position != LOST)
        self.do("INSERT INTO cursors VALUES (10, '10:10')")
        self._config = folder / "auditor.toml"
        self._config.write_text(CONFIG.format(log=log, cursor=cursor, means=means, inbox=inbox))

    def close(self) -> None:
        self._database.close()

    def do(self, statement: str, *values: object) -> None:
        self._database.execute(statement, values)

    def write(self, positions: range) -> None:
        hour_ago = (datetime.now(UTC) - HOUR).isoformat()
        for position in positions:
            self.do("INSERT INTO events VALUES (?, ?, ?, ?)", position, f"e{position}", hour_ago, position)

    def receive(self, positions: Iterator[int] | range) -> None:
        for position in positions:
            self.do("INSERT INTO inbox VALUES (?, ?)", f"e{position}", datetime.now(UTC).isoformat())

    def move(self, position: int | None) -> None:
        self.do("UPDATE cursors SET position = ?", position)

    def audit(self, *, after: timedelta = MINUTE, confirm: bool = True) -> Audit:
        """The next audit, so long after the last one."""
        self.waits = []
        memory = aged(self.memory, after)
        session = Session(load(self._config), Silent(), memory=memory, confirm=confirm, sleep=self._sleep)
        session.audit({"billing"})
        session.close()
        self.memory = session.learnt
        return session.audits["billing"]

    def _sleep(self, seconds: float) -> None:
        self.waits.append(math.ceil(seconds))
        if len(self.waits) == 1:
            self.meanwhile()


Make = Callable[..., Shop]


@pytest.fixture(autouse=True)
def _no_time_passes_while_it_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a look may take longer than the wait after it, which is then not needed."""
    monkeypatch.setattr(time, "monotonic", lambda: 1_000.0)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    with ExitStack() as stack:
        yield lambda **keys: stack.enter_context(closing(Shop(tmp_path, **keys)))


def found(audit: Audit, check: str) -> Finding:
    [finding] = [finding for finding in audit.findings if finding.check == check]
    return finding


def seen_by(finding: Finding, key: str) -> Any:
    """What the finding's evidence says under a key."""
    return finding.evidence[key]


def said(audit: Audit) -> list[tuple[str, str, int]]:
    return [(finding.check, str(finding.verdict), finding.count) for finding in audit.findings]


MISSING = ("missing", "confirmed", 1)

# ---- grace -----------------------------------------------------------------------------------------------------------


def test_what_an_earlier_run_saw_without_a_receipt_longer_ago_than_grace_is_missing_at_once(make: Make) -> None:
    shop = make(log="")
    shop.audit()
    assert shop.waits == [1, 30]
    audit = shop.audit(after=31 * SECOND)
    assert (said(audit), shop.waits) == ([MISSING], [])
    [reason] = seen_by(found(audit, "missing"), "lasted")
    assert reason.startswith("earlier runs saw it without a receipt")


def test_what_an_earlier_run_saw_without_a_receipt_less_than_grace_ago_is_waited_for(make: Make) -> None:
    shop = make(log="")
    shop.audit(confirm=False)
    shop.audit(after=29 * SECOND)
    assert shop.waits == [30]


def test_what_an_earlier_run_showed_to_have_lasted_is_missing_at_once_however_soon(make: Make) -> None:
    shop = make()
    assert said(shop.audit()) == [MISSING]
    audit = shop.audit(after=SECOND)
    assert (said(audit), shop.waits) == ([MISSING], [])


def test_the_first_sighting_is_carried_on_from_run_to_run(make: Make) -> None:
    shop = make(log="")
    for _ in range(3):
        shop.audit(after=16 * SECOND)
    assert shop.waits == []


def test_a_receipt_that_came_since_is_no_finding_whatever_was_seen(make: Make) -> None:
    shop = make(log="")
    shop.audit()
    shop.receive(range(LOST, LOST + 1))
    assert shop.audit().verdict == "consistent"
    assert shop.memory.consumers["billing"].sightings == {}


def test_a_receipt_that_comes_between_the_looks_is_no_finding_whatever_was_seen(make: Make) -> None:
    shop = make(log="")
    shop.audit()
    shop.write(range(11, 12))
    shop.move(11)
    shop.meanwhile = lambda: shop.receive(range(11, 12))
    assert said(shop.audit()) == [MISSING]


def test_of_events_that_were_only_delivered_a_later_run_decides_after_max_lag(make: Make) -> None:
    shop = make(log="", means='means = "delivered"')
    shop.audit()
    assert shop.waits == [1]
    assert said(shop.audit(after=4 * MINUTE)) == [("missing", "pending", 1)]
    assert said(shop.audit(after=2 * MINUTE)) == [MISSING]
    assert shop.waits == []


def test_after_a_cursor_was_put_back_nothing_that_was_seen_behind_it_proves_anything(make: Make) -> None:
    shop = make(log="")
    shop.audit()
    shop.move(8)
    assert ("cursor-rewound", "confirmed", 1) in said(shop.audit())
    assert shop.waits == [30]
    shop.audit(after=16 * SECOND)
    assert shop.waits == [], "what was shown since is shown"


def test_an_event_that_took_the_position_of_another_was_not_seen_before(make: Make) -> None:
    shop = make(log="")
    shop.audit()
    shop.do("UPDATE events SET id = 'another' WHERE position = ?", LOST)
    shop.audit()
    assert shop.waits == [1, 30]


def test_without_second_looks_a_sighting_decides_nothing(make: Make) -> None:
    shop = make(log="")
    shop.audit()
    assert said(shop.audit(confirm=False)) == [("missing", "pending", 1)]


def eager(shop: Shop) -> None:
    """A consumer moves its cursor over old events, and writes their receipts three seconds later."""
    shop.receive(range(LOST, LOST + 1))
    shop.write(range(11, 14))
    shop.audit()
    shop.move(13)
    shop.meanwhile = lambda: shop.receive(range(11, 14))


@pytest.mark.parametrize("after", [5 * SECOND, HOUR], ids=["less than grace ago", "long ago"])
def test_a_consumer_that_moves_first_and_works_after_is_not_accused_where_an_earlier_run_saw_it_before(
    make: Make, after: timedelta
) -> None:
    shop = make()
    eager(shop)
    assert shop.audit(after=after).findings == ()
    assert shop.waits == [30]


def test_what_such_a_consumer_never_received_is_missing_after_the_wait_and_a_jump(make: Make) -> None:
    shop = make()
    eager(shop)
    shop.meanwhile = lambda: None
    audit = shop.audit()
    assert said(audit) == [("missing", "confirmed", 3), ("cursor-jumped", "confirmed", 3)]
    assert found(audit, "cursor-jumped").ranges == ((11, 13),)
    assert shop.waits == [30]


def test_a_later_receipt_proves_nothing_of_what_the_cursor_passed_a_moment_ago(make: Make) -> None:
    shop = make(inbox='received = "at"')
    shop.receive(range(LOST, LOST + 1))
    shop.move(4)
    shop.do("UPDATE inbox SET at = ?", (datetime.now(UTC) - 5 * MINUTE).isoformat())
    shop.do("DELETE FROM inbox WHERE id = 'e5'")
    shop.audit()
    shop.move(10)
    shop.audit(after=5 * SECOND)
    assert shop.waits == [30]
    shop.memory.consumers.clear()
    shop.audit()
    assert shop.waits == [1]


# ---- ages ------------------------------------------------------------------------------------------------------------


def test_in_a_log_without_a_time_what_was_seen_longer_ago_than_max_lag_lags_or_stalls(make: Make) -> None:
    shop = make(log="")
    shop.receive(range(LOST, LOST + 1))
    shop.write(range(11, 14))
    first = shop.audit()
    assert said(first) == []
    assert said(shop.audit(after=4 * MINUTE)) == [("lagging", "pending", 3)]
    assert said(shop.audit(after=2 * MINUTE)) == [("stalled", "confirmed", 3)]
    shop.receive(range(11, 12))
    shop.move(11)
    audit = shop.audit()
    assert said(audit) == [("lagging", "confirmed", 2)]
    assert found(audit, "lagging").evidence["ages_since_first_sighting"] == 2


def test_an_inbox_that_forgets_by_age_says_nothing_of_events_without_a_time_whenever_they_were_seen(make: Make) -> None:
    shop = make(log="", inbox='retention = "7d"')
    shop.audit()
    audit = shop.audit(after=MINUTE)
    assert audit.totals is not None
    assert (said(audit), audit.totals.unverifiable) == ([], 1)


# ---- cursors ---------------------------------------------------------------------------------------------------------


def test_a_stalled_cursor_is_told_with_the_first_moment_at_which_it_stood_there(make: Make) -> None:
    shop = make()
    shop.receive(range(LOST, LOST + 1))
    shop.write(range(11, 14))
    assert said(shop.audit()) == [("lagging", "confirmed", 3)]
    shop.audit(after=HOUR)
    audit = shop.audit(after=HOUR)
    [previous] = seen_by(found(audit, "stalled"), "previous")
    stood = datetime.fromisoformat(previous["at"]) - datetime.fromisoformat(previous["since"])
    assert HOUR <= stood < HOUR + MINUTE
    assert previous["position"] == 10


@pytest.mark.parametrize(
    "change", ["UPDATE cursors SET position = 4", "UPDATE cursors SET position = NULL", "DELETE FROM cursors"]
)
def test_a_cursor_that_went_back_or_is_gone_is_told_once(make: Make, change: str) -> None:
    shop = make()
    shop.audit()
    shop.do(change)
    assert ("cursor-rewound", "confirmed", 1) in said(shop.audit())
    assert "cursor-rewound" not in [check for check, _, _ in said(shop.audit())]


def test_until_a_cursor_is_again_where_it_was_a_note_says_that_it_went_back(make: Make) -> None:
    shop = make()
    shop.audit()
    noted = []
    for position in (4, 4, 2, 9, 10, 10):
        shop.do("UPDATE cursors SET position = ?", position)
        noted.append([note for note in shop.audit().notes if "went back" in note])
    assert [len(each) for each in noted] == [0, 1, 1, 1, 0, 0]
    assert all("had seen it at 10 (" in note for [note] in noted[1:4])


def test_a_cursor_row_that_is_written_anew_between_the_looks_is_no_rewind(make: Make) -> None:
    shop = make()
    shop.audit()
    shop.do("DELETE FROM cursors")
    shop.meanwhile = lambda: shop.do("INSERT INTO cursors VALUES (10, '10:10')")
    assert "cursor-rewound" not in [check for check, _, _ in said(shop.audit(after=20 * SECOND))]
    assert shop.waits == [1, 30]


def test_a_composite_cursor_goes_back_by_its_whole_order(make: Make) -> None:
    shop = make(log=COMPOSITE, cursor="place")
    shop.do("UPDATE cursors SET place = '10:4'")
    shop.audit()
    shop.do("UPDATE cursors SET place = '9:9'")
    audit = shop.audit()
    [previous] = seen_by(found(audit, "cursor-rewound"), "previous")
    assert previous["order"] == [10, 4]


def test_only_a_long_row_shows_that_a_composite_cursor_jumped(make: Make) -> None:
    shop = make(log=COMPOSITE, cursor="place")
    shop.audit()
    shop.write(range(11, 111))
    shop.do("UPDATE cursors SET place = '109:109'")
    assert "cursor-jumped" not in [check for check, _, _ in said(shop.audit())]
    shop.do("UPDATE cursors SET place = '10:10'")
    shop.audit()
    shop.do("UPDATE cursors SET place = '110:110'")
    assert found(shop.audit(), "cursor-jumped").ranges == ((11, 110),)


def test_a_consumer_that_is_new_did_not_jump(make: Make) -> None:
    shop = make()
    shop.do("DELETE FROM cursors")
    shop.do("DELETE FROM inbox")
    shop.audit()
    shop.do("INSERT INTO cursors VALUES (10, '')")
    assert "cursor-jumped" not in [check for check, _, _ in said(shop.audit())]


def test_without_an_earlier_run_the_checks_that_compare_with_it_are_named(make: Make) -> None:
    shop = make()
    session = Session(load(shop._config), Silent(), sleep=lambda _: None)
    session.audit({"billing"})
    session.close()
    lacking = [entry.check for entry in session.not_checked if entry.reason == "no-earlier-run"]
    assert lacking == ["cursor-jumped", "stalled", "cursor-rewound"]


# ---- memory ----------------------------------------------------------------------------------------------------------


def test_of_many_sightings_those_of_the_lowest_positions_are_kept(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learnt, "MOST_SIGHTINGS", 3)
    shop = make()
    shop.write(range(11, 20))
    shop.audit()
    kept = shop.memory.consumers["billing"].sightings
    assert list(kept) == ['["position",null,3] e3', '["position",null,11] e11', '["position",null,12] e12']
    assert [sighting.passed_since is None for sighting in kept.values()] == [False, True, True]


def test_rows_that_disagree_leave_no_place_behind(make: Make) -> None:
    shop = make()
    shop.do("INSERT INTO cursors VALUES (4, '')")
    shop.audit()
    assert shop.memory.consumers["billing"].cursors == {}
