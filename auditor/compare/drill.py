"""Where two sides may differ, found without moving the rows: digests of ranges, and of smaller ones where they differ.

Both sides are asked at once. What is left of the differing ranges is compared fingerprint by fingerprint, and the
identities of those that do not occur once on both sides are *nominated*: they are looked up, on both sides, and
decided there. What is not nominated is equal: the digests were, and on at least one side no identity occurs twice
(``unique``; where no catalogue says so, every fingerprint is looked at).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from threading import Thread
from time import monotonic
from typing import Generic, NamedTuple, TypeVar

from auditor.compare.recipe import Digest, Range, Side

Answer = TypeVar("Answer")
There = TypeVar("There")
Ours = TypeVar("Ours")
Theirs = TypeVar("Theirs")


@dataclass(frozen=True, slots=True)
class Grain:
    """How fine the comparison is.

    ``ranges`` at first, ``first`` of them at once and then at most ``step``; ``pieces`` of a range that differs and has
    more than ``leaf`` rows; ``batch`` rows whose fingerprints are held at once. ``most``: which part of all rows may be
    nominated before reading everything once is cheaper than looking so many up; ``always``: so many are looked up in
    any case.
    """

    ranges: int = 100
    first: int = 3
    step: int = 25
    pieces: int = 4
    leaf: int = 16_000
    batch: int = 250_000
    most: float = 0.25
    always: int = 10_000


_A_STEP = 2.0
"""Seconds that ranges are digested for at once, about: what a run whose time is over has not heard of is lost to it."""
_PATIENCE = 0.2
"""Seconds after which a question that was cancelled and still asks is cancelled again."""
GRAIN = Grain()
"""For tables of any size, found by measuring."""


def _to_nobody(done: int, total: int) -> None:
    """Nobody watches."""


class Counted(NamedTuple):
    """What the digests counted: rows of the log in the window, those that are compared, and receipts."""

    rows: int
    compared: int
    receipts: int

    def plus(self, other: "Counted | None") -> "Counted | None":
        """Both together; ``None`` where the other one is."""
        if other is None:
            return None
        return Counted(self.rows + other.rows, self.compared + other.compared, self.receipts + other.receipts)


class _Leaf(NamedTuple):
    range: Range
    ours: Digest
    theirs: Digest

    @property
    def rows(self) -> int:
        return max(self.ours.compared, self.theirs.compared)

    @property
    def differs(self) -> bool:
        return self.ours[1:] != self.theirs[1:]


class _Prints(NamedTuple):
    ranges: list[Range]
    ours: Sequence[int]
    theirs: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill(Generic[Ours, Theirs]):
    """One comparison by digests. ``nominate`` takes what either side has of some differing fingerprints.

    ``elsewhere``: rows that are known to agree and are not looked at. ``equal``: the ranges that turned out to agree,
    disjoint, each with its digest. ``tell`` is called with the rows that were digested, and how many they will be if
    the ranges to come are like those so far.
    """

    log: Side[Ours]
    inbox: Side[Theirs]
    unique: bool
    nominate: Callable[[Sequence[Ours], Sequence[Theirs]], None]
    grain: Grain
    elsewhere: int = 0
    tell: Callable[[int, int], None] = _to_nobody
    equal: list[tuple[Range, Digest]] = field(default_factory=list)

    def run(self, ranges: Sequence[Range], hear: Callable[[], None] | None = None) -> Counted | None:
        """Nominate whatever may differ in these ranges. ``hear``, if given, is called whenever more is known to agree.

        ``None``: so much differs that one pass over everything is cheaper.
        """
        leaves = self._in_steps(ranges, hear)
        counted = Counted(
            rows=sum(leaf.ours.rows for leaf in leaves),
            compared=sum(leaf.ours.compared for leaf in leaves),
            receipts=sum(leaf.theirs.compared for leaf in leaves),
        )
        rows = self.elsewhere + max(counted.compared, counted.receipts)
        most = self.grain.always + int(self.grain.most * rows)
        if sum(abs(leaf.ours.compared - leaf.theirs.compared) for leaf in leaves) > most:
            return None
        nominated = 0
        for differing in self._compare(self._batches(self._narrowed(self._doubtful(leaves)))):
            nominated += differing
            if nominated > most:
                return None
        return counted

    def _in_steps(self, ranges: Sequence[Range], hear: Callable[[], None] | None) -> list[_Leaf]:
        """The ranges digested some at a time, if somebody wants to hear of the first before the last is known."""
        if hear is None:
            return self._digest(ranges)
        leaves: list[_Leaf] = []
        step = min(self.grain.first, self.grain.step)
        while len(leaves) < len(ranges):
            began = monotonic()
            leaves += self._digest(ranges[len(leaves) : len(leaves) + step])
            hear()
            rows = sum(leaf.ours.rows for leaf in leaves)
            self.tell(rows, rows * len(ranges) // len(leaves))
            step = self._next_step(step, monotonic() - began)
        return leaves

    def _next_step(self, step: int, seconds: float) -> int:
        most = self.grain.step if seconds * self.grain.step <= step * _A_STEP else int(step * _A_STEP / seconds)
        return max(1, most)

    def _doubtful(self, leaves: Iterable[_Leaf]) -> list[_Leaf]:
        return [leaf for leaf in leaves if leaf.differs or (not self.unique and leaf.rows)]

    def _digest(self, ranges: Sequence[Range]) -> list[_Leaf]:
        ours, theirs = at_once(lambda: self.log.digests(ranges), lambda: self.inbox.digests(ranges), self.inbox.cancel)
        leaves = [_Leaf(*each) for each in zip(ranges, ours, theirs, strict=True)]
        self.equal.extend((leaf.range, leaf.ours) for leaf in leaves if not leaf.differs)
        return leaves

    def _narrowed(self, leaves: list[_Leaf]) -> list[_Leaf]:
        """Split what is large, again and again; what cannot be split any further stays as it is."""
        bounds = self.bounds()
        # Where most ranges differ, so will most of their pieces: then only what is too large for a batch is split.
        most = self.grain.leaf if len(leaves) <= self.grain.ranges // 2 else self.grain.batch
        small = [leaf for leaf in leaves if leaf.rows <= most or bounds is None]
        large = [leaf for leaf in leaves if leaf.rows > most and bounds is not None]
        while large and bounds is not None:
            pieces = [leaf.range.split(self.grain.pieces, *bounds) for leaf in large]
            small += [leaf for leaf, parts in zip(large, pieces, strict=True) if len(parts) == 1]
            finer = self._doubtful(self._digest([one for parts in pieces if len(parts) > 1 for one in parts]))
            small += [leaf for leaf in finer if leaf.rows <= most]
            large = [leaf for leaf in finer if leaf.rows > most]
        return small

    def bounds(self) -> tuple[int, int] | None:
        """Of both sides: what only one of them has may lie far beyond the other, and there may be much of it."""
        both = [bounds for bounds in (self.log.bounds(), self.inbox.bounds()) if bounds is not None]
        return (min(low for low, _ in both), max(high for _, high in both)) if both else None

    def _batches(self, leaves: Iterable[_Leaf]) -> Iterator[list[Range]]:
        batch: list[Range] = []
        rows = 0
        for leaf in sorted(leaves, key=lambda leaf: (leaf.range.low is not None, leaf.range.low)):
            if batch and rows + leaf.rows > self.grain.batch:
                yield batch
                batch, rows = [], 0
            batch.append(leaf.range)
            rows += leaf.rows
        if batch:
            yield batch

    def _compare(self, batches: Iterable[list[Range]]) -> Iterator[int]:
        """How many fingerprints differ, batch by batch. Both sides are at work on the next one meanwhile."""
        before: _Prints | None = None
        rows: tuple[Sequence[Ours], Sequence[Theirs]] | None = None
        for ranges in chain(batches, (None, None)):
            asked = None if ranges is None else _Asked(partial(self._fingerprints, ranges))
            try:
                if rows is not None:
                    self.nominate(*rows)
                differing = frozenset[int]() if before is None else differences(before.ours, before.theirs)
                after = None if asked is None else asked.answer()
            except BaseException:
                if asked is not None:
                    asked.give_up(self.log.cancel, self.inbox.cancel)
                raise
            rows = self._rows(before.ranges, differing) if before is not None and differing else None
            before = after
            yield len(differing)

    def _fingerprints(self, ranges: list[Range]) -> "_Prints":
        ours, theirs = at_once(
            lambda: self.log.fingerprints(ranges), lambda: self.inbox.fingerprints(ranges), self.inbox.cancel
        )
        return _Prints(ranges, ours, theirs)

    def _rows(self, ranges: list[Range], differing: frozenset[int]) -> tuple[Sequence[Ours], Sequence[Theirs]]:
        return at_once(
            lambda: self.log.rows(ranges, differing), lambda: self.inbox.rows(ranges, differing), self.inbox.cancel
        )


def differences(ours: Sequence[int], theirs: Sequence[int]) -> frozenset[int]:
    """The fingerprints that do not occur exactly once on both sides."""
    left = set(ours)
    distinct = len(left)
    left.difference_update(theirs)
    if distinct == len(ours) and distinct - len(left) == len(theirs):
        return frozenset(left)  # nothing over there but what is here, too, and once: the common case
    left, right = set(ours), set(theirs)
    here, there = Counter(ours), Counter(theirs)
    return frozenset(one for one in left | right if here[one] != 1 or there[one] != 1)


def at_once(
    here: Callable[[], Answer], there: Callable[[], There], cancel_there: Callable[[], None]
) -> tuple[Answer, There]:
    """Both answers, the second one waited for in a thread. What either raises is raised, once both have ended."""
    other = _Asked(there)
    try:
        answer = here()
        return answer, other.answer()
    except BaseException:
        other.give_up(cancel_there)
        raise


class _Asked(Thread, Generic[Answer]):
    """A question that is being answered in a thread of its own."""

    def __init__(self, question: Callable[[], Answer]) -> None:
        super().__init__(daemon=True)
        self._question = question
        self._answers: list[Answer] = []
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Ask, and keep what comes."""
        try:
            self._answers.append(self._question())
        except BaseException as error:
            self._error = error

    def give_up(self, *cancels: Callable[[], None]) -> None:
        """Cancel until it has ended: it may have been between two statements, or the server may not have listened."""
        while self.is_alive():
            for cancel in cancels:
                with suppress(Exception):  # a server that cannot be told has a connection that ends by itself
                    cancel()
            self.join(_PATIENCE)

    def answer(self) -> Answer:
        """Wait for it. Raises what the question raised."""
        self.join()
        if self._error is not None:
            raise self._error
        return self._answers[0]
