"""How much was missing, and how much was waiting, in this run and in those before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from checks.model.recorded import Measured
from reports.html.words import number, shortened, when

MOST_LINES = 8
MOST_TOLD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One chart: what it shows, its Vega-Lite, and its newest points as rows of a table, the newest first."""

    title: str
    key: str
    spec: dict[str, Any]
    told: tuple[tuple[str, str, str, str], ...]
    left_out: int


def trends(measured: Sequence[Measured]) -> list[Trend]:
    """A chart of what is missing and one of what is waiting; none where one run alone is known, or nothing to see."""
    if len({each.run for each in measured}) < 2:  # noqa: PLR2004 (a line has two ends)
        return []
    kinds = (("Missing events", "missing"), ("Events on their way, or late", "pending"))
    return [trend for title, key in kinds if (trend := _trend(measured, title, key)) is not None]


def _trend(measured: Sequence[Measured], title: str, key: str) -> Trend | None:
    most: dict[str, int] = {}
    for each in measured:
        if each.of != "state":
            most[each.audit] = max(most.get(each.audit, 0), getattr(each, key) or 0)
    seen = sorted((name for name, count in most.items() if count), key=lambda name: -most[name])
    if not seen:
        return None
    names = seen[:MOST_LINES]
    points = [each for each in measured if each.audit in names]
    return Trend(
        title=title,
        key=key,
        spec=_spec(points, names, title, key),
        told=tuple(_told(each, key) for each in reversed(points[-MOST_TOLD:])),
        left_out=len(seen) - len(names),
    )


def _told(each: Measured, key: str) -> tuple[str, str, str, str]:
    counted = getattr(each, key)
    late = f", {number(each.lagging)} late" if key == "pending" and each.lagging else ""
    return (
        when(each.at),
        shortened(each.audit),
        "not known" if counted is None else f"{number(counted)}{late}",
        each.run,
    )


_TIME = alt.Axis(
    labelOverlap="greedy",
    labelSeparation=8,
    tickCount=6,
    format=alt.Dict.from_dict({"hours": "%H:%M", "minutes": "%H:%M", "seconds": "%H:%M:%S"}),
)
"""In UTC, as everything here, and with hours from 0 to 23."""


def _spec(points: Sequence[Measured], names: Sequence[str], title: str, key: str) -> dict[str, Any]:
    values = [
        {
            "at": each.at.isoformat(),
            "audit": shortened(each.audit, 28),
            "count": getattr(each, key),
            "late": each.lagging,
            "run": shortened(each.run),
        }
        for each in points
    ]
    tooltip = ["audit:N", alt.Tooltip("at:T", format="%Y-%m-%d %H:%M:%S", title="run began (UTC)"), "count:Q", "run:N"]
    domain = [shortened(name, 28) for name in names]
    colours = [f"var(--line-{index + 1})" for index in range(len(names))]
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_line(interpolate="step-after", point=alt.OverlayMarkDef(size=28), invalid="break-paths-show-domains")
        .encode(
            x=alt.X("at:T", title=None, scale=alt.Scale(type="utc"), axis=_TIME),
            y=alt.Y("count:Q", title=None, axis=alt.Axis(format=",d", tickMinStep=1, tickCount=5)),
            color=alt.Color(
                "audit:N",
                title=None,
                scale=alt.Scale(domain=domain, range=colours),
                legend=alt.Legend(orient="top", columns=2, labelLimit=150),
            ),
            tooltip=[*tooltip, *(["late:Q"] if key == "pending" else [])],
        )
        .properties(
            width="container",
            height=180,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
            description=f"{title} in this run and those before it, a line for each audit",
        )
    )
    return dict(chart.to_dict())
