"""The page's own styles and scripts, and the one that draws charts; each script with the hash by which it may run."""

from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.resources import files

import vl_convert

STYLES = ("base.css", "parts.css", "findings.css", "print.css")
SCRIPTS = ("page.js", "unpack.js", "tables.js", "finding.js", "findings.js")
CHART_SCRIPTS = ("gaps.js", "charts.js")
_DRAW = "window.drawChart = vegaEmbed;"


def style() -> str:
    """All styles."""
    return "\n".join(_read("styles", name) for name in STYLES)


def script(*, with_charts: bool) -> str:
    """All scripts as one, none of which leaves anything behind for others."""
    names = (*SCRIPTS, *CHART_SCRIPTS) if with_charts else SCRIPTS
    body = "\n".join(_read("scripts", name) for name in names)
    return f'"use strict";\n(() => {{\n{body}\n}})();\n'


@cache
def drawing() -> str:
    """Vega, Vega-Lite and Vega-Embed, which vl-convert brings along: some 900 kB that draw a chart from its spec."""
    return str(vl_convert.javascript_bundle(_DRAW))


def policy(scripts: Iterable[str]) -> str:
    """What the browser may do: run these very scripts, use the page's own styles, and load nothing from anywhere."""
    hashes = " ".join(f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _read(folder: str, name: str) -> str:
    return files("reports.html").joinpath(folder, name).read_text(encoding="utf-8")
