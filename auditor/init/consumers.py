"""Consumers, put together out of inboxes, cursors and parked events, and held against the log that they read.

An inbox and a cursor belong together where they bear one name, or where a store has but one of each for a log and the
rows do not speak against it. A consumer that takes a part of the log which its types do not explain is doubtful:
audited as it stands, it would be accused of losses that are none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from auditor.init import words
from auditor.init.coverage import Coverage, LookedUp, coverage, look_up
from auditor.init.looks import Looks, SeenEvent
from auditor.init.proposals import ConsumerProposal, CursorProposal, InboxProposal, LogProposal, Sureness
from auditor.init.taking import with_types_and_start
from auditor.moment import to_moment

_MAY_DIFFER = 0.2
_LAG = timedelta(minutes=5)
"""The default of ``max_lag``."""
_ENOUGH, _NEARLY_ALL, _MOST = 20, 0.9, 0.5


@dataclass(slots=True)
class _Parts:
    """What is left to be put together for one log."""

    log: LogProposal
    cursors: list[CursorProposal]
    parked: list[InboxProposal]
    looks: Looks
    consumers: list[ConsumerProposal] = field(default_factory=list)


def consumers_of(
    log: LogProposal,
    receipts: Sequence[InboxProposal],
    cursors: list[CursorProposal],
    looks: Looks,
) -> list[ConsumerProposal]:
    """The consumers of one log. Their names are not yet unique. What is used of ``cursors`` is taken out of it."""
    parts = _Parts(
        log,
        cursors,
        [each for each in receipts if each.log == log.name and each.parked],
        looks,
    )
    looked = [(each, look_up(log, each, looks)) for each in receipts if each.log == log.name and not each.parked]
    seen = [(_weighed(each, found, log), found) for each, found in looked]
    inboxes = [each for each, _ in seen]
    others = [each for each in receipts if each.log != log.name and not each.parked]
    paired = [(inbox, found, _namesake(inbox, inboxes, parts)) for inbox, found in seen]
    for inbox, found, namesake in paired:
        cursor = namesake or _only_one(inbox, [*inboxes, *others], found, parts)
        _take(parts, cursor)
        parts.consumers.append(_with_inbox(parts, inbox, cursor, found))
    for cursor in [each for each in parts.cursors if each.logs == (log.name,) and each.sureness > Sureness.UNSURE]:
        _take(parts, cursor)
        parts.consumers.append(_with_cursor_alone(parts, cursor))
    return _with_parked(parts)


def _take(parts: _Parts, cursor: CursorProposal | None) -> None:
    if cursor is not None and cursor in parts.cursors:
        parts.cursors.remove(cursor)


def _namesake(inbox: InboxProposal, inboxes: Sequence[InboxProposal], parts: _Parts) -> CursorProposal | None:
    """The one cursor of that name, if this is the one inbox of it."""
    found = [each for each in _cursors_at(inbox, parts) if _alike(each.label, inbox.label)]
    rivals = [each for each in inboxes if each.table.store == inbox.table.store and _alike(each.label, inbox.label)]
    if len(found) != 1 or len(rivals) != 1:
        return None
    parts.cursors.remove(found[0])
    return found[0]


def _cursors_at(inbox: InboxProposal, parts: _Parts) -> list[CursorProposal]:
    """The cursors beside an inbox that may be about its log."""
    here = [each for each in parts.cursors if each.table.store == inbox.table.store and inbox.log in each.logs]
    return [each for each in here if each.sureness > Sureness.UNSURE]


def _alike(left: str | None, right: str | None) -> bool:
    if left is None or right is None:
        return False
    ours, theirs = set(words.words(left)), set(words.words(right))
    return left == right or bool(ours and theirs and (ours <= theirs or theirs <= ours))


def _only_one(
    inbox: InboxProposal, everybody: Sequence[InboxProposal], looked: LookedUp, parts: _Parts
) -> CursorProposal | None:
    """The cursor, where the store has one for this log and one inbox, and the two do not contradict each other."""
    here = _cursors_at(inbox, parts)
    if len(here) != 1 or inbox.sureness is Sureness.UNSURE:
        return None
    beside = [each for each in everybody if each.table.store == inbox.table.store and each.sureness > Sureness.UNSURE]
    rivals = [each for each in beside if each is not inbox]
    if any(each.log == inbox.log or len(here[0].logs) > 1 for each in rivals):
        return None
    alone, together = coverage(looked, None), coverage(looked, _processed(here[0]))
    if alone.share is None or together.share is None or together.share < alone.share - _MAY_DIFFER:
        return None
    return here[0]


def _processed(cursor: CursorProposal | None) -> int | None:
    """The highest position that the cursor calls processed."""
    if cursor is None or not cursor.values or cursor.partition is not None:
        return None
    return max(cursor.values) - (cursor.means == "next")


def _with_inbox(
    parts: _Parts, inbox: InboxProposal, cursor: CursorProposal | None, looked: LookedUp
) -> ConsumerProposal:
    seen = coverage(looked, _processed(cursor))
    doubt = _doubt(inbox, seen, looked)
    sureness = min(inbox.sureness, parts.log.sureness, cursor.sureness if cursor else Sureness.SURE)
    proposal = ConsumerProposal(
        name=_name(inbox, cursor, parts.log),
        log=parts.log.name,
        store=inbox.table.store,
        sureness=Sureness.UNSURE if doubt else sureness,
        reasons=_reasons(inbox, cursor),
        cursor=cursor,
        inbox=inbox,
        doubt=doubt,
    )
    return with_types_and_start(proposal, parts.log, seen, parts.looks.now)


def _weighed(inbox: InboxProposal, looked: LookedUp, log: LogProposal) -> InboxProposal:
    """The inbox with what the look-up shows of it.

    In another store than the log's, having all events of some types and none of the others is no coincidence. Events
    that stand in it several times may be several consumers', attempts, or duplicates: no rows tell which.
    """
    if looked.repeated:
        return replace(inbox, sureness=Sureness.UNSURE)
    seen = coverage(looked, None)
    elsewhere = inbox.table.store != log.table.store
    has_all = seen.looked_up >= _ENOUGH and (seen.share or 0) >= _NEARLY_ALL
    if inbox.sureness is not Sureness.UNSURE or not elsewhere or not has_all:
        return inbox
    reason = "it has the events that it would have"
    return replace(inbox, sureness=Sureness.LIKELY, reasons=(*inbox.reasons, reason))


def _doubt(inbox: InboxProposal, seen: Coverage, looked: LookedUp) -> str | None:
    if looked.repeated:
        return (
            f"{looked.repeated} of the {len(looked.received)} events found in it stand in it more than once: rows of "
            "several consumers (`where` tells them apart), attempts, or duplicates"
        )
    if inbox.sureness is Sureness.UNSURE:
        return "it is not clear that this table is an inbox of this log"
    if looked.failed:
        return "log and inbox could not be compared, so which types it takes is not known"
    if seen.looked_up and not seen.types:
        return f"none of the {seen.looked_up} events of the log that were looked up has a receipt yet"
    if seen.share is not None and seen.share < _MOST:
        return "it lacks most of what it would have: it seems to take a part of the log that types do not explain"
    if seen.part is not None:
        return f"{seen.part}: it seems to take a part of the log that types do not explain"
    return None


def _reasons(inbox: InboxProposal, cursor: CursorProposal | None) -> tuple[str, ...]:
    if cursor is None:
        return ()
    same = _alike(inbox.label, cursor.label)
    return ("cursor and inbox bear one name",) if same else ("the only cursor and the only inbox for this log here",)


def _name(inbox: InboxProposal | None, cursor: CursorProposal | None, log: LogProposal) -> str:
    table = (inbox or cursor or log).table if inbox or cursor else log.table
    if inbox is not None and inbox.label is not None:
        return inbox.label
    if cursor is not None and cursor.label is not None and not _names_upstream(cursor.label, log):
        return cursor.label
    if table.store != log.table.store:
        return table.store
    return (cursor.label if cursor is not None else None) or words.slug(table.bare)


def _names_upstream(label: str, log: LogProposal) -> bool:
    """Whether a cursor is called after what is read, not after who reads."""
    said, store = set(words.words(label)), set(words.words(log.table.store))
    return words.is_about(label, log.table.bare) or bool(store and store <= said)


def _with_cursor_alone(parts: _Parts, cursor: CursorProposal) -> ConsumerProposal:
    notes = ("no inbox was found: what its cursor has passed cannot be verified, only whether it lags",)
    return ConsumerProposal(
        name=_name(None, cursor, parts.log),
        log=parts.log.name,
        store=cursor.table.store,
        sureness=min(cursor.sureness, parts.log.sureness),
        reasons=(),
        cursor=cursor,
        notes=notes,
        doubt=_doubt_about_cursor(parts, cursor),
    )


def _doubt_about_cursor(parts: _Parts, cursor: CursorProposal) -> str | None:
    """A cursor that stands still at the last event that its consumer takes does not lag, and nothing shows which is."""
    look, processed = parts.looks.log(parts.log), _processed(cursor)
    if look.failure is not None:
        return "the log could not be looked at, so whether it lags is not known"
    if cursor.partition is not None and sorted(cursor.values) != sorted(look.heads.values()):
        return f"its cursors do not stand at the end of every {cursor.partition}: it lags, or it takes a part only"
    if processed is None:
        return None
    after = [event for event in look.events if event.position > processed]
    if all(_is_young(event, parts.looks.now) for event in after):
        return None
    return (
        f"its cursor stands at {processed} and the log goes on to {look.head}: it lags, or it takes a part only (which "
        "`types` may say); without an inbox nothing shows which"
    )


def _is_young(event: SeenEvent, now: datetime) -> bool:
    time = to_moment(event.time)
    return time is not None and now - time < _LAG


def _with_parked(parts: _Parts) -> list[ConsumerProposal]:
    """Parked events go to the consumer of their name, or to the only one of their store."""
    consumers = list(parts.consumers)
    for parked in parts.parked:
        here = [n for n, each in enumerate(consumers) if each.store == parked.table.store and each.parked is None]
        named = [n for n in here if _alike(consumers[n].name, parked.label)]
        chosen = named if len(named) == 1 else here
        if len(chosen) == 1 and parked.sureness > Sureness.UNSURE:
            consumers[chosen[0]] = replace(consumers[chosen[0]], parked=parked)
    return consumers


def unplaced(consumers: Sequence[ConsumerProposal], receipts: Sequence[InboxProposal]) -> Iterator[InboxProposal]:
    """Parked events that no consumer was found for."""
    placed = [each.parked for each in consumers if each.parked is not None]
    return (each for each in receipts if each.parked and each not in placed)
