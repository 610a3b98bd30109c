"""How much of a log a consumer has, by a sample of its events that are looked up in the inbox.

It tells three things that no catalogue shows: which types the consumer takes, whether it began with the log, and
whether this is its inbox at all. Types that it never received are no losses; that is the whole point of looking.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor.init.evidence_of_logs import types_of
from auditor.init.gaps import explained_by_parts
from auditor.init.looks import LogLook, Looks, SeenEvent, identity_of, match_of
from auditor.init.proposals import InboxProposal, LogProposal
from auditor.moment import to_moment

_AT_EACH_END = 25
_AT_ONCE = 1_500
_LATECOMER = 3
"""A type of which the first third was not received began later than the others, whatever it lacks afterwards."""


@dataclass(frozen=True, slots=True)
class TypeSeen:
    """Of one type: how many events were looked up, how many had a receipt, and whether it seems to begin late."""

    type: str | None
    looked_up: int
    received: int
    begins_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a sample of a log shows of a consumer, from its first receipt on.

    ``share``: of the types that it takes, how much has a receipt, up to the last one (or the cursor). ``first``: the
    very first event of the log that it would take has one; ``None`` where the sample does not show that. ``first_time``
    is when that event was recorded, where the log says so. ``part``: why what it lacks looks like no losses.
    """

    types: tuple[TypeSeen, ...] = ()
    looked_up: int = 0
    share: float | None = None
    first: bool | None = None
    first_time: datetime | None = None
    part: str | None = None

    @property
    def taken(self) -> tuple[str, ...]:
        """The types that it takes, by name."""
        return tuple(sorted(seen.type for seen in self.types if seen.type is not None and _is_taken(seen)))

    @property
    def left(self) -> tuple[TypeSeen, ...]:
        """The types that it does not take, as far as was seen."""
        return tuple(seen for seen in self.types if not _is_taken(seen))


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A sample of a log, and which of its events have a receipt.

    ``repeated``: how many have several. ``failed``: log or inbox could not be looked at.
    """

    look: LogLook
    events: Sequence[SeenEvent] = ()
    received: frozenset[SeenEvent] = frozenset()
    repeated: int = 0
    failed: bool = False


def look_up(log: LogProposal, inbox: InboxProposal, looks: Looks) -> LookedUp:
    """Look a sample of the log's events up in the inbox."""
    columns = {word: name for word, name in inbox.columns.items() if word in _identity(log, inbox)}
    match = match_of(log, inbox.table, columns)
    look = looks.log(log)
    if match is None or look.failure is not None:
        return LookedUp(look, failed=True)
    named = {event: identity for event in _thinned(look) if (identity := identity_of(event, match)) is not None}
    found = looks.in_inbox(inbox.table.store, inbox.inbox, match, named.values())
    if found is None:
        return LookedUp(look, failed=True)
    received = frozenset(event for event, identity in named.items() if identity in found)
    return LookedUp(look, tuple(named), received, repeated=sum(count > 1 for count in found.values()))


def _identity(log: LogProposal, inbox: InboxProposal) -> tuple[str, ...]:
    if log.id and "id" in inbox.columns:
        return ("id",)
    if "position" in inbox.columns:
        return ("partition", "position")
    return ("stream", "version")


def _thinned(look: LogLook) -> Sequence[SeenEvent]:
    """The sample, or of each type its first and last events and as many between: rare types whole, common ones thin."""
    if len(look.events) <= _AT_ONCE:
        return look.events
    kept: list[SeenEvent] = []
    for type_ in [*types_of(look.events), None]:
        some = [event for event in look.events if event.type == type_]
        step = max(1, len(some) // _AT_EACH_END)
        kept += [*some[:_AT_EACH_END], *some[_AT_EACH_END:-_AT_EACH_END:step], *some[-_AT_EACH_END:]]
    return sorted(set(kept), key=lambda event: (event.partition or "", event.position))


def coverage(looked: LookedUp, cursor: int | None) -> Coverage:
    """What was found, as a judgement. ``cursor``: the last position processed, where it is known."""
    look, events, received = looked.look, looked.events, looked.received
    if not received:
        return Coverage(looked_up=len(events), share=0.0 if events else None)
    first = min(event.position for event in received)
    last = max(event.position for event in received)
    window = [event for event in events if event.position >= first]
    types = tuple(_types(events, window, received))
    taken = {seen.type for seen in types if _is_taken(seen)}
    judged = [e for e in window if e.type in taken and e.position <= max(last, cursor or 0)]
    beginning = [event for event in look.beginning if event.type in taken and event.partition is None]
    return Coverage(
        types=types,
        looked_up=len(events),
        share=sum(event in received for event in judged) / len(judged) if judged else None,
        first=beginning[0] in received if beginning else None,
        first_time=to_moment(beginning[0].time) if beginning else None,
        part=explained_by_parts([event for event in window if event.type in taken], received),
    )


def _types(events: Sequence[SeenEvent], window: Sequence[SeenEvent], received: frozenset[SeenEvent]) -> list[TypeSeen]:
    """Every type by what became of it from the first receipt on; one that stands only before it, as not received."""
    later = {event.type for event in window}
    before = [event for event in events if event.type not in later]
    by_type: dict[str | None, list[bool]] = defaultdict(list)
    for event in (*before, *window):
        by_type[event.type].append(event in received)
    return [TypeSeen(type_, len(marks), sum(marks), _begins_late(marks)) for type_, marks in by_type.items()]


def _begins_late(marks: Sequence[bool]) -> bool:
    """Whether a type was not received for a while and then was: for a third of it, or up to where all of it was.

    Of a type's very first event alone nothing tells a loss from a subscription that came later: it accuses nobody.
    """
    absent = marks.index(True) if True in marks else len(marks)
    third = len(marks) // _LATECOMER
    if absent in (0, len(marks)):
        return False
    return all(marks[absent:]) or (absent >= third >= _LATECOMER and all(marks[-third:]))


def _is_taken(seen: TypeSeen) -> bool:
    return seen.received > 0 and not seen.begins_late
