"""auditor: did every event that was produced arrive, once, in order? It says so, and proves it.

``auditor.run("auditor.toml")`` audits and returns a frozen :class:`auditor.Result`, which ``reports.render`` turns into
text and ``to_pandas()`` into tables. ``auditor.trace("auditor.toml", "order-17@3")`` follows one event,
``auditor.cutover("auditor.toml", "billing", "orders-v2")`` says where a consumer can go on in another log, and
``auditor.graph("auditor.toml")`` is the pipeline that is audited, which ``reports.graph.render`` draws.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.audit import run
    from auditor.cutting_over.cutover import cutover
    from auditor.pipeline import graph
    from auditor.result import Result
    from auditor.tracing import trace
    from checks.model.trace import Trace

__all__ = ["Result", "Trace", "cutover", "graph", "run", "trace"]

_HOMES = {
    "run": "auditor.audit",
    "Result": "auditor.result",
    "cutover": "auditor.cutting_over.cutover",
    "graph": "auditor.pipeline",
    "trace": "auditor.tracing",
    "Trace": "checks.model.trace",
}


def __getattr__(name: str) -> object:
    """Import what runs an audit only when it is used: the command line must start at once."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'auditor' has no attribute {name!r}")
