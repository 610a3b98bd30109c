"""An event has arrived when its consumer has it, and as long as it may still come there is somebody who looks."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.ledger.ledger import Ledger
from auditor.ledger.opening import open_ledger
from auditor.redelivery.plan_file import PlanError
from auditor.redelivery.verifying import verify
from checks.model.redelivery import Step, Why
from checks.model.verification import Fate, Proof, Verification
from tests.auditor.redelivery.arrivals import MINUTE, Hours, Shop
from tests.peaks import peak_of
from tests.redeliveries import line, redelivery, told


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path).build(12)


def looked(shop: Shop, *happenings: Callable[[], object], wait: timedelta = MINUTE, **more: Any) -> Verification:
    return verify(shop.config, shop.plan, wait=wait, clock=Hours(list(happenings)).clock, **more)


def counts(found: Verification, consumer: str = "billing") -> dict[Fate, int]:
    [counts] = [each.counts for each in found.consumers if each.consumer == consumer]
    return dict(counts)


def test_what_has_arrived_is_healed_at_the_first_look(shop: Shop) -> None:
    shop.write_all(3, 4)
    shop.receive(3, 4)
    hours = Hours()
    found = verify(shop.config, shop.plan, wait=MINUTE, clock=hours.clock)
    assert (found.proof, found.looks, hours.pauses) == (Proof.HEALED, 1, [])
    assert counts(found) == {Fate.HEALED: 2}
    assert found.remnants == ()


def test_what_was_sent_along_for_its_order_has_not_healed_but_was_there(shop: Shop) -> None:
    along = replace(shop.event(4), why=Why.ORDER, also_for=("shipping",))
    shop.write([shop.event(3), along, replace(shop.event(5), why=Why.ORDER)])
    shop.receive(4)
    found = looked(shop, wait=timedelta(0))
    assert (found.proof, counts(found)) == (Proof.NOT_HEALED, {Fate.MISSING: 2, Fate.HAD: 1})
    shop.receive(3, 5)
    shop.receive(4, by="shipping")
    found = looked(shop)
    assert (found.proof, found.remnants) == (Proof.HEALED, ())
    assert counts(found) == {Fate.HEALED: 1, Fate.HAD: 2}
    assert counts(found, "shipping") == {Fate.HEALED: 1}


def test_a_plan_without_events_has_healed(shop: Shop) -> None:
    shop.write_all()
    assert looked(shop).proof is Proof.HEALED


def test_it_ends_as_soon_as_the_last_one_has_arrived(shop: Shop) -> None:
    shop.write_all(3, 4)
    hours = Hours([lambda: shop.receive(4), lambda: None, lambda: shop.receive(3)])
    found = verify(shop.config, shop.plan, wait=MINUTE, clock=hours.clock)
    assert (found.proof, found.looks, hours.pauses) == (Proof.HEALED, 4, [1, 2, 4])


def test_pauses_grow_to_a_quarter_of_a_minute_and_no_wait_is_longer_than_asked_for(shop: Shop) -> None:
    shop.write_all(3, 4)
    shop.receive(4)
    hours = Hours()
    found = verify(shop.config, shop.plan, wait=MINUTE, clock=hours.clock)
    assert hours.pauses == [1, 2, 4, 8, 15, 15, 15]
    assert (found.proof, found.waited) == (Proof.NOT_HEALED, MINUTE)
    assert counts(found) == {Fate.MISSING: 1, Fate.HEALED: 1}
    assert [(each.event.position, each.fate) for each in found.remnants] == [(3, Fate.MISSING)]


def test_what_arrives_in_the_last_pause_counts(shop: Shop) -> None:
    shop.write_all(3)
    assert looked(shop, lambda: shop.receive(3), wait=timedelta(milliseconds=10)).proof is Proof.HEALED


def test_without_a_wait_there_is_one_look(shop: Shop) -> None:
    shop.write_all(3)
    hours = Hours()
    found = verify(shop.config, shop.plan, clock=hours.clock)
    assert (found.proof, found.looks, hours.pauses) == (Proof.NOT_HEALED, 1, [])


def test_received_is_not_processed_but_may_become_so(shop: Shop) -> None:
    shop.write_all(3)
    shop.receive(3, status="begun")
    assert counts(looked(shop)) == {Fate.UNPROCESSED: 1}
    done = looked(shop, lambda: shop.run("UPDATE billing_inbox SET status = 'done'"))
    assert (done.proof, done.looks) == (Proof.HEALED, 2)


def test_what_was_set_aside_is_not_waited_for(shop: Shop) -> None:
    shop.write_all(3)
    shop.park(3)
    found = looked(shop)
    assert (found.proof, found.looks, counts(found)) == (Proof.NOT_HEALED, 1, {Fate.PARKED: 1})


def test_what_has_left_the_log_is_not_waited_for_unless_it_arrived_before(shop: Shop) -> None:
    shop.write_all(3, 4, 5, 6)
    shop.receive(4)
    shop.run("DELETE FROM events WHERE position < 5; UPDATE events SET event_id = 'another' WHERE position = 5")
    shop.receive(6)
    found = looked(shop)
    assert (found.looks, counts(found)) == (1, {Fate.GONE: 2, Fate.HEALED: 2})
    assert [each.event.position for each in found.remnants] == [3, 5]


def test_everybody_who_lacked_it_is_looked_at(shop: Shop) -> None:
    events = [shop.event(3, also_for=("shipping",)), shop.event(4), shop.event(5, "shipping")]
    shop.write(events, "billing", "shipping")
    shop.receive(3, 4)
    found = looked(shop, lambda: shop.receive(3, by="shipping"))
    assert (found.proof, found.total) == (Proof.NOT_HEALED, 4)
    assert counts(found) == {Fate.HEALED: 2}
    assert counts(found, "shipping") == {Fate.HEALED: 1, Fate.MISSING: 1}
    shop.receive(5, by="shipping")
    assert looked(shop).proof is Proof.HEALED


def test_a_hearer_without_a_part_of_its_own_is_looked_at_too(shop: Shop) -> None:
    shop.write([shop.event(3, also_for=("shipping",))])
    shop.receive(3)
    assert counts(looked(shop), "shipping") == {Fate.MISSING: 1}
    shop.rewrite(origins={"log": "of another", "consumer": shop.origins("billing")["consumer"]})
    with pytest.raises(PlanError, match="another database: the tables of 'orders'"):
        looked(shop)


def test_samples_are_limited_for_each_fate_and_counts_are_not(shop: Shop) -> None:
    shop.write_all(*range(1, 9))
    shop.park(5, 6, 7, 8)
    found = verify(shop.config, shop.plan, max_findings=2)
    assert [each.event.position for each in found.remnants] == [1, 2, 5, 6]
    assert counts(found) == {Fate.MISSING: 4, Fate.PARKED: 4}
    assert len(verify(shop.config, shop.plan, max_findings=None).remnants) == 8


def test_a_store_that_is_away_leaves_it_undecided_until_it_is_back(shop: Shop) -> None:
    shop.write_all(3)
    shop.receive(3)
    away = shop.folder / "away.db"
    shop.database.rename(away)
    found = looked(shop)
    assert (found.proof, counts(found)) == (Proof.UNDECIDED, {Fate.NOT_SEEN: 1})
    [billing] = found.consumers
    assert billing.problem is not None
    assert billing.problem[0] == "unreachable"
    back = looked(shop, lambda: away.rename(shop.database))
    assert (back.proof, back.looks, back.consumers[0].problem) == (Proof.HEALED, 2, None)


def test_what_is_missing_outranks_what_could_not_be_looked_at(shop: Shop) -> None:
    shop.write([shop.event(3), shop.event(3, "shipping")], "billing", "shipping")
    shop.run("DROP TABLE shipping_inbox")
    found = looked(shop)
    assert found.proof is Proof.NOT_HEALED
    assert (counts(found), counts(found, "shipping")) == ({Fate.MISSING: 1}, {Fate.NOT_SEEN: 1})


def test_a_plan_of_another_database_is_refused(shop: Shop) -> None:
    shop.write_all(3)
    copy = shop.folder / "copy.db"
    shutil.copy(shop.database, copy)
    copy.replace(shop.database)
    with pytest.raises(PlanError, match="was made from another database"):
        looked(shop)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"log": "others"}, "is about 'others', which 'billing' does not read any more"),
        ({"origins": {"log": "x", "consumer": "x"}}, "another database: the tables of 'orders'"),
    ],
)
def test_a_plan_that_is_not_about_this_is_refused(shop: Shop, changes: dict[str, Any], said: str) -> None:
    shop.write_all(1)
    shop.rewrite(**changes)
    with pytest.raises(PlanError, match=said):
        looked(shop)


@pytest.mark.parametrize("also", [False, True])
def test_a_consumer_that_the_config_does_not_have_is_refused(shop: Shop, also: bool) -> None:
    shop.write([shop.event(1, also_for=("mail",) if also else ())])
    if not also:
        config = (shop.folder / "auditor.toml").read_text()
        (shop.folder / "auditor.toml").write_text(config.replace('"billing"]', '"invoices"]'))
    with pytest.raises(PlanError, match=f"about the consumer '{'mail' if also else 'billing'}'"):
        looked(shop)


def test_a_file_that_was_written_anew_meanwhile_is_refused(shop: Shop) -> None:
    shop.write_all(3, 4)
    with pytest.raises(PlanError, match="was written anew while its events were looked for"):
        looked(shop, lambda: shop.write_all(3))


@pytest.fixture
def ledger(shop: Shop) -> Ledger:
    return open_ledger(shop.config.ledger)


def applied(ledger: Ledger, plan: str, *steps: tuple[int, Step], target: str = "orders-api") -> int:
    """A redelivery of the plan, with its last lines about some positions."""
    number = ledger.begin_redelivery(redelivery(plan=plan, target=target))
    ledger.journal(number, [line(position, step, detail="[422] no") for position, step in steps])
    return number


def test_what_the_target_refused_is_not_waited_for_unless_it_arrived(shop: Shop, ledger: Ledger) -> None:
    plan = shop.write_all(3, 4, 5)
    applied(ledger, plan.hash, (3, Step.REJECTED), (4, Step.REJECTED), (5, Step.ACCEPTED))
    shop.receive(4)
    hours = Hours([lambda: shop.receive(5)])
    found = verify(shop.config, shop.plan, wait=MINUTE, ledger=ledger, clock=hours.clock)
    assert (hours.pauses, counts(found)) == ([1], {Fate.REJECTED: 1, Fate.HEALED: 2})
    [refused] = found.remnants
    assert (refused.event.position, refused.said, refused.detail) == (3, Step.REJECTED, "[422] no")


def test_what_was_sent_again_after_it_was_refused_is_waited_for(shop: Shop, ledger: Ledger) -> None:
    plan = shop.write_all(3)
    applied(ledger, plan.hash, (3, Step.REJECTED))
    applied(ledger, plan.hash, (3, Step.ACCEPTED))
    assert counts(looked(shop, ledger=ledger)) == {Fate.MISSING: 1}


def test_it_says_of_what_is_missing_what_is_known_of_its_sending(shop: Shop, ledger: Ledger) -> None:
    plan = shop.write_all(3, 4, 5, 6, 7)
    number = applied(ledger, plan.hash, (3, Step.ACCEPTED), (4, Step.UNKNOWN), (5, Step.FAILED), (6, Step.SENDING))
    found = verify(shop.config, shop.plan, ledger=ledger)
    [billing] = found.consumers
    assert billing.said == {Step.ACCEPTED: 1, Step.UNKNOWN: 1, Step.FAILED: 1, Step.SENDING: 1, None: 1}
    assert found.redeliveries == (number,)


def test_what_is_seen_is_written_down_with_the_last_redelivery_to_its_target(shop: Shop, ledger: Ledger) -> None:
    events = [shop.event(3), shop.event(4), shop.event(5), shop.event(6, target="outbox"), shop.event(7, target="none")]
    plan = shop.write(events)
    first = applied(ledger, plan.hash, (3, Step.ACCEPTED))
    last, other = applied(ledger, plan.hash), applied(ledger, plan.hash, target="outbox")
    shop.receive(3)
    shop.park(5)
    shop.receive(6, status="begun")
    verify(shop.config, shop.plan, ledger=ledger)
    assert told(ledger.lines_of(first)) == [(3, "billing", "accepted")]
    assert told(ledger.lines_of(last)) == [
        (3, "billing", "healed"),
        (4, "billing", "missing"),
        (5, "billing", "parked"),
    ]
    assert told(ledger.lines_of(other)) == []


def test_that_an_event_is_healed_is_said_once(shop: Shop, ledger: Ledger) -> None:
    plan = shop.write_all(3, 4)
    number = applied(ledger, plan.hash)
    shop.receive(3)
    for _ in range(2):
        verify(shop.config, shop.plan, ledger=ledger)
    assert told(ledger.lines_of(number)) == [(3, "billing", "healed"), *[(4, "billing", "missing")] * 2]


def test_what_was_never_applied_leaves_no_line(shop: Shop, ledger: Ledger) -> None:
    shop.write_all(3)
    found = verify(shop.config, shop.plan, ledger=ledger)
    assert (found.redeliveries, found.not_recorded, found.consumers[0].said) == ((), None, {None: 1})
    assert ledger.redeliveries() == []


@pytest.mark.parametrize("arrived", [False, True])
def test_a_ledger_that_fails_changes_nothing_but_what_is_said_of_it(shop: Shop, ledger: Ledger, arrived: bool) -> None:
    plan = shop.write_all(3)
    applied(ledger, plan.hash, (3, Step.REJECTED))
    if arrived:
        shop.receive(3)
    file = shop.config.ledger.file
    assert file is not None
    for each in file.parent.glob("ledger.db*"):
        each.write_bytes(b"no ledger at all " * 1000)
    found = verify(shop.config, shop.plan, ledger=ledger)
    assert counts(found) == {Fate.HEALED if arrived else Fate.MISSING: 1}
    assert found.not_recorded is not None
    assert found.not_recorded.startswith("ledger '")


def verify_many(folder: str, count: str) -> None:
    """A plan of so many events, of which a third has arrived."""
    shop = Shop(Path(folder))
    shop.build(int(count))
    plan = shop.write(shop.event(each) for each in range(1, int(count) + 1))
    ledger = open_ledger(shop.config.ledger)
    ledger.begin_redelivery(redelivery(plan=plan.hash))
    shop.receive(*range(1, int(count), 3))
    assert verify(shop.config, shop.plan, ledger=ledger).total == int(count)


def peak(folder: Path, count: int) -> int:
    """In KB."""
    folder.mkdir()
    return peak_of(verify_many, folder, count)


def test_ten_times_the_events_take_no_more_memory(tmp_path: Path) -> None:
    assert peak(tmp_path / "many", 20_000) - peak(tmp_path / "few", 2_000) < 10 * 1024
