"""auditor: did every event that was produced arrive, once, in order? It says so, and proves it.

``auditor.run("auditor.toml")`` is the whole Python interface; it returns a frozen
:class:`checks.model.result.Result`, which ``reports.render`` turns into text.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.audit import run

__all__ = ["run"]


def __getattr__(name: str) -> object:
    """Import what runs an audit only when it is used: the command line must start at once."""
    if name == "run":
        return getattr(import_module("auditor.audit"), name)
    raise AttributeError(f"module 'auditor' has no attribute {name!r}")
