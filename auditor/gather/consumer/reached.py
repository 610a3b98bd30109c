"""How far a consumer is by its receipts: the lowest and the highest event of the log that it received.

Asked from either end of the log, so that it takes little time however much lies in between.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from auditor.compare.again import Again
from auditor.compare.merge import Comparison
from auditor.compare.recipe import ALL, Range, Side
from auditor.gather.consumer.case import in_batches
from auditor.gather.consumer.order import BY_POSITION
from auditor.gather.consumer.remainder import Remainder
from auditor.identity import canonical_all
from auditor.stores.interface import ELIGIBLE, Identity, ReceiptRow

if TYPE_CHECKING:
    from auditor.gather.consumer.digested import Sides

_FEW = 16
"""Positions whose events are asked for one by one."""


def note_reach(sides: "Sides", comparison: Comparison, remainder: Remainder, inbox: Side[ReceiptRow]) -> None:
    """The lowest and the highest position received: from either end of the log the first event with a receipt.

    What is verified had one, and is asked again. What a redelivery brought is passed over.
    """
    asked = (part for one in remainder.ranges_of_lowest() for part in with_receipts(remainder, inbox, one))
    seeking = _Seeking(sides, remainder, has_times=comparison.sequenced is False)
    ascending = chain.from_iterable(seeking.received(one) for one in asked)
    for received in (ascending, seeking.received(ALL, descending=True)):
        comparison.reach(None, next(received, None), None)
    remainder.lowest_received = comparison.lowest.get(None)


class _Seeking:
    """Goes through positions one way or the other, for events that were received otherwise than by a redelivery."""

    def __init__(self, sides: "Sides", remainder: Remainder, *, has_times: bool) -> None:
        self._sides, self._remainder, self._has_times = sides, remainder, has_times
        log, words = sides.case.log, sides.matching.match.words
        self._once = sides.log_side.never_repeats(log.table, [getattr(log, word) for word in words], {})

    def received(self, within: Range, *, descending: bool = False) -> Iterator[int]:
        """Their positions."""
        parts = list(_told_apart(self._sides.again, within))
        for part, was_sent in reversed(parts) if descending else parts:
            if was_sent:
                yield from self._received_besides(part, descending=descending)
                continue
            for position in _positions(self._sides, part, descending=descending):
                if not self._sides.case.scratch.lacks_receipt(position) and self._is_received(position):
                    yield position

    def _is_received(self, position: int) -> bool:
        return (self._once and self._remainder.covers(position)) or _is_received_there(self._sides, position)

    def _received_besides(self, part: Range, *, descending: bool) -> Iterator[int]:
        """Of what was sent again: by older receipts, where receipts have times, else by what an earlier run saw."""
        again = self._sides.again
        if self._has_times:
            positions = _positions(self._sides, part, descending=descending)
        else:
            inside = (place for _, place in again.known if _holds(part, place) and again.was_received(None, place))
            positions = iter(sorted(inside, reverse=descending))
        for batch in in_batches(positions):
            there = _receipts_there(self._sides, batch)
            for position in batch:
                received = there.get(position, ())
                others = [each for each in received if not again.brought(None, position, each.received)]
                if others or (received and again.was_received(None, position)):
                    yield position


def _told_apart(again: Again, within: Range) -> Iterator[tuple[Range, bool]]:
    """The parts of a range, ascending, each with whether its events were sent again."""
    low = within.low
    for each in again.sent.of(None):
        end = each.last + 1
        if (low is not None and end <= low) or (within.high is not None and each.first >= within.high):
            continue
        if low is None or low < each.first:
            yield Range(low, each.first), False
        low = end if within.high is None else min(end, within.high)
        yield Range(each.first if within.low is None else max(each.first, within.low), low), True
    if within.high is None or low is None or low < within.high:
        yield Range(low, within.high), False


def _holds(part: Range, position: int) -> bool:
    return (part.low is None or part.low <= position) and (part.high is None or position < part.high)


def with_receipts(remainder: Remainder, inbox: Side[ReceiptRow], within: Range) -> Iterator[Range]:
    """The parts of a range, ascending, but for what is verified and of which the inbox has let go since.

    Its first events are always among them: mostly the very first one still has its receipt.
    """
    if within.low is None or (within.high is not None and within.high - within.low <= _FEW):
        yield within
        return
    yield Range(within.low, within.low + _FEW)
    low = within.low + _FEW
    for one in remainder.verified:
        if one.last >= low and (within.high is None or one.first < within.high):
            yield Range(low, max(low, one.first))
            yield from _parts_with_receipts(inbox, Range(max(low, one.first), one.last + 1))
            low = one.last + 1
    yield Range(low, within.high)


def _parts_with_receipts(inbox: Side[ReceiptRow], within: Range) -> Iterator[Range]:
    if within.low is None or within.high is None or not inbox.digests([within])[0].compared:
        return
    if within.high - within.low <= _FEW:
        yield within
        return
    for half in within.split(2, within.low, within.high):
        yield from _parts_with_receipts(inbox, half)


def _positions(sides: "Sides", within: Range, *, descending: bool = False) -> Iterator[int]:
    match, wanted = sides.matching.match, sides.case.wanted
    return sides.log_side.eligible_positions(sides.case.log, match, wanted, descending=descending, within=within)


def _is_received_there(sides: "Sides", position: int) -> bool:
    """Whether an event was received that stands here for the first time: a second row of it was not noted."""
    return bool(_receipts_there(sides, [position]))


def _receipts_there(sides: "Sides", positions: Sequence[int]) -> dict[int, list[ReceiptRow]]:
    """The receipts of the events that stand at these positions for the first time, by position."""
    case, match = sides.case, sides.matching.match
    here = sides.log_side.find_events(case.log, BY_POSITION, [(position,) for position in positions], case.wanted)
    asked = set(positions)
    said = [[getattr(row, word) for word in match.words] for row in here if row.position in asked]
    identities = {canonical_all(values, match.kinds) for values in said if None not in values}
    rows = sides.log_side.find_events(case.log, match, list(identities), case.wanted) if identities else ()
    first: dict[Identity, int] = {}
    for row in rows:
        if row.scope == ELIGIBLE and row.raw is not None and row.position is not None:
            identity = canonical_all(row.raw, match.kinds)
            first[identity] = min(row.position, first.get(identity, row.position))
    wanted = {identity for identity in identities if first.get(identity) in asked}
    receipts = sides.side.find_receipts(sides.inbox, match, list(wanted)) if wanted else ()
    found: dict[int, list[ReceiptRow]] = {}
    for receipt in receipts:
        if (identity := canonical_all(receipt.raw, match.kinds)) in wanted:
            found.setdefault(first[identity], []).append(receipt)
    return found
