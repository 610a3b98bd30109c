"""Pipelines to draw, and strict readers of what was drawn: anything that is not exactly as they know it fails."""

import html
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

from checks.model.graph import Edge, Graph, Node
from checks.model.recorded import LastAudit
from checks.model.result import Outcome
from tests.reports.samples import STARTED

HOUR = timedelta(hours=1)


def last(verdict: Outcome, age: timedelta, *found: tuple[str, int], of: str = "log") -> LastAudit:
    return LastAudit(of=of, run="r-1", at=STARTED - age, verdict=verdict, found=found)


def graph(*nodes: Node, edges: tuple[tuple[str, str], ...] = (), not_read: str | None = None) -> Graph:
    drawn = tuple(Edge(before=before, after=after) for before, after in edges)
    return Graph(nodes=nodes, edges=drawn, now=STARTED, not_read=not_read)


def chain(*names: str) -> Graph:
    """Logs that are each made out of the one before."""
    nodes = [Node(name=name, of="log", store="shop") for name in names]
    return graph(*nodes, edges=tuple(pairwise(names)))


PIPELINE = graph(
    Node(name="orders", of="log", store="shop", last=last(Outcome.CONSISTENT, timedelta(minutes=5, seconds=59))),
    Node(
        name="orders-outbox",
        of="log",
        store="shop",
        upstream="orders",
        outbox=True,
        last=last(Outcome.UNKNOWN, 26 * HOUR),
    ),
    Node(name="orders-v1", of="log", store="shop", upstream="orders"),
    Node(
        name="accounts",
        of="state",
        store="shop",
        upstream="orders",
        last=last(Outcome.CONSISTENT, timedelta(0), of="state"),
    ),
    Node(
        name="billing",
        of="consumer",
        store="billing-db",
        upstream="orders-v1",
        last=last(Outcome.INCONSISTENT, 2 * HOUR, ("missing", 1200), ("duplicate", 1), of="consumer"),
    ),
    edges=(
        ("orders", "orders-outbox"),
        ("orders", "orders-v1"),
        ("accounts", "orders"),
        ("orders-v1", "billing"),
    ),
)
UNREAD = replace(
    PIPELINE, nodes=tuple(replace(node, last=None) for node in PIPELINE.nodes), not_read="ledger /x.db: it is damaged"
)


@dataclass(frozen=True, slots=True)
class Picture:
    """What was drawn: nodes by id with the lines of their labels, their colours, and edges between ids."""

    labels: dict[str, list[str]]
    colours: dict[str, str]
    edges: list[tuple[str, str]]

    def edges_by_name(self) -> list[tuple[str, str]]:
        return [(self.labels[before][0], self.labels[after][0]) for before, after in self.edges]


# ---- Mermaid ---------------------------------------------------------------------------------------------------------

_SHAPE = re.compile(r'    (n\d+)(?:\[\("([^"]*)"\)\]|\["([^"]*)"\]|\(\["([^"]*)"\]\)):::([a-z]+)')
_ARROW = re.compile(r"    (n\d+) --> (n\d+)")
_CLASS = re.compile(r"    classDef ([a-z]+) fill:#[0-9a-f]{6},stroke:#[0-9a-f]{6},color:#[0-9a-f]{6}")
_PART = re.compile(r"(?:[^\W_]|(?<=[^\W_,])[ -](?=[^\W_])|(?<=,) (?=[^\W_])|(?<=[^\W_]),(?= )|#\d+;)*")


def read_mermaid(text: str) -> Picture:
    """The picture that a flowchart is. AssertionError: it is none, or may be taken for something else."""
    first, *lines = text.removesuffix("\n").split("\n")
    assert first == "flowchart LR"
    picture, classes = Picture({}, {}, []), set()
    for line in lines:
        if shape := _SHAPE.fullmatch(line):
            name, *labels, colour = shape.groups()
            [label] = [each for each in labels if each is not None]
            picture.labels[name] = [_part(each) for each in label.split("<br/>")]
            picture.colours[name] = colour
        elif arrow := _ARROW.fullmatch(line):
            picture.edges.append((arrow[1], arrow[2]))
        else:
            known = _CLASS.fullmatch(line)
            assert known, line
            classes.add(known[1])
    assert classes == set(picture.colours.values()), "every class is defined, and none in vain"
    return _whole(picture)


def _part(text: str) -> str:
    assert _PART.fullmatch(text), text
    return re.sub(r"#(\d+);", lambda number: chr(int(number[1])), text)


# ---- DOT -------------------------------------------------------------------------------------------------------------

_NODE = re.compile(
    r'    (n\d+) \[label="((?:[^"\\]|\\.)*)", shape=(?:cylinder|box|ellipse), '
    r'fillcolor="(#[0-9a-f]{6})", color="#[0-9a-f]{6}"\];'
)
_LINK = re.compile(r"    (n\d+) -> (n\d+);")


def read_dot(text: str) -> Picture:
    """The picture that a digraph is, as Graphviz reads labels. AssertionError: it is none."""
    first, graph_line, node_line, *lines, end = text.removesuffix("\n").split("\n")
    assert (first, end) == ("digraph pipeline {", "}")
    assert graph_line == '    graph [rankdir=LR, charset="UTF-8"];'
    assert re.fullmatch(r'    node \[style=filled, fontname="sans-serif", fontcolor="#[0-9a-f]{6}"\];', node_line)
    picture = Picture({}, {}, [])
    for line in lines:
        if node := _NODE.fullmatch(line):
            picture.labels[node[1]] = _lines(node[2])
            picture.colours[node[1]] = node[3]
        else:
            link = _LINK.fullmatch(line)
            assert link, line
            picture.edges.append((link[1], link[2]))
    return _whole(picture)


def _lines(label: str) -> list[str]:
    lines = [""]
    for token in re.findall(r"\\.|[^\\]", label):
        if token == r"\n":
            lines.append("")
        else:
            assert token in (r"\\", r"\"") or len(token) == 1, "any other escape means something to Graphviz"
            lines[-1] += token[-1]
    return [html.unescape(line) for line in lines]


def _whole(picture: Picture) -> Picture:
    assert list(picture.labels) == [f"n{number}" for number in range(1, len(picture.labels) + 1)]
    assert {end for edge in picture.edges for end in edge} <= set(picture.labels)
    return picture
