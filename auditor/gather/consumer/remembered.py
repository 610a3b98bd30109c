"""What a comparison takes from the ledger, and what it leaves there: see :mod:`auditor.gather.consumer.remainder`.

Only a comparison along positions can leave anything out, and only where no identity can be NULL or stand twice in the
log: otherwise everything is looked at each time. So it is where the cursor stands below what was verified.
"""

import json
from dataclasses import replace
from hashlib import sha256

from auditor.compare.recipe import Recipe
from auditor.gather.consumer.digested import ByDigest, Sides
from auditor.gather.consumer.remainder import Remainder, everything, remainder_of
from auditor.gather.consumer.verification import Found, so_far, verification
from auditor.memory import Verified
from auditor.reach import Place, Reading
from auditor.stores.interface import Snapshot
from checks.model.result import Coverage, Extent
from checks.model.settled import How

_VERSION = 2
"""Of the way in which digests are made: another one makes all that are remembered worthless."""
_UNMATCHED = "unmatched types"


def remainder_for(sides: Sides, recipe: Recipe, reading: Reading | None) -> Remainder:
    """What earlier runs leave to look at."""
    case = sides.case
    if case.upkeep is None or not _can_be_remembered(sides, recipe, reading):
        return everything(None)
    basis = _basis(sides, recipe)
    before = None if case.before is None else case.before.verified
    if before is not None and before.ranges and _went_back(sides, reading, before.ranges[-1].last):
        return everything(case.upkeep, basis)
    return remainder_of(case.upkeep, basis, before)


def _can_be_remembered(sides: Sides, recipe: Recipe, reading: Reading | None) -> bool:
    log, inbox, words = sides.case.log, sides.inbox, sides.matching.match.words
    if recipe.axis is None or recipe.axis.word != "position":
        return False
    if reading is not None and (reading.streams or reading.several):
        return False
    if inbox.retention is not None and log.time is None:
        return False
    ours, theirs = [getattr(log, word) for word in words], [getattr(inbox, word) for word in words]
    return (
        sides.log_side.never_repeats(log.table, ours, {})
        and all(sides.log_side.is_required(log.table, column) for column in ours)
        and all(sides.side.is_required(inbox.table, column) for column in theirs)
    )


def _basis(sides: Sides, recipe: Recipe) -> str:
    log, inbox = sides.case.log, sides.inbox
    origins = [sides.log_side.origin([log.table]), sides.side.origin([inbox.table])]
    what = f"{_VERSION}|{replace(recipe, salt=0)!r}|{sides.matching.match!r}|{origins!r}"
    return sha256(what.encode()).hexdigest()


def _went_back(sides: Sides, reading: Reading | None, last: int) -> bool:
    """Whether the cursor is below what was verified, or below where the run before saw it."""
    if reading is None or not reading.rows:
        return False
    low, _ = reading.bounds[None]
    seen = None if sides.case.before is None else sides.case.before.cursors.get(None)
    return not low or low[-1] < max(last, last if seen is None or seen.position is None else seen.position)


def remembered(sides: Sides, by_digest: ByDigest, reading: Reading | None, extent: Extent) -> Verified | None:
    """What later runs shall know of this comparison, once order and everything else has been looked at."""
    found = found_by(sides, by_digest, reading, extent)
    upkeep = by_digest.remainder.upkeep
    return None if upkeep is None else verification(found, sides.case.scratch, upkeep)


def keep_so_far(sides: Sides, by_digest: ByDigest, reading: Reading | None, extent: Extent) -> None:
    """In the middle of a comparison that may be interrupted; not so often that it costs more than it may save."""
    remainder = by_digest.remainder
    upkeep = remainder.upkeep
    if upkeep is None or not remainder.is_worth_keeping(upkeep.keep_every):
        return
    known = so_far(found_by(sides, by_digest, reading, extent))
    if known is not None:
        upkeep.keep(known)


def found_by(sides: Sides, by_digest: ByDigest, reading: Reading | None, extent: Extent) -> Found:
    """A comparison, and how far it can vouch for anything: what is settled, and passed, and not the head itself.

    The head is looked at by every run: no window is empty, and a log that lost its end is seen to have.
    """
    log, comparison = sides.case.log, by_digest.comparison
    passed = comparison.highest.get(None)
    if reading is not None and reading.rows:
        low: Place = () if reading.streams else reading.bounds[None][0]  # one a stream stands nowhere in the log
        passed = low[-1] if low else None
    bounds = (passed, _settled(sides), None if extent.last is None else extent.last - 1)
    known = [bound for bound in bounds if bound is not None]
    gone, start = None if log.retention is None else extent.first, sides.case.start
    below = [bound for bound in (gone, start) if bound is not None]
    return Found(
        remainder=by_digest.remainder,
        drill=by_digest.drill,
        highest=min(known) if len(known) == len(bounds) else None,
        gone_below=max(below, default=None),
    )


def _settled(sides: Sides) -> int | None:
    """Where it is known by age only, without what is younger than the overlap."""
    case = sides.case
    settled = case.ground.settled.get(None)
    if settled is None or case.upkeep is None or case.ground.settlement.provable:
        return settled
    overlapping = case.log.model_copy(update={"settle": case.upkeep.overlap})
    young = sides.log_side.settled_by_age(overlapping, sides.log_side.clock())
    lowest = None if young is None else young.get(None)
    return settled if lowest is None else min(settled, lowest - 1)


def coverage(remainder: Remainder, floor: int | None, how: How) -> Coverage | None:
    """What a report says of what was left out; ``None`` where everything was looked at."""
    if remainder.is_everything or remainder.begun_at is None or remainder.upkeep is None:
        return None
    return Coverage(
        through=remainder.through(floor),
        run=remainder.begun_run,
        at=remainder.begun_at,
        oldest=remainder.oldest(),
        skipped=remainder.rows_left_out,
        overlap=None if how in (How.PROVEN, How.ONE_WRITER) else remainder.upkeep.overlap,
    )


def unmatched_types(sides: Sides, remainder: Remainder | None) -> tuple[str, ...]:
    """The globs of the consumer that no row's type matches. What had a match before is not asked again."""
    log, types, log_side = sides.case.log, sides.case.consumer.types or (), sides.log_side
    if remainder is None or remainder.is_everything or _UNMATCHED not in remainder.notes:
        found = log_side.unmatched_types(log, types)
    else:
        before = json.loads(remainder.notes[_UNMATCHED])
        asked = [pattern for pattern in types if pattern in before]
        found = log_side.unmatched_types(log, asked, after=remainder.tail)
    if remainder is not None:
        remainder.notes[_UNMATCHED] = json.dumps(found)
    return found


def count_receipts(side: Snapshot, sides: Sides, by_digest: ByDigest) -> int:
    """How many receipts there are where the comparison looked."""
    inbox_side = side.inbox_side(sides.inbox, sides.matching.match, by_digest.recipe)
    return sum(digest.compared for digest in inbox_side.digests(by_digest.ranges))
