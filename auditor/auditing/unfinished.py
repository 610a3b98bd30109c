"""What is said of an audit that was not finished when the run's time was over: how far it was."""

from collections.abc import Collection
from datetime import timedelta

from auditor.deadline import Deadline
from checks.wording import lasting


def how_far(name: str, deadline: Deadline, at: str | None, looked_at: Collection[str]) -> str:
    """``at``: which audit was being worked on, if any; ``looked_at``: those that had their first look."""
    if name == at:
        came = f"it had come to {deadline.phase!r}"
    elif name in looked_at:
        came = f"it was to be looked at again; the run had come to {deadline.phase!r}"
    else:
        came = f"it was not begun; the run had come to {deadline.phase!r}"
    return f"not finished within the time limit of {lasting(deadline.limit or timedelta(0))}: {came}"
