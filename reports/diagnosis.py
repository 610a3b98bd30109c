"""What ``auditor doctor`` found, for people and as the JSON document ``auditor.doctor/1``.

It keeps to the rules of the other reports: nothing acts on a terminal, plain text is never cut or wrapped, JSON is
exact and grows keys only. Statements stand on lines of their own, ready to be run.
"""

import json
from collections.abc import Callable, Mapping
from itertools import groupby
from types import MappingProxyType

from rich.text import Text

from checks.model.diagnosis import Diagnosis, Examined, Level
from reports import Format
from reports.appearance import PLAIN, Appearance
from reports.json_document import Json
from reports.page import Page
from reports.visible import visible

SCHEMA = "auditor.doctor/1"
FORMATS: Mapping[str, Format] = MappingProxyType(
    {"terminal": Format("reports.diagnosis", (".txt", ".log")), "json": Format("reports.diagnosis", (".json",))}
)
"""The formats of a diagnosis, with the endings of files that are taken to want them."""

_COLOURS = {Level.FAILURE: "red", Level.UNKNOWN: "yellow", Level.WARNING: "yellow", Level.FINE: "green"}
_INDENT = 4


def render(diagnosis: Diagnosis, format_name: str, appearance: Appearance = PLAIN) -> str:
    """The diagnosis in a format, ending in a newline. KeyError: there is no such format."""
    return _RENDERERS[format_name](diagnosis, appearance)


def _terminal(diagnosis: Diagnosis, appearance: Appearance) -> str:
    """The tally first, then every line by its subject, with what to do below it."""
    page = Page(appearance.width)
    tally = Text(summary(diagnosis))
    tally.stylize(f"bold {_COLOURS[diagnosis.level]}", 0, len(diagnosis.level))
    page.line(tally)
    for (of, name), lines in groupby(diagnosis.lines, key=lambda line: (line.of, line.name)):
        page.heading(f"{of} {visible(name)}")
        for line in lines:
            _line(page, line)
    return page.text()


def summary(diagnosis: Diagnosis) -> str:
    """The worst level, and how many lines there are of each: ``warning: 2 warnings, 11 fine``."""
    counted = [_counted(level, count) for level, count in diagnosis.counts().items() if count]
    return f"{diagnosis.level}: {', '.join(counted) or 'nothing was examined'}"


def _counted(level: Level, count: int) -> str:
    plural = "s" if level in (Level.FAILURE, Level.WARNING) and count != 1 else ""
    return f"{count} {level}{plural}"


def _line(page: Page, line: Examined) -> None:
    told = Text.assemble((f"{line.level:<8}", _COLOURS[line.level]), f" {line.topic}: ", visible(line.message))
    page.line(told, indent=2)
    if line.advice is not None:
        page.line(f"→ {visible(line.advice)}", indent=_INDENT)
    for statement in line.statements:
        page.line(f"{visible(statement)};", indent=_INDENT, style="cyan")


def _json(diagnosis: Diagnosis, appearance: Appearance) -> str:  # noqa: ARG001 (for people, not for programs)
    return json.dumps(document(diagnosis), indent=2) + "\n"


def document(diagnosis: Diagnosis) -> dict[str, Json]:
    """The document as plain lists, dicts, text and numbers."""
    counts: dict[str, Json] = {level.value: count for level, count in diagnosis.counts().items()}
    return {
        "schema": SCHEMA,
        "level": diagnosis.level.value,
        "counts": counts,
        "lines": [_entry(line) for line in diagnosis.lines],
    }


def _entry(line: Examined) -> dict[str, Json]:
    return {
        "of": line.of,
        "name": _text(line.name),
        "topic": line.topic,
        "level": line.level.value,
        "message": _text(line.message),
        "advice": None if line.advice is None else _text(line.advice),
        "statements": [_text(statement) for statement in line.statements],
    }


def _text(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


_RENDERERS: Mapping[str, Callable[[Diagnosis, Appearance], str]] = {"terminal": _terminal, "json": _json}
