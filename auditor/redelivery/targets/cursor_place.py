"""Where a cursor stands right before an event, in the form in which its consumer stores it."""

from dataclasses import dataclass

from auditor.config import CursorConfig
from auditor.reach import Place, parse_place
from auditor.redelivery.look import View
from auditor.stores.interface import CursorRow
from checks.model.consumer import Means
from checks.model.event import Event
from checks.wording import quoted


@dataclass(frozen=True, slots=True)
class Back:
    """A cursor and where it is put. ``stood`` and ``place``: the last processed place, before and after.

    ``texts``: what the cursor's columns hold after it.
    """

    seen: CursorRow
    stood: Place | None
    place: Place
    texts: tuple[str, ...]


def place_before(view: View, cursor: CursorConfig, seen: CursorRow, event: Event) -> Back | str:
    """Right before an event, or why that cannot be said. Raises StoreError where the cursor is no position.

    Nothing can stand between one less than an event's position and the event, so no row before it is looked for.
    """
    if event.position is None:
        return "its position is not known"
    parts = max(len(view.log.order), 1)
    stood = parse_place(seen, cursor, view.consumer.store, parts)
    is_composite = len(cursor.position) > 1 or (stood is not None and len(stood) > 1)
    first: Place | None = (event.position,)
    if is_composite:
        first = view.log_side.lowest_order(view.log, view.wanted, event.partition, event.position)
    if first is None:
        return f"its place in the order of {quoted(view.log.name)} cannot be read"
    place = (*first[:-1], first[-1] - 1)
    return Back(seen, stood, place, _texts(seen, first if cursor.means is Means.NEXT else place))


def _texts(seen: CursorRow, place: Place) -> tuple[str, ...]:
    """As the cursor writes numbers: zero-padded where it does, and in one text where it keeps them so."""
    one = seen.positions[0]
    if len(seen.positions) == 1 and one is not None and len(place) > 1:
        return (":".join(map(_written, one.split(":"), place)),)
    return tuple(map(_written, seen.positions, place))


def _written(seen: str | None, number: int) -> str:
    is_padded = seen is not None and len(seen) > 1 and seen.isdecimal() and seen.startswith("0")
    return str(number).zfill(len(seen)) if seen is not None and is_padded else str(number)


def shown(row: CursorRow | None) -> str:
    """A cursor's position for people.

    >>> shown(CursorRow(None, ("17", "42"))), shown(CursorRow(None, (None,))), shown(None)
    ('17:42', 'nothing', 'no row')
    """
    if row is None:
        return "no row"
    return ":".join("nothing" if each is None else each for each in row.positions)
