"""Whether a plan's events have arrived: the verdict first, then what has not and what to do about it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from checks.model.event import Event
from checks.model.redelivery import Step
from checks.model.verification import Fate, Proof, Remnant, Verification, VerifiedConsumer
from reports.appearance import PLAIN, Appearance
from reports.redelivery.verification import document, render, verdict
from tests import plans

PLAN = plans.plan(hash="0123456789abcdef" * 4)
HEALED = Verification(
    plan=PLAN,
    began=plans.NOON,
    ended=plans.NOON + timedelta(seconds=4),
    waited=timedelta(seconds=4),
    looks=3,
    consumers=(VerifiedConsumer(consumer="billing", counts={Fate.HEALED: 3}),),
    redeliveries=(7,),
)


def remnant(position: int, fate: Fate, said: Step | None = None, detail: str = "") -> Remnant:
    event = Event(position=position, id=f"e{position}", stream="order-1", version=2, type="OrderPlaced")
    return Remnant(consumer="billing", event=event, fate=fate, said=said, detail=detail)


MIXED = replace(
    HEALED,
    consumers=(
        VerifiedConsumer(
            consumer="billing",
            counts={Fate.HEALED: 3, Fate.MISSING: 8, Fate.PARKED: 1, Fate.REJECTED: 1, Fate.GONE: 1},
            said={None: 1, Step.ACCEPTED: 7},
        ),
        VerifiedConsumer(
            consumer="shipping", counts={Fate.NOT_SEEN: 2, Fate.UNPROCESSED: 1}, problem=("timeout", "too slow")
        ),
    ),
    remnants=(
        *(remnant(n, Fate.MISSING, Step.ACCEPTED) for n in range(1, 8)),
        remnant(8, Fate.MISSING),
        remnant(9, Fate.PARKED),
        remnant(10, Fate.REJECTED, Step.REJECTED, "[422]\x1b no"),
    ),
)


def test_what_has_arrived_takes_three_lines() -> None:
    assert render(HEALED, "plan.json", "terminal") == (
        "healed: 3 of 3 events arrived\n  plan 0123456789ab, 3 looks within 4s\n  billing: 3 healed\n"
    )


def test_what_has_not_is_told_with_samples_and_what_to_do() -> None:
    assert render(MIXED, "my plan.json", "terminal", Appearance(config="a.toml")) == (
        "not healed: 12 of 17 events did not arrive, 2 could not be looked at\n"
        "  plan 0123456789ab, 3 looks within 4s\n"
        "  billing: 3 healed, 8 missing, 1 parked, 1 rejected, 1 gone\n"
        "  shipping: 1 unprocessed, 2 not-seen\n"
        "\n"
        "still missing: 8 events\n"
        "  1 not sent by this plan, as far as the ledger knows: apply it, and where it skips them, plan again (another"
        " plan may have sent them since: auditor redeliver log)\n"
        "  7 accepted by the target and not there: they are under way still (--wait), or were dropped behind it, as by"
        " a broker that takes them for duplicates; this plan sends them no more, another one would\n"
        "  - billing: position 1, order-1@2, OrderPlaced, id e1\n"
        "  - billing: position 2, order-1@2, OrderPlaced, id e2\n"
        "  - billing: position 3, order-1@2, OrderPlaced, id e3\n"
        "  - billing: position 4, order-1@2, OrderPlaced, id e4\n"
        "  - billing: position 5, order-1@2, OrderPlaced, id e5\n"
        "  - and 3 more in --format json\n"
        "\n"
        "received, not processed: 1 event\n"
        "  the consumer has them, and is not done with them: look at the consumer, or wait longer (--wait)\n"
        "\n"
        "set aside by the consumer as failed: 1 event\n"
        "  its own record of failures says why; to send them again changes nothing before that is mended\n"
        "  - billing: position 9, order-1@2, OrderPlaced, id e9\n"
        "\n"
        "rejected by the target: 1 event\n"
        "  to send the same again changes nothing before the reason is mended\n"
        "  - billing: position 10, order-1@2, OrderPlaced, id e10: [422]\\x1b no\n"
        "\n"
        "gone from the log: 1 event\n"
        "  the log has no such rows any more, or others in their place: they cannot be sent again from there\n"
        "\n"
        "could not be looked at: 2 events\n"
        "  shipping: [timeout] too slow\n"
        "\n"
        "to do next\n"
        "  auditor redeliver apply --config a.toml 'my plan.json'\n"
        "  auditor redeliver verify --config a.toml 'my plan.json' --wait 5m\n"
        "  auditor redeliver plan --config a.toml billing\n"
        "  auditor explain parked\n"
        "  auditor doctor --config a.toml shipping\n"
    )


def test_a_plan_that_has_expired_is_not_to_be_applied_again() -> None:
    lost = (VerifiedConsumer(consumer="billing", counts={Fate.MISSING: 3}, said={None: 3}),)
    fresh = replace(HEALED, consumers=lost)
    assert "auditor redeliver apply plan.json\n" in render(fresh, "plan.json", "terminal")
    text = render(replace(fresh, ended=PLAN.expires), "plan.json", "terminal")
    assert "  the plan has expired: plan again\n" in text
    assert text.endswith("to do next\n  auditor redeliver plan billing\n")


@pytest.mark.parametrize(
    ("counts", "proof", "said"),
    [
        ({}, Proof.HEALED, "healed: 0 of 0 events arrived"),
        ({Fate.HEALED: 1}, Proof.HEALED, "healed: 1 of 1 event arrived"),
        (
            {Fate.HEALED: 1, Fate.NOT_SEEN: 1},
            Proof.UNDECIDED,
            "undecided: 1 of 2 events could not be looked at, 1 arrived",
        ),
        (
            {Fate.HEALED: 1, Fate.HAD: 2},
            Proof.HEALED,
            "healed: 1 of 1 event arrived; 2 more were there already, and sent along for their order",
        ),
        (
            {Fate.MISSING: 1, Fate.HAD: 2},
            Proof.NOT_HEALED,
            "not healed: 1 of 1 event did not arrive; 2 more were there already, and sent along for their order",
        ),
        *(
            ({Fate.HEALED: 1, fate: 1}, Proof.NOT_HEALED, "not healed: 1 of 2 events did not arrive")
            for fate in (Fate.MISSING, Fate.UNPROCESSED, Fate.PARKED, Fate.REJECTED, Fate.GONE)
        ),
    ],
)
def test_only_a_receipt_heals(counts: dict[Fate, int], proof: Proof, said: str) -> None:
    found = replace(HEALED, consumers=(VerifiedConsumer(consumer="billing", counts=counts),))
    assert (found.proof, verdict(found)) == (proof, said)


@pytest.mark.parametrize("step", [None, Step.ACCEPTED, Step.FAILED, Step.SENDING, Step.UNKNOWN, Step.HEALED])
def test_every_way_to_be_missing_has_its_hint(step: Step | None) -> None:
    billing = VerifiedConsumer(consumer="billing", counts={Fate.MISSING: 2}, said={step: 2})
    lines = render(replace(HEALED, consumers=(billing,)), "plan.json", "terminal").splitlines()
    assert lines[lines.index("still missing: 2 events") + 1].startswith("  2 ")


def test_as_json_every_key_is_there() -> None:
    said = json.loads(render(MIXED, "plan.json", "json", PLAIN))
    assert said == document(MIXED, "plan.json")
    assert (said["schema"], said["verdict"], said["events"]) == (
        "auditor.redelivery-verification/1",
        "not healed",
        17,
    )
    assert said["counts"] == {
        "healed": 3,
        "already-had": 0,
        "missing": 8,
        "unprocessed": 1,
        "parked": 1,
        "rejected": 1,
        "gone": 1,
        "not-seen": 2,
    }
    billing, shipping = said["consumers"]
    assert billing["missing_by_sending"] == {"not-sent": 1, "accepted": 7}
    assert shipping["problem"] == {"reason": "timeout", "message": "too slow"}
    assert said["remnants"][9]["sending"] == "rejected"
    assert said["remnants"][9]["event"]["position"] == 10
    assert (said["waited"], said["looks"], said["redeliveries"], said["not_recorded"]) == (4.0, 3, [7], None)


@pytest.mark.parametrize("width", [40, 80])
def test_on_a_terminal_no_line_is_wider(width: int) -> None:
    text = render(MIXED, "plan.json", "terminal", Appearance(width=width))
    for code in ("0", "1", "2", "33", "36", "1;31"):
        text = text.replace(f"\x1b[{code}m", "")
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= width
