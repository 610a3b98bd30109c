"""The pipeline as it is drawn by others: what they read is what was meant, whatever it is called."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model.graph import Edge, Graph
from reports.graph import render
from reports.graph.drawn import COLOURS
from reports.visible import visible
from tests.reports.graph.pictures import PIPELINE, UNREAD, Picture, chain, graph, read_dot, read_mermaid
from tests.reports.samples import NASTY

READERS: dict[str, Callable[[str], Picture]] = {"mermaid": read_mermaid, "dot": read_dot}
every_format = pytest.mark.parametrize("name", READERS)

HOSTILE = [
    NASTY,
    'a"]:::x --> n2',
    "style:#x;",
    "classDef a:b#c;",
    "end",
    "<b>&amp;</b><script>",
    "`md` **x**",
    "1. foo",
    "- foo",
    " lead  two ",
    '\\nb\\N\\"',
    "\\",
    '"',
    "ﬂ°°34¶ß",
    "日本 العربية é",
    "#quot;&quot;",
    "{x}|y|(z)[[]]",
    "%% comment",
    "subgraph q",
    "0, ",
    ",-0",
    ", a",
    "a, b",
]


def picture(name: str, drawn: Graph) -> Picture:
    return READERS[name](render(drawn, name))


@every_format
def test_every_node_has_its_name_kind_and_last_verdict(name: str) -> None:
    assert list(picture(name, PIPELINE).labels.values()) == [
        ["orders", "log", "consistent, 5m ago"],
        ["orders-outbox", "outbox", "unknown, 1d ago"],
        ["orders-v1", "derived log", "never audited"],
        ["accounts", "state", "consistent, 0s ago"],
        ["billing", "consumer", "inconsistent, 2h ago", "1,200 missing, 1 duplicate"],
    ]


@every_format
def test_edges_lead_the_way_of_the_events(name: str) -> None:
    assert picture(name, PIPELINE).edges_by_name() == [
        ("orders", "orders-outbox"),
        ("orders", "orders-v1"),
        ("accounts", "orders"),
        ("orders-v1", "billing"),
    ]


@every_format
def test_without_the_ledger_there_are_no_verdicts(name: str) -> None:
    assert [label[1:] for label in picture(name, UNREAD).labels.values()] == [
        ["log"],
        ["outbox"],
        ["derived log"],
        ["state"],
        ["consumer"],
    ]


def test_verdicts_have_colours() -> None:
    verdicts = ["consistent", "unknown", "unaudited", "consistent", "inconsistent"]
    assert list(picture("mermaid", PIPELINE).colours.values()) == verdicts
    assert list(picture("dot", PIPELINE).colours.values()) == [COLOURS[each].fill for each in verdicts]


@every_format
def test_a_name_is_text_whatever_it_looks_like(name: str) -> None:
    drawn = picture(name, chain(*HOSTILE))
    assert [label[0] for label in drawn.labels.values()] == [visible(each) for each in HOSTILE]
    assert len(drawn.edges) == len(HOSTILE) - 1


@every_format
@given(names=st.lists(st.text(min_size=1), unique=True))
def test_any_names_are_read_as_they_are(name: str, names: list[str]) -> None:
    drawn = picture(name, chain(*names))
    assert [label[0] for label in drawn.labels.values()] == [visible(each) for each in names]


@every_format
def test_an_edge_to_what_there_is_not_is_left_out(name: str) -> None:
    drawn = Graph(nodes=chain("a").nodes, edges=(Edge(before="gone", after="a"),), now=PIPELINE.now)
    assert picture(name, drawn).edges == []


@every_format
def test_a_pipeline_of_nothing_is_a_picture_of_nothing(name: str) -> None:
    assert picture(name, graph()) == Picture({}, {}, [])
