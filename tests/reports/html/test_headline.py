"""What is in the banner, and what stands first among errors: what somebody is called for."""

from dataclasses import replace
from datetime import timedelta

from checks.model.finding import Finding
from checks.model.result import LostAt, Result
from reports import Appearance, render
from reports.html.lost import MOST_WRONG, headline, lost, wrong
from tests.reports import samples
from tests.reports.html.parsed import parsed


def said(result: Result) -> list[str]:
    return headline(result, lost(result), wrong(result))


def waiting(check: str, count: int, name: str = "mailer") -> Result:
    event = replace(samples.event(9), time=samples.STARTED - timedelta(minutes=24))
    return samples.result(samples.consumer(samples.finding(check, count=count, events=(event,)), name=name))


def test_who_stands_still_or_is_late_is_named_in_the_banner() -> None:
    since = "written 2026-03-01 11:36:00 UTC, 24m before this run."
    assert said(waiting("stalled", 3)) == [f"mailer stands still: 3 events wait, the oldest {since}"]
    assert said(waiting("lagging", 1)) == [f"mailer is late: 1 event waits, {since}"]
    page = parsed(render(waiting("stalled", 3), "html", Appearance()))
    assert "mailer stands still: 3 events wait" in page.one("section", **{"class": "verdict"}).text


def test_they_come_after_what_is_lost_and_of_very_many_some_are_counted() -> None:
    audits = [each for n in range(6) for each in waiting("stalled", 2, f"c{n}").audits]
    lacking = samples.consumer(samples.finding(), losses=(samples.loss(),))
    sentences = said(samples.result(*audits, lacking))
    assert sentences[0].startswith("billing lacks 4 events")
    assert sentences[1].startswith("c0 stands still")
    assert sentences[-1] == "2 more such findings stand below."


def test_an_inconsistent_run_always_names_a_cause() -> None:
    assert said(samples.result(samples.log(samples.finding("version-conflict")))) == ["orders: about version-conflict"]
    unwritten = samples.loss(LostAt.NOT_WRITTEN, 2, source="accounts", target="orders", check="silent-change")
    assert said(samples.result(samples.consumer(samples.finding(), losses=(unwritten,)))) == [
        "billing lacks the changes of 2 streams: changed in accounts, without an event in orders."
    ]
    assert said(samples.CONSISTENT) == []


def test_who_stands_still_and_a_restored_log_come_first_among_errors() -> None:
    others = [samples.log(samples.finding("version-conflict"), name=f"log-{n}") for n in range(MOST_WRONG)]
    result = samples.result(
        *others,
        samples.log(samples.finding("head-regressed")),
        *waiting("lagging", 1).audits,
        *waiting("stalled", 1).audits,
    )
    assert [each.title for each in wrong(result)][:4] == [
        "consumer/stalled",
        "consumer/lagging",
        "log/head-regressed",
        "log/version-conflict",
    ]


def test_where_nobody_remembers_nothing_is_said_of_since_when_there_have_been_such_findings() -> None:
    def since(finding: Finding) -> list[str]:
        [told] = lost(samples.result(samples.consumer(finding, losses=(samples.loss(),))))
        return [fact for name, fact in told.facts if name == "such findings since"]

    assert since(samples.finding()) == []
    assert since(samples.finding(first_seen=samples.STARTED)) == ["this run"]


def test_what_is_late_because_nobody_sent_it_is_counted_once_as_lacking() -> None:
    unsent = samples.loss(LostAt.NOT_SENT, 2, audit="orders", check="unsent", ranges=((8, 9),))
    late = samples.consumer(samples.finding("lagging", count=2, ranges=((8, 9),)), losses=(unsent,))
    assert said(samples.result(late)) == ["billing lacks 2 events."]
    more = replace(late, findings=(samples.finding("lagging", count=3, ranges=((8, 10),)),))
    assert said(samples.result(more)) == ["billing lacks 2 events.", "billing is late: 3 events wait."]
