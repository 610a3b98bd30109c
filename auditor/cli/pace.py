"""How far a run is, in one line that fits: what it does, how much of it, how fast, how long it still takes.

How long is only said where it is known how much there is. The pace is the average of the phase: it does not jump about.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from checks.wording import lasting
from reports.visible import visible

_LONGEST_BAR, _SHORTEST_BAR = 40, 10
_GAP = "  "
_TELLING = 1.0
"""Seconds of a phase after which its pace says something."""

_FIRST_TO_GO = ("elapsed", "count", "rate", "left", "percent", "audits")
"""What a narrow terminal does without, before the phase loses its end."""


class Pace:
    """What an observer was told, and when. ``clock``: seconds that only rise."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = self._phase_began = self._moved = clock()
        self._phase = "starting"
        self._done, self._total = 0, 0
        self._audits = (0, 0)

    def phase(self, text: str) -> None:
        """Another phase begins, of which nothing is done yet."""
        self._phase, self._done, self._total = visible(text), 0, 0
        self._phase_began = self._moved = self._clock()

    def moved(self, done: int, total: int | None) -> None:
        """So much of the phase is done, of so much where that is known."""
        self._done, self._total, self._moved = done, total or 0, self._clock()

    def looked(self, done: int, total: int) -> None:
        """So many of the run's audits have been looked at."""
        self._audits = (done, total)

    def line(self, width: int, *, ascii_only: bool = False) -> str:
        """At most ``width`` characters."""
        said = self._said()
        for name in _FIRST_TO_GO:
            if len(_joined(said)) <= width:
                break
            said.pop(name, None)
        line = _joined(said)
        if len(line) > width:
            end = "..." if ascii_only else "…"
            return line[: max(width - len(end), 0)] + end[: max(width, 0)]
        room = min(width - len(line) - len(_GAP), _LONGEST_BAR)
        if self._total and room >= _SHORTEST_BAR:
            line = _joined({"phase": self._phase, "bar": self._bar(room, ascii_only=ascii_only), **_but_phase(said)})
        return line

    def _said(self) -> dict[str, str]:
        """Everything there is to say, in the order of the line."""
        said = {"phase": self._phase}
        rate = self._rate()
        if self._total:
            said["percent"] = f"{100 * min(self._done, self._total) // self._total}%"
        if self._done:
            said["count"] = f"{self._done:,}" + (f" of {self._total:,}" if self._total else "")
        if rate:
            said["rate"] = f"{rate:,.0f}/s" if rate >= 1 else f"{60 * rate:,.0f}/min"
        if rate and self._done < self._total:
            left = timedelta(seconds=(self._total - self._done) / rate - (self._clock() - self._moved))
            said["left"] = f"{lasting(max(left, timedelta(seconds=1)))} left"
        looked, audits = self._audits
        if audits > 1:
            said["audits"] = f"{looked} of {audits} audits"
        said["elapsed"] = lasting(timedelta(seconds=int(self._clock() - self._began)) or timedelta(seconds=1))
        return said

    def _rate(self) -> float:
        """So much a second; 0 as long as there is too little to tell it by."""
        took = self._moved - self._phase_began
        if took < _TELLING:
            took = self._clock() - self._phase_began
        return 0.0 if took < _TELLING else self._done / took

    def _bar(self, room: int, *, ascii_only: bool) -> str:
        full = room * min(self._done, self._total) // self._total
        done, left = ("#", ".") if ascii_only else ("━", "─")
        return done * full + left * (room - full)


def _joined(said: dict[str, str]) -> str:
    return _GAP.join(said.values())


def _but_phase(said: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in said.items() if name != "phase"}
