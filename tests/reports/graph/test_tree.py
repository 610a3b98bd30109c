"""The pipeline as a tree, for people."""

import re
from dataclasses import replace

import pytest
from rich.cells import cell_len

from checks.model.graph import Graph, Node
from reports.appearance import Appearance
from reports.graph import FORMATS, render
from tests.reports.graph.pictures import PIPELINE, UNREAD, chain, graph
from tests.reports.samples import NASTY

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
LONG = "x" * 200
HOSTILE = chain(NASTY, "[bold]", LONG, "日本" * 30)
DEEP = chain(*(f"log-{number}" for number in range(2000)))
ALL = {"pipeline": PIPELINE, "unread": UNREAD, "hostile": HOSTILE, "none": graph()}


def on_terminal(drawn: Graph, width: int) -> list[str]:
    return ESCAPE.sub("", render(drawn, "terminal", Appearance(width=width))).splitlines()


def test_what_events_come_from_stands_above_and_each_has_its_last_verdict() -> None:
    assert render(PIPELINE, "terminal") == (
        "accounts             state        consistent, 0s ago\n"
        "└─ orders            log          consistent, 5m ago\n"
        "   ├─ orders-outbox  outbox       unknown, 1d ago\n"
        "   └─ orders-v1      derived log  never audited\n"
        "      └─ billing     consumer     inconsistent, 2h ago: 1,200 missing, 1 duplicate\n"
    )


def test_without_the_ledger_there_are_no_verdicts_and_it_says_why() -> None:
    assert render(UNREAD, "terminal") == (
        "accounts             state\n"
        "└─ orders            log\n"
        "   ├─ orders-outbox  outbox\n"
        "   └─ orders-v1      derived log\n"
        "      └─ billing     consumer\n"
        "\n"
        "without verdicts: ledger /x.db: it is damaged\n"
    )


def test_a_terminal_of_eighty_columns_wraps_within_the_last_one() -> None:
    *same, last_but_one, last = on_terminal(PIPELINE, 80)
    assert same == render(PIPELINE, "terminal").splitlines()[:-1]
    assert last_but_one == "      └─ billing     consumer     inconsistent, 2h ago: 1,200 missing, 1"
    assert last == "                                  duplicate"


def test_a_narrow_terminal_has_two_lines_a_node() -> None:
    assert on_terminal(PIPELINE, 48) == [
        "accounts",
        "  state: consistent, 0s ago",
        "└─ orders",
        "     log: consistent, 5m ago",
        "   ├─ orders-outbox",
        "   │    outbox: unknown, 1d ago",
        "   └─ orders-v1",
        "        derived log: never audited",
        "      └─ billing",
        "           consumer: inconsistent, 2h ago: 1,200",
        "           missing, 1 duplicate",
    ]


def test_what_comes_from_several_places_is_drawn_below_the_first_and_named_below_the_others() -> None:
    two = (Node(name="a", of="state", store="s"), Node(name="b", of="state", store="s"))
    shared = (Node(name="log", of="log", store="s"), Node(name="c", of="consumer", store="s"))
    drawn = graph(*two, *shared, edges=(("a", "log"), ("b", "log"), ("log", "c")))
    assert render(drawn, "terminal") == (
        "a        state      never audited\n"
        "└─ log   log        never audited\n"
        "   └─ c  consumer   never audited\n"
        "b        state      never audited\n"
        "└─ log   see above\n"
    )


def test_a_circle_of_a_config_that_was_made_by_hand_is_drawn_once() -> None:
    drawn = replace(chain("a", "b"), edges=chain("a", "b").edges + chain("b", "a").edges)
    assert [line.split()[-3:] for line in render(drawn, "terminal").splitlines()] == [
        ["log", "never", "audited"],
        ["log", "never", "audited"],
        ["a", "see", "above"],
    ]


def test_a_pipeline_may_be_deep() -> None:
    assert len(render(DEEP, "terminal").splitlines()) == 2000


def test_a_name_that_is_very_long_leaves_the_columns_of_the_others_alone() -> None:
    first, second, third = render(graph(*chain("short", LONG, "name").nodes), "terminal").splitlines()
    assert first == "short  log  never audited"
    assert second == f"{LONG}  log  never audited"
    assert third == "name   log  never audited"


def test_an_empty_config_says_so() -> None:
    assert render(graph(), "terminal") == "the config has no log\n"


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("drawn", ALL.values(), ids=ALL)
def test_no_line_is_wider_than_the_terminal_or_ends_in_space(drawn: Graph, width: int) -> None:
    lines = on_terminal(drawn, width)
    assert max(map(cell_len, lines)) <= width
    assert not [line for line in lines if line != line.rstrip()]


def test_nothing_in_a_name_acts_on_a_terminal() -> None:
    escaped = r"[red]x[/red]\n\x1b[2J\u202e\x00'; drop table\ud800"
    for text in (render(HOSTILE, "terminal"), ESCAPE.sub("", render(HOSTILE, "terminal", Appearance(width=400)))):
        assert escaped in text
        assert "[bold]" in text
        assert not set("\x1b\u202e\x00\ud800") & set(text)


def test_verdicts_are_coloured_on_a_terminal_alone() -> None:
    coloured = render(PIPELINE, "terminal", Appearance(width=100))
    assert "\x1b[1;31minconsistent, 2h ago: 1,200 missing, 1 duplicate" in coloured
    assert "\x1b[1;32mconsistent, 5m ago" in coloured
    assert "\x1b" not in render(PIPELINE, "terminal")


@pytest.mark.parametrize("drawn", ALL.values(), ids=ALL)
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_rendering_that_any_encoding_of_unicode_can_write(name: str, drawn: Graph) -> None:
    text = render(drawn, name)
    assert text.endswith("\n")
    assert text.encode()
