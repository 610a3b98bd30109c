"""The page put together: what every section shows, and the templates that say how it looks."""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from checks.catalogue import title_of
from checks.model.result import Outcome, Parity, Result
from reports.appearance import Appearance
from reports.background import Background
from reports.candidates import not_decided, on_their_way
from reports.html import assets, gaps
from reports.html.advice import advice
from reports.html.agreed import MOST_AUDITS, agreed
from reports.html.downwards import downwards
from reports.html.drawing import drawing
from reports.html.findings import findings
from reports.html.lost import MOST_LOST, MOST_OPEN, MOST_WRONG, headline, lost, wrong
from reports.html.packing import compact, embedded, packed
from reports.html.picture import picture
from reports.html.pipeline import pipeline
from reports.html.redelivered import redelivered
from reports.html.scope import audited, known, notes, unchecked, undecided
from reports.html.totals import balances
from reports.html.trend import trends
from reports.html.words import number, shortened, when
from reports.next_steps import next_steps, run_again
from reports.page import Page
from reports.parity import parities
from reports.terminal import verdict_line
from reports.visible import visible

_HEADLINES: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.INCONSISTENT: "Inconsistent",
        Outcome.UNKNOWN: "Could not be decided",
        Outcome.CONSISTENT: "Consistent",
    }
)


def page(result: Result, appearance: Appearance) -> str:
    """The whole page, ending in a newline."""
    background = appearance.background or Background()
    charts = _charts(result, background)
    own = assets.script(with_charts=bool(charts["specs"]))
    draws = drawing() if charts["specs"] else None
    text = (
        _templates()
        .get_template("report.html.j2")
        .render(
            **_told(result, appearance.config, background),
            **_found(result, appearance.config),
            **charts,
            style=_trusted(assets.style()),
            script=_trusted(own),
            drawing="" if draws is None else draws.packed,
            policy=assets.policy([own] if draws is None else [own, draws.source]),
        )
    )
    return f"{text.rstrip()}\n"


def _told(result: Result, config: str | None, background: Background) -> dict[str, Any]:
    """What stands in the page as text."""
    losses, errors, parts = lost(result), wrong(result), pipeline(result, background.graph)
    return {
        "result": result,
        "background": background,
        "headline": _HEADLINES[result.verdict],
        "verdict_line": verdict_line(result).partition(": ")[2],
        "started": when(result.started),
        "finished": when(result.finished),
        "seconds": f"{(result.finished - result.started).total_seconds():.1f}",
        "summary": headline(result, losses, errors),
        "not_decided": not_decided(result, shortened),
        "on_their_way": on_their_way(result),
        "lost": losses[:MOST_LOST],
        "most_open": MOST_OPEN,
        "more_lost": max(0, len(losses) - MOST_LOST),
        "wrong": errors[:MOST_WRONG],
        "more_wrong": max(0, len(errors) - MOST_WRONG),
        "undecided": undecided(result),
        "commands": list(next_steps(result.audits, config)),
        "audited": audited(result, background.graph),
        "notes": notes(result),
        "unchecked": unchecked(result),
        "agreed": agreed(result),
        "most_agreed": MOST_AUDITS,
        "parities": _side_by_side(result.parities),
        "known": known(result),
        "balances": balances(result),
        "pipeline": parts,
        "across": picture(parts),
        "down": downwards(parts),
        "redelivered": redelivered(background.redeliveries),
        "again": background.command or run_again(result.audits, config),
    }


def _found(result: Result, config: str | None) -> dict[str, Any]:
    """The findings, and what the checks that found them say of themselves."""
    titles = dict.fromkeys(title_of(audit.of, each.check) for audit in result.audits for each in audit.findings)
    return {
        "found": findings(result, config),
        "advice": _trusted(embedded(advice(titles))),
    }


def _charts(result: Result, background: Background) -> dict[str, Any]:
    """The specs of the charts, and what only the script reads of the maps of gaps."""
    (drawn, undrawn), lines = gaps.maps(result), trends(background.measured)
    specs = ({"gaps": assets.chart("gaps")} if drawn else {}) | {each.key: each.spec for each in lines}
    return {
        "maps": drawn,
        "undrawn": undrawn,
        "gap_rows": packed(compact([each.data for each in drawn])),
        "trends": lines,
        "specs": _trusted(embedded(specs)) if specs else "",
    }


def _side_by_side(compared: Sequence[Parity]) -> list[str]:
    """The lines that the terminal has, without its heading."""
    lines = Page(None)
    parities(lines, compared)
    return [line.strip() for line in lines.text().splitlines()[2:]]


def _trusted(text: str) -> Markup:
    """Text of our own, or that was escaped where it was made."""
    return Markup(text)  # noqa: S704 (see above)


@cache
def _templates() -> Environment:
    """Everything that is put into a template is escaped, and shown without characters that have no picture."""
    templates = Environment(
        loader=PackageLoader("reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )
    templates.filters |= {"number": number, "shortened": shortened, "when": when}
    return templates
