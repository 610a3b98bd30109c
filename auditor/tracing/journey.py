"""One trace: what was asked is found, its way is followed, and where no log has it the consumers are asked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from auditor.config import Config, load
from auditor.desk import Desk
from auditor.observer import Observer, Silent
from auditor.tracing.asked import AmbiguousEventError, Asked, readings
from auditor.tracing.growth import grow
from auditor.tracing.hops import Hops
from auditor.tracing.search import Meaning, Search, named, search
from auditor.tracing.sent_again import with_redeliveries
from auditor.tracing.unwritten import unwritten
from checks.model.event import Event
from checks.model.trace import By, Hop, HopKind, Sought, Trace
from checks.wording import quoted


def trace(
    config: Config | str | Path,
    event: str,
    *,
    log: str | None = None,
    partition: str | None = None,
    as_id: bool = False,
    as_version: bool = False,
    observer: Observer | None = None,
) -> Trace:
    """Find one event at every hop of a config: by its id, ``LOG:POSITION`` or ``STREAM@VERSION``.

    ``log``: look in this log only; a whole number is then a position of it. ``partition``: of that position, or of
    that stream. ``as_id``, ``as_version``: ``event`` is meant so, and in no other way.

    Raises ConfigError for a config that cannot be read, UsageError for what cannot be an event of it, and
    :class:`AmbiguousEventError` where it is two of them. Stores that fail do not raise: their hops cannot be told.
    """
    settings = config if isinstance(config, Config) else load(Path(config))
    asked = Asked(text=event, log=log, partition=partition, as_id=as_id, as_version=as_version)
    meant = readings(asked, settings)
    desk = Desk(settings, observer or Silent())
    try:
        return _traced(desk, asked, meant)
    finally:
        desk.close()


def _traced(desk: Desk, asked: Asked, meant: Sequence[Sought]) -> Trace:
    at = datetime.now(UTC)
    found = search(desk, meant)
    if not found.meanings:
        left, id_ = unwritten(desk, asked, at, meant, found.looks)
        # What has a trace of it was read after the logs: they are asked once more before they are said to lack it.
        found = search(desk, meant) if left.hops else found
        if not found.meanings:
            return left if id_ is None else _by_receipt(desk, asked, left, id_)
    distinct = found.distinct()
    if len(distinct) > 1:
        raise AmbiguousEventError(asked.text, [each.describe() for each in distinct])
    return _followed(desk, asked, at, distinct[0], found)


def _by_receipt(desk: Desk, asked: Asked, left: Trace, id_: str) -> Trace:
    """What no log has under what was asked for is followed by the id of its receipt, where something else has that."""
    found = search(desk, [Sought(by=By.ID, event=Event(id=id_))])
    distinct = found.distinct()
    if len(distinct) != 1 or left.sought is None:
        return left
    followed = _followed(desk, asked, left.at, distinct[0], found)
    note = f"no log has {named(left.sought.event)}: followed by the id {quoted(id_)}, which its receipt has"
    return replace(followed, looked=(*left.looked, *followed.looked), notes=(note, *followed.notes))


def _followed(desk: Desk, asked: Asked, at: datetime, meaning: Meaning, found: Search) -> Trace:
    root = grow(desk, meaning.root)
    hops = with_redeliveries(desk.config.ledger, Hops(desk).walk(root))
    notes = [] if meaning.root.note is None else [meaning.root.note]
    return Trace(
        asked=asked.text,
        at=at,
        sought=meaning.sought,
        event=_first(hops, meaning.sought),
        hops=hops,
        looked=tuple(dict.fromkeys(found.looks)),
        notes=tuple(notes),
    )


def _first(hops: Sequence[Hop], sought: Sought) -> Event:
    """The event as the first log on the way has it."""
    return next((hop.event for hop in hops if hop.of is HopKind.LOG and hop.count), sought.event)
