"""What lies between two runs, for people and for programs."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from rich.cells import cell_len

from checks.model.comparison import Change, Comparison, Counterpart, Group, Side, State
from checks.model.event import Event
from checks.model.finding import Severity, Verdict
from checks.model.result import Outcome
from reports.appearance import Appearance
from reports.difference import FORMATS, render
from tests.reports.samples import NASTY, STARTED, event

HOUR = timedelta(hours=1)
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def change(position: int | None, lasted: timedelta = HOUR, **changes: Any) -> Change:
    known: dict[str, Any] = {"opened_run": "r-0", "closed_run": None, "closed_at": None}
    known["event"] = Event() if position is None else replace(event(position), time=None)
    return Change(opened_at=STARTED - HOUR, lasted=lasted, **{**known, **changes})


def group(state: State, *changes: Change, **known: Any) -> Group:
    given: dict[str, Any] = {"audit": "billing", "of": "consumer", "check": "missing", "partition": None}
    given |= {"verdict": Verdict.CONFIRMED, "severity": Severity.ERROR, "count": len(changes)}
    return Group(state=state, changes=changes, **{**given, "count_before": 3, "count_after": 3, **known})


def comparison(*groups: Group, **changes: Any) -> Comparison:
    earlier = Side(run="r-1", started=STARTED, verdict=Outcome.INCONSISTENT)
    later = Side(run="r-2", started=STARTED + 2 * HOUR, verdict=Outcome.UNKNOWN)
    return Comparison(**{"earlier": earlier, "later": later, "groups": groups, **changes})


HEALED = change(12, closed_run="r-2", closed_at=STARTED + 2 * HOUR)
PARKED = Counterpart(check="parked", verdict=Verdict.CONFIRMED)
LATER_DID_NOT = "the later run did not audit it"
EVERYTHING = comparison(
    group(
        State.NEW,
        change(5, timedelta(0)),
        counterpart=Counterpart(check="lagging", verdict=Verdict.PENDING),
        count_after=4,
    ),
    group(State.OPEN, change(6), change(7, 30 * HOUR), change(8, 2 * HOUR), count_after=4),
    group(
        State.TURNED,
        HEALED,
        check="lagging",
        count_after=0,
        counterpart=Counterpart(check="parked", verdict=Verdict.CONFIRMED),
    ),
    group(State.HEALED, HEALED, count_after=4, note="less could be verified"),
    group(State.UNJUDGED, change(9), audit="mail", of=None, note=LATER_DID_NOT, count_after=None),
    group(
        State.OPEN, change(None), check="cursor-ahead", partition="eu", count=3, count_before=2, severity=Severity.ERROR
    ),
)
HOSTILE = comparison(
    group(
        State.NEW, change(2**60, event=event(2**60, id=NASTY, stream=NASTY + "y" * 10_000)), note=NASTY, partition=NASTY
    ),
    group(State.UNJUDGED, change(1, opened_run=NASTY, closed_run=NASTY), audit=NASTY, partition=NASTY, note=NASTY),
    later=Side(run=NASTY, started=STARTED, verdict=Outcome.UNKNOWN),
)
ALL = {"everything": EVERYTHING, "hostile": HOSTILE, "nothing": comparison()}


def test_people_get_the_tally_the_two_runs_and_what_became_of_every_event() -> None:
    assert render(EVERYTHING, "terminal") == (
        "1 new, 6 still open, 1 turned into another finding, 1 healed, 1 not judged again\n"
        "from  r-1  2026-03-01T12:00:00Z  inconsistent\n"
        "to    r-2  2026-03-01T14:00:00Z  unknown, 2h later\n"
        "\nnew\n"
        "  error   billing consumer/missing: 1 confirmed, first found by the later run\n"
        "    lagging, pending in the earlier run\n"
        "    - position 5, order-1@2, OrderPlaced, id e5\n"
        "\nstill open\n"
        "  error   billing consumer/missing: 3 confirmed, open for 1h to 1d 6h\n"
        "    - position 6, order-1@2, OrderPlaced, id e6; 1h\n"
        "    - position 7, order-1@2, OrderPlaced, id e7; 1d 6h\n"
        "    - position 8, order-1@2, OrderPlaced, id e8; 2h\n"
        "  error   billing consumer/cursor-ahead in partition eu: 3 confirmed, open for 1h\n"
        "\nturned into another finding\n"
        "  error   billing consumer/lagging: 1 confirmed, after 1h\n"
        "    now parked, confirmed\n"
        "\nhealed\n"
        "  error   billing consumer/missing: 1 confirmed, healed after 1h\n"
        "    less could be verified\n"
        "    - position 12, order-1@2, OrderPlaced, id e12\n"
        "\nnot judged again\n"
        "  error   mail missing: 1 confirmed, open for 1h\n"
        "    the later run did not audit it\n"
        "\nnext\n"
        "  auditor explain consumer/missing\n"
        "  auditor explain consumer/cursor-ahead\n"
        "  auditor report r-2\n"
    )


def test_what_only_one_of_the_runs_audited_is_said_below_them() -> None:
    lines = render(comparison(later=replace(comparison().later, lacks=("mail", NASTY))), "terminal").splitlines()
    assert lines[3].startswith("      the later run did not audit mail, ")
    assert not any(mark in lines[3] for mark in ("\x1b", "\u202e"))


def test_where_nothing_was_found_three_lines_say_so() -> None:
    assert render(comparison(), "terminal").splitlines() == [
        "nothing new, nothing still open, nothing healed",
        "from  r-1  2026-03-01T12:00:00Z  inconsistent",
        "to    r-2  2026-03-01T14:00:00Z  unknown, 2h later",
    ]


def test_how_much_there_is_in_all_is_said_where_the_events_do_not_add_up_to_it() -> None:
    many = comparison(
        group(State.NEW, change(5)), group(State.OPEN, change(6), count_before=20_000, count_after=25_000)
    )
    assert "    25000 in all, 20000 in the earlier run\n" in render(many, "terminal")
    assert "in all" not in render(EVERYTHING, "terminal")


def test_samples_are_few_and_the_rest_is_counted() -> None:
    many = comparison(group(State.OPEN, *(change(position) for position in range(1, 9)), count_after=8))
    text = render(many, "terminal")
    assert "- position 5, " in text
    assert "- position 6, " not in text
    assert "- and 3 more in --format json\n" in text
    assert "- and 6 more in --format json\n" in render(many, "terminal", most_events=2)
    for most, shown in ((3, 3), (None, 8)):
        [only] = json.loads(render(many, "json", most_events=most))["changes"]
        assert (only["count"], len(only["events"])) == (8, shown)


def test_the_commands_name_the_config_and_quote_what_a_shell_would_take_apart() -> None:
    side = replace(EVERYTHING.later, run="my run; rm")
    text = render(replace(EVERYTHING, later=side), "terminal", Appearance(config="a b.toml"))
    assert text.endswith("  auditor report --config 'a b.toml' 'my run; rm'\n")


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("compared", ALL.values(), ids=ALL)
def test_no_line_is_wider_than_the_terminal_or_ends_in_space(compared: Comparison, width: int) -> None:
    lines = ESCAPE.sub("", render(compared, "terminal", Appearance(width=width))).splitlines()
    assert max(cell_len(line) for line in lines) <= width
    assert not [line for line in lines if line != line.rstrip()]


@pytest.mark.parametrize(
    ("groups", "colour"),
    [
        ([group(State.NEW, change(5))], "31"),
        ([group(State.NEW, change(5), severity=Severity.WARNING)], "33"),
        ([group(State.OPEN, change(5)), group(State.UNJUDGED, change(6))], "33"),
        ([group(State.OPEN, change(5))], "32"),
    ],
)
def test_a_terminal_shows_by_a_colour_whether_it_got_worse(groups: list[Group], colour: str) -> None:
    assert render(comparison(*groups), "terminal", Appearance(width=80)).startswith(f"\x1b[1;{colour}m")


def test_nothing_in_a_name_acts_on_a_terminal() -> None:
    escaped = r"[red]x[/red]\n\x1b[2J\u202e\x00'; drop table\ud800"
    for text in (render(HOSTILE, "terminal"), ESCAPE.sub("", render(HOSTILE, "terminal", Appearance(width=300)))):
        assert text.count(escaped) >= 6
        assert not set("\x1b\u202e\x00\ud800") & set(text)
    assert "y" * 10_000 in render(HOSTILE, "terminal")


def test_programs_get_one_document_with_exact_numbers_and_every_key() -> None:
    read = json.loads(render(EVERYTHING, "json"))
    assert (read["schema"], read["counts"]) == (
        "auditor.diff/1",
        {"new": 1, "open": 6, "turned": 1, "healed": 1, "unjudged": 1},
    )
    assert read["later"] == {"run": "r-2", "started": "2026-03-01T14:00:00Z", "verdict": "unknown"}
    assert {tuple(each) for each in read["changes"]} == {tuple(read["changes"][0])}
    assert read["changes"][0]["other"] == {"check": "lagging", "verdict": "pending"}
    healed = read["changes"][3]["events"][0]
    assert (healed["position"], healed["closed_run"], healed["closed_at"], healed["seconds"]) == (
        12,
        "r-2",
        "2026-03-01T14:00:00Z",
        3600.0,
    )
    assert [each["events"] for each in read["changes"] if each["check"] == "cursor-ahead"] == [[]]


def test_the_document_says_names_as_they_are_and_can_be_read_by_any_parser() -> None:
    text = render(HOSTILE, "json")
    assert text.isascii()
    read = json.loads(text)
    assert read["changes"][0]["events"][0]["position"] == 2**60
    assert read["changes"][1]["audit"] == NASTY.replace("\ud800", r"\ud800")


def test_every_format_has_a_rendering() -> None:
    assert all(render(EVERYTHING, name).endswith("\n") for name in FORMATS)
