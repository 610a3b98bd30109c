"""What a picture says of a node, the same in every format."""

from datetime import datetime, timedelta

from checks.model.graph import Graph, Node
from checks.model.recorded import LastAudit
from checks.wording import UNITS, lasting, listed

NEVER = "never audited"
MOST_CHECKS = 3


def verdict(node: Node, graph: Graph) -> str | None:
    """The last verdict and how old it is: ``inconsistent, 2h ago``. ``None``: nobody asked the ledger."""
    if graph.not_read is not None:
        return None
    return NEVER if node.last is None else f"{node.last.verdict}, {ago(node.last.at, graph.now)}"


def found(last: LastAudit | None) -> str | None:
    """What the verdict comes from: ``3 missing, 1 duplicate``; ``None`` where there is nothing to say."""
    if last is None or not last.found:
        return None
    told = [f"{count:,} {check}" for check, count in last.found]
    return listed(told, MOST_CHECKS).replace("; ", ", ")


def standing(node: Node, graph: Graph) -> str | None:
    """Both in one line: ``inconsistent, 2h ago: 3 missing``."""
    said = verdict(node, graph)
    why = found(node.last)
    return said if said is None or why is None else f"{said}: {why}"


def ago(then: datetime, now: datetime) -> str:
    """How long ago something was, in one unit and rounded down: ``5m ago``. Clocks that disagree say ``0s ago``."""
    age = max(now - then, timedelta(0))
    unit = next((seconds for _, seconds in UNITS if age >= timedelta(seconds=seconds)), None)
    return "0s ago" if unit is None else f"{lasting(age - age % timedelta(seconds=unit))} ago"
