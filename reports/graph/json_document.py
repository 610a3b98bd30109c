"""The pipeline as the JSON document ``auditor.graph/1``."""

import json

from checks.model.graph import Graph, Node
from checks.model.recorded import LastAudit
from reports.appearance import Appearance
from reports.json_document import Json, moment
from reports.visible import well_formed

SCHEMA = "auditor.graph/1"


def render(graph: Graph, appearance: Appearance) -> str:  # noqa: ARG001 (for people, not for programs)
    """The document as text."""
    return json.dumps(document(graph), indent=2) + "\n"


def document(graph: Graph) -> dict[str, Json]:
    """The document as plain lists, dicts, text and numbers."""
    return {
        "schema": SCHEMA,
        "drawn": moment(graph.now),
        "not_read": None if graph.not_read is None else well_formed(graph.not_read),
        "nodes": [_node(node) for node in graph.nodes],
        "edges": [{"from": well_formed(edge.before), "to": well_formed(edge.after)} for edge in graph.edges],
    }


def _node(node: Node) -> dict[str, Json]:
    return {
        "name": well_formed(node.name),
        "of": node.of,
        "upstream": None if node.upstream is None else well_formed(node.upstream),
        "outbox": node.outbox,
        "store": well_formed(node.store),
        "last": None if node.last is None else _last(node.last),
    }


def _last(last: LastAudit) -> dict[str, Json]:
    return {
        "run": well_formed(last.run),
        "at": moment(last.at),
        "verdict": last.verdict.value,
        "found": [{"check": check, "count": count} for check, count in last.found],
    }
