"""The charts of the HTML report, made by Altair: the report ships them as Vega-Lite, and fills in what they show.

So whoever makes a report needs no Altair, and nobody writes Vega-Lite by hand.
"""

import json
from pathlib import Path
from typing import Any

import altair as alt

_SEVERITIES = alt.Scale(domain=["error", "warning", "info"], range=["var(--bad)", "var(--warn)", "var(--info)"])


def gaps() -> dict[str, Any]:
    """Where findings lie along the log, zoomable. ``windows``: what was looked at, ``gaps``: the findings' ranges."""
    zoom = alt.selection_interval(
        name="zoom", bind="scales", encodings=["x"], zoom="wheel![event.ctrlKey || event.metaKey]"
    )
    colour = alt.Color("severity:N", title=None, legend=None, scale=_SEVERITIES)
    stroke = alt.Stroke("severity:N", title=None, legend=None, scale=_SEVERITIES)
    windows = (
        alt.Chart(alt.NamedData(name="windows"), name="windows")
        .mark_bar(height=6, color="var(--line)", cornerRadius=3)
        .encode(tooltip=["label:N", "positions:N"])
    )
    marks = (
        alt.Chart(alt.NamedData(name="gaps"), name="gaps")
        .mark_bar(height=16, strokeWidth=2)
        .encode(color=colour, stroke=stroke, tooltip=["label:N", "positions:N", "what:N"])
        .add_params(zoom)
    )
    positions = alt.Axis(format=",d", tickMinStep=1, tickCount=6, grid=True, labelOverlap="greedy", labelSeparation=8)
    chart = (
        alt.layer(windows, marks)
        .encode(
            x=alt.X("from:Q", title="position", scale=alt.Scale(nice=False, zero=False), axis=positions),
            x2="to:Q",
            y=alt.Y("label:N", title=None, axis=alt.Axis(labelLimit=220, ticks=False)),
        )
        .properties(
            width="container",
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding", resize=True),
            description="Positions of the log at which findings lie, one row for each check of an audit",
        )
    )
    return _bare(chart)


def trend() -> dict[str, Any]:
    """How many events of each audit, run by run."""
    times = alt.Axis(
        labelOverlap="greedy",
        labelSeparation=8,
        tickCount=6,
        format={"hours": "%H:%M", "minutes": "%H:%M", "seconds": "%H:%M:%S", "milliseconds": "%H:%M:%S.%L"},
    )
    legend = alt.Legend(
        orient="top", columns=2, labelLimit=220, symbolType="stroke", symbolSize=400, symbolStrokeWidth=2.5
    )
    chart = (
        alt.Chart(alt.NamedData(name="runs"))
        .mark_line(
            interpolate="step-after",
            strokeWidth=2.5,
            point=alt.OverlayMarkDef(size=34),
            invalid="break-paths-show-domains",
        )
        .encode(
            x=alt.X("at:T", title=None, scale=alt.Scale(type="utc"), axis=times),
            y=alt.Y("count:Q", title=None, axis=alt.Axis(format=",d", tickMinStep=1, tickCount=5)),
            color=alt.Color("audit:N", title=None, legend=legend),
            strokeDash=alt.StrokeDash("audit:N", title=None),
            tooltip=[
                alt.Tooltip("audit:N"),
                alt.Tooltip("at:T", format="%Y-%m-%d %H:%M:%S", title="run began (UTC)"),
                alt.Tooltip("count:Q"),
                alt.Tooltip("run:N"),
            ],
        )
        .properties(width="container", height=180, autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
    )
    return _bare(chart)


def _bare(chart: alt.Chart | alt.LayerChart) -> dict[str, Any]:
    """Without Altair's look: the page has its own."""
    return {key: value for key, value in chart.to_dict().items() if key != "config"}


FOLDER = Path(__file__).parents[2] / "reports" / "html" / "charts"
CHARTS = {"gaps.vl.json": gaps, "trend.vl.json": trend}


def text_of(chart: dict[str, Any]) -> str:
    """As it stands in its file."""
    return f"{json.dumps(chart, indent=2)}\n"
