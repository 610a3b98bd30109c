"""The pipeline in DOT, the language of Graphviz: ``auditor graph --format dot | dot -Tsvg``."""

from checks.model.graph import Graph
from reports.appearance import Appearance
from reports.graph.drawn import COLOURS, TEXT, colour_of, edges, ids, lines

_SHAPES = {"log": "cylinder", "state": "box", "consumer": "ellipse"}


def render(graph: Graph, appearance: Appearance) -> str:  # noqa: ARG001 (drawn elsewhere)
    """The digraph, from left to right, in UTF-8."""
    named = ids(graph)
    drawn = [
        "digraph pipeline {",
        '    graph [rankdir=LR, charset="UTF-8"];',
        f'    node [style=filled, fontname="sans-serif", fontcolor="{TEXT}"];',
    ]
    for node in graph.nodes:
        fill, line = COLOURS[colour_of(node)]
        label = r"\n".join(escaped(each) for each in lines(node, graph))
        looks = f'shape={_SHAPES[node.of]}, fillcolor="{fill}", color="{line}"'
        drawn.append(f'    {named[node.name]} [label="{label}", {looks}];')
    drawn += [f"    {before} -> {after};" for before, after in edges(graph)]
    return "\n".join([*drawn, "}"]) + "\n"


def escaped(text: str) -> str:
    r"""The text as it can stand within a quoted label, where ``\N`` means the node and ``&lt;`` is ``<``."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
