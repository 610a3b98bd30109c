"""A target that several consumers hear: an event is sent once for all that lack it, as long as one of them does."""

import re
from pathlib import Path

import pytest

from auditor.ledger import open_ledger
from auditor.redelivery.applying.keys import idempotency_key
from checks.identities import key_of
from checks.model.redelivery import Part, Step
from tests.auditor.redelivery.applying.world import Case


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Billing lacks 2 to 5, of which shipping lacks 3 and 4, too."""
    case = Case(tmp_path, count=8, missing=[2, 3, 4, 5], target={"batch": 10})
    case.execute("CREATE TABLE shipped (seq bigint, event_id text)")
    lacked = [planned.event.id for planned in case.planned() if planned.event.position in (3, 4)]
    case.execute("INSERT INTO shipped SELECT position, event_id FROM events WHERE event_id NOT IN (?, ?)", *lacked)
    said = case.config_file.read_text()
    billing = re.search(r'(?s)\[consumers."billing"\].*?(?=\n\[)', said)
    assert billing is not None
    shipping = billing[0].replace("billing", "shipping").replace('"inbox"', '"shipped"', 1)
    assert '"shipped"' in shipping
    heard = '[redelivery."api"]\nheard_by = ["billing", "shipping"]'
    case.config_file.write_text(said.replace('[redelivery."api"]', f"{shipping}\n{heard}"))
    case.also_for = {3: ("shipping",), 4: ("shipping",)}
    both = ("billing", "shipping")
    [of_billing] = case.write_plan({"heard_by": both}).parts
    of_shipping = Part(
        consumer="shipping",
        log="orders",
        target="api",
        kind="command",
        fingerprint=of_billing.fingerprint,
        heard_by=both,
        identity=("id",),
        origins=of_billing.origins,
    )
    case.plan = case.write_plan(parts=(of_billing, of_shipping))
    return case


def last_steps(case: Case, consumer: str) -> dict[int | None, Step]:
    """What the journal says last of each event for a consumer."""
    ledger = open_ledger(case.config.ledger)
    keys = [key_of(planned.event) for planned in case.planned()]
    given = ledger.given_of(case.plan.hash, consumer, keys)
    ledger.close()
    return {line.event.position: line.step for line in given.values()}


def test_an_event_is_sent_once_and_written_down_for_each_that_lacks_it(case: Case) -> None:
    recorder = case.recorder(shared=True)
    said = case.apply(recorder)
    assert recorder.sent == [2, 3, 4, 5]
    assert [(part.consumer, part.planned, part.accepted) for part in said.parts] == [
        ("billing", 4, 4),
        ("shipping", 0, 0),
    ]
    assert set(last_steps(case, "billing")) == {2, 3, 4, 5}
    assert set(last_steps(case, "shipping")) == {3, 4}


def test_what_everybody_hears_has_one_key_for_all(case: Case) -> None:
    recorder = case.recorder(shared=True)
    case.apply(recorder)
    [parcel, *_] = recorder.batches[0].parcels
    assert parcel.key == idempotency_key(case.plan.hash, key_of(parcel.event.event), "api")


def test_it_is_noted_that_all_who_hear_it_may_have_it_twice(case: Case) -> None:
    case.apply(case.recorder(shared=True))
    ledger = open_ledger(case.config.ledger)
    spans = ledger.redelivered("consumer", ["billing", "shipping"])
    ledger.close()
    assert {name: [(span.first, span.last) for span in found] for name, found in spans.items()} == {
        "billing": [(2, 5)],
        "shipping": [(2, 5)],
    }


def test_it_is_sent_as_long_as_anybody_lacks_it(case: Case) -> None:
    case.execute("INSERT INTO inbox SELECT 90 + position, event_id FROM events WHERE position IN (2, 3)")
    case.execute("INSERT INTO shipped SELECT 90 + position, event_id FROM events WHERE position = 4")
    recorder = case.recorder(shared=True)
    said = case.apply(recorder)
    assert recorder.sent == [3, 4, 5]
    assert said.skipped() == {"received": 1}
    assert last_steps(case, "shipping") == {3: Step.ACCEPTED}
    assert last_steps(case, "billing") == {4: Step.ACCEPTED, 5: Step.ACCEPTED}


def test_who_had_it_when_it_was_sent_for_another_can_still_be_sent_it(case: Case) -> None:
    case.execute("INSERT INTO inbox SELECT 90 + position, event_id FROM events WHERE position = 3")
    case.apply(case.recorder(shared=True))
    case.execute("DELETE FROM inbox WHERE event_id = (SELECT event_id FROM events WHERE position = 3)")
    again = case.recorder(shared=True)
    assert case.apply(again).total("accepted") == 1
    assert again.sent == [3]
