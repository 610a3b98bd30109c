"""Since when an event is open, and what closes it: the same in SQLite and PostgreSQL."""

from dataclasses import replace
from typing import Any

import pytest

from auditor.ledger import TRACKED, Ledger
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.result import NotChecked, Problem
from tests.ledgers import audit, began, events, finding, open_positions, record, run


def pending(positions: list[int]) -> Finding:
    return finding(positions, verdict=Verdict.PENDING)


def test_an_event_is_open_from_the_first_run_that_names_it(ledger: Ledger) -> None:
    record(ledger, run(0, audit(finding([5, 7]))), run(1, audit(finding([5, 7, 9]))))
    found = {each.event.position: each for each in ledger.openings("run-1")}
    assert {position: each.opened_run for position, each in found.items()} == {5: "run-0", 7: "run-0", 9: "run-1"}
    assert found[5].opened_at == began(0)
    assert (found[5].audit, found[5].check, found[5].verdict) == ("billing", "missing", Verdict.CONFIRMED)
    assert (found[5].closed_run, found[5].closed_at) == (None, None)
    assert open_positions(ledger, "run-0") == [5, 7]


def test_all_that_is_known_of_an_event_survives(ledger: Ledger) -> None:
    event = Event(
        position=2**63 - 1,
        id="a\0b",
        stream="s\udc80",
        version=-1,
        type="\x1b[2J\u202e",
        time=began(0.123456),
        partition="eu\n",
    )
    record(ledger, run(0, audit(finding(events=(event,), partition="eu\n"))))
    [opening] = ledger.openings("last")
    assert opening.event == event
    assert opening.partition == "eu\n"


def test_a_run_that_does_not_find_it_any_more_closes_it(ledger: Ledger) -> None:
    record(ledger, run(0, audit(finding([5, 7]))), run(1, audit(finding([7]))))
    assert open_positions(ledger, "run-1") == [7]
    healed = next(each for each in ledger.openings("run-0") if each.event.position == 5)
    assert (healed.closed_run, healed.closed_at) == ("run-1", began(1))


def test_an_event_that_comes_back_opens_anew(ledger: Ledger) -> None:
    record(ledger, run(0, audit(finding([5]))), run(1, audit()), run(2, audit(finding([5]))))
    assert [each.opened_run for each in ledger.openings("run-2")] == ["run-2"]
    assert open_positions(ledger, "run-1") == []
    assert [each.opened_run for each in ledger.openings("run-0")] == ["run-0"]


@pytest.mark.parametrize("lost", ["window", "totals"])
def test_a_run_that_could_not_decide_closes_nothing(ledger: Ledger, lost: str) -> None:
    lacks: dict[str, Any] = {lost: None}
    failed = audit(problems=(Problem(reason="unreachable", message="gone"),), **lacks)
    record(ledger, run(0, audit(finding([5]))), run(1, failed))
    assert [each.opened_run for each in ledger.openings("run-1")] == ["run-0"]


def test_a_run_of_other_names_closes_nothing(ledger: Ledger) -> None:
    record(ledger, run(0, audit(finding([5]))), run(1, audit(name="mail")))
    assert open_positions(ledger, "run-1") == [5]


def test_a_check_that_did_not_run_closes_nothing(ledger: Ledger) -> None:
    crashed = NotChecked(audit="billing", check="missing", reason="crashed", message="it failed")
    both = audit(finding([5]), finding([5], "duplicate"))
    record(ledger, run(0, both), run(1, audit(), not_checked=(crashed,)))
    assert [each.check for each in ledger.openings("run-1")] == ["missing"]


@pytest.mark.parametrize("verdict", [Verdict.PENDING, Verdict.BENIGN])
def test_what_is_pending_or_benign_is_not_open(ledger: Ledger, verdict: Verdict) -> None:
    record(ledger, run(0, audit(finding([5], verdict=verdict))))
    assert ledger.openings("last") == []


def test_what_a_run_without_a_second_look_calls_pending_stays_open(ledger: Ledger) -> None:
    record(ledger, run(0, audit(finding([5, 7]))), run(1, audit(pending([5]))))
    assert open_positions(ledger, "run-1") == [5]


def test_what_is_explained_is_closed(ledger: Ledger) -> None:
    record(ledger, run(0, audit(finding([5]))), run(1, audit(finding([5], verdict=Verdict.BENIGN))))
    assert open_positions(ledger, "run-1") == []


def test_a_new_verdict_on_an_open_event_is_noted_and_its_age_stays(ledger: Ledger) -> None:
    record(ledger, run(0, audit(finding([5], verdict=Verdict.UNKNOWN))), run(1, audit(finding([5]))))
    [opening] = ledger.openings("last")
    assert (opening.verdict, opening.opened_run) == (Verdict.CONFIRMED, "run-0")


def test_of_two_verdicts_on_one_event_the_worse_one_counts(ledger: Ledger) -> None:
    doubt, proof = finding([5], verdict=Verdict.UNKNOWN, reason="x"), finding([5])
    record(ledger, run(0, audit(proof, doubt)), run(1, audit(doubt, proof)))
    assert [each.verdict for each in ledger.openings("run-0")] == [Verdict.CONFIRMED]


def test_the_same_event_in_two_checks_and_two_audits_is_open_for_each(ledger: Ledger) -> None:
    both = (finding([5]), finding([5], "duplicate"))
    record(ledger, run(0, audit(*both), audit(*both, name="mail")))
    assert len(ledger.openings("last")) == 4
    record(ledger, run(1, audit(both[0]), audit(both[1], name="mail")))
    left = [(each.audit, each.check) for each in ledger.openings("last")]
    assert left == [("billing", "missing"), ("mail", "duplicate")]


def test_events_at_one_position_of_two_partitions_are_two(ledger: Ledger) -> None:
    eu, us = (finding(events=events([5], partition=name), partition=name) for name in ("eu", "us"))
    record(ledger, run(0, audit(eu, us)), run(1, audit(us)))
    assert [each.partition for each in ledger.openings("last")] == ["us"]


def test_another_event_at_the_position_of_an_open_one_opens_anew_and_closes_it(ledger: Ledger) -> None:
    restored = finding(events=events([5], id="another"))
    record(ledger, run(0, audit(finding([5]))), run(1, audit(restored)), run(2, audit(restored)))
    assert [(each.event.id, each.opened_run) for each in ledger.openings("last")] == [("another", "run-1")]
    [gone] = ledger.openings("run-0")
    assert (gone.event.id, gone.closed_run) == ("e5", "run-1")


def test_another_event_at_a_position_closes_what_a_finding_of_more_events_than_it_names_may_mean(
    ledger: Ledger,
) -> None:
    full = finding(range(1, TRACKED + 1), ranges=((1, 20_000),))
    renamed = events([5], id="another")
    restored = replace(full, events=full.events[:4] + renamed + full.events[5:])
    record(ledger, run(0, audit(finding([5, 15_000]))), run(1, audit(restored)))
    left = {(each.event.position, each.event.id): each.opened_run for each in ledger.openings("last")}
    assert (5, "e5") not in left
    assert (left[5, "another"], left[15_000, "e15000"]) == ("run-1", "run-0")


@pytest.mark.parametrize("known", [("e5", None), (None, "e5")], ids=["forgotten", "learnt"])
def test_an_event_of_which_only_one_run_knows_the_id_is_the_same_event(
    ledger: Ledger, known: tuple[str | None, str | None]
) -> None:
    first, second = (finding(events=events([5], id=each)) for each in known)
    record(ledger, run(0, audit(first)), run(1, audit(second)))
    assert [(each.event.id, each.opened_run) for each in ledger.openings("last")] == [("e5", "run-0")]
    record(ledger, run(2, audit(finding(events=events([5], id="another")))))
    assert [each.opened_run for each in ledger.openings("last")] == ["run-2"]


def test_a_stream_is_the_same_whatever_its_last_event_is(ledger: Ledger) -> None:
    behind = [finding(events=events([at], stream="a"), check="state-behind") for at in (5, 9)]
    record(ledger, *(run(minute, audit(each)) for minute, each in enumerate(behind)))
    assert [each.opened_run for each in ledger.openings("last")] == ["run-0"]


def test_a_finding_that_cannot_name_all_its_events_closes_only_what_its_ranges_leave_out(ledger: Ledger) -> None:
    full = finding(range(1, TRACKED + 1), ranges=((1, 20_000),))
    later = finding(range(5, TRACKED + 5), ranges=((5, 20_000),))
    record(ledger, run(0, audit(full, finding([30_000], "missing", verdict=Verdict.UNKNOWN))), run(1, audit(later)))
    assert open_positions(ledger, "run-1") == list(range(5, TRACKED + 5))


def test_beyond_ranges_that_were_cut_off_nothing_is_closed(ledger: Ledger) -> None:
    far = finding([30_000], verdict=Verdict.UNKNOWN)
    cut = finding(range(1, TRACKED + 1), ranges=((1, TRACKED),), ranges_truncated=True)
    record(ledger, run(0, audit(far)), run(1, audit(cut)))
    assert 30_000 in open_positions(ledger, "run-1")


def test_a_run_that_looked_earlier_and_comes_later_changes_nothing(ledger: Ledger) -> None:
    record(ledger, run(5, audit(finding([5]))))
    [late] = record(ledger, run(1, audit(finding([7]))))
    assert open_positions(ledger, "run-1") == [5]
    assert late.audits[0].findings[0].first_seen == began(1)
    record(ledger, run(6, audit(finding([5]))))
    assert [each.opened_run for each in ledger.openings("last")] == ["run-5"]


def test_a_clock_that_was_ahead_once_makes_no_later_run_late(ledger: Ledger) -> None:
    record(ledger, run(10**6, audit(finding([5]))))
    ledger.recall({}, {})
    [result] = record(ledger, run(1, audit(finding([7]))))
    assert open_positions(ledger, "run-1") == [7]
    assert result.audits[0].findings[0].first_seen == began(1)
    record(ledger, run(2, audit()))
    assert open_positions(ledger, "run-2") == []


class TestFirstSeen:
    def first_seen(self, ledger: Ledger, minute: float, *findings: Finding) -> list[float]:
        [result] = record(ledger, run(minute, audit(*findings)))
        assert all(each.first_seen is not None for each in result.audits[0].findings)
        seen = [each.first_seen or began(0) for each in result.audits[0].findings]
        return [(each - began(0)).total_seconds() / 60 for each in seen]

    def test_it_is_when_the_first_run_without_a_break_began(self, ledger: Ledger) -> None:
        assert self.first_seen(ledger, 1, finding([5])) == [1]
        assert self.first_seen(ledger, 2, finding([7])) == [1]
        assert self.first_seen(ledger, 3) == []
        assert self.first_seen(ledger, 4, finding([7])) == [4]

    def test_runs_that_could_not_decide_are_no_break(self, ledger: Ledger) -> None:
        self.first_seen(ledger, 1, finding([5]))
        record(ledger, run(2, audit(totals=None)), run(3, audit(name="mail")))
        assert self.first_seen(ledger, 4, finding([5])) == [1]

    def test_what_is_always_pending_makes_no_loss_older(self, ledger: Ledger) -> None:
        assert self.first_seen(ledger, 1, pending([5])) == [1]
        assert self.first_seen(ledger, 2, pending([6]), finding([5])) == [1, 2]
        assert self.first_seen(ledger, 3, pending([7]), finding([5])) == [1, 2]

    def test_a_loss_that_was_doubtful_before_is_as_old_as_the_doubt(self, ledger: Ledger) -> None:
        self.first_seen(ledger, 1, finding([5], verdict=Verdict.UNKNOWN))
        assert self.first_seen(ledger, 2, finding([5])) == [1]

    def test_a_run_without_a_second_look_is_no_break(self, ledger: Ledger) -> None:
        ahead = finding(check="cursor-ahead", count=1)
        self.first_seen(ledger, 1, finding([5]), ahead)
        self.first_seen(ledger, 2, pending([5]), replace(ahead, verdict=Verdict.PENDING))
        assert self.first_seen(ledger, 3, finding([5]), ahead) == [1, 1]

    def test_it_is_counted_by_partition(self, ledger: Ledger) -> None:
        self.first_seen(ledger, 1, finding([5], partition="eu"))
        assert self.first_seen(ledger, 2, finding([5], partition="eu"), finding([5], partition="us")) == [1, 2]
