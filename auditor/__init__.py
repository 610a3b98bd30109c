"""auditor: did every event that was produced arrive, once, in order? It says so, and proves it.

``auditor.run("auditor.toml")`` audits; it returns a frozen :class:`auditor.Result`, which ``reports.render`` turns into
text and ``to_pandas()`` into tables. ``auditor.cutover("auditor.toml", "billing", "orders-v2")`` says where a consumer
can go on in another log.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.audit import run
    from auditor.cutting_over.cutover import cutover
    from auditor.result import Result

__all__ = ["Result", "cutover", "run"]

_HOMES = {"run": "auditor.audit", "cutover": "auditor.cutting_over.cutover", "Result": "auditor.result"}


def __getattr__(name: str) -> object:
    """Import what runs an audit only when it is used: the command line must start at once."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'auditor' has no attribute {name!r}")
