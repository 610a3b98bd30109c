"""A full audit that is interrupted goes on where it was, and says in the end what an undisturbed one says."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.auditing.session import Session
from auditor.compare.drill import Grain
from auditor.config import load
from auditor.gather.upkeep import Upkeep
from auditor.memory import ConsumerMemory, Memory, Verified
from auditor.observer import Silent
from checks.model.result import Audit

EVENTS = 200
LOST, LATE = (33, 170), (20, 21)
STEPS = Grain(ranges=20, step=1, pieces=4, leaf=4, batch=50)
STARTED = datetime(2026, 11, 25, tzinfo=UTC)
CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
stream = "stream"
version = "version"
time = "at"
[consumers.billing]
log = "orders"
store = "shop"
start = "first"
[consumers.billing.cursor]
table = "cursors"
position = "position"
[consumers.billing.inbox]
table = "inbox"
position = "pos"
received = "seq"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Two events were lost, and two of one stream were received in the wrong order."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        shop.executescript(
            "CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INT NOT NULL, at TEXT);"
            "CREATE TABLE inbox (seq INTEGER PRIMARY KEY, pos INTEGER NOT NULL); CREATE INDEX i ON inbox (pos);"
            f"CREATE TABLE cursors (position INT); INSERT INTO cursors VALUES ({EVENTS});"
        )
        hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        for position in range(1, EVENTS + 1):
            stream, version = f"order-{(position + 1) // 2}", 2 - position % 2
            if position in LATE:
                stream, version = "late", LATE.index(position) + 1
            shop.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (position, stream, version, hour_ago))
        received = [position for position in range(1, EVENTS + 1) if position not in LOST]
        first, second = (received.index(position) for position in LATE)
        received[first], received[second] = received[second], received[first]
        shop.executemany("INSERT INTO inbox (pos) VALUES (?)", [(position,) for position in received])
        shop.commit()
    (tmp_path / "auditor.toml").write_text(CONFIG)
    return tmp_path / "auditor.toml"


class Interrupter:
    """Keeps what it is given, and interrupts after so many times."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.verified: Verified | None = None

    def keep(self, verified: Verified) -> None:
        self.verified = verified
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def audited(config: Path, run: str, interrupter: Interrupter, verified: Verified | None) -> tuple[Audit, Session]:
    before = ConsumerMemory(run="before", at=STARTED, verified=verified)
    upkeep = Upkeep(run=run, started=STARTED, recheck=0, rows_at_once=1, keep=interrupter.keep, keep_every=0)
    session = Session(
        load(config),
        Silent(),
        run=run,
        memory=Memory(consumers={"billing": before} if verified else {}),
        upkeep=lambda _: upkeep,
        sleep=lambda _: None,
        grain=STEPS,
    )
    try:
        session.audit({"billing"})
    finally:
        session.close()
    return session.audits["billing"], session


@pytest.mark.parametrize("after", [1, 7, 15])
def test_an_interrupted_full_audit_goes_on_where_it_was(config: Path, after: int) -> None:
    undisturbed, _ = audited(config, "whole", Interrupter(10**6), None)
    interrupter = Interrupter(after)
    with pytest.raises(KeyboardInterrupt):
        audited(config, "first", interrupter, None)
    assert interrupter.verified is not None
    assert not interrupter.verified.complete
    done, session = audited(config, "second", Interrupter(10**6), interrupter.verified)
    assert done.coverage is not None
    assert done.coverage.run == "first"
    assert done.coverage.skipped >= EVENTS * after // 30, "it began from the beginning"
    told = [(finding.check, finding.verdict, finding.ranges) for finding in done.findings]
    assert told == [(finding.check, finding.verdict, finding.ranges) for finding in undisturbed.findings]
    assert {check for check, _, _ in told} == {"missing", "out-of-order"}
    learnt = session.learnt.consumers["billing"].verified
    assert learnt is not None
    assert learnt.complete
    assert learnt.begun_run == "first"


def test_an_audit_that_is_asked_to_be_full_begins_from_the_beginning(config: Path) -> None:
    interrupter = Interrupter(7)
    with pytest.raises(KeyboardInterrupt):
        audited(config, "first", interrupter, None)
    upkeep = Upkeep(run="second", started=STARTED, full=True, keep=Interrupter(10**6).keep)
    assert interrupter.verified is not None
    before = ConsumerMemory(run="first", at=STARTED, verified=replace(interrupter.verified))
    session = Session(load(config), Silent(), memory=Memory(consumers={"billing": before}), upkeep=lambda _: upkeep)
    session.audit({"billing"})
    session.close()
    assert session.audits["billing"].coverage is None
