"""What it means that a log has no row of the event. Nothing is read here."""

from collections.abc import Sequence

from auditor.config import LogConfig
from auditor.tracing.growth import Branch
from auditor.tracing.publishing import Publishing
from auditor.tracing.search import told
from checks.model.event import Event
from checks.model.trace import Hop, HopVerdict
from checks.wording import lasting


def judge_absence(branch: Branch, age: float | None, holders: Sequence[str] = ()) -> tuple[HopVerdict, str | None]:
    """``age``: of the upstream event, in seconds; ``None``: it is not known. ``holders``: consumers that have it."""
    if branch.upstream is None:
        derived = [child.log.name for child in branch.children if child.rows.rows]
        return not_written(branch.log, branch.seeds[0], branch.behind, [*holders, *derived])
    if branch.unwanted is not None:
        return HopVerdict.NOT_WANTED, branch.unwanted
    if not branch.upstream.rows.rows or branch.lack is not None:
        upstream = branch.upstream.log.name
        return HopVerdict.CANNOT_TELL, branch.lack or f"it has no row of it, and {upstream} showed none either"
    if branch.behind is not None:
        return HopVerdict.CANNOT_TELL, f"its server may lack it: {branch.behind}"
    return _not_derived(branch, age, holders)


def not_written(
    log: LogConfig, event: Event, behind: str | None, holders: Sequence[str] = ()
) -> tuple[HopVerdict, str]:
    """What it means that a log has no row of what was looked for. ``holders``: who has it all the same."""
    text = f"it has no {told(event)}"
    if behind is not None:
        return HopVerdict.CANNOT_TELL, f"{text}; its server may lack it: {behind}"
    if log.retention is not None:
        return HopVerdict.CANNOT_TELL, f"{text}; it keeps events for {lasting(log.retention)} only"
    if holders:
        return HopVerdict.NOT_IN_LOG, f"{text}, any more, or ever: {_has(holders)}"
    return HopVerdict.NOT_WRITTEN, text


def _has(holders: Sequence[str]) -> str:
    names = list(dict.fromkeys(holders))
    return f"{', '.join(names)} {'has' if len(names) == 1 else 'have'} it"


def _not_derived(branch: Branch, age: float | None, holders: Sequence[str]) -> tuple[HopVerdict, str | None]:
    log = branch.log
    if branch.rows.left_out:
        return HopVerdict.NOT_DERIVED, f"a row names it, but the 'where' of {log.name} leaves that out"
    if _publisher(branch) is HopVerdict.NOT_YET:
        return HopVerdict.NOT_YET, "its publisher has not come to the event"
    if log.retention is not None and (age is None or age > log.retention.total_seconds()):
        return HopVerdict.CANNOT_TELL, f"it keeps events for {lasting(log.retention)} only"
    if branch.purged is not None:
        return HopVerdict.CANNOT_TELL, branch.purged
    if holders:
        return HopVerdict.NOT_IN_LOG, f"any more, or ever: {_has(holders)}"
    if log.per_event == "any":
        return HopVerdict.NOT_DERIVED, "and need not be: an event may become none (per_event = 'any')"
    if age is not None and 0 <= age < log.max_delay.total_seconds():
        return HopVerdict.NOT_DERIVED, f"it may take {lasting(log.max_delay)}"
    return HopVerdict.NOT_DERIVED, None


def _publisher(branch: Branch) -> HopVerdict | None:
    """What the publisher's cursor says of the first upstream row."""
    first = next(iter(branch.publishing.values()), None)
    return first.verdict if isinstance(first, Publishing) else None


def of_absent_log(log: Hop) -> tuple[HopVerdict, str]:
    """What is true of a consumer that has no trace of an event of which its log has no row."""
    text = f"{log.name} does not have it"
    if log.verdict is HopVerdict.NOT_WANTED:
        return HopVerdict.NOT_WANTED, text
    if log.verdict is HopVerdict.CANNOT_TELL:
        return HopVerdict.CANNOT_TELL, f"whether {log.name} has it is not known"
    is_late = log.verdict is HopVerdict.NOT_DERIVED and log.message is None  # and nothing excuses that
    if is_late or log.verdict is HopVerdict.NOT_IN_LOG:
        return HopVerdict.NOT_RECEIVED, f"and cannot be: {text}"
    return HopVerdict.NOT_YET, text
