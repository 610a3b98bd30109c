"""The consumer has late events to process, and its cursor does not move.

What it means
    Eligible events beyond the cursor are older than `max_lag`, as with
    consumer/lagging, and the cursor stands exactly where the run before saw
    it. The consumer is not slow: between two runs it got nothing done. Either
    it does not run, or it fails at the same event again and again.

How it is proven
    As for lagging events; besides, the run before left a note of where the
    cursor stood, and since when every run had seen it there. The evidence has
    that place, that run and both moments, on the clock of the log's store.
    Each event is told once: what is stalled is not said to be lagging too.

What it cannot know
    Whether the cursor went away and came back in between. If the two runs are
    closer together than the consumer's own pace, standing still says little:
    look at the moment since when. Cursors by stream are not compared, and
    neither are those of an earlier run under another config. A standby of the
    consumer's store may show an old cursor: the verdict is then unknown.

What to do
    See whether the consumer runs at all. If it does, look at its last error
    and at the first event of the first range: it is the one at which it
    stands. Mend or set aside that event by the consumer's own means. Do not
    move the cursor by hand: what it steps over is lost.
"""

from collections.abc import Iterator

from checks.accounting import Entry, account_of
from checks.grounds import no_age, no_move
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence, Standing
from checks.model.finding import Finding
from checks.moves import Direction, Move, moves
from checks.wording import counted, first_of, in_partition, lasting, moment


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition and for how sure it is."""
    account = account_of(evidence)
    still = {move.cursor.partition: move for move in moves(evidence) if move.direction is Direction.STILL}
    for entry in account.of(Standing.LAGGING):
        if entry.ruling.stalled:
            move = still[entry.partition if entry.partition in still else None]
            seen = account.evidence_of(entry) | {
                "max_lag_seconds": evidence.max_lag.total_seconds(),
                "previous": [move.described()],
            }
            yield entry.finding("stalled", _message(entry, move, evidence), seen)


def _message(entry: Entry, move: Move, evidence: ConsumerEvidence) -> str:
    since, run, oldest = moment(move.before.since), move.run_before.run, entry.tally.oldest
    stands = "before the first event" if move.cursor.position is None else f"at {move.cursor.position}"
    waiting = f"{counted(entry.tally.count, 'event')} {'waits' if entry.tally.count == 1 else 'wait'}"
    how_long = "" if oldest is None else f", for {'at least' if entry.tally.by_sighting else 'up to'} {lasting(oldest)}"
    said = (
        f"{evidence.name} stands still: its cursor{in_partition(entry.partition)} has been {stands} since {since}, as "
        f"run {run} saw, while {waiting} beyond it"
        f"{first_of(entry.tally.ranges.build())}{how_long} (max_lag is {lasting(evidence.max_lag)})"
    )
    if entry.ruling.reason == "standby":
        return f"{said}: a standby that may be behind shows it ({evidence.inbox_behind}), audit its primary"
    return f"{said}: see whether it runs, and at which event it fails"


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """A cursor, an earlier run that saw it, and something that tells how long events have waited."""
    return no_move(evidence) or no_age(evidence)
