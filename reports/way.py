"""What the terminal says of an event's way: where it was lost, and how far a new consumer has come."""

from collections.abc import Iterable

from rich.text import Text

from checks.model.result import Audit, Loss, LostAt, Progress
from checks.wording import counted, lasting
from reports.page import Page
from reports.visible import visible

MOST_RANGES = 5
_HOW = {
    LostAt.NOT_WRITTEN: "changed in {source}, without an event in {target}",
    LostAt.NOT_IN_LOG: "lacking between others of their streams in {source}: never written, or deleted",
    LostAt.NOT_DERIVED: "in {source}, not in {target}",
    LostAt.NOT_SENT: "in {source}, not marked sent, not at {target}",
    LostAt.NOT_RECEIVED: "in {source}, never received by {target}",
    LostAt.SENT_NOT_RECEIVED: "marked sent in {source}, never received by {target}",
}

_NOUNS = {LostAt.NOT_WRITTEN: "stream", LostAt.NOT_IN_LOG: "version"}
"""What is counted, where it is not events."""


def losses(page: Page, audits: Iterable[Audit]) -> None:
    """One line for each loss, for every consumer in the order of its events' way."""
    lost = [(audit, loss) for audit in audits for loss in audit.losses]
    if lost:
        page.heading("where they were lost")
    for audit, loss in lost:
        page.line(Text.assemble((visible(audit.name), "bold"), f": {_told(loss)}"), indent=2)


def at_hop(loss: Loss) -> str:
    """Where they are and where not: ``in orders, never received by billing``."""
    return _HOW[loss.how].format(source=visible(loss.source), target=visible(loss.target))


def noun(loss: Loss) -> str:
    """What a loss counts, one of them."""
    return _NOUNS.get(loss.how, "event")


def _told(loss: Loss) -> str:
    part = "" if loss.partition is None else f" in partition {visible(loss.partition)}"
    return (
        f"{counted(loss.count, noun(loss))}{part} {at_hop(loss)}{_places(loss)} ({visible(loss.audit)}, {loss.check})"
    )


def _places(loss: Loss) -> str:
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in loss.ranges[:MOST_RANGES]]
    more = len(loss.ranges) - len(shown)
    one = len(loss.ranges) == 1 and loss.ranges[0][0] == loss.ranges[0][1]
    said = f": {'position' if one else 'positions'} {', '.join(shown)}{f' and {more} more' if more else ''}"
    return said if shown else ""


def progress(page: Page, audits: Iterable[Audit]) -> None:
    """How far consumers have come, as long as something is left for them to receive."""
    under_way = [(audit, audit.progress) for audit in audits if audit.progress is not None and _has_more(audit)]
    if under_way:
        page.heading("how far they have come")
    for audit, far in under_way:
        page.line(Text.assemble((visible(audit.name), "bold"), f": {_far(far)}"), indent=2)


def _has_more(audit: Audit) -> bool:
    """Something may still come, or should have come first. What is merely missing or parked is no matter of time."""
    progress, totals = audit.progress, audit.totals
    if progress is None or totals is None or progress.received >= progress.eligible:
        return False
    return totals.pending > 0 or any(finding.check == "backfill-incomplete" for finding in audit.findings)


def _far(progress: Progress) -> str:
    percent = progress.received * 100 // progress.eligible
    said = f"{progress.received:,} of {progress.eligible:,} received ({percent}%)"
    if progress.per_second is not None:
        said += f", {_pace(progress.per_second)} events/s"
    return said if not progress.left else f"{said}, about {lasting(progress.left)} left"


def _pace(per_second: float) -> str:
    return f"{per_second:,.0f}" if per_second >= 10 or per_second == 0 else f"{per_second:.2g}"  # noqa: PLR2004
