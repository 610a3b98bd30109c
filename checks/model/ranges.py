"""Closed intervals of positions, built from positions that arrive in ascending order.

Two positions belong to one interval when no *eligible* event stands between them: holes and events that the
consumer never wanted do not split a range. Whether that is so cannot be seen from the positions, so every
position comes with its rank, its ordinal among the eligible events of its partition.
"""

from dataclasses import dataclass, field

MOST_RANGES = 10_000
"""A finding carries this many ranges at the most; beyond that it says ``ranges_truncated``."""


@dataclass(slots=True)
class RangeBuilder:
    """Collects ``(position, rank)`` in ascending order into maximal closed intervals, in flat memory."""

    most: int = MOST_RANGES
    truncated: bool = False
    _done: list[tuple[int, int]] = field(default_factory=list)
    _first: int | None = None
    _last: int = 0
    _last_rank: int = 0

    def add(self, position: int, rank: int) -> None:
        """Add one event. Equal ranks (two rows at one position) and consecutive ranks stay in one interval."""
        if self._first is not None and rank - self._last_rank <= 1:
            self._last = max(self._last, position)
        else:
            self._close()
            self._first = self._last = position
        self._last_rank = rank

    def add_interval(self, first: int, last: int) -> None:
        """Add a closed interval that is maximal by itself (a hole)."""
        self._close()
        self._first, self._last = first, last
        self._close()

    def _close(self) -> None:
        if self._first is None:
            return
        if len(self._done) < self.most:
            self._done.append((self._first, self._last))
        else:
            self.truncated = True
        self._first = None

    def build(self) -> tuple[tuple[int, int], ...]:
        """The intervals so far, ascending, at most ``most``."""
        self._close()
        return tuple(self._done)
