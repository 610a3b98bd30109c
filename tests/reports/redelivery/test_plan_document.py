"""The document of a plan says all that the plan says, each under the name that it has in the program."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from checks.model.event import Event
from checks.model.redelivery import LeftOut, Part, Plan, PlannedCursor, PlannedEvent
from checks.model.verification import Fate
from reports.redelivery.plan_document import (
    MisshapenError,
    event_entry,
    header_entry,
    plan_of,
    planned_event_of,
    spelt,
)
from tests import plans


def names(kind: type) -> set[str]:
    return {each.name for each in fields(kind)}


def test_every_field_has_a_key() -> None:
    header = header_entry(plans.plan())
    assert header.keys() == names(Plan) | {"schema"}
    assert isinstance(header["parts"], list)
    [part] = header["parts"]
    assert isinstance(part, dict)
    assert part.keys() == names(Part)
    assert event_entry(plans.planned(1)).keys() == names(PlannedEvent) - {"event"} | names(Event)
    for key, kind in (("cursors", PlannedCursor), ("left_out", LeftOut)):
        members = part[key]
        assert isinstance(members, list)
        assert isinstance(members[0], dict)
        assert members[0].keys() == names(kind)


def test_an_event_is_one_line_of_plain_ascii() -> None:
    line = spelt(event_entry(plans.planned(2**63 - 1, stream="a\n\u202e\x00é", id="\udc80\\")))
    assert line.isascii()
    assert "\n" not in line
    assert '"position": 9223372036854775807' in line
    assert '"id": {"escaped": "\\\\udc80\\\\\\\\"}' in line
    assert '"time": "2026-03-01T11:00:00.000250Z"' in line


def test_what_has_no_surrogate_is_written_as_it_is() -> None:
    assert '"id": "\\\\udc80"' in spelt(event_entry(plans.planned(1, id="\\udc80")))


@pytest.mark.parametrize("value", [None, 3, "text", [], {}])
def test_what_is_no_entry_is_no_event_and_no_plan(value: object) -> None:
    for read in (planned_event_of, plan_of):
        with pytest.raises(MisshapenError):
            read(value)


DOCUMENTED = (Path(__file__).parents[3] / "docs" / "redelivery.md").read_text(encoding="utf-8")


def test_every_key_is_documented_in_the_order_in_which_it_is_written() -> None:
    plan = header_entry(plans.plan())
    parts = plan["parts"]
    assert isinstance(parts, list)
    assert isinstance(parts[0], dict)
    for heading, keys in (
        ("## The plan's file", [*plan, "events"]),
        ("### A part", [*parts[0]]),
        ("### An event", [*event_entry(plans.planned(1))]),
    ):
        section = re.split(r"^##", DOCUMENTED.partition(f"\n{heading}\n")[2], flags=re.MULTILINE)[0]
        assert re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE) == keys


def test_every_fate_is_documented() -> None:
    section = DOCUMENTED.partition("\n## Verifying\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", section, flags=re.MULTILINE) == [fate.value for fate in Fate]
