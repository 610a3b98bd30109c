"""The report of a cutover: for people, who have to act on it, and for programs."""

import json
from dataclasses import replace

import pytest

from checks.model.cutover import Choice, Cutover, Decision, Doubt, Facts, Listed
from checks.model.event import Event
from reports.appearance import Appearance
from reports.cutover import document, render

FIRST = Facts(20, None, expected=True, old_rows=1, wanted=1, unproven=1, doubt=Doubt.PARKED, new_first=42, age=None)
TWICE = Listed(count=3, ranges=((43, 44), (47, 47)), events=(Event(position=43, id="b43", type="Placed"),))
FOUND = Cutover(
    consumer="billing",
    old="v1",
    new="v2",
    upstream="orders",
    decision=Decision.FOUND,
    choice=Choice(start=41, first=FIRST, twice=TWICE, processed=44, doubts={Doubt.PARKED: 2}, spared=1, beyond=9),
    settled=50,
    head=51,
    how="proven",
    cursor="0044",
    cursor_after="0041",
    statement="UPDATE cursors SET position='0041' WHERE cursors.position = '0044'",
    config=('log = "v2"', "start = 42"),
)
LACKING = replace(
    FOUND,
    decision=Decision.LACKING,
    choice=Choice(start=None, lost=Listed(count=2, ranges=((5, 6),), events=(Event(position=5, id="e5"),))),
    cursor=None,
    cursor_after=None,
    statement=None,
    config=(),
)
UNDECIDED = Cutover(
    consumer="billing",
    old="v1",
    new="v2",
    upstream="orders",
    decision=Decision.UNDECIDED,
    reason="no-inbox",
    message="m",
)


def test_for_people_the_decision_stands_first_and_what_to_do_last() -> None:
    assert render(FOUND, "terminal") == (
        "found: billing can go on in v2 after position 41\n"
        "\n"
        "events of orders, and whether billing has processed them\n"
        "  44 proven processed\n"
        "  2 not proven: parked\n"
        "  1 processed and not in v2: nothing is lost by that\n"
        "\n"
        "start: after position 41 of v2\n"
        "  at 42 stands the first event that is not proven processed: upstream 20 (parked)\n"
        "  9 rows of v2 beyond it so far\n"
        "  3 of them it has processed already and will get again: whether it can take that is not declared"
        " ('idempotent')\n"
        "    positions of v2 43-44, 47\n"
        "    - position 43, Placed, id b43\n"
        "\n"
        "to do, while the consumer is stopped\n"
        "1. stop billing: what it does between this look and the next start is not seen\n"
        "2. move its cursor, which must still hold 0044; if no row is changed, look again:\n"
        "   UPDATE cursors SET position='0041' WHERE cursors.position = '0044';\n"
        "3. let it read v2, and say so in [consumers.billing]:\n"
        '   log = "v2"\n'
        "   start = 42\n"
        "   receipts that it has from v1 under ids that v2 does not have are 'unexpected' from then on: leave them out"
        " by 'where' in its inbox, or take them as known (auditor baseline add)\n"
        "4. start it again; auditor has only looked, and changed nothing\n"
    )


@pytest.mark.parametrize(
    ("idempotent", "said"), [(True, "it is declared idempotent\n"), (False, "it is declared not idempotent: skip them")]
)
def test_it_says_what_is_declared_of_events_that_come_twice(idempotent: bool, said: str) -> None:
    assert said in render(replace(FOUND, idempotent=idempotent), "terminal")


def test_a_refusal_names_what_would_be_lost_and_offers_nothing_to_run() -> None:
    said = render(LACKING, "terminal")
    assert said.startswith("lacking: billing would lose 2 events that v2 does not have\n")
    assert "    positions of orders 5-6\n    - position 5, id e5\n" in said
    assert "  bring them into v2, or let billing process them first; then look again\n" in said
    assert "to do" not in said
    assert document(LACKING)["start"] is None
    assert document(LACKING)["twice"] is None


def test_where_nothing_could_be_decided_the_reason_is_all_there_is() -> None:
    assert render(UNDECIDED, "terminal") == "undecided: m\n"
    said = document(UNDECIDED)
    assert (said["decision"], said["reason"], said["message"]) == ("undecided", "no-inbox", "m")
    assert [said[key] for key in ("start", "events", "lost", "twice", "statement")] == [None] * 5


def test_every_document_has_the_same_keys_in_the_same_order() -> None:
    keys = [list(json.loads(render(each, "json"))) for each in (FOUND, LACKING, UNDECIDED)]
    assert keys[0] == keys[1] == keys[2]
    assert keys[0][0] == "schema"


def test_the_document_counts_every_reason_and_keeps_ranges_on_one_line() -> None:
    text = render(FOUND, "json")
    said = json.loads(text)
    assert "[43, 44]" in text
    assert said["events"]["by_reason"] == {doubt.name.lower(): 2 * (doubt is Doubt.PARKED) for doubt in Doubt}
    assert said["first"] == {"position": 42, "upstream_position": 20, "reason": "parked"}
    assert (said["beyond"], said["twice"]["count"], said["cursor_after"]) == (9, 3, "0041")


def test_names_act_on_no_terminal_and_in_no_markup() -> None:
    evil = replace(FOUND, consumer="[red]x\x1b[2J", new="v\n2", statement="UPDATE \x1b[2J", notes=("\x1b",))
    for appearance in (Appearance(), Appearance(width=60)):
        said = render(evil, "terminal", appearance)
        assert "\x1b[2J" not in said
        assert "[red]x" in said
    assert json.loads(render(evil, "json"))["consumer"] == "[red]x\x1b[2J"
