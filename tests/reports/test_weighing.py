"""The first lines count and date what nobody knows of yet; what is known stands beside it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from checks.baseline import apply
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.known import BaselineEntry
from checks.model.result import Audit, Loss, LostAt, Result
from checks.units import identities
from reports import Appearance, render
from reports.headline import sentences
from reports.html.lost import lost, wrong
from reports.way import by_finding, hops
from reports.weighing import weighing
from tests.reports import samples

HOUR = timedelta(hours=1)


def written(position: int, hours: int) -> Event:
    return replace(samples.event(position), time=samples.STARTED - hours * HOUR)


OLD = tuple(written(position, 200) for position in range(1, 7))
NEW = tuple(written(position, 5) for position in range(11, 14))


def lacking(events: Sequence[Event], **changes: Any) -> Finding:
    ranges = tuple((event.position or 0, event.position or 0) for event in events)
    known: dict[str, Any] = {"count": len(events), "events": tuple(events), "ranges": ranges}
    return replace(samples.finding(), **(known | changes))


def of(finding: Finding, **changes: Any) -> Loss:
    """The loss that is all of a finding."""
    return replace(samples.loss(count=finding.count, ranges=finding.ranges, events=finding.events[:100]), **changes)


def hiding(known: Finding, found: Sequence[Finding], *losses: Loss) -> Result:
    """A run of one consumer whose baseline covers the events of ``known``."""
    entry = BaselineEntry(
        fingerprint=known.fingerprint("billing"),
        audit="billing",
        check=known.check,
        partition=known.partition,
        verdict=Verdict.CONFIRMED,
        units=identities(known).units,
        why="the import",
        owner="kim",
        added=samples.STARTED,
        run="r-0",
    )
    return samples.result(*apply([samples.consumer(*found, losses=losses)], [entry], samples.STARTED))


def partly(*losses: Loss, found: Finding | None = None) -> Result:
    """Six of nine missing events are known."""
    every = found or lacking([*OLD, *NEW])
    return hiding(lacking(OLD), [every], *(losses or [of(every)]))


def cards(result: Result) -> list[tuple[str, dict[str, str]]]:
    return [(each.what, dict(each.facts)) for each in lost(result)]


def test_what_is_new_is_counted_and_dated_and_what_is_known_stands_beside_it() -> None:
    result = partly()
    since = "was written 2026-03-01 07:00:00 UTC, 5h before this run."
    said = f"billing lacks 3 new events beside 6 known; the oldest that is not known {since}"
    assert sentences(result) == [said]
    for name in ("terminal", "html"):
        assert said in " ".join(render(result, name, Appearance()).split())
    assert "2026-02-2" not in "".join(sentences(result))
    [(what, facts)] = cards(result)
    assert (what, facts["where"]) == ("3 new events beside 6 known", "positions 11; 12; 13")
    assert facts["oldest new written"] == "2026-03-01 07:00:00 UTC (5h before)"


def test_others_say_it_shorter_and_the_heaviest_by_what_is_new_comes_first() -> None:
    [audit] = partly().audits
    mail = samples.consumer(lacking(OLD[:4]), name="mail", losses=(of(lacking(OLD[:4]), audit="mail", target="mail"),))
    [said] = sentences(samples.result(audit, mail))
    assert said.startswith(
        "mail lacks 4 events, billing 3 new beside 6 known; the oldest that is not known was written"
    )


def test_of_a_known_event_no_age_is_told() -> None:
    undated = tuple(replace(event, time=None) for event in NEW)
    result = partly(found=lacking([*OLD, *undated]))
    assert sentences(result) == ["billing lacks 3 new events beside 6 known."]
    assert "oldest new written" not in cards(result)[0][1]


def test_each_hop_weighs_what_is_new_of_it() -> None:
    events = [*OLD, *NEW]
    sent = of(lacking(events[:4]), how=LostAt.SENT_NOT_RECEIVED)
    rest = of(lacking(events[4:]))
    result = partly(sent, rest)
    assert [what for what, _ in cards(result)] == ["3 new events beside 2 known"]
    assert sentences(result)[0].startswith("billing lacks 3 new events beside 2 known;")
    unnamed = partly(replace(sent, events=()), replace(rest, events=()))
    assert sentences(unnamed) == sentences(result)
    [audit] = result.audits
    [hop] = hops(audit, audit.findings[0], by_finding(result.audits))
    assert hop.plain == "lost between orders and billing"


def test_where_it_cannot_be_told_how_many_are_known_all_are_counted_and_none_is_dated() -> None:
    every = lacking([*OLD, *NEW], count=20_000, ranges=((1, 90_000),), ranges_truncated=True)
    result = partly(of(every, count=15_000, ranges=((1, 50_000),)), found=every)
    assert sentences(result) == ["billing lacks 15,000 events (some of them known)."]
    assert cards(result)[0][0] == "15,000 events (some of them known)"


def test_what_is_known_as_a_whole_weighs_nothing_though_more_is_still_on_its_way() -> None:
    late = replace(lacking(NEW), verdict=Verdict.PENDING)
    result = hiding(lacking(OLD), [lacking(OLD), late], of(lacking(OLD)))
    assert [losses for _, losses in weighing(result.audits)] == [[]]
    assert sentences(result) == []


def test_what_waits_is_told_where_only_the_loss_that_explains_it_is_known() -> None:
    unsent = samples.finding("unsent", count=2, ranges=((8, 9),), events=(samples.event(8), samples.event(9)))
    waiting = samples.finding("lagging", count=2, ranges=((8, 9),))
    result = hiding(unsent, [unsent, waiting], of(unsent, how=LostAt.NOT_SENT, check="unsent"))
    assert sentences(result) == ["billing is late: 2 events wait."]
    assert [each.title for each in wrong(result)] == ["consumer/lagging"]


def test_without_a_baseline_a_loss_is_what_it_was() -> None:
    audit: Audit = samples.consumer(lacking(OLD), losses=(of(lacking(OLD)),))
    assert weighing([audit]) == [(audit, [of(lacking(OLD))])]
