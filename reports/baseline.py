"""Known findings: for people, and as the JSON document ``auditor.baseline/1``.

Who put off what and why stands first; what it hides is told by its number alone. An entry that has expired is told as
such, since it hides nothing any more.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from rich.text import Text

from checks.model.known import BaselineEntry
from reports import Format
from reports.appearance import PLAIN, Appearance
from reports.json_document import Json, moment
from reports.page import Page
from reports.visible import visible, well_formed

SCHEMA = "auditor.baseline/1"
FORMATS: Mapping[str, Format] = MappingProxyType(
    {"terminal": Format("reports.baseline", (".txt", ".log")), "json": Format("reports.baseline", (".json",))}
)
"""The formats of a list of known findings, with the endings of files that are taken to want them."""

_INDENT = 4


def render(entries: Sequence[BaselineEntry], now: datetime, format_name: str, appearance: Appearance = PLAIN) -> str:
    """The entries in a format, ending in a newline. KeyError: there is no such format."""
    return _RENDERERS[format_name](entries, now, appearance)


def _terminal(entries: Sequence[BaselineEntry], now: datetime, appearance: Appearance) -> str:
    page = Page(appearance.width)
    if not entries:
        page.line("nothing is known")
    for entry in entries:
        where = "" if entry.partition is None else f" in partition {visible(entry.partition)}"
        page.line(
            Text.assemble(
                (entry.fingerprint, "bold"),
                f"  {visible(entry.audit)} {visible(entry.check)}{where}: {entry.count} {entry.verdict}, ",
                _until(entry, now),
            )
        )
        page.line(visible(entry.why), indent=_INDENT)
        page.line(
            f"{visible(entry.owner)}, {moment(entry.added.replace(microsecond=0))}, of run {visible(entry.run)}",
            indent=_INDENT,
            style="dim",
        )
    return page.text()


def _until(entry: BaselineEntry, now: datetime) -> tuple[str, str]:
    if entry.expires is None:
        return "for good", ""
    at = moment(entry.expires.replace(microsecond=0))
    return (f"expired {at}", "yellow") if entry.has_expired(now) else (f"until {at}", "")


def _json(entries: Sequence[BaselineEntry], now: datetime, appearance: Appearance) -> str:  # noqa: ARG001 (see above)
    return json.dumps(document(entries, now), indent=2) + "\n"


def document(entries: Iterable[BaselineEntry], now: datetime) -> dict[str, Json]:
    """The document as plain lists, dicts, text and numbers."""
    return {"schema": SCHEMA, "known": [_entry(entry, now) for entry in entries]}


def _entry(entry: BaselineEntry, now: datetime) -> dict[str, Json]:
    return {
        "fingerprint": entry.fingerprint,
        "audit": well_formed(entry.audit),
        "check": well_formed(entry.check),
        "partition": None if entry.partition is None else well_formed(entry.partition),
        "verdict": entry.verdict.value,
        "count": entry.count,
        "why": well_formed(entry.why),
        "owner": well_formed(entry.owner),
        "added": moment(entry.added),
        "expires": None if entry.expires is None else moment(entry.expires),
        "expired": entry.has_expired(now),
        "run": well_formed(entry.run),
    }


_RENDERERS: Mapping[str, Callable[[Sequence[BaselineEntry], datetime, Appearance], str]] = MappingProxyType(
    {"terminal": _terminal, "json": _json}
)
