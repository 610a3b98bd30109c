"""The pipeline as a picture, one format a file: a tree for people, Mermaid and DOT to be drawn, JSON for programs.

Colours repeat what words say. Names are data: in Mermaid and DOT a node is called by a number, and its name is text.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from reports import Format
from reports.appearance import PLAIN, Appearance

if TYPE_CHECKING:
    from checks.model.graph import Graph

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "terminal": Format("reports.graph.tree", (".txt", ".log")),
        "mermaid": Format("reports.graph.mermaid", (".mmd", ".mermaid")),
        "dot": Format("reports.graph.dot", (".dot", ".gv")),
        "json": Format("reports.graph.json_document", (".json",)),
    }
)
"""The formats of a graph, with the endings of files that are taken to want them."""


def render(graph: "Graph", format_name: str, appearance: Appearance = PLAIN) -> str:
    """The graph in a format, ending in a newline. KeyError: there is no such format."""
    return str(import_module(FORMATS[format_name].module).render(graph, appearance))
