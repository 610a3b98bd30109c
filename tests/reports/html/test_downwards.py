"""The picture from top to bottom: nothing stands on anything else, and it never needs more width than a phone has."""

import re
from itertools import combinations

import pytest

from checks.model.graph import Edge, Graph, Node
from checks.model.result import LostAt
from reports.html.downwards import WIDTH, downwards
from reports.html.picture import HEIGHT, Picture
from reports.html.pipeline import pipeline
from tests.reports import samples
from tests.reports.html.backgrounds import GRAPH
from tests.reports.html.test_pipeline import DIAMOND, fan

A_PHONE = 333
"""Pixels that are left for a picture where the screen has 375."""


def drawn(graph: Graph) -> Picture:
    return downwards(pipeline(samples.result(), graph))


@pytest.mark.parametrize(
    "graph", [GRAPH, fan(0), fan(1), fan(30), DIAMOND], ids=["shop", "log", "one", "fan", "diamond"]
)
def test_no_box_stands_on_another_and_all_of_them_are_within_the_picture(graph: Graph) -> None:
    picture = drawn(graph)
    assert len(picture.boxes) == len(graph.nodes)
    for one, other in combinations(picture.boxes, 2):
        assert abs(one.y - other.y) >= HEIGHT
    assert all(0 <= box.x <= picture.width - WIDTH and 0 <= box.y <= picture.height - HEIGHT for box in picture.boxes)


@pytest.mark.parametrize("graph", [GRAPH, fan(30), DIAMOND], ids=["shop", "fan", "diamond"])
def test_events_go_down_and_no_line_goes_through_a_box(graph: Graph) -> None:
    picture = drawn(graph)
    tops = {box.name: box.y for box in picture.boxes}
    assert all(tops[edge.before] < tops[edge.after] for edge in graph.edges)
    assert len(picture.lines) == len(graph.edges)
    for line in picture.lines:
        start = re.match(r"M([\d.]+),([\d.]+) V([\d.]+)", line.path)
        assert start is not None
        x, top, bottom = map(float, start.groups())
        assert not [
            box for box in picture.boxes if box.x <= x <= box.x + WIDTH and top < box.y + HEIGHT and box.y < bottom
        ]


@pytest.mark.parametrize("graph", [GRAPH, fan(30)], ids=["shop", "fan"])
def test_it_fits_on_a_phone_however_many_parts_there_are(graph: Graph) -> None:
    assert drawn(graph).width <= A_PHONE


def test_of_several_hops_into_one_part_it_is_said_which_one_lost_what() -> None:
    nodes = tuple(Node(name=name, of="state" if name != "log" else "log", store="shop") for name in ("a", "b", "log"))
    graph = Graph(nodes=nodes, edges=tuple(Edge(before=name, after="log") for name in "ab"), now=samples.STARTED)
    losses = tuple(samples.loss(LostAt.NOT_WRITTEN, n, source=name, target="log") for n, name in ((1, "a"), (2, "b")))
    picture = downwards(pipeline(samples.result(samples.consumer(losses=losses)), graph))
    assert [text for line in picture.lines for text in line.lost] == [
        "a: 1 stream not written",
        "b: 2 streams not written",
    ]


def test_a_circle_which_no_config_has_is_drawn_all_the_same() -> None:
    nodes = tuple(Node(name=name, of="log", store="shop") for name in "abc")
    edges = tuple(Edge(before=before, after=after) for before, after in ("ab", "bc", "ca"))
    assert [box.name for box in drawn(Graph(nodes=nodes, edges=edges, now=samples.STARTED)).boxes] == ["a", "b", "c"]
