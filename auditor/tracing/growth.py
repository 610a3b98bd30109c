"""The way of an event, from the log where it begins down to every log that was made of it.

Each log is read after the one that it is made of, in a snapshot of its own: what a log lacks is then not merely
younger than the look at it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from auditor.config import LogConfig
from auditor.desk import Desk, Failure
from auditor.identity import Kind
from auditor.moment import received_at
from auditor.stores.interface import ELIGIBLE, EXCLUDED, Snapshot, Wanted
from auditor.tracing.derivation import can_name, rows_naming, same_event_in
from auditor.tracing.publishing import Publishing, read_publishing
from auditor.tracing.rows import NO_ROWS, Row, Rows, scope_of
from auditor.tracing.search import Root
from checks.model.event import Event
from reports.json_document import moment


@dataclass(slots=True)
class Branch:
    """A log on the event's way, with the rows that are the event there.

    - ``seeds``: what is known of rows that are not there.
    - ``failure``: why the log could not be looked at; ``lack``: why its rows could not be told although it could.
    - ``unwanted``: why the event should not be in it; ``behind``: why its server may lack what is there by now.
    - ``purged``: why an outbox proves nothing by lacking a row.
    - ``publishing``: where its publisher's cursor stands against each upstream row.
    """

    log: LogConfig
    depth: int
    rows: Rows = NO_ROWS
    seeds: tuple[Event, ...] = ()
    failure: Failure | None = None
    lack: str | None = None
    unwanted: str | None = None
    behind: str | None = None
    purged: str | None = None
    publishing: dict[Row, Publishing | Failure] = field(default_factory=dict)
    upstream: "Branch | None" = None
    children: list["Branch"] = field(default_factory=list)

    @property
    def events(self) -> tuple[Event, ...]:
        """The event as the log has it, else as much as is known."""
        return tuple(row.event for row in self.rows.rows) or self.seeds

    def all(self) -> Iterator["Branch"]:
        """This one and all below it, in the order of the way."""
        yield self
        for child in self.children:
            yield from child.all()


def grow(desk: Desk, root: Root) -> Branch:
    """The whole tree below a root."""
    branch = Branch(root.log, 0, root.rows, root.seeds, root.failure, behind=root.behind)
    _extend(desk, branch)
    return branch


def _extend(desk: Desk, branch: Branch) -> None:
    for log in desk.config.logs.values():
        if log.derived_from == branch.log.name:
            child = Branch(log, branch.depth + 1, upstream=branch)
            branch.children.append(child)
            desk.observer.phase(f"{log.name}: looking for what was made of the event")
            _fill(desk, branch, child)
            _extend(desk, child)


def _fill(desk: Desk, branch: Branch, child: Branch) -> None:
    named = [event for event in branch.events if can_name(child.log, event)]
    if not named:
        child.lack = _why_unnamed(branch, child.log)
        return
    child.seeds = tuple(same for event in named if (same := same_event_in(child.log, event)) is not None)
    unwanted = desk.guarded(lambda: _unwanted(desk, branch, child.log))
    child.unwanted = None if isinstance(unwanted, Failure) else unwanted

    def look() -> Rows:
        child.behind = desk.behind(child.log.store)
        with desk.snapshot(child.log.store) as side:
            rows = _union([rows_naming(side, child.log, event, branch.rows.id_kind) for event in named])
            if not rows.total:
                child.purged = _purged(side, child.log, branch.events[0].time)
            _read_publishing(desk, side, branch, child)
            return rows

    rows = desk.guarded(look)
    if isinstance(rows, Failure):
        child.failure = rows
    else:
        child.rows = rows


def _purged(side: Snapshot, outbox: LogConfig, at: datetime | None) -> str | None:
    """Many outboxes delete what was sent. One that keeps what was sent before an event would have that, too."""
    if outbox.sent is None or outbox.retention is not None:
        return None
    earliest = side.earliest_sent(outbox)
    if earliest is None:
        return "it keeps no row that was sent, so this one may have been"
    since = received_at(earliest)
    if since is None or at is None:
        return "whether it keeps what was sent so long ago is not known"
    return f"it keeps no row that was sent before {moment(since)}" if at < since else None


def _read_publishing(desk: Desk, side: Snapshot, branch: Branch, child: Branch) -> None:
    """In the snapshot of the rows and after them: a statement that fails may end the snapshot."""
    cursor = child.log.cursor
    if cursor is None:
        return

    def look(row: Row) -> Publishing:
        with desk.snapshot(branch.log.store) as log_side:
            return read_publishing(log_side, side, branch.log, child.log, cursor, row)

    for row in branch.rows.rows:
        child.publishing[row] = desk.guarded(partial(look, row))


def _why_unnamed(branch: Branch, derived: LogConfig) -> str:
    if not branch.events:
        return f"{branch.log.name} does not have it"
    return f"the {derived.source_key} of the event in {branch.log.name} is not known, by which its rows name it"


def _union(found: Sequence[Rows]) -> Rows:
    """Rows of several upstream rows, each row once: an id that stands twice upstream is named once."""
    rows: dict[Event, Row] = {}
    for each in found:
        for row in each.rows:
            rows.setdefault(row.event, row)
    hidden = max((each.total - len(each.rows) for each in found), default=0)
    id_kind = found[0].id_kind if found else Kind.TEXT
    return Rows(tuple(rows.values()), len(rows) + hidden, id_kind, any(each.left_out for each in found))


def _unwanted(desk: Desk, branch: Branch, derived: LogConfig) -> str | None:
    """Why none of the upstream's rows should be derived; ``None``: one should, or it cannot be told."""
    if not branch.rows.rows:
        return branch.unwanted
    with desk.snapshot(branch.log.store) as snapshot:
        reasons = [
            why_unwanted(branch.log, row, scope_of(snapshot, branch.log, row.event, Wanted(derived.types)))
            for row in branch.rows.rows
        ]
    return None if None in reasons else reasons[0]


def why_unwanted(log: LogConfig, row: Row, scope: int | None, start: int | None = None) -> str | None:
    """Why a row of a log is not wanted, by its scope; ``None``: it is, or it cannot be told."""
    if not row.passes:
        return f"the 'where' of {log.name} leaves it out"
    if scope in (None, ELIGIBLE):
        return None
    if scope == EXCLUDED:
        return "it has no type" if row.event.type is None else f"its type {row.event.type!r} is none of the types"
    return f"it lies before start = {start}"
