"""Known findings in a ledger: the same in SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from auditor.config import LedgerConfig
from auditor.ledger import Ledger
from checks.model.finding import Finding, Verdict
from checks.model.known import BaselineEntry, Unit
from checks.model.result import Outcome
from checks.units import identities
from tests.ledgers import NOTHING_LEARNT, audit, began, events, finding, open_positions, opened, record, run


def entry(accepted: Finding, why: str = "ticket 7") -> BaselineEntry:
    return BaselineEntry(
        fingerprint=accepted.fingerprint("billing"),
        audit="billing",
        check=accepted.check,
        partition=accepted.partition,
        verdict=accepted.verdict,
        units=identities(accepted).units,
        why=why,
        owner="kim",
        added=began(0),
        run="run-0",
    )


def test_an_entry_comes_back_as_it_was_added_and_only_once(ledger: Ledger) -> None:
    hostile = finding([5], partition="a\0b\udc80")
    added = replace(entry(hostile, "\x1b[2J"), units=(Unit("n\0", 1, 2**70, 3),), expires=began(0.123456))
    assert [ledger.add_to_baseline([added]) for _ in range(2)] == [1, 0]
    assert ledger.baseline() == (added,)
    assert ledger.remove_from_baseline(["other", added.id]) == 1
    assert ledger.baseline() == ()


def test_many_who_add_at_once_lose_nothing(ledger_config: LedgerConfig) -> None:
    with opened(ledger_config):
        pass

    def add(number: int) -> int:
        with opened(ledger_config) as ledger:
            return ledger.add_to_baseline([entry(finding([5]), "the same"), entry(finding([5]), f"of {number}")])

    with ThreadPoolExecutor(6) as pool:
        added = list(pool.map(add, range(6)))
    with opened(ledger_config) as ledger:
        assert {each.why for each in ledger.baseline()} == {"the same", *(f"of {number}" for number in range(6))}
    assert sum(added) == 7


def test_a_run_is_kept_as_it_was_judged_with_all_that_is_hidden(ledger: Ledger) -> None:
    large = finding(range(1, 2_000), evidence={"lasted": {"grace": 1_999}, "words": ["x" * 100] * 20})
    ledger.add_to_baseline([entry(large)])
    [judged] = record(ledger, run(1, audit(large)))
    assert judged.verdict is Outcome.CONSISTENT
    [known] = judged.audits[0].known
    assert replace(known.finding, first_seen=None) == large
    [summary] = ledger.runs()
    assert (summary.verdict, summary.errors) == (Outcome.CONSISTENT, 0)
    ledger.remove_from_baseline([each.id for each in ledger.baseline()])
    assert ledger.result("last").audits == judged.audits
    assert ledger.prune(began(0)).runs == 0
    assert ledger.result("last").audits == judged.audits


def test_what_is_hidden_is_followed_and_what_is_new_is_as_old_as_itself(ledger: Ledger) -> None:
    record(ledger, run(0, audit(finding([5, 7]))))
    ledger.add_to_baseline([entry(finding([5, 7]))])
    [second] = record(ledger, run(1, audit(finding([5, 7, 9]))))
    [third] = record(ledger, run(2, audit(finding([7, 9]))))
    for judged, hidden in ((second, 2), (third, 1)):
        [new] = judged.audits[0].findings
        assert ([event.position for event in new.events], new.first_seen) == ([9], began(1))
        assert (judged.known, judged.audits[0].known[0].finding.first_seen) == (hidden, began(0))
    assert open_positions(ledger, "run-1") == [5, 7, 9]
    assert open_positions(ledger, "run-2") == [7, 9]


def test_another_event_at_a_known_position_is_as_old_as_itself(ledger: Ledger) -> None:
    record(ledger, run(0, audit(finding([5, 7]))))
    ledger.add_to_baseline([entry(finding([5, 7]))])
    restored = replace(finding([5, 7]), events=(*events([5]), *events([7], id="another")))
    [judged] = record(ledger, run(1, audit(restored)))
    [new] = judged.audits[0].findings
    assert ([event.id for event in new.events], new.first_seen) == (["another"], began(1))


def test_an_entry_expires_by_when_the_run_began(ledger: Ledger) -> None:
    ledger.add_to_baseline([replace(entry(finding([5])), expires=began(2))])
    judged = record(ledger, *(run(minute, audit(finding([5]))) for minute in (1, 2)))
    assert [each.verdict for each in judged] == [Outcome.CONSISTENT, Outcome.INCONSISTENT]


@pytest.mark.parametrize("verdict", [Verdict.PENDING, Verdict.BENIGN])
def test_without_hiding_a_run_is_recorded_as_it_was_found(ledger: Ledger, verdict: Verdict) -> None:
    ledger.add_to_baseline([entry(finding([5]))])
    from_all = ledger.record(
        run(1, audit(finding([5]), finding([7], verdict=verdict))), NOTHING_LEARNT, {}, {}, hide_known=False
    )
    assert (from_all.known, from_all.verdict) == (0, Outcome.INCONSISTENT)
    assert len(ledger.result("last").audits[0].findings) == 2
