"""Each event that a consumer never received is attributed to one hop: the first that lost it."""

from collections.abc import Iterable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from checks.hops import MOST_SAMPLES, Route, Stage, had_before, losses, unaudited
from checks.marks import Marks
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.ranges import RangeBuilder
from checks.model.result import Audit, Loss, Totals
from tests.checks.samples import event

ALONE = Route(consumer="billing", stages=(Stage(log="orders"),))
OUTBOX = Route(consumer="billing", stages=(Stage(log="orders", outbox=True),))
WHOLE = Route(
    consumer="billing",
    stages=(
        Stage(log="orders", outbox=True, states=("accounts",)),
        Stage(log="v1", derived=True, outbox=True),
    ),
)


def finding(check: str, positions: Iterable[int] = (), *, named: bool = True, **changes: Any) -> Finding:
    """About events at these positions, of a log that has an event at every one. ``named``: all are samples."""
    places = sorted(positions)
    ranges = RangeBuilder()
    for place in places:
        ranges.add(place, place)
    known: dict[str, Any] = {
        "verdict": Verdict.CONFIRMED,
        "count": len(places),
        "message": check,
        "ranges": ranges.build(),
        "events": tuple(event(place) for place in places if named),
    }
    return Finding(check=check, **{**known, **changes})


def marked(positions: Iterable[int], sent: Iterable[int]) -> dict[str, object]:
    """The evidence of a finding about these positions, of which some are marked sent."""
    marks, yes = Marks(), set(sent)
    for position in sorted(positions):
        marks.add(position, position, marked=position in yes)
    return marks.evidence()


def audits(**findings: Iterable[Finding]) -> dict[str, Audit]:
    """An audit for each name."""
    return {name: Audit(name=name, of="", findings=tuple(some), totals=Totals()) for name, some in findings.items()}


def told(found: Iterable[Loss]) -> list[tuple[str, str, str, int, tuple[tuple[int, int], ...], str]]:
    return [(each.source, each.target, str(each.how), each.count, each.ranges, each.audit) for each in found]


def test_what_stands_in_the_log_and_was_not_received_was_lost_between_the_two() -> None:
    found = losses(ALONE, audits(billing=[finding("missing", [5, 6, 9]), finding("backfill-incomplete", [1])]))
    assert told(found) == [
        ("orders", "billing", "not-received", 3, ((5, 6), (9, 9)), "billing"),
        ("orders", "billing", "not-received", 1, ((1, 1),), "billing"),
    ]


def test_what_is_late_pending_or_unknown_is_not_lost() -> None:
    pending = finding("missing", [5], verdict=Verdict.PENDING)
    unknown = finding("missing", [6], verdict=Verdict.UNKNOWN, reason="standby")
    assert losses(ALONE, audits(billing=[pending, unknown, finding("lagging", [9]), finding("parked", [2])])) == ()


def test_marks_tell_what_was_lost_after_it_was_sent_from_what_never_left() -> None:
    missing = finding("missing", [5, 6, 7, 8], evidence=marked([5, 6, 7], sent=[5, 7]))
    assert told(losses(OUTBOX, audits(billing=[missing]))) == [
        ("orders", "billing", "not-sent", 1, ((6, 6),), "billing"),
        ("orders", "billing", "sent-not-received", 2, ((5, 5), (7, 7)), "billing"),
        ("orders", "billing", "not-received", 1, ((8, 8),), "billing"),
    ]


def test_what_the_outbox_is_known_not_to_have_sent_is_told_once_and_by_its_own_audit() -> None:
    missing = finding("missing", [5, 6, 7], evidence=marked([5, 6, 7], sent=[5]))
    unsent = [finding("unsent", [6, 7], reason="overtaken"), finding("unsent", [20, 21], reason="waiting")]
    late = finding("lagging", [20, 21], verdict=Verdict.PENDING)
    assert told(losses(OUTBOX, audits(orders=unsent, billing=[missing, late]))) == [
        ("orders", "billing", "not-sent", 2, ((6, 7),), "orders"),
        ("orders", "billing", "not-sent", 2, ((20, 21),), "orders"),
        ("orders", "billing", "sent-not-received", 1, ((5, 5),), "billing"),
    ]


def test_what_arrived_without_a_mark_is_not_lost() -> None:
    unsent = finding("unsent", [6, 7, 8])
    assert losses(OUTBOX, audits(orders=[unsent], billing=[])) == ()
    assert told(losses(OUTBOX, audits(orders=[unsent], billing=[finding("stalled", [8])]))) == [
        ("orders", "billing", "not-sent", 1, ((8, 8),), "orders")
    ]


def test_of_many_that_are_not_named_no_more_are_called_lost_than_there_can_be() -> None:
    unsent = finding("unsent", range(1, 1001), named=False)
    late = finding("lagging", range(1, 401), named=False, count=300)
    [lost] = losses(OUTBOX, audits(orders=[unsent], billing=[late]))
    assert (lost.count, lost.ranges, lost.events) == (300, ((1, 400),), ())


def test_the_whole_way_in_its_order_and_every_event_once() -> None:
    found = losses(
        WHOLE,
        audits(
            accounts=[finding("silent-change", count=2), finding("state-behind", count=5)],
            orders=[finding("unsent", [10, 11]), finding("version-gap", count=3)],
            v1=[finding("underived", [4, 10, 11], evidence={}), finding("unsent", [3])],
            billing=[finding("missing", [3, 8], evidence=marked([3, 8], sent=[8]))],
        ),
    )
    assert told(found) == [
        ("accounts", "orders", "not-written", 2, (), "accounts"),
        ("orders", "orders", "not-in-log", 3, (), "orders"),
        ("orders", "v1", "not-sent", 2, ((10, 11),), "orders"),
        ("orders", "v1", "not-derived", 1, ((4, 4),), "v1"),
        ("v1", "billing", "not-sent", 1, ((3, 3),), "v1"),
        ("v1", "billing", "sent-not-received", 1, ((8, 8),), "billing"),
    ]


def test_a_gap_in_a_derived_log_is_not_told_beside_what_it_lacks_of_its_upstream() -> None:
    gaps = audits(orders=[], v1=[finding("version-gap", count=1), finding("underived", [4], evidence={})], billing=[])
    assert [loss.check for loss in losses(WHOLE, gaps)] == ["underived"]


def test_a_row_whose_very_first_event_was_never_written_is_a_loss_between_state_and_log() -> None:
    """Whoever dies between the first change of a stream and its event leaves a row that no event ever mentioned."""
    made = audits(accounts=[finding("silent-change", count=2), finding("state-unexpected", count=1)], billing=[])
    found = losses(WHOLE, made)
    assert told(found) == [("accounts", "orders", "not-written", count, (), "accounts") for count in (2, 1)]
    assert [loss.check for loss in found] == ["silent-change", "state-unexpected"]
    perhaps_purged = finding("state-unexpected", count=1, verdict=Verdict.BENIGN, reason="may-be-purged")
    assert losses(WHOLE, audits(accounts=[perhaps_purged], billing=[])) == ()


def test_what_a_log_lost_after_the_consumer_had_it_is_no_loss_of_the_consumer() -> None:
    underived = finding("underived", [4, 5, 6], evidence={})
    had = event(5)
    receipts = finding("unexpected", [], count=1, events=(Event(id=had.id),))
    made = audits(accounts=[], orders=[], v1=[underived], billing=[receipts])
    assert told(losses(WHOLE, made)) == [("orders", "v1", "not-derived", 2, ((4, 4), (6, 6)), "v1")]
    [said] = had_before(WHOLE, made)
    assert said.startswith("1 event of orders not in v1 is not called lost for billing, which has receipts of it: ")
    assert said.endswith("gone from v1 after billing had it")
    made["v1"] = audits(v1=[finding("underived", [5], evidence={})])["v1"]
    assert losses(WHOLE, made) == ()


def test_another_receipt_that_the_log_does_not_have_excuses_nothing_that_has_an_id() -> None:
    stranger = finding("unexpected", [], count=1, events=(Event(id="another"),))
    made = audits(accounts=[], orders=[], v1=[finding("underived", [4], evidence={})], billing=[stranger])
    assert [loss.count for loss in losses(WHOLE, made)] == [1]
    assert had_before(WHOLE, made) == ()


def test_a_receipt_of_a_bare_position_may_be_of_what_the_log_lost() -> None:
    bare = finding("unexpected", [90], events=(Event(position=90),))
    made = audits(accounts=[], orders=[], v1=[finding("underived", [4, 5], evidence={})], billing=[bare])
    assert [loss.count for loss in losses(WHOLE, made)] == [1]
    assert had_before(WHOLE, made)[0].endswith("receipts of what its log does not have, and they may be of these")


def test_a_version_gone_from_the_log_that_the_consumer_received_is_no_loss_of_it() -> None:
    gap = finding("version-gap", count=2, events=(Event(stream="s", version=2), Event(stream="s", version=3)))
    receipt = finding("unexpected", [], count=1, events=(Event(stream="s", version=3),))
    [lost] = losses(ALONE, audits(orders=[gap], billing=[receipt]))
    assert (lost.count, lost.events) == (1, (Event(stream="s", version=2),))


def test_positions_of_one_partition_say_nothing_of_another() -> None:
    unsent = finding("unsent", [5], partition="a")
    found = losses(OUTBOX, audits(orders=[unsent], billing=[finding("missing", [5], partition="b")]))
    assert told(found) == [("orders", "billing", "not-received", 1, ((5, 5),), "billing")]
    assert found[0].partition == "b"


def test_a_loss_names_few_events_however_many_there_are() -> None:
    [lost] = losses(ALONE, audits(billing=[finding("missing", range(1, 1001))]))
    assert (lost.count, len(lost.events)) == (1000, MOST_SAMPLES)


def test_whose_audit_was_not_made_or_failed_is_named() -> None:
    made = audits(orders=[], billing=[])
    failed = {"accounts": Audit(name="accounts", of="state")}
    assert unaudited(WHOLE, made | failed) == ("accounts", "v1")
    assert unaudited(ALONE, audits(billing=[])) == ()
    assert unaudited(OUTBOX, audits(billing=[])) == ("orders",)


@settings(max_examples=50)
@given(st.data(), st.booleans(), st.booleans())
def test_whatever_is_absent_is_lost_at_one_hop_and_at_none_twice(
    data: st.DataObject, unsent_named: bool, missing_named: bool
) -> None:
    missing = data.draw(st.sets(st.integers(1, 30), min_size=1))
    unsent = data.draw(st.sets(st.integers(1, 30)))
    asked = data.draw(st.sampled_from([set(), missing, {each for each in missing if each < 15}]))
    found = losses(
        OUTBOX,
        audits(
            orders=[finding("unsent", unsent, named=unsent_named)] if unsent else [],
            billing=[finding("missing", missing, named=missing_named, evidence=marked(asked, asked - unsent))],
        ),
    )
    never_sent = len(missing & unsent)
    counts = {str(each.how): each.count for each in found}
    assert sum(counts.values()) == len(missing)
    if missing_named or unsent_named:
        assert counts.get("not-sent", 0) == never_sent
        assert counts.get("sent-not-received", 0) == len(asked - unsent)
    places = [place for each in found for first, last in each.ranges for place in range(first, last + 1)]
    if missing_named:
        assert sorted(places) == sorted(missing)
