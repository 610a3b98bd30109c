"""The page's own styles and scripts, each script with the hash by which it may run, and its charts."""

import json
from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

STYLES = ("base.css", "parts.css", "findings.css", "print.css")
SCRIPTS = ("page.js", "unpack.js", "tables.js", "finding.js", "findings.js")
CHART_SCRIPTS = ("gaps.js", "charts.js")


def style() -> str:
    """All styles."""
    return "\n".join(_read("styles", name) for name in STYLES)


def script(*, with_charts: bool) -> str:
    """All scripts as one, none of which leaves anything behind for others."""
    names = (*SCRIPTS, *CHART_SCRIPTS) if with_charts else SCRIPTS
    body = "\n".join(_read("scripts", name) for name in names)
    return f'"use strict";\n(() => {{\n{body}\n}})();\n'


def chart(name: str) -> dict[str, Any]:
    """A chart as Vega-Lite, without what it shows: a copy, to be filled in."""
    return dict(json.loads(_read("charts", f"{name}.vl.json")))


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
