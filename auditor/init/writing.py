"""A draft as an auditor.toml with comments: how sure each part is and why, and what only its reader can know."""

from collections.abc import Iterator, Sequence

from auditor.identity import Kind
from auditor.init import toml
from auditor.init.drafting import Draft
from auditor.init.proposals import ConsumerProposal, CursorProposal, InboxProposal, LogProposal
from auditor.init.sections import Entry, Section, written
from auditor.init.sources import Source
from checks.wording import quoted

_INTRODUCTION = (
    "Written by `auditor init` from what the databases show: names, types, keys, and a few rows. Read it once before "
    "you believe it. What is clear counts; what is not is a comment without a blank (#key = …), with the reason."
)
_HEADING = (
    _INTRODUCTION,
    "",
    "auditor doctor    whether all of it can be read and judged",
    "auditor check     the audit",
)
_DRAWN = (
    "say so if the very transaction that inserts an event draws its position: holes in the positions can then be "
    "proven harmless. Wrong if positions are given, cached, or drawn beforehand; no catalogue shows that"
)
_SENT = "marks what was sent of this outbox: then what waits too long is seen (rows may be deleted once they are sent)"
_RECEIVED_AT = "a time: the order of receipts is then looked at, but times prove none (what is seen stays unknown)"
_SAY_SO = "if one of them holds receipts or cursors, say so: [consumers.NAME.inbox], [consumers.NAME.cursor]"
_LEFT_OUT_AT_MOST = 30


def config_text(draft: Draft, sources: Sequence[Source]) -> str:
    """The text of the config."""
    sections = [*map(_store, sources)]
    for log in draft.logs:
        sections += [_log(log), *_consumers(draft.consumers, log.name)]
        sections += _consumers(draft.doubtful_consumers, log.name, active=False)
    sections += [_log(log, active=False) for log in draft.doubtful_logs]
    return written(_HEADING, sections, list(_ending(draft)))


def _store(source: Source) -> Section:
    return Section(path=("stores", source.name), entries=(Entry(key="url", value=source.written),))


def _log(log: LogProposal, *, active: bool = True) -> Section:
    said = f"auditor init … --log {log.table.name} looks for its consumers as well; or" if log.by_shape else "Then"
    doubt = () if active else (f"Not audited: is this a log? {said} take the comment marks away.",)
    return Section(
        path=("logs", log.name),
        entries=tuple(_preset_log(log) if log.preset else _log_keys(log)),
        above=(f"{log.sureness.word}: {'; '.join(log.reasons)}.", *doubt),
        active=active,
    )


def _preset_log(log: LogProposal) -> Iterator[Entry]:
    yield Entry(key="store", value=log.table.store)
    for key, value in log.preset.items():
        yield Entry(key=key, value=value)


def _log_keys(log: LogProposal) -> Iterator[Entry]:
    remarks = dict(log.remarks)
    yield Entry(key="store", value=log.table.store)
    yield Entry(key="table", value=log.table.name, remark=remarks.get("table"))
    yield Entry(key="position", value=log.position, remark=_on_position(log))
    for key in ("partition", "id", "stream", "version"):
        yield from _column(log, key)
    if log.version is not None and log.first_version == 0:
        yield Entry(key="first_version", value=0)
    for key in ("type", "time"):
        yield from _column(log, key)
    if _may_be_drawn_on_insert(log):
        yield Entry(key="positions", value="drawn-on-insert", remark=_DRAWN, active=False)
    if log.sent is not None:
        yield Entry(key="sent", value=log.sent, remark=_SENT, active=False)


def _column(log: LogProposal, key: str) -> Iterator[Entry]:
    column, remark = getattr(log, key), log.remarks.get(key)
    if column is not None:
        yield Entry(key=key, value=column, remark=remark)
    elif remark is not None:
        yield Entry(key=key, value="…", remark=remark, active=False)


def _on_position(log: LogProposal) -> str | None:
    if log.partition is not None:
        return f"counted for each {log.partition} by itself"
    if log.table.column(log.position) is None:
        return "SQLite's own number of a row; VACUUM may change it"
    return None


def _may_be_drawn_on_insert(log: LogProposal) -> bool:
    column = log.table.column(log.position)
    return column is not None and column.draws and not log.table.row_id


def _consumers(consumers: Sequence[ConsumerProposal], log: str, *, active: bool = True) -> Iterator[Section]:
    for one in consumers:
        if one.log == log:
            yield from _consumer(one, active=active)


def _consumer(one: ConsumerProposal, *, active: bool) -> Iterator[Section]:
    doubt = (f"Not audited: {one.doubt}.",) if one.doubt and not active else ()
    why = "; ".join(one.reasons)
    notes = (f"Mind: {note}." for note in (*one.notes, *_without_cursor(one)))
    above = (f"{one.sureness.word}{f': {why}' if why else ''}.", *doubt, *notes)
    yield Section(path=("consumers", one.name), entries=tuple(_consumer_keys(one)), above=above, active=active)
    here = ("consumers", one.name)
    if one.cursor is not None:
        yield _cursor((*here, "cursor"), one.cursor, active=active)
    if one.inbox is not None:
        yield _receipts((*here, "inbox"), one.inbox, active=active)
    if one.parked is not None:
        yield _receipts((*here, "parked"), one.parked, active=active)


def _without_cursor(one: ConsumerProposal) -> Iterator[str]:
    if one.cursor is None:
        yield (
            "no cursor was found, so it is taken to have come as far as its last receipt, and the loss of the last "
            f"events cannot be told from a lag; if it keeps a cursor, add [consumers.{toml.key(one.name)}.cursor]"
        )


def _consumer_keys(one: ConsumerProposal) -> Iterator[Entry]:
    yield Entry(key="log", value=one.log)
    yield Entry(key="store", value=one.store)
    if one.types is not None:
        yield Entry(key="types", value=one.types, remark=one.types_remark)
    if one.start is not None:
        yield Entry(key="start", value=one.start, remark=one.start_remark)
    elif one.start_remark is not None:
        yield Entry(key="start", value="first", remark=one.start_remark, active=False)


def _cursor(path: tuple[str, ...], cursor: CursorProposal, *, active: bool) -> Section:
    return Section(
        path=path,
        entries=tuple(_subscription(cursor) if cursor.subscription is not None else _cursor_keys(cursor)),
        above=(f"{cursor.sureness.word}: {'; '.join(cursor.reasons)}.",),
        active=active,
    )


def _subscription(cursor: CursorProposal) -> Iterator[Entry]:
    yield Entry(key="subscription", value=cursor.subscription or "")
    for key, value in cursor.preset.items():
        yield Entry(key=key, value=value)


def _cursor_keys(cursor: CursorProposal) -> Iterator[Entry]:
    yield Entry(key="table", value=cursor.table.name)
    if cursor.where:
        yield Entry(key="where", value=cursor.where)
    yield Entry(key="position", value=cursor.position)
    if cursor.partition is not None:
        yield Entry(key="partition", value=cursor.partition, remark="a row for each")
    if cursor.means != "last-processed":
        yield Entry(key="means", value=cursor.means, remark="by its name; the default is the last processed one")


def _receipts(path: tuple[str, ...], inbox: InboxProposal, *, active: bool) -> Section:
    hints = (f"Add {hint}" for hint in inbox.hints)
    return Section(
        path=path,
        entries=tuple(_receipt_keys(inbox)),
        above=(f"{inbox.sureness.word}: {'; '.join(inbox.reasons)}.", *hints),
        active=active,
    )


def _receipt_keys(inbox: InboxProposal) -> Iterator[Entry]:
    yield Entry(key="table", value=inbox.table.name)
    if inbox.where:
        yield Entry(key="where", value=inbox.where)
    for key in ("id", "position", "partition", "stream", "version", "type"):
        if key in inbox.columns and not (inbox.parked and key == "type"):
            yield Entry(key=key, value=inbox.columns[key])
    if inbox.received is not None:
        is_time = inbox.table.kind(inbox.received) is Kind.TIME
        remark = _RECEIVED_AT if is_time else "orders the receipts"
        yield Entry(key="received", value=inbox.received, remark=remark, active=not is_time)


def _ending(draft: Draft) -> Iterator[str]:
    lines = list(_left_out(draft))
    if lines:
        yield "Left out:"
    yield from (f"  {line}" for line in lines)


def _left_out(draft: Draft) -> Iterator[str]:
    for name, why in draft.left_out[:_LEFT_OUT_AT_MOST]:
        yield f"{name}: {why}"
    if len(draft.left_out) > _LEFT_OUT_AT_MOST:
        yield f"and {len(draft.left_out) - _LEFT_OUT_AT_MOST} more"
    for store, names in draft.not_understood.items():
        yield f"looked at in {store}, not understood: {_listed(names)}"
    if draft.not_understood:
        yield _SAY_SO
    for store, names in draft.views.items():
        yield f"not looked at in {store}, for tables alone are: {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(quoted, names[:_LEFT_OUT_AT_MOST]))
    return shown + (f" and {len(names) - _LEFT_OUT_AT_MOST} more" if len(names) > _LEFT_OUT_AT_MOST else "")
