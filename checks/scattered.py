"""Closed intervals of positions, built from positions that arrive in any order.

Inversions come by stream, so their positions jump. Sorting them would hold them all in memory; this holds the lowest
intervals only, as many as a finding may carry. As in :mod:`checks.model.ranges`, ranks decide what is adjacent.
"""

from bisect import bisect_right
from dataclasses import dataclass, field

from checks.model.ranges import MOST_RANGES


@dataclass(slots=True)
class Span:
    """An interval in the making: its ranks and its positions, all inclusive."""

    first_rank: int
    last_rank: int
    first: int
    last: int


@dataclass(slots=True)
class ScatteredRanges:
    """Collects ``(position, rank)`` in any order into maximal closed intervals; keeps the lowest ``most``."""

    most: int = MOST_RANGES
    truncated: bool = False
    _spans: list[Span] = field(default_factory=list)
    _ceiling: int | None = None

    def add(self, position: int, rank: int) -> None:
        """Add one event. What lies beyond an interval that had to be dropped is dropped too."""
        if self._ceiling is not None and rank >= self._ceiling:
            return
        at = bisect_right(self._spans, rank, key=lambda span: span.first_rank)
        self._spans.insert(at, Span(rank, rank, position, position))
        self._join(at)
        self._join(at - 1)
        if len(self._spans) > self.most:
            self._ceiling = self._spans.pop().first_rank
            self.truncated = True

    def _join(self, at: int) -> None:
        """Make one of the interval at this index and the next, where no eligible event stands between them."""
        if not 0 <= at < len(self._spans) - 1:
            return
        lower, upper = self._spans[at], self._spans[at + 1]
        if upper.first_rank - lower.last_rank > 1:
            return
        lower.last_rank = max(lower.last_rank, upper.last_rank)
        lower.first = min(lower.first, upper.first)
        lower.last = max(lower.last, upper.last)
        del self._spans[at + 1]

    def build(self) -> tuple[tuple[int, int], ...]:
        """The intervals so far, ascending, at most ``most``."""
        return tuple((span.first, span.last) for span in self._spans)
