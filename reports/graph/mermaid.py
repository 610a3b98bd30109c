"""The pipeline as a Mermaid flowchart, which GitHub and many editors draw where it stands in a Markdown file.

A label is quoted, and every character of it but letters, digits and some spaces, commas and hyphens stands as the
number of its character (``#34;``), so that none of it is taken for syntax, Markdown or HTML.
"""

from checks.model.graph import Graph, Node
from reports.appearance import Appearance
from reports.graph.drawn import COLOURS, TEXT, colour_of, edges, ids, lines

_SHAPES = {"log": ('[("', '")]'), "state": ('["', '"]'), "consumer": ('(["', '"])')}
_BETWEEN = " -"
"""Characters that mean nothing between two letters or digits."""


def render(graph: Graph, appearance: Appearance) -> str:  # noqa: ARG001 (drawn elsewhere)
    """The flowchart, from left to right."""
    named = ids(graph)
    used = {colour_of(node) for node in graph.nodes}
    drawn = [
        "flowchart LR",
        *(f"    {named[node.name]}{_shape(node, graph)}:::{colour_of(node)}" for node in graph.nodes),
        *(f"    {before} --> {after}" for before, after in edges(graph)),
        *(
            f"    classDef {name} fill:{colour.fill},stroke:{colour.line},color:{TEXT}"
            for name, colour in COLOURS.items()
            if name in used
        ),
    ]
    return "\n".join(drawn) + "\n"


def _shape(node: Node, graph: Graph) -> str:
    begin, end = _SHAPES[node.of]
    return begin + "<br/>".join(escaped(line) for line in lines(node, graph)) + end


def escaped(text: str) -> str:
    """The text as it can stand within the quotes of a label."""
    return "".join(character if _is_plain(text, at) else f"#{ord(character)};" for at, character in enumerate(text))


def _is_plain(text: str, at: int) -> bool:
    if text[at].isalnum():
        return True
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if text[at] == ",":
        return before.isalnum() and after == " " and text[at + 2 : at + 3].isalnum()
    if text[at] == " " and before == ",":
        return text[at - 2 : at - 1].isalnum() and after.isalnum()
    return text[at] in _BETWEEN and before.isalnum() and after.isalnum()
