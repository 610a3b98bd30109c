"""Whether receipts came in the order of their streams, without moving all of them.

An event that was received after a later one of its stream stands, in the order of receipt, behind a higher position.
So the receipts that do are looked at, and the streams that they belong to are compared event by event. That holds
where a stream's later version has the higher position, and the receipt names the right one; streams in which that is
not so are looked at, too. A receipt without a position has no place there, and then all of them are read.
"""

from collections.abc import Mapping, Sequence

from auditor.compare.merge import Merge
from auditor.gather.consumer.case import Case, in_batches
from auditor.gather.consumer.remainder import Remainder
from auditor.identity import Kind, canonical_all
from auditor.stores.interface import Identity, LogRow, Match, Snapshot
from checks.model.result import Extent
from checks.sent_again import SentAgain

MOST_STRAGGLERS = 50_000
"""Beyond it the order of receipts has little to do with positions, and all of them are read."""
MOST_LEFT_OUT = 500_000
"""So many are read beside if they were sent again, which is no reason to read all."""
BY_POSITION = Match(("position",), (Kind.INTEGER,))


def tells_order(case: Case, log_side: Snapshot, side: Snapshot) -> bool:
    """Whether the inbox has positions, and orders its receipts by something that its database orders as we do."""
    inbox = case.consumer.inbox
    if inbox is None or inbox.position is None or inbox.received is None:
        return False
    positions = {log_side.kind(case.log.table, case.log.position), side.kind(inbox.table, inbox.position)}
    return positions == {Kind.INTEGER} and side.kind(inbox.table, inbox.received) in (Kind.INTEGER, Kind.TIME)


def note_order(
    case: Case, log_side: Snapshot, side: Snapshot, match: Match, merge: Merge, remainder: Remainder
) -> bool:
    """Note the receipts of every stream in which order may have been broken; whether that could be done so.

    Of a part of the log those streams in which one of its events may have been overtaken.
    """
    inbox = case.consumer.inbox
    streams = set(case.scratch.conflicting_streams())
    if inbox is None or side.lacks_position(inbox):
        return False
    gaps = _positions(remainder, log_side.extents(case.log)) if remainder.finished else None
    after = None if gaps is None else remainder.tail
    again = merge.terms.again
    # By a sequence nothing of what was sent again is judged: it stands behind higher positions by design.
    left_out = again.sent if merge.comparison.sequenced is not False else SentAgain()
    most = MOST_STRAGGLERS + 1 + min(left_out.count, MOST_LEFT_OUT)
    found = [*side.stragglers(inbox, most, after=after), *(gaps or ())]
    suspects = [position for position in found if left_out.at(None, position) is None]
    if len(suspects) > MOST_STRAGGLERS:
        return False
    for batch in in_batches(suspects):
        rows = log_side.find_events(case.log, BY_POSITION, [(position,) for position in batch], case.wanted)
        streams.update(row.stream for row in rows if row.stream is not None)
    if case.log.version is not None and case.log.positions != "drawn-on-insert":
        streams.update(log_side.contrary_streams(case.log, MOST_STRAGGLERS + 1, after=after))
    if len(streams) > MOST_STRAGGLERS:
        return False
    for some in in_batches(sorted(streams)):
        _note_streams(case, log_side, side, match, merge, some)
    return True


def _positions(remainder: Remainder, extents: Mapping[str | None, Extent]) -> list[int] | None:
    """Every position below what is new that is looked at; ``None`` where these are too many to name."""
    floor = extents.get(None, Extent()).first
    between = [] if floor is None else remainder.gaps(floor)
    gaps = [(one.low, one.high) for one in between if one.low is not None and one.high is not None]
    if sum(max(0, high - low) for low, high in gaps) > MOST_STRAGGLERS:
        return None
    return [position for low, high in gaps for position in range(low, high)]


def _note_streams(
    case: Case, log_side: Snapshot, side: Snapshot, match: Match, merge: Merge, streams: Sequence[str]
) -> None:
    inbox = case.consumer.inbox
    rows: dict[Identity, list[LogRow]] = {}
    for row in log_side.events_of_streams(case.log, match, case.wanted, streams):
        if row.raw is not None:
            rows.setdefault(canonical_all(row.raw, match.kinds), []).append(row)
    for few in in_batches(rows if inbox is not None else ()):
        found = () if inbox is None else side.find_receipts(inbox, match, few)
        receipts = [receipt for receipt in found if canonical_all(receipt.raw, match.kinds) in rows]
        merge.note_order_of(
            [row for identity in few for row in sorted(rows[identity], key=lambda row: row.position or 0)], receipts
        )
