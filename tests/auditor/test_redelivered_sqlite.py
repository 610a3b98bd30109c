"""On SQLite, what a redelivery brought is received, moves no floor, is not out of order, and nothing else changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.memory import Memory, Redelivered
from checks.model.result import Audit
from tests.auditor.test_histories_sqlite import SPELLINGS, written
from tests.auditor.test_runs_sqlite import left_by_an_audit_of
from tests.histories.history import History, Receipt, histories
from tests.histories.oracle import truth, truth_after
from tests.histories.runs import aged, audit_after, redelivered, stretches
from tests.histories.verdicts import expect

TEXT, HOUR = SPELLINGS[0], timedelta(hours=1)
ABSENT = ("missing", "backfill-incomplete")


@settings(max_examples=50)
@given(histories(), st.booleans(), st.booleans(), st.data())
def test_whoever_hears_what_was_sent_again_stays_as_it_was_but_for_what_arrived(
    history: History, indexed: bool, streamed: bool, data: st.DataObject
) -> None:
    before = aged(left_by_an_audit_of(history, indexed=indexed), HOUR)
    heard, memory = data.draw(redelivered(history, before))
    with written(heard, TEXT, TEXT, "bigint", indexed=indexed) as config:
        audited, learnt = audit_after(config, memory, streamed=streamed)
        is_known = bool(memory.consumers)
        expected = truth_after(history, heard, seen_for=HOUR) if is_known else truth(heard)
        expect(expected, heard, audited)
        later = replace(learnt, redelivered=memory.redelivered)
        if is_known:  # the run after it knows as much
            expect(expected, heard, audit_after(config, later, streamed=streamed)[0])


@settings(max_examples=30)
@given(histories(), st.booleans(), st.booleans())
def test_missing_events_that_were_sent_again_are_healed_and_nothing_is_said_that_was_not(
    history: History, indexed: bool, streamed: bool
) -> None:
    with written(history, TEXT, TEXT, "bigint", indexed=indexed) as config:
        first, learnt = audit_after(config, Memory(), streamed=streamed)
    lost = {(e.partition, e.position) for f in first.findings if f.check in ABSENT for e in f.events}
    number = max((receipt.seq for receipt in history.receipts or ()), default=0)
    events = [event for event in history.events if (event.partition, event.position) in lost]
    arrived = tuple(Receipt(number + nth, event) for nth, event in enumerate(events, start=1))
    healed = history if history.receipts is None else replace(history, receipts=(*history.receipts, *arrived))
    sent = {"billing": Redelivered(sent=stretches((part, position or 0) for part, position in lost))}
    with written(healed, TEXT, TEXT, "bigint", indexed=indexed) as config:
        audited, _ = audit_after(config, replace(aged(learnt, HOUR), redelivered=sent), streamed=streamed)
    assert told(audited) == {each for each in told(first) if each[0] not in ABSENT}
    if first.totals is not None and audited.totals is not None:
        gained = audited.totals.received - first.totals.received
        assert (gained, audited.totals.missing) == (first.totals.missing, 0)


def told(audited: Audit) -> set[tuple[object, ...]]:
    """What is said of which events, but for what another run in between turns it into."""
    now = datetime.now(UTC)
    return {
        (finding.check.replace("stalled", "lagging"), finding.verdict, event.partition, event.position)
        for finding in audited.findings
        for event in finding.events
        if finding.reason != "age-unknown" and event.time is not None and event.time <= now
    }
