"""On SQLite, an audit after another one says what a naive oracle says of the two pasts, and nothing besides."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.memory import Memory
from tests.auditor.test_histories_sqlite import SPELLINGS, written
from tests.histories.history import History, histories
from tests.histories.oracle import truth_after
from tests.histories.runs import aged, audit_after, successors
from tests.histories.verdicts import expect

TEXT, HOUR = SPELLINGS[0], timedelta(hours=1)
TWO_PASTS = histories().flatmap(lambda first: st.tuples(st.just(first), successors(first)))


def left_by_an_audit_of(history: History, *, indexed: bool) -> Memory:
    """Without what it could see of the log: in a history an event is as old as its time says."""
    with written(history, TEXT, TEXT, "bigint", indexed=indexed) as config:
        return replace(audit_after(config, Memory())[1], horizons={})


@settings(max_examples=50)
@given(TWO_PASTS, st.booleans())
def test_cursors_that_stand_still_go_back_or_jump_are_told_where_they_do_and_nowhere_else(
    pasts: tuple[History, History], indexed: bool
) -> None:
    first, second = pasts
    memory = left_by_an_audit_of(first, indexed=indexed)
    with written(second, TEXT, TEXT, "bigint", indexed=indexed) as config:
        audited, _ = audit_after(config, memory)
        expect(truth_after(first, second), second, audited)


@settings(max_examples=25)
@given(histories(), st.booleans())
def test_what_was_seen_an_hour_ago_is_as_old_as_that_where_it_has_no_time(history: History, indexed: bool) -> None:
    memory = aged(left_by_an_audit_of(history, indexed=indexed), HOUR)
    with written(history, TEXT, TEXT, "bigint", indexed=indexed) as config:
        audited, learnt = audit_after(config, memory)
        expect(truth_after(history, history, seen_for=HOUR), history, audited)
        carried_on = audit_after(config, learnt)[0]
        expect(truth_after(history, history, seen_for=HOUR), history, carried_on)
