"""Which numbers of which units are among given ones: sets of intervals, by name."""

from bisect import bisect_left
from collections.abc import Iterable

from checks.model.known import Unit


class Cover:
    """A set of units, whatever pieces they come in."""

    def __init__(self, units: Iterable[Unit]) -> None:
        """Take them in, those that touch or overlap as one."""
        self._intervals: dict[str, list[tuple[int, int]]] = {}
        for unit in sorted(units):
            known = self._intervals.setdefault(unit.name, [])
            if known and unit.first <= known[-1][1] + 1:
                known[-1] = (known[-1][0], max(known[-1][1], unit.last))
            else:
                known.append((unit.first, unit.last))

    def split(self, unit: Unit) -> tuple[list[Unit], list[Unit]]:
        """A unit in two: what of it is in the set, and what is not, both ascending."""
        inside: list[Unit] = []
        outside: list[Unit] = []
        at = unit.first
        intervals = self._intervals.get(unit.name, [])
        for first, last in intervals[bisect_left(intervals, unit.first, key=lambda each: each[1]) :]:
            if first > unit.last:
                break
            if at < first:
                outside.append(unit._replace(first=at, last=first - 1))
            inside.append(unit._replace(first=max(at, first), last=min(last, unit.last)))
            at = last + 1
        if at <= unit.last:
            outside.append(unit._replace(first=at))
        return inside, outside

    def touches(self, unit: Unit) -> bool:
        """Whether any of it is in the set."""
        return bool(self.split(unit)[0])
