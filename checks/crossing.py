"""The events of one partition that a cursor passed since the run before, and that left no trace with the consumer.

Two things show that nothing was processed: that none of all the events passed has a trace, or that a long row of them
has none. It takes them in one by one, in flat memory, since the cursor may have passed millions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.model.consumer import Absence
from checks.model.finding import Verdict
from checks.ruling import Ruling
from checks.tally import Tally

LONG_ROW = 100
"""So many events in a row without one receipt are no accident of a consumer that otherwise works."""
Certainty = tuple[Verdict, str | None]


@dataclass(slots=True, kw_only=True)
class Crossing:
    """All of them, and those that stand in long rows, told apart by how sure it is that they are absent."""

    limit: int | None
    count: int = 0
    _every: dict[Certainty, Tally] = field(default_factory=dict)
    _in_rows: dict[Certainty, Tally] = field(default_factory=dict)
    _row: list[tuple[Absence, Certainty]] = field(default_factory=list)
    _length: int = 0
    _last_rank: int | None = None

    def add(self, absence: Absence, ruling: Ruling) -> None:
        """Take in one event; they come by position. A row is held back until it is long enough."""
        certainty = ruling.verdict, ruling.reason
        self.count += 1
        self._tally(self._every, absence, certainty)
        if self._last_rank is not None and absence.rank - self._last_rank > 1:
            self._row.clear()
            self._length = 0
        self._last_rank = absence.rank
        self._length += 1
        self._row.append((absence, certainty))
        if self._length >= LONG_ROW:
            for one, how_sure in self._row:
                self._tally(self._in_rows, one, how_sure)
            self._row.clear()

    def _tally(self, tallies: dict[Certainty, Tally], absence: Absence, certainty: Certainty) -> None:
        tallies.setdefault(certainty, Tally(limit=self.limit)).add(absence.event, absence.rank)

    def without_trace(self, passed: int | None) -> Mapping[Certainty, Tally]:
        """What a jump consists of. ``passed``: how many eligible events the cursor passed, where that was counted."""
        return self._every if self.count == passed else self._in_rows
