"""What the formats that are drawn have in common: numbered nodes, and colours that can be read on light and dark."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from checks.model.graph import Graph, Node
from reports.graph.words import found, verdict
from reports.visible import visible


class Colour(NamedTuple):
    """The colours of a node, as CSS has them."""

    fill: str
    line: str


TEXT = "#1f2328"
COLOURS: Mapping[str, Colour] = MappingProxyType(
    {
        "consistent": Colour("#dafbe1", "#1a7f37"),
        "inconsistent": Colour("#ffebe9", "#cf222e"),
        "unknown": Colour("#fff8c5", "#9a6700"),
        "unaudited": Colour("#f6f8fa", "#59636e"),
    }
)
"""The colours of a verdict, and of none."""


def ids(graph: Graph) -> dict[str, str]:
    """By name what a node is called: ``n1``, ``n2`` and so on."""
    return {node.name: f"n{number}" for number, node in enumerate(graph.nodes, start=1)}


def edges(graph: Graph) -> list[tuple[str, str]]:
    """The edges by the ids of their ends; those that lead to nowhere are left out."""
    known = ids(graph)
    return [(known[edge.before], known[edge.after]) for edge in graph.edges if {edge.before, edge.after} <= set(known)]


def lines(node: Node, graph: Graph) -> list[str]:
    """What stands in a node: its name, what it is, its last verdict, and what that comes from."""
    said = (visible(node.name), node.kind, verdict(node, graph), None if graph.not_read else found(node.last))
    return [line for line in said if line is not None]


def colour_of(node: Node) -> str:
    """The name of its colour in :data:`COLOURS`."""
    return "unaudited" if node.last is None else node.last.verdict.value
