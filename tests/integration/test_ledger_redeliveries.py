"""The journal of redeliveries: the same in SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import text

from auditor.config import LedgerConfig
from auditor.ledger import Ledger, LedgerError, redelivery_lines
from auditor.ledger.opening import database_of
from checks.identities import key_of
from checks.model.event import Event
from checks.model.journal import About, How, Line, Span
from checks.model.redelivery import Step
from tests.ledgers import began, opened
from tests.redeliveries import PLAN, line, redelivery, steps, told

HOSTILE = Event(position=2**62, id="e\0\udc80", stream="[red]\n", version=0, type="=cmd()", partition="\x1b[2J")


def begun(ledger: Ledger, *lines: Line, minute: float = 0, **changes: Any) -> int:
    """Write a redelivery and its lines. Returns its number."""
    number = ledger.begin_redelivery(redelivery(minute, **changes))
    ledger.journal(number, lines)
    return number


class TestWhatWasWritten:
    def test_it_comes_back_as_it_was(self, ledger: Ledger) -> None:
        written = redelivery(
            consumers=("billing", "ship\0ping"),
            heard_by=("billing", "shipping", "mail"),
            reason="queue lost in the \udc80 move",
            ticket="OPS-7",
            options={"canary": 5, "accepted_duplicates": True, "rate": 0.5, "after": None, "order": "strict"},
        )
        number = ledger.begin_redelivery(written)
        assert [each.redelivery for each in ledger.redeliveries()] == [replace(written, number=number)]

    def test_lines_come_back_in_their_order(self, ledger: Ledger) -> None:
        written = [
            line(1, Step.SENDING, batch=1),
            Line(consumer="billing", event=HOSTILE, step=Step.SENDING, at=began(1.123456), batch=1),
            Line(consumer="billing", event=HOSTILE, step=Step.REJECTED, at=began(2), detail="422 \0", batch=1),
            line(1, Step.ACCEPTED, batch=1),
            line(1, Step.HEALED),
        ]
        number = begun(ledger, *written)
        assert list(ledger.lines_of(number)) == [replace(each, number=number) for each in written]

    def test_no_line_at_all_is_written_as_well(self, ledger: Ledger) -> None:
        number = begun(ledger)
        assert (list(ledger.lines_of(number)), ledger.redeliveries()[0].events) == ([], 0)

    def test_either_all_lines_are_there_or_none(self, ledger: Ledger) -> None:
        number = begun(ledger)
        with pytest.raises(LedgerError):
            ledger.journal(number, [line(1, Step.SENDING), line(2**64, Step.SENDING)])
        assert list(ledger.lines_of(number)) == []

    def test_whoever_keeps_others_waiting_does_not_wait_for_long(
        self, ledger: Ledger, ledger_config: LedgerConfig
    ) -> None:
        """SQLite has one writer; on a server, others wait where a whole table is locked."""
        number = begun(ledger)
        with database_of(ledger_config).writing() as other:
            if ledger_config.file is None:
                other.execute(text("LOCK TABLE auditor_redelivery_spans, auditor_redelivery_lines"))
            with pytest.raises(LedgerError, match=r"locked|timeout"):
                ledger.journal(number, [line(1, Step.SENDING)], patience=timedelta(milliseconds=50))
        ledger.journal(number, [line(1, Step.SENDING)])
        assert len(list(ledger.lines_of(number))) == 1

    def test_pruning_leaves_all_of_it(self, ledger: Ledger) -> None:
        number = begun(ledger, *steps(1, Step.SENDING, Step.ACCEPTED))
        ledger.note_sent(number, [Span(of="consumer", name="billing", first=1, last=1, how=How.SENT, at=began(1))])
        ledger.prune(began(10**6))
        assert len(ledger.redeliveries()) == 1
        assert len(list(ledger.lines_of(number))) == 2
        assert ledger.redelivered("consumer", ["billing"])

    def test_many_who_write_at_once_lose_nothing(self, ledger_config: LedgerConfig) -> None:
        with opened(ledger_config):
            pass

        def write(writer: int) -> int:
            with opened(ledger_config) as ledger:
                number = ledger.begin_redelivery(redelivery(plan=f"plan {writer}"))
                for position in range(10):
                    ledger.journal(number, steps(position, Step.SENDING, Step.ACCEPTED))
                return number

        with ThreadPoolExecutor(6) as pool:
            numbers = list(pool.map(write, range(6)))
        with opened(ledger_config) as ledger:
            assert len(set(numbers)) == 6
            for number in numbers:
                pairs = ((position, step) for position in range(10) for step in ("sending", "accepted"))
                assert told(ledger.lines_of(number)) == [(position, "billing", step) for position, step in pairs]


class TestTheLastSteps:
    def test_they_are_those_of_all_redeliveries_of_the_plan_for_each_consumer(self, ledger: Ledger) -> None:
        begun(
            ledger,
            *steps(1, Step.SENDING, Step.ACCEPTED),
            *steps(2, Step.SENDING),
            *steps(1, Step.SENDING, consumer="shipping"),
        )
        begun(ledger, *steps(3, Step.SENDING, Step.FAILED), plan="another")
        begun(ledger, *steps(2, Step.SENDING, Step.UNKNOWN))
        assert sorted(told(ledger.steps_of(PLAN))) == [
            (1, "billing", "accepted"),
            (1, "shipping", "sending"),
            (2, "billing", "unknown"),
        ]
        assert list(ledger.steps_of("no such plan")) == []

    def test_what_is_written_while_they_are_read_changes_nothing(
        self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(redelivery_lines, "AT_ONCE", 3)
        number = begun(ledger, *(line(position, Step.SENDING) for position in range(10)))
        reading = ledger.steps_of(PLAN)
        first = list(islice(reading, 1))
        ledger.journal(number, [line(position, Step.ACCEPTED) for position in range(12)])
        assert told([*first, *reading]) == [(position, "billing", "sending") for position in range(10)]
        assert {step for _, _, step in told(ledger.steps_of(PLAN))} == {"accepted"}


class TestAttempts:
    def test_they_count_over_all_plans_for_the_consumer_alone(self, ledger: Ledger) -> None:
        sent = steps(1, Step.SENDING, Step.ACCEPTED, Step.MISSING)
        for plan in ("a", "b", "c"):
            begun(ledger, *sent, *steps(2, Step.SENDING, Step.FAILED), plan=plan)
        begun(ledger, *steps(1, Step.SENDING, Step.ACCEPTED, consumer="shipping"), plan="d")
        known = [key_of(line(position, Step.SENDING).event) for position in (1, 2, 3)]
        assert list(ledger.attempts("billing", known).values()) == [3, 0, 0]
        assert ledger.attempts("shipping", known[:1]) == {known[0]: 1}

    def test_what_was_done_about_one_event_is_found_with_who_did_it(self, ledger: Ledger) -> None:
        first = begun(ledger, *steps(1, Step.SENDING, Step.FAILED), line(2, Step.SENDING), plan="a")
        begun(ledger, *steps(1, Step.SENDING, consumer="shipping"), plan="b")
        ledger.journal(first, [line(1, Step.MISSING)])
        begun(ledger, *steps(1, Step.SENDING, Step.ACCEPTED), plan="c", user="bob")
        found = ledger.redeliveries_of("billing", line(1, Step.SENDING).key)
        assert [(each.redelivery.plan, each.redelivery.user) for each in found] == [("a", "ann"), ("c", "bob")]
        assert [len(each.attempt.lines) for each in found] == [3, 2]
        assert [each.last.step for each in found] == [Step.MISSING, Step.ACCEPTED]
        assert ledger.redeliveries_of("billing", line(3, Step.SENDING).key) == []

    def test_more_keys_than_a_statement_takes_are_all_answered(self, ledger: Ledger) -> None:
        begun(ledger, *(line(position, Step.SENDING) for position in range(0, 1_500, 2)))
        keys = [key_of(line(position, Step.SENDING).event) for position in range(1_500)]
        assert list(ledger.attempts("billing", keys).values()) == [1, 0] * 750


class TestSpans:
    def test_they_are_merged_where_they_are_alike(self, ledger: Ledger) -> None:
        def span(first: int, last: int, minute: float, how: How = How.SENT, partition: str | None = None) -> Span:
            at = began(minute)
            return Span(of="consumer", name="billing", first=first, last=last, how=how, at=at, partition=partition)

        number = begun(ledger)
        ledger.note_sent(number, [span(4, 6, 3), span(1, 3, 5), span(5, 5, 1), span(8, 9, 2)])
        ledger.note_sent(number, [span(7, 7, 4, How.COPIED), span(2, 2, 4, partition="")])
        ledger.note_sent(number, [replace(span(1, 9, 0), of="log"), replace(span(1, 9, 0), name="mail")])
        assert ledger.redelivered("consumer", ["billing", "shipping"]) == {
            "billing": [span(7, 7, 4, How.COPIED), span(1, 6, 1), span(8, 9, 2), span(2, 2, 4, partition="")]
        }
        assert set(ledger.redelivered("log", ["billing"])) == {"billing"}

    def test_where_nothing_was_sent_there_is_nothing(self, ledger: Ledger) -> None:
        assert ledger.redelivered("log", ["orders"]) == {}


class TestTheLog:
    def test_the_newest_comes_first_with_what_became_of_each_event(self, ledger: Ledger) -> None:
        begun(ledger, *steps(1, Step.SENDING, Step.ACCEPTED), minute=1)
        begun(
            ledger,
            *steps(1, Step.SENDING, Step.ACCEPTED, Step.MISSING, Step.HEALED),
            *steps(2, Step.SENDING, Step.UNKNOWN, Step.SENDING, Step.ACCEPTED, Step.MISSING),
            *steps(3, Step.SENDING, Step.REJECTED),
            *steps(4, Step.SKIPPED),
            minute=2,
        )
        newest, oldest = ledger.redeliveries()
        assert [newest.redelivery.at, oldest.redelivery.at] == [began(2), began(1)]
        assert newest.counts == {
            Step.ACCEPTED: 2,
            Step.REJECTED: 1,
            Step.SKIPPED: 1,
            Step.HEALED: 1,
            Step.MISSING: 1,
        }
        assert (newest.events, oldest.counts) == (4, {Step.ACCEPTED: 1})

    def test_it_is_narrowed_by_each_filter(self, ledger: Ledger) -> None:
        begun(ledger, line(1, Step.SENDING), minute=1, plan="aa11")
        begun(ledger, line(2, Step.SENDING), minute=2, plan="aa22", consumers=("billing", "mail"))
        begun(ledger, line(2, Step.SENDING, consumer="mail"), minute=3, plan="bb33", consumers=("mail",))

        def plans(**wanted: Any) -> list[str]:
            return [each.redelivery.plan for each in ledger.redeliveries(**wanted)]

        assert plans() == ["bb33", "aa22", "aa11"]
        assert plans(plan="aa") == ["aa22", "aa11"]
        assert plans(plan="a%") == []
        assert plans(consumer="mail") == ["bb33", "aa22"]
        assert plans(consumer="mail", limit=1) == ["bb33"]
        assert plans(since=began(2), until=began(2)) == ["aa22"]
        second = About(event=Event(position=2))
        assert plans(about=[second]) == ["bb33", "aa22"]
        assert plans(about=[second], consumer="mail") == ["bb33"]
        assert plans(about=[replace(second, consumers=("billing",))]) == ["aa22"]
        assert plans(about=[About(event=Event(id="e1")), replace(second, consumers=())]) == ["aa11"]
        assert plans(about=[About(event=Event(stream="order-1", version=1))]) == ["aa11"]
        assert plans(about=[About(event=Event(stream="order-1", version=2))]) == []

    def test_the_lines_of_a_redelivery_are_narrowed_too(self, ledger: Ledger) -> None:
        number = begun(ledger, line(1, Step.SENDING), line(2, Step.SENDING), line(2, Step.SENDING, consumer="mail"))
        assert told(ledger.lines_of(number, consumer="mail")) == [(2, "mail", "sending")]
        second = [About(event=Event(position=2))]
        assert told(ledger.lines_of(number, about=second, consumer="billing")) == [(2, "billing", "sending")]
