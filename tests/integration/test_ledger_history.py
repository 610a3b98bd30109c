"""Earlier runs: listed, read as they were recorded, and removed when they are old. In SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.ledger import TRACKED, Ledger, LedgerError, batches, succession
from auditor.result import Result
from checks.model.finding import Verdict
from checks.model.result import NotChecked, Outcome, Problem
from reports import render
from tests.ledgers import NOTHING_LEARNT, audit, began, config_of, events, finding, names, opened, record, run
from tests.reports.samples import ALL, VERIFIED

UNDECIDED = Problem(reason="unreachable", message="gone")


def recorded(ledger: Ledger, sample: str) -> Result:
    given = ALL[sample]
    whole = Result(
        run=given.run,
        started=given.started,
        finished=given.finished,
        audits=given.audits,
        not_checked=given.not_checked,
    )
    [result] = record(ledger, whole)
    return result


class TestResult:
    @pytest.mark.parametrize("sample", ALL)
    def test_it_is_as_it_was_recorded(self, ledger: Ledger, sample: str) -> None:
        result = recorded(ledger, sample)
        again = ledger.result("r-1")
        assert render(again, "json") == render(result, "json")
        assert [replace(each, findings=()) for each in again.audits] == [
            replace(each, findings=()) for each in result.audits
        ]
        pairs = [(each.findings, other.findings) for each, other in zip(again.audits, result.audits, strict=True)]
        for mine, others in pairs:
            assert [replace(each, evidence={}) for each in mine] == [replace(each, evidence={}) for each in others]
        assert again.not_checked == result.not_checked

    def test_it_can_be_made_a_table(self, ledger: Ledger) -> None:
        recorded(ledger, "inconsistent")
        assert len(ledger.result("last").to_pandas("findings")) == 4

    def test_long_lists_survive(self, ledger: Ledger) -> None:
        many = finding(range(TRACKED), evidence={"gaps": [["order-1", each] for each in range(1000)]})
        [result] = record(ledger, run(0, audit(many, finding(range(9)), finding([4], "duplicate"))))
        assert ledger.result("last") == result

    def test_every_time_is_kept_to_the_microsecond(self, ledger: Ledger) -> None:
        moment = began(0) + timedelta(microseconds=1)
        record(ledger, replace(run(0), started=moment, finished=moment))
        assert (ledger.result("last").started, ledger.runs()[0].started) == (moment, moment)

    def test_a_run_is_recorded_once(self, ledger: Ledger) -> None:
        record(ledger, run(0, audit(finding([5]))))
        with pytest.raises(LedgerError):
            record(ledger, run(0, audit(finding([7]))))
        assert [each.event.position for each in ledger.openings("last")] == [5]


class TestNames:
    def test_a_run_has_its_id_and_beginnings_of_it(self, ledger: Ledger) -> None:
        record(ledger, run(1), run(12), run(2))
        assert ledger.result("run-1").run == "run-1", "the whole of one id, although another one begins so"
        assert ledger.result("run-12").run == "run-12"
        assert ledger.result("run-2").run == "run-2"

    def test_last_counts_back(self, ledger: Ledger) -> None:
        record(ledger, run(1), run(3), run(2))
        assert [ledger.result(name).run for name in ("last", "last~0", "last~1", "last~2")] == [
            "run-3",
            "run-3",
            "run-2",
            "run-1",
        ]

    @pytest.mark.parametrize("wrong", [10**5, -(10**5)], ids=["ahead", "behind"])
    def test_last_goes_by_the_order_of_recording_where_a_clock_was_wrong(self, ledger: Ledger, wrong: int) -> None:
        record(ledger, run(1), run(3), run(2), run(wrong), run(5), run(6))
        found = [ledger.result("last" if back == 0 else f"last~{back}").run for back in range(6)]
        assert found == ["run-6", "run-5", f"run-{wrong}", *found[3:]]
        assert sorted(found[3:]) == ["run-1", "run-2", "run-3"]
        assert ledger.in_order([f"run-{wrong}", "run-5"]) == [f"run-{wrong}", "run-5"]
        assert ledger.in_order(["last", "run-1"]) == ["run-1", "run-6"]

    def test_two_runs_are_put_in_the_order_in_which_they_began(self, ledger: Ledger) -> None:
        record(ledger, run(1), run(3), run(2))
        assert ledger.in_order(["run-3", "run-2"]) == ledger.in_order(["run-2", "run-3"]) == ["run-2", "run-3"]

    def test_more_runs_than_are_read_at_once_are_counted_back(
        self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(succession, "AT_ONCE", 2)
        record(ledger, *(run(20 * minute) for minute in range(5)), run(79))
        assert [ledger.result(f"last~{back}").run for back in range(6)] == [
            f"run-{minute}" for minute in (80, 79, 60, 40, 20, 0)
        ]

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("run", "holds several runs, run-"),
            ("nope", "holds no run called 'nope'"),
            ("", "holds no run called ''"),
            ("%", "holds no run called '%'"),
            ("RUN-1", "holds no run called 'RUN-1'"),
            ("last~2", "holds 2 runs, so there is no 'last~2'"),
            ("last~x", "holds no run called 'last~x'"),
            ("a\0\udc80\n", "holds no run called"),
        ],
    )
    def test_what_names_none_or_several_is_refused(self, ledger: Ledger, name: str, said: str) -> None:
        record(ledger, run(1), run(2))
        for ask in (ledger.result, ledger.openings):
            with pytest.raises(LedgerError, match=r"^ledger ") as raised:
                ask(name)
            assert said in str(raised.value)

    def test_an_empty_ledger_has_no_last_run(self, ledger: Ledger) -> None:
        with pytest.raises(LedgerError):
            ledger.result("last")


class TestRuns:
    def test_they_are_listed_with_what_matters(self, ledger: Ledger) -> None:
        found = audit(
            finding([5]),
            finding([6], "duplicate", harmless=True),
            finding([7], verdict=Verdict.PENDING),
            finding([8], verdict=Verdict.UNKNOWN),
        )
        lost = audit(name="mail", totals=None, problems=(UNDECIDED,))
        ledger.record(run(0, found, lost), NOTHING_LEARNT, {}, {}, config="/etc/auditor.toml")
        [summary] = ledger.runs()
        assert (summary.run, summary.started, summary.duration) == ("run-0", began(0), timedelta(seconds=2))
        assert (summary.verdict, summary.errors, summary.warnings, summary.infos) == (Outcome.INCONSISTENT, 1, 2, 1)
        assert list(summary.audits.items()) == [("billing", Outcome.INCONSISTENT), ("mail", Outcome.UNKNOWN)]
        assert (summary.config, summary.version) == ("/etc/auditor.toml", "0.1.0")

    def test_each_says_which_of_its_audits_left_out_what_earlier_runs_had_verified(self, ledger: Ledger) -> None:
        less = audit(name="orders", coverage=VERIFIED)
        lost = audit(totals=None, problems=(UNDECIDED,))
        record(ledger, run(0, less, audit()), run(1, audit()), run(2, lost))
        assert [summary.incremental for summary in ledger.runs()] == [None, frozenset(), frozenset({"orders"})]

    def test_the_newest_comes_first(self, ledger: Ledger) -> None:
        record(ledger, run(1), run(3), run(2))
        assert names(ledger) == ["run-3", "run-2", "run-1"]
        assert names(ledger, limit=2) == ["run-3", "run-2"]
        assert names(ledger, limit=0) == []

    def test_they_are_chosen_by_audit_verdict_and_time(self, ledger: Ledger) -> None:
        bad, good = audit(finding([5])), audit(name="mail")
        record(ledger, run(0, bad, good), run(1, bad), run(2, good), run(3, good, audit(totals=None)))
        assert names(ledger, audit="mail") == ["run-3", "run-2", "run-0"]
        assert names(ledger, verdict=Outcome.INCONSISTENT) == ["run-1", "run-0"]
        assert names(ledger, verdict=Outcome.UNKNOWN) == ["run-3"]
        assert names(ledger, audit="mail", verdict=Outcome.CONSISTENT) == ["run-3", "run-2", "run-0"]
        assert names(ledger, audit="mail", verdict=Outcome.INCONSISTENT) == []
        assert names(ledger, since=began(1), until=began(2)) == ["run-2", "run-1"]
        assert names(ledger, audit="nope") == []

    def test_a_run_without_audits_is_listed(self, ledger: Ledger) -> None:
        record(ledger, run(0))
        assert (ledger.runs()[0].verdict, ledger.runs()[0].audits) == (Outcome.UNKNOWN, {})

    def test_more_of_them_than_one_statement_asks_for(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(batches, "BATCH", 3)
        record(ledger, *(run(minute, audit()) for minute in range(10)))
        assert [each.audits for each in ledger.runs()] == [{"billing": Outcome.CONSISTENT}] * 10


class TestPruning:
    def test_what_is_old_goes_and_what_is_newer_stays(self, ledger: Ledger) -> None:
        record(ledger, *(run(minute, audit(finding([minute]))) for minute in range(5)))
        removed = ledger.prune(began(2))
        assert (removed.runs, removed.openings) == (2, 1)
        assert names(ledger) == ["run-4", "run-3", "run-2"]
        assert [each.event.position for each in ledger.openings("run-2")] == [2]
        assert ledger.prune(began(2)).runs == 0

    def test_what_is_open_stays_with_its_age(self, ledger: Ledger) -> None:
        record(ledger, run(0, audit(finding([5]))), run(1, audit(finding([5]))))
        ledger.prune(began(9))
        assert [(each.opened_run, each.opened_at) for each in ledger.openings("last")] == [("run-0", began(0))]
        [result] = record(ledger, run(10, audit(finding([5]))))
        assert result.audits[0].findings[0].first_seen == began(0)

    def test_each_audits_last_run_stays_and_can_be_read(self, ledger: Ledger) -> None:
        many = finding(range(100))
        record(ledger, run(0, audit(many, name="mail"), audit(many)), run(1, audit(many)), run(2, audit(many)))
        before = ledger.result("run-0")
        assert ledger.prune(began(9)).runs == 1
        assert names(ledger) == ["run-2", "run-0"]
        assert ledger.result("run-0") == before
        assert len(ledger.result("run-2").audits[0].findings[0].events) == 100

    def test_what_a_late_run_shares_with_a_kept_one_stays(self, ledger: Ledger) -> None:
        many = audit(finding(range(100)))
        record(ledger, run(5, many), run(1, many), run(6, audit()))
        ledger.prune(began(3))
        assert names(ledger) == ["run-6", "run-5"]
        assert len(ledger.result("run-5").audits[0].findings[0].events) == 100

    def test_nothing_is_left_of_what_is_gone(self, ledger: Ledger) -> None:
        skipped = NotChecked(audit="billing", check="duplicate", reason="no-inbox", message="no inbox")
        for minute in range(4):
            record(ledger, run(minute, audit(finding(events=events(range(minute * 100, minute * 100 + 100))))))
        record(ledger, run(5, audit(), not_checked=(skipped,)))
        ledger.prune(began(5))
        assert names(ledger) == ["run-5"]
        assert ledger.openings("last") == []

    def test_a_file_gets_smaller(self, tmp_path: Path) -> None:
        file = tmp_path / "ledger.db"
        with opened(config_of(file)) as ledger:
            for minute in range(5):
                record(ledger, run(minute, audit(finding(range(minute * 1000, minute * 1000 + 1000)))))
            record(ledger, run(5, audit()))
            before = file.stat().st_size
            ledger.prune(began(5))
        assert file.stat().st_size < before / 2
