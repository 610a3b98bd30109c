"""The pipeline that a run was made of, beside its result: a later picture of it is not drawn from another config."""

from datetime import datetime
from typing import Any

from checks.model.graph import Edge, Graph, Node

KEY = "pipeline"
"""Under which a run's document has it."""


def to_document(graph: Graph) -> dict[str, Any]:
    """Nodes and edges in JSON's own types; what was last found out about them is other runs' matter."""
    return {
        "nodes": [[each.name, each.of, each.store, each.upstream, each.outbox] for each in graph.nodes],
        "edges": [[each.before, each.after] for each in graph.edges],
    }


def from_document(document: dict[str, Any], at: datetime) -> Graph:
    """The graph that :func:`to_document` was given. KeyError, TypeError, ValueError: it is no such document."""
    return Graph(
        nodes=tuple(
            Node(name=name, of=of, store=store, upstream=upstream, outbox=outbox)
            for name, of, store, upstream, outbox in document["nodes"]
        ),
        edges=tuple(Edge(before=before, after=after) for before, after in document["edges"]),
        now=at,
    )
