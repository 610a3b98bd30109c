"""Which tables may be logs, from names, types and keys alone. What their rows show is looked at afterwards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from auditor.init import columns, shape, words
from auditor.init.proposals import LogProposal, NearMiss, Sureness
from auditor.stores.introspection import TableInfo

_SURE, _LIKELY = 8, 6
_ROW_ID = "rowid"


@dataclass(slots=True)
class _Score:
    """Points, and what each was given for."""

    points: int = 0
    reasons: list[str] = field(default_factory=list)

    def give(self, points: int, reason: str) -> None:
        self.points += points
        self.reasons.append(reason)


def logs_among(tables: Sequence[TableInfo]) -> tuple[list[LogProposal], list[NearMiss]]:
    """Every table that may be a log, the surest first, and those that come near."""
    logs, misses = [], []
    for table in tables:
        match _judge(table):
            case LogProposal() as proposal:
                logs.append(proposal)
            case NearMiss() as miss:
                misses.append(miss)
    return sorted(logs, key=lambda log: (-log.sureness, -log.points)), misses


def as_log(table: TableInfo) -> LogProposal | NearMiss:
    """A table that somebody called a log, whatever it looks like."""
    proposal = _judge(table, named=True)
    return NearMiss(table=table, lacks="nothing in it looks like an event") if proposal is None else proposal


def _judge(table: TableInfo, *, named: bool = False) -> LogProposal | NearMiss | None:
    role = words.role(table.bare)
    is_maybe = role in (None, words.Role.MAYBE_EVENTS)
    if not named and not is_maybe and role not in (words.Role.EVENTS, words.Role.OUTBOX):
        return None
    placed = _placed(table)
    ordered = columns.position(table, placed)
    proposal = _proposal(table, placed, ordered) if ordered else None
    by_key = bool(placed and placed.by_key and not placed.by_shape)
    essential = role in (words.Role.EVENTS, words.Role.OUTBOX) or by_key
    if proposal is None:
        lacks = "no column of whole numbers orders its rows: a unique one, or one that is drawn from a sequence"
        return NearMiss(table=table, lacks=lacks) if essential or named else None
    score = _score(table, role, proposal)
    if named:
        return replace(proposal, sureness=Sureness.SURE, reasons=("named on the command line", *score.reasons))
    is_told = role is words.Role.MAYBE_EVENTS and proposal.type and (proposal.id or proposal.version)
    if not essential and not is_told and not proposal.by_shape:
        return None
    if score.points < _LIKELY:
        lacks = "too little of it looks like events: neither streams with versions, nor a type, a payload and an id"
        return NearMiss(table=table, lacks=lacks) if essential else None
    sureness = _sureness(score.points, proposal, essential=essential)
    return replace(proposal, sureness=sureness, reasons=tuple(score.reasons), points=score.points)


def _placed(table: TableInfo) -> columns.StreamVersion | None:
    placed = columns.stream_and_version(table)
    return placed if placed and placed.by_key else shape.stream_and_version(table) or placed


def _sureness(points: int, log: LogProposal, *, essential: bool) -> Sureness:
    if not essential:
        return Sureness.UNSURE
    is_identified = log.by_key or (log.id is not None and log.table.is_unique(log.id))
    return Sureness.SURE if points >= _SURE and is_identified else Sureness.LIKELY


def _proposal(table: TableInfo, placed: columns.StreamVersion | None, ordered: columns.Position) -> LogProposal:
    version = placed.version if placed and placed.version != ordered.column else None
    stream = placed.stream if placed else _stream_alone(table, ordered)
    taken = (ordered.column, ordered.partition, stream, version)
    id_ = columns.event_id(table, taken)
    type_ = columns.event_type(table, (*taken, id_))
    by_shape = bool(placed and placed.by_shape)
    outbox = words.role(table.bare) is words.Role.OUTBOX
    return LogProposal(
        name=words.slug(table.name),
        table=table,
        sureness=Sureness.UNSURE,
        reasons=(),
        position=ordered.column,
        partition=ordered.partition,
        id=id_,
        stream=stream,
        version=version,
        type=type_,
        time=columns.event_time(table, (*taken, id_, type_)) or (shape.only_time(table) if by_shape else None),
        sent=columns.sent(table) if outbox or columns.sent(table) else None,
        by_key=bool(placed and placed.by_key),
        by_shape=by_shape,
    )


def _stream_alone(table: TableInfo, ordered: columns.Position) -> str | None:
    named = (c.name for c in table.of_kind(*columns.IDENTITIES) if words.rank(c.name, words.STREAMS) is not None)
    return next((name for name in named if name not in (ordered.column, ordered.partition)), None)


def _score(table: TableInfo, role: words.Role | None, log: LogProposal) -> _Score:
    score = _Score()
    for points, reason in _grounds(table, role, log):
        score.give(points, reason)
    return score


def _grounds(table: TableInfo, role: words.Role | None, log: LogProposal) -> Iterator[tuple[int, str]]:
    if log.by_key and log.version:
        yield 4, f"a unique key over ({log.stream}, {log.version})"
    elif log.version:
        yield 1, f"columns {log.stream} and {log.version}"
    if role in (words.Role.EVENTS, words.Role.OUTBOX):
        yield 3, f"named {table.bare}"
    elif role is words.Role.MAYBE_EVENTS:
        yield 1, f"named {table.bare}"
    yield from _on_position(table, log)
    if log.id and table.is_unique(log.id):
        yield 2, f"{log.id} is unique"
    if log.type:
        # Customers, venues and chat rooms have names, too.
        yield 0 if words.words(log.type) == ("name",) else 2, f"a type in {log.type}"
    if log.time:
        yield 1, f"a time in {log.time}"
    taken = (log.position, log.partition, log.id, log.stream, log.version, log.type, log.time)
    if (content := columns.payload(table, taken)) is not None:
        yield 1, f"a payload in {content}"


def _on_position(table: TableInfo, log: LogProposal) -> Iterator[tuple[int, str]]:
    if log.position == _ROW_ID:
        yield 0, "SQLite's row id orders it"
        return
    if log.partition:
        yield 2, f"a unique key over ({log.partition}, {log.position})"
        return
    column = table.column(log.position)
    if column is not None and column.draws:
        yield 2, f"{log.position} is drawn from a sequence" if not table.row_id else f"{log.position} numbers its rows"
    if words.rank(log.position, words.POSITIONS) is not None:
        yield 1, f"named {log.position}"
