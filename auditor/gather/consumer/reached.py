"""How far a consumer is by its receipts: the lowest and the highest event of the log that it received.

Asked from either end of the log, so that it takes little time however much lies in between.
"""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from auditor.compare.merge import Comparison
from auditor.compare.recipe import ALL, Range, Side
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

    What is verified had one, and is asked again.
    """
    case, match = sides.case, sides.matching.match
    once = sides.log_side.never_repeats(case.log.table, [getattr(case.log, word) for word in match.words], {})
    asked = (part for one in remainder.ranges_of_lowest() for part in with_receipts(remainder, inbox, one))
    ascending = (_positions(sides, one) for one in asked)
    for positions in (chain.from_iterable(ascending), _positions(sides, ALL, descending=True)):
        received = (
            position
            for position in positions
            if not case.scratch.lacks_receipt(position)
            and ((once and remainder.covers(position)) or _is_received_there(sides, position))
        )
        comparison.reach(None, next(received, None), None)
    remainder.lowest_received = comparison.lowest.get(None)


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
    case, match = sides.case, sides.matching.match
    here = sides.log_side.find_events(case.log, BY_POSITION, [(position,)], case.wanted)
    said = [[getattr(row, word) for word in match.words] for row in here if row.position == position]
    identities = {canonical_all(values, match.kinds) for values in said if None not in values}
    rows = sides.log_side.find_events(case.log, match, list(identities), case.wanted) if identities else ()
    first: dict[Identity, int] = {}
    for row in rows:
        if row.scope == ELIGIBLE and row.raw is not None and row.position is not None:
            identity = canonical_all(row.raw, match.kinds)
            first[identity] = min(row.position, first.get(identity, row.position))
    wanted = [identity for identity in identities if first.get(identity) == position]
    receipts = sides.side.find_receipts(sides.inbox, match, wanted) if wanted else ()
    return any(canonical_all(receipt.raw, match.kinds) in wanted for receipt in receipts)
