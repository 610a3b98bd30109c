"""The first look by digests: what both sides agree on is counted where it is, and only the rest is read.

It leaves the same notes as the comparison row by row, which stands in wherever this one has no ground: positions
counted per partition, a composite order, a consumer without an inbox or without a cursor row, receipts whose order
cannot be told from their positions; and where so much differs that reading everything once is cheaper.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from auditor.compare.again import Again
from auditor.compare.drill import Counted, Drill
from auditor.compare.merge import Comparison, Merge, Terms
from auditor.compare.recipe import Form, Part, Range, Recipe, Side
from auditor.config import InboxConfig
from auditor.gather.consumer.case import Case, in_batches
from auditor.gather.consumer.matching import Matching
from auditor.gather.consumer.order import note_order, tells_order
from auditor.gather.consumer.reached import note_reach
from auditor.gather.consumer.remainder import Remainder, recheck
from auditor.identity import Kind, canonical_all, spelling
from auditor.memory import VerifiedRange
from auditor.moment import received_at, to_moment
from auditor.stores.interface import ELIGIBLE, EVERYTHING, Identity, LogRow, Match, ReceiptRow, Snapshot

_TOO_BIG = 2**32
_LATEST_RECEIPTS = 1_000
"""How many receipts older than ``grace`` are looked up to learn how far the consumer was that long ago."""


@dataclass(frozen=True, slots=True)
class Sides:
    """A case with both snapshots, and by what its rows are matched. ``again``: what was sent again by then."""

    case: Case
    log_side: Snapshot
    side: Snapshot
    matching: Matching
    again: Again = field(default_factory=Again)

    @property
    def inbox(self) -> InboxConfig:
        """The inbox; nothing here is asked of a consumer without one."""
        if self.case.consumer.inbox is None:
            message = f"{self.case.consumer.name} has no inbox"
            raise RuntimeError(message)
        return self.case.consumer.inbox


@dataclass(frozen=True, slots=True)
class ByDigest:
    """A comparison by digests: what it says, what it left out, and the drill that knows which ranges agreed.

    ``ranges``: what it looked at.
    """

    comparison: Comparison
    recipe: Recipe
    remainder: Remainder
    drill: Drill[LogRow, ReceiptRow]
    ranges: list[Range]


def compare_by_digest(
    sides: Sides,
    terms: Terms,
    side_now: datetime,
    remainder_for: Callable[[Sides, Recipe], Remainder],
    hear: Callable[[ByDigest], None],
) -> ByDigest | None:
    """What a comparison row by row would say of what it looks at; ``None`` where that has to be asked.

    ``remainder_for``: what earlier runs leave to look at. ``hear`` is called whenever more is known to agree.
    """
    case = sides.case
    if not _has_ground(sides, terms):
        return None
    merge = Merge(replace(terms, ordered=False), case.scratch, lambda rows: case.observer.progress(rows, None))
    merge.note_how_received(sides.side.sample_received(sides.inbox))
    recipe, unique = recipe_for(sides), is_unique(sides)
    if recipe.shared and not unique and _has_doubles(sides):
        return None
    remainder = remainder_for(sides, recipe)
    recipe = replace(recipe, salt=remainder.salt)
    log, inbox = sides_of(sides, recipe)
    recheck(remainder, (log, inbox), lambda one: is_expired(sides, one, side_now))
    decision = Decision(sides, merge, recipe, remainder)
    drill = Drill(
        log=log,
        inbox=inbox,
        unique=unique,
        nominate=decision.take,
        grain=case.grain,
        elsewhere=remainder.rows_left_out,
        tell=case.observer.progress,
    )
    found = ByDigest(merge.comparison, recipe, remainder, drill, _ranges(case, drill, remainder))
    if not _look(sides, terms, decision, found, None if remainder.upkeep is None else lambda: hear(found)):
        case.scratch.forget()
        return None
    _note_seasoned(sides, merge, side_now)
    return found


def _ranges(case: Case, drill: Drill[LogRow, ReceiptRow], remainder: Remainder) -> list[Range]:
    if remainder.is_everything:
        return drill.log.cut(case.grain.ranges)
    bounds = drill.bounds()
    return remainder.ranges(None if bounds is None else bounds[1])


def _look(sides: Sides, terms: Terms, decision: "Decision", found: ByDigest, hear: Callable[[], None] | None) -> bool:
    """Note what differs; whether that could be done so."""
    case, match, remainder = sides.case, sides.matching.match, decision.remainder
    counted = found.drill.run(found.ranges, hear)
    while counted is not None and (doubtful := decision.doubtful()):
        found.ranges.extend(doubtful)
        counted = counted.plus(found.drill.run(doubtful, hear))
    if counted is None:
        return False
    decision.conclude(counted)
    if terms.ordered and not note_order(case, sides.log_side, sides.side, match, decision.merge, remainder):
        return False
    for row in sides.log_side.unidentified(case.log, match, case.wanted):
        decision.merge.take_unidentified(row)
    return True


def sides_of(sides: Sides, recipe: Recipe) -> tuple[Side[LogRow], Side[ReceiptRow]]:
    """Both sides, to be digested by a recipe."""
    case, match = sides.case, sides.matching.match
    return (
        sides.log_side.log_side(case.log, match, recipe, case.wanted),
        sides.side.inbox_side(sides.inbox, match, recipe),
    )


def is_expired(sides: Sides, one: VerifiedRange, now: datetime) -> bool:
    """Whether the inbox may have let go of some of a range: it was verified while it was there."""
    retention = sides.inbox.retention
    if retention is None:
        return False
    written = to_moment(sides.log_side.time_at(sides.case.log, one.first))
    return written is None or now - written >= retention


def _has_ground(sides: Sides, terms: Terms) -> bool:
    case = sides.case
    if case.streamed or case.consumer.inbox is None or case.log.partition is not None or case.log.order:
        return False
    if terms.uncharted_if is not None:
        return False
    return not terms.ordered or tells_order(case, sides.log_side, sides.side)


def recipe_for(sides: Sides, salt: int = 0) -> Recipe:
    """What is hashed of both sides' rows: the identity, and whatever else both say of an event."""
    native = sides.log_side.family() == sides.side.family() == "postgresql"
    match = sides.matching.match
    identity = tuple(
        _part(sides, word, kind, native=native) for word, kind in zip(match.words, match.kinds, strict=True)
    )
    shared = tuple(_part(sides, word, kind, native=native) for word, kind in sides.matching.shared)
    return Recipe(
        identity=identity,
        shared=shared,
        done=sides.inbox.done is not None,
        native=native,
        salt=salt,
        axis=next((part for part in (*shared, *identity) if _is_axis(sides, part, native=native)), None),
    )


def _part(sides: Sides, word: str, kind: Kind, *, native: bool) -> Part:
    if kind is Kind.INTEGER:
        # Nobody has seen to it that streams named by numbers are integers of 64 bits.
        is_expected = word in ("position", "version") or word in sides.matching.match.words
        if not is_expected:
            return Part(word, Form.TEXT)
        return Part(word, Form.INTEGER, small=native and word == "position" and _is_small(sides, word))
    log, inbox = sides.case.log, sides.inbox
    kinds = {
        sides.log_side.kind(log.table, getattr(log, word)),
        sides.side.kind(inbox.table, getattr(inbox, word)),
    }
    if kinds == {Kind.UUID}:
        return Part(word, Form.UUID if native else Form.HEX)
    return Part(word, Form.TEXT if kinds == {Kind.TEXT} and _is_spelled_alike(sides, word) else Form.HEX)


def _is_small(sides: Sides, word: str) -> bool:
    """Whether 32 bits hold every value of either side, where indexes say so at once."""
    for snapshot, config in ((sides.log_side, sides.case.log), (sides.side, sides.inbox)):
        table, column = config.table, getattr(config, word)
        if snapshot.kind(table, column) is not Kind.INTEGER or not snapshot.is_indexed(table, column, {}):
            return False
        bounds = snapshot.bounds(table, column)
        if bounds is not None and not 0 <= bounds[0] <= bounds[1] < _TOO_BIG:
            return False
    return True


def _is_spelled_alike(sides: Sides, word: str) -> bool:
    """Whether both sides write uuids in the same way, or no uuids, as far as one value of each shows."""
    ours = sides.log_side.sample(sides.case.log.table, getattr(sides.case.log, word))
    theirs = sides.side.sample(sides.inbox.table, getattr(sides.inbox, word))
    return ours is None or theirs is None or spelling(ours) == spelling(theirs)


def _is_axis(sides: Sides, part: Part, *, native: bool) -> bool:
    """A number or a native uuid, in a column with an index on either side. Versions repeat, so they make no ranges.

    Rows lie on disk about in the order of positions, but in none of uuids: ranges of these are only worth it where
    the index alone has all that is asked for.
    """
    log, inbox = sides.case.log, sides.inbox
    ours, theirs = getattr(log, part.word), getattr(inbox, part.word)
    if part.word not in ("position", "id") or not (part.form is Form.INTEGER or (part.form is Form.UUID and native)):
        return False
    if part.form is Form.UUID and not _needs_nothing_else(sides):
        return False
    kinds = {sides.log_side.kind(log.table, ours), sides.side.kind(inbox.table, theirs)}
    if Kind.TEXT in kinds:
        return False
    return sides.log_side.is_indexed(log.table, ours, {}) and sides.side.is_indexed(inbox.table, theirs, inbox.where)


def _needs_nothing_else(sides: Sides) -> bool:
    """Whether the digests of both sides read the identity alone, and what an index has in front of it."""
    log, inbox = sides.case.log, sides.inbox
    if sides.matching.shared or inbox.done is not None or log.where or sides.case.wanted != EVERYTHING:
        return False
    identity = getattr(inbox, sides.matching.match.words[0])
    return not inbox.where or not sides.side.is_indexed(inbox.table, identity, {})


def is_unique(sides: Sides) -> bool:
    """Whether an identity that is there twice shows as a difference: on one side at least it cannot be."""
    log, inbox, words = sides.case.log, sides.inbox, sides.matching.match.words
    return sides.log_side.never_repeats(log.table, [getattr(log, word) for word in words], log.where) or (
        sides.side.never_repeats(inbox.table, [getattr(inbox, word) for word in words], inbox.where)
    )


def _has_doubles(sides: Sides) -> bool:
    """Whether the log has an identity twice: two rows that differ otherwise may both have their like in the inbox."""
    return next(sides.log_side.doubles(sides.case.log, sides.matching.match.words), None) is not None


@dataclass(slots=True)
class Decision:
    """Compares, row by row, what digests nominated; all that they did not is equal, and so received and processed.

    Where fingerprints go by identity alone, the rows that came with them are all that there are. Otherwise other rows
    of the same identity may have other ones: then identities are collected, and looked up on both sides.
    """

    sides: Sides
    merge: Merge
    recipe: Recipe
    remainder: Remainder
    nominated: int = 0

    def take(self, rows: Sequence[LogRow], receipts: Sequence[ReceiptRow]) -> None:
        """What either side has of some differing fingerprints. Asks no store: the sides may be busy."""
        scratch, match = self.sides.case.scratch, self.sides.matching.match
        there = {_identity(row.raw, match) for row in rows if row.raw is not None}
        if not self.recipe.is_plain:
            scratch.nominate(there | {_identity(receipt.raw, match) for receipt in receipts})
            return
        # A receipt without a wanted event may be one of an unwanted event, which has to be looked up.
        scratch.nominate(
            _identity(receipt.raw, match) for receipt in receipts if _identity(receipt.raw, match) not in there
        )
        self._decide(rows, [receipt for receipt in receipts if _identity(receipt.raw, match) in there])

    def doubtful(self) -> list[Range]:
        """Verified ranges with an event that was nominated elsewhere: they have to be looked at, too."""
        case, match = self.sides.case, self.sides.matching.match
        if self.remainder.is_everything:
            return []
        positions: set[int] = set()
        for batch in in_batches(case.scratch.nominees()):
            rows = self.sides.log_side.find_events(case.log, match, batch, case.wanted)
            positions.update(row.position for row in rows if row.scope == ELIGIBLE and row.position is not None)
        return self.remainder.doubt(positions)

    def conclude(self, counted: Counted) -> None:
        """After the last of them: look up what was collected, and count what is equal."""
        for rows, receipts in _nominated(self.sides):
            self._decide(rows, receipts)
        equal = counted.compared - self.nominated
        comparison = self.merge.comparison
        comparison.produced += equal
        comparison.received += equal
        comparison.receipts = counted.receipts
        comparison.excluded = counted.rows - counted.compared
        if equal or not self.remainder.is_everything:
            _, inbox = sides_of(self.sides, self.recipe)
            note_reach(self.sides, comparison, self.remainder, inbox)

    def _decide(self, rows: Sequence[LogRow], receipts: Sequence[ReceiptRow]) -> None:
        self.merge.take(sorted(rows, key=lambda row: row.position or 0), receipts)
        self.nominated += sum(row.scope == ELIGIBLE for row in rows)


def _nominated(sides: Sides) -> Iterator[tuple[Sequence[LogRow], Sequence[ReceiptRow]]]:
    """Everything that either side has of the nominees, some identities at a time."""
    case, match = sides.case, sides.matching.match
    for batch in in_batches(case.scratch.nominees()):
        wanted = set(batch)
        rows = sides.log_side.find_events(case.log, match, batch, case.wanted)
        receipts = sides.side.find_receipts(sides.inbox, match, batch)
        yield (
            [row for row in rows if _is_placed(row) and _identity(row.raw or (), match) in wanted],
            [receipt for receipt in receipts if _identity(receipt.raw, match) in wanted],
        )


def _is_placed(row: LogRow) -> bool:
    """Whether a row has what it takes to be compared; the others are counted apart."""
    return row.raw is not None and row.position is not None


def _identity(raw: Sequence[object], match: Match) -> Identity:
    return canonical_all(raw, match.kinds)


def _note_seasoned(sides: Sides, merge: Merge, side_now: datetime) -> None:
    """Where receipts have times and something looks missing: how far the consumer was ``grace`` ago, at least."""
    case, match = sides.case, sides.matching.match
    if merge.comparison.sequenced is not False or not case.scratch.has_absences():
        return
    before = side_now - case.patience
    receipts: dict[Identity, list[ReceiptRow]] = {}
    for receipt in sides.side.last_receipts_before(sides.inbox, match, before, _LATEST_RECEIPTS):
        at = received_at(receipt.received)
        if at is not None and at <= before:
            receipts.setdefault(_identity(receipt.raw, match), []).append(receipt)
    rows = sides.log_side.find_events(case.log, match, list(receipts), case.wanted) if receipts else ()
    places = [row.position for row in rows if row.scope == ELIGIBLE and row.position is not None
              and sides.again.others(row, receipts.get(_identity(row.raw or (), match), ()))]  # fmt: skip
    if places:
        merge.comparison.seasoned[None] = max(places)
