"""What a run leaves for later ones comes back whole, under the same key only: in SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from auditor.compare.recipe import Digest
from auditor.config import LedgerConfig
from auditor.ledger import Ledger, LedgerError
from auditor.ledger.opening import database_of
from auditor.ledger.schema import observations
from auditor.memory import (
    ConsumerMemory,
    Empty,
    End,
    Filled,
    Horizon,
    LogMemory,
    Memory,
    Sighting,
    Verified,
    VerifiedRange,
)
from checks.model.event import Event
from checks.model.previous import CursorBefore, DeadHole, FurtherOn, Witness
from tests.ledgers import audit, began, finding, run

NASTY = "a\0b\udc80\x1b\u202e'; drop table"
HUGE = 2**200

VERIFIED = Verified(
    basis=NASTY,
    salt=HUGE,
    begun_run="run-0",
    begun_at=began(0.25),
    complete=True,
    ranges=(
        VerifiedRange(-HUGE, 10, Digest(10, 9, (HUGE, -HUGE, 0)), "run-0", began(0)),
        VerifiedRange(11, HUGE, None, "run-1", began(1)),
    ),
    notes={"cursor": NASTY, NASTY: ""},
)
LOG = LogMemory(
    run="run-1",
    at=began(1),
    heads={None: 2**63 - 1, "eu": 5, NASTY: -1},
    witnesses=(Witness(event=Event(position=7, id=NASTY, time=began(0.1), partition=NASTY), run="run-0", at=began(0)),),
    dead_holes=(
        DeadHole(first=3, last=4, run="run-0", at=began(0), partition="eu"),
        DeadHole(first=8, last=8, run="run-1", at=began(1)),
    ),
    distrusted=NASTY,
    unsent={NASTY: began(0.2), '["position","eu",7] e7': began(0.3)},
    verified=VERIFIED,
)
HORIZON = Horizon(
    at=began(1),
    heads={None: 2**63 - 1, "eu": 5, NASTY: -1},
    whole=False,
    holes=(Empty("eu", 2, 3), Empty(None, -4, -4)),
    again=began(1.25),
    filled=(Filled(NASTY, -(2**63) + 1, 7, began(0), began(0.5)),),
    origin=NASTY,
)
CONSUMER = ConsumerMemory(
    run="run-1",
    at=began(1.5),
    cursors={
        None: CursorBefore(position=None, since=began(0)),
        "eu": CursorBefore(position=5, since=began(1), order=(2**62, 5)),
        NASTY: CursorBefore(
            position=5,
            since=began(1),
            order=(7, 5),
            further_on=FurtherOn(position=6, order=(2**62, 6), run="run-0", at=began(0.25)),
        ),
    },
    sightings={
        f'["position",null,{number}]': Sighting(began(number / 7), began(number) if number % 2 else None)
        for number in range(1000)
    },
    ends={None: (End(-5, began(0)), End(2**63 - 1, began(1))), NASTY: (End(1, began(0.5)), End(1, began(0.5)))},
    verified=replace(VERIFIED, complete=False, ranges=()),
)
KEYS_OF_LOGS, KEYS_OF_CONSUMERS = {"orders": "log key"}, {"billing": "consumer key"}


def learn(ledger: Ledger, minute: float, learnt: Memory) -> None:
    ledger.record(run(minute, audit()), learnt, KEYS_OF_LOGS, KEYS_OF_CONSUMERS)


def both(minute: float = 1) -> Memory:
    run_id, at = f"run-{minute}", began(minute)
    log, consumer = replace(LOG, run=run_id, at=at), replace(CONSUMER, run=run_id, at=at)
    return Memory(logs={"orders": log}, consumers={"billing": consumer})


def test_an_empty_ledger_remembers_nothing(ledger: Ledger) -> None:
    assert ledger.recall(KEYS_OF_LOGS, KEYS_OF_CONSUMERS) == Memory()
    assert ledger.recall({}, {}) == Memory()


def test_all_of_it_comes_back(ledger: Ledger) -> None:
    learnt = Memory(logs={"orders": LOG}, consumers={"billing": CONSUMER}, horizons={"orders": HORIZON})
    learn(ledger, 1, learnt)
    assert ledger.recall(KEYS_OF_LOGS, KEYS_OF_CONSUMERS) == learnt


def test_what_a_run_saw_of_a_log_that_it_did_not_audit_is_kept_beside_what_is_known_of_it(ledger: Ledger) -> None:
    seen = Memory(horizons={"orders": HORIZON})
    learn(ledger, 1, seen)
    assert ledger.recall(KEYS_OF_LOGS, KEYS_OF_CONSUMERS) == seen
    learn(ledger, 2, both(2))
    learn(ledger, 3, seen)
    assert ledger.recall(KEYS_OF_LOGS, KEYS_OF_CONSUMERS) == replace(both(2), horizons=seen.horizons)


def test_only_what_is_asked_for_comes_back(ledger: Ledger) -> None:
    learn(ledger, 1, both())
    assert ledger.recall(KEYS_OF_LOGS, {}) == Memory(logs=both().logs)
    assert ledger.recall({}, KEYS_OF_CONSUMERS) == Memory(consumers=both().consumers)
    assert ledger.recall({"billing": "consumer key"}, {"orders": "log key"}) == Memory()


def test_another_key_finds_nothing_and_disturbs_nothing(ledger: Ledger) -> None:
    learn(ledger, 1, both())
    assert ledger.recall({"orders": "other"}, {"billing": "other"}) == Memory()
    small = Memory(consumers={"billing": ConsumerMemory(run="run-2", at=began(2))})
    ledger.record(run(2, audit()), small, {}, {"billing": "other"})
    assert ledger.recall({}, {"billing": "other"}) == small
    assert ledger.recall(KEYS_OF_LOGS, KEYS_OF_CONSUMERS) == both()


def test_a_later_run_replaces_all_of_it(ledger: Ledger) -> None:
    learn(ledger, 1, both())
    bare = Memory(
        logs={"orders": LogMemory(run="run-2", at=began(2), heads={"eu": 6})},
        consumers={"billing": ConsumerMemory(run="run-2", at=began(2))},
    )
    learn(ledger, 2, bare)
    recalled = ledger.recall(KEYS_OF_LOGS, KEYS_OF_CONSUMERS)
    assert recalled.consumers == bare.consumers
    assert recalled.logs == {"orders": replace(bare.logs["orders"], distrusted=NASTY)}, "distrust stays"


def test_what_a_run_learnt_nothing_about_stays(ledger: Ledger) -> None:
    learn(ledger, 1, both())
    learn(ledger, 2, Memory())
    assert ledger.recall(KEYS_OF_LOGS, KEYS_OF_CONSUMERS) == both()


def test_a_run_that_looked_earlier_and_comes_later_replaces_nothing(ledger: Ledger) -> None:
    learn(ledger, 2, both(2))
    learn(ledger, 1, both(1))
    assert ledger.recall(KEYS_OF_LOGS, KEYS_OF_CONSUMERS) == both(2)


def test_a_run_that_cannot_be_recorded_leaves_no_memory(ledger: Ledger) -> None:
    learn(ledger, 1, both())
    with pytest.raises(LedgerError):
        ledger.record(run(2, audit(finding([2**70]))), both(2), KEYS_OF_LOGS, KEYS_OF_CONSUMERS)
    assert ledger.recall(KEYS_OF_LOGS, KEYS_OF_CONSUMERS) == both()


class TestUnfinished:
    progress = replace(VERIFIED, complete=False)

    def keep(self, ledger: Ledger, key: str = "consumer key") -> None:
        ledger.keep_verified("consumer", "billing", key, self.progress)

    def test_what_an_interrupted_full_audit_verified_is_kept(self, ledger: Ledger) -> None:
        learn(ledger, 1, both())
        self.keep(ledger)
        recalled = ledger.recall(KEYS_OF_LOGS, KEYS_OF_CONSUMERS)
        assert recalled.consumers == {"billing": replace(both().consumers["billing"], verified=self.progress)}
        assert recalled.logs == both().logs

    def test_it_is_kept_before_any_run_has_come_to_its_end(self, ledger: Ledger) -> None:
        self.keep(ledger)
        self.keep(ledger)
        begun = ConsumerMemory(run="run-0", at=self.progress.begun_at, verified=self.progress)
        assert ledger.recall({}, KEYS_OF_CONSUMERS) == Memory(consumers={"billing": begun})
        assert ledger.recall({"billing": "consumer key"}, {}) == Memory()

    def test_what_a_full_audit_that_began_later_verified_is_not_replaced(self, ledger: Ledger) -> None:
        later = replace(VERIFIED, begun_at=began(0.5))
        ledger.keep_verified("log", "orders", "log key", later)
        ledger.keep_verified("log", "orders", "log key", self.progress)
        assert ledger.recall(KEYS_OF_LOGS, {}).logs["orders"].verified == later

    def test_a_clock_that_was_ahead_keeps_no_later_full_audit_from_keeping_what_it_verified(
        self, ledger: Ledger
    ) -> None:
        ahead = replace(VERIFIED, begun_run="ahead", begun_at=began(10**6))
        learn(ledger, 1, Memory(consumers={"billing": ConsumerMemory(run="ahead", at=began(1), verified=ahead)}))
        assert ledger.recall({}, KEYS_OF_CONSUMERS).consumers["billing"].verified == ahead
        for begun_run in ("run-2", "run-2"):
            progress = replace(self.progress, begun_run=begun_run, begun_at=began(2))
            ledger.keep_verified("consumer", "billing", "consumer key", progress)
            assert ledger.recall({}, KEYS_OF_CONSUMERS).consumers["billing"].verified == progress

    def test_a_run_that_comes_to_its_end_has_the_last_word(self, ledger: Ledger) -> None:
        self.keep(ledger)
        learn(ledger, 1, both())
        assert ledger.recall(KEYS_OF_LOGS, KEYS_OF_CONSUMERS) == both()

    def test_under_another_key_it_is_another_one(self, ledger: Ledger) -> None:
        learn(ledger, 1, both())
        self.keep(ledger, "other")
        assert ledger.recall(KEYS_OF_LOGS, KEYS_OF_CONSUMERS) == both()
        assert ledger.recall({}, {"billing": "other"}).consumers["billing"].verified == self.progress


def test_where_cursors_and_heads_were_is_kept_for_each_time_that_they_moved(
    ledger: Ledger, ledger_config: LedgerConfig
) -> None:
    for minute, position in enumerate((5, 5, 6, 6, 5)):
        at = began(minute)
        cursor = CursorBefore(position=position, since=at, order=(1, position))
        learnt = Memory(
            logs={"orders": LogMemory(run=f"run-{minute}", at=at, heads={"eu": 100, "us": position})},
            consumers={"billing": ConsumerMemory(run=f"run-{minute}", at=at, cursors={None: cursor})},
        )
        learn(ledger, minute, learnt)
    database = database_of(ledger_config)
    with database.reading() as connection:
        rows = connection.execute(select(observations).order_by(observations.c.id)).all()
    found = [(row.of, row.name, row.partition, row.position, row.order, row.at - began(0)) for row in rows]
    minutes = [timedelta(minutes=minute) for minute in range(5)]
    assert [row for row in found if row[0] == "consumer"] == [
        ("consumer", "billing", None, position, f"1:{position}", minutes[minute])
        for minute, position in ((0, 5), (2, 6), (4, 5))
    ]
    assert sorted(row[2:] for row in found if row[0] == "log") == [
        ("eu", 100, None, minutes[0]),
        ("us", 5, None, minutes[0]),
        ("us", 5, None, minutes[4]),
        ("us", 6, None, minutes[2]),
    ]
