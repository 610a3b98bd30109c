"""What the terminal says of an event's way: where it was lost, and how far a new consumer has come."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from rich.text import Text

from checks.model.finding import Finding
from checks.model.result import Audit, Loss, LostAt, Progress
from checks.wording import lasting
from reports.page import Page
from reports.visible import visible
from reports.weighing import many, weighing

MOST_RANGES = 5
_HOW = {
    LostAt.NOT_WRITTEN: "changed in {source}, without an event in {target}",
    LostAt.NOT_IN_LOG: "lacking in {source} below the last of their streams: never written, or deleted",
    LostAt.NOT_DERIVED: "in {source}, not in {target}",
    LostAt.NOT_SENT: "in {source}, not marked sent, not at {target}",
    LostAt.NOT_RECEIVED: "in {source}, never received by {target}",
    LostAt.SENT_NOT_RECEIVED: "marked sent in {source}, never received by {target}",
}

_NOUNS = {LostAt.NOT_WRITTEN: "stream", LostAt.NOT_IN_LOG: "version"}
"""What is counted, where it is not events."""


_BETWEEN = {
    LostAt.NOT_WRITTEN: "between {source} and {target}, no event was written",
    LostAt.NOT_IN_LOG: "in {source} itself",
    LostAt.NOT_DERIVED: "between {source} and {target}",
    LostAt.NOT_SENT: "between {source} and {target}, not marked sent",
    LostAt.NOT_RECEIVED: "between {source} and {target}",
    LostAt.SENT_NOT_RECEIVED: "between {source} and {target}, marked sent",
}


ByFinding = Mapping[tuple[str, str, str | None], Sequence[tuple[Audit, Loss]]]
"""The losses that a finding tells of, by its audit, check and partition, each with the audit of whoever lacks it."""


def by_finding(audits: Sequence[Audit]) -> ByFinding:
    """All that weighs, looked through once: there may be as many losses as findings."""
    found: dict[tuple[str, str, str | None], list[tuple[Audit, Loss]]] = {}
    for reader, lost in weighing(audits):
        for loss in lost:
            found.setdefault((loss.audit, loss.check, loss.partition), []).append((reader, loss))
    return found


def hops(audit: Audit, finding: Finding, losses_by_finding: ByFinding) -> Iterator[Text]:
    """The hops at which the events of a finding were lost, each with the consumers behind it that lack them, too."""
    lost: dict[tuple[LostAt, str, str], list[tuple[Audit, Loss]]] = {}
    for reader, loss in losses_by_finding.get((audit.name, finding.check, finding.partition), ()):
        lost.setdefault((loss.how, loss.source, loss.target), []).append((reader, loss))
    for (_, _, target), losses_there in lost.items():
        where = between(losses_there[0][1])
        count = max(loss.count for _, loss in losses_there)
        some = f"{count:,} of them " if count < finding.count else ""
        behind = ", ".join(dict.fromkeys(visible(reader.name) for reader, _ in losses_there if reader.name != target))
        yield Text.assemble(f"{some}lost ", (where, "bold"), _behind(losses_there[0][1], behind))


def _behind(loss: Loss, consumers: str) -> str:
    """Who lacks it, too. A version that a log lacks has no id by which a consumer's receipts could be asked for it."""
    if not consumers:
        return ""
    if loss.how is LostAt.NOT_IN_LOG:
        return f": whether it ever was at {consumers} cannot be told"
    return f": never at {consumers}"


def losses(page: Page, audits: Sequence[Audit]) -> None:
    """For every consumer that lost events before the log it reads: all its losses, in the order of its events' way.

    What the others lost, their findings say.
    """
    lost = [
        (audit, loss)
        for audit, its in weighing(audits)
        if any(each.audit != audit.name for each in its)
        for loss in its
    ]
    if lost:
        page.heading("where they were lost")
    for audit, loss in lost:
        page.line(Text.assemble((visible(audit.name), "bold"), f": {told(loss)}"), indent=2, hang=2)


def at_hop(loss: Loss, named: Callable[[str], str] = visible) -> str:
    """Where they are and where not: ``in orders, never received by billing``."""
    return _HOW[loss.how].format(source=named(loss.source), target=named(loss.target))


def between(loss: Loss, named: Callable[[str], str] = visible) -> str:
    """The hop, where the finding beside it says what is lost: ``between orders and billing``."""
    return _BETWEEN[loss.how].format(source=named(loss.source), target=named(loss.target))


def noun(loss: Loss) -> str:
    """What a loss counts, one of them."""
    return _NOUNS.get(loss.how, "event")


def told(loss: Loss, named: Callable[[str], str] = visible) -> str:
    """A loss in one sentence. ``named``: how a name from the config or the data is put."""
    part = "" if loss.partition is None else f" in partition {named(loss.partition)}"
    return f"{many([loss], noun(loss))}{part} {at_hop(loss, named)}{_places(loss)} ({named(loss.audit)}, {loss.check})"


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
        page.line(Text.assemble((visible(audit.name), "bold"), f": {_far(far)}"), indent=2, hang=2)


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
