"""How much was missing, and how much was waiting, in this run and in those before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checks.model.recorded import Measured
from reports.html.assets import chart
from reports.html.words import distinct, number, shortened, when

MOST_LINES = 8
MOST_TOLD = 20
MOST_TICKS = 6
"""Up to this highest number every whole one has a tick; beyond, Vega chooses."""
_DASHES = ([1, 0], [8, 4], [2, 4], [10, 4, 2, 4], [4, 8], [14, 6], [2, 8], [6, 4, 2, 4, 2, 4])
"""Of each line, in the order in which they are drawn: where two lie on each other, the lower one shows in the gaps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A run as a row of the table: when it began in UTC, of which audit, how many events, and its name."""

    at: str
    audit: str
    count: str
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One chart: what it shows, its Vega-Lite, and its newest points as rows of a table, the newest first."""

    title: str
    key: str
    spec: dict[str, Any]
    told: tuple[Told, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one line shows: the points of an audit, and of all others that have had the same in every run."""

    audits: tuple[str, ...]
    points: tuple[Measured, ...]

    @property
    def label(self) -> str:
        """Names as far as there is room, and how many more have had the same."""
        first, *others = self.audits
        if not others:
            return shortened(first, 28)
        if len(others) == 1:
            return f"{shortened(first, 18)} and {shortened(others[0], 18)} (alike)"
        return f"{shortened(first, 20)} and {number(len(others))} more (alike)"


def trends(measured: Sequence[Measured]) -> list[Trend]:
    """A chart of what is missing and one of what is waiting; none where one run alone is known, or nothing to see."""
    if len({each.run for each in measured}) < 2:  # noqa: PLR2004 (a line has two ends)
        return []
    kinds = (("Missing events", "missing"), ("Events on their way, or late", "pending"))
    return [trend for title, key in kinds if (trend := _trend(measured, title, key)) is not None]


def _trend(measured: Sequence[Measured], title: str, key: str) -> Trend | None:
    by_audit: dict[str, list[Measured]] = {}
    for each in measured:
        if each.of != "state":
            by_audit.setdefault(each.audit, []).append(each)
    lines = _lines({name: points for name, points in by_audit.items() if _most(points, key)}, key)
    if not lines:
        return None
    drawn, left = lines[:MOST_LINES], lines[MOST_LINES:]
    shown = {name for line in drawn for name in line.audits}
    points = [each for each in measured if each.audit in shown]
    return Trend(
        title=title,
        key=key,
        spec=_spec(drawn, title, key),
        told=tuple(_told(each, key) for each in reversed(points[-MOST_TOLD:])),
        left_out=sum(len(line.audits) for line in left),
    )


def _lines(by_audit: Mapping[str, list[Measured]], key: str) -> list[Line]:
    """The highest first. Audits of which all runs say the same would lie on each other: they share a line."""
    alike: dict[tuple[tuple[str, int | None, int | None], ...], list[str]] = {}
    for name, points in by_audit.items():
        shape = tuple((each.run, getattr(each, key), each.lagging if key == "pending" else None) for each in points)
        alike.setdefault(shape, []).append(name)
    lines = [Line(audits=tuple(names), points=tuple(by_audit[names[0]])) for names in alike.values()]
    return sorted(lines, key=lambda line: -_most(line.points, key))


def _most(points: Sequence[Measured], key: str) -> int:
    return max(getattr(each, key) or 0 for each in points)


def _told(each: Measured, key: str) -> Told:
    counted = getattr(each, key)
    late = f", {number(each.lagging)} late" if key == "pending" and each.lagging else ""
    return Told(
        at=when(each.at).removesuffix(" UTC"),
        audit=shortened(each.audit),
        count="not known" if counted is None else f"{number(counted)}{late}",
        run=each.run,
    )


def _spec(lines: Sequence[Line], title: str, key: str) -> dict[str, Any]:
    """The values of one line after those of the other, for they are drawn in that order."""
    labels = distinct([line.label for line in lines])
    filled = chart("trend")
    filled["description"] = (
        f"{title} in this run and those before it, a line for each audit, one for all that are alike"
    )
    filled["data"] = {
        "values": [
            {
                "at": each.at.isoformat(),
                "audit": label,
                "count": getattr(each, key),
                "late": each.lagging,
                "run": shortened(each.run),
            }
            for label, line in zip(labels, lines, strict=True)
            for each in line.points
        ]
    }
    encoding = filled["encoding"]
    encoding["color"]["scale"] = {"domain": labels, "range": [f"var(--line-{at + 1})" for at in range(len(labels))]}
    encoding["strokeDash"]["scale"] = {"domain": labels, "range": list(_DASHES[: len(labels)])}
    # Vega halves the step between two ticks where there are few, whatever the least step is said to be.
    if (highest := max(_most(line.points, key) for line in lines)) <= MOST_TICKS:
        encoding["y"]["axis"]["values"] = list(range(highest + 1))
    if key == "pending":
        encoding["tooltip"].append({"field": "late", "type": "quantitative"})
    return filled
