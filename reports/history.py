"""The runs that were recorded, newest first: for people, and as the JSON document ``auditor.history/1``.

A run's audits are told by name where they are not consistent, else counted: what went wrong must not drown in what
did not. Plain text has one line a run, so that it can be searched; a terminal that is too narrow for it has two.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType

from rich.text import Text

from checks.model.recorded import History, RunEntry
from checks.model.result import Outcome
from reports import Format
from reports.appearance import PLAIN, Appearance
from reports.earlier import second
from reports.json_document import Json, moment
from reports.marks import COLOURS
from reports.page import Page
from reports.visible import visible, well_formed

SCHEMA = "auditor.history/1"
FORMATS: Mapping[str, Format] = MappingProxyType(
    {"terminal": Format("reports.history", (".txt", ".log")), "json": Format("reports.history", (".json",))}
)
"""The formats of a list of runs, with the endings of files that are taken to want them."""

_INDENT = 4
_MINUTE = 60


def render(history: History, format_name: str, appearance: Appearance = PLAIN) -> str:
    """The runs in a format, ending in a newline. KeyError: there is no such format."""
    return _RENDERERS[format_name](history, appearance)


def _terminal(history: History, appearance: Appearance) -> str:
    page = Page(appearance.width)
    if not history.runs:
        page.line("no run is recorded that was asked for" if history.narrowed else "no run is recorded yet")
        return page.text()
    rows = [_cells(run) for run in history.runs]
    if not page.table(("run", "started", "verdict", "took", "errors", "warnings", "audits"), rows, left=7):
        for run in history.runs:
            _two_lines(page, run)
    return page.text()


def _cells(run: RunEntry) -> list[Text]:
    return [
        Text(visible(run.run), style="bold"),
        Text(second(run.started)),
        Text(run.verdict, style=COLOURS[run.verdict]),
        Text(_took(run)),
        Text(f"{run.errors:>6}", style="red" if run.errors else "dim"),
        Text(f"{run.warnings:>8}", style="yellow" if run.warnings else "dim"),
        Text(audits_of(run)),
    ]


def _two_lines(page: Page, run: RunEntry) -> None:
    """For terminals that the table does not fit."""
    page.line(
        Text.assemble(
            (f"{run.verdict:<12}", COLOURS[run.verdict]), "  ", (visible(run.run), "bold"), f"  took {_took(run)}"
        )
    )
    found = ", ".join(
        f"{count} {noun if count == 1 else f'{noun}s'}"
        for count, noun in ((run.errors, "error"), (run.warnings, "warning"))
        if count
    )
    page.line(f"{second(run.started)}{f', {found}' if found else ''}; {audits_of(run)}", indent=_INDENT, style="dim")


def audits_of(run: RunEntry) -> str:
    """The audits of a run in one phrase: ``inconsistent: billing, mail; unknown: search; 3 consistent``."""
    if not run.audits:
        return "nothing was audited"
    parts = []
    for outcome in (Outcome.INCONSISTENT, Outcome.UNKNOWN):
        names = [visible(name) for name, verdict in run.audits.items() if verdict is outcome]
        parts += [f"{outcome}: {', '.join(names)}"] if names else []
    consistent = Counter(run.audits.values())[Outcome.CONSISTENT]
    parts += [f"{consistent} consistent"] if consistent else []
    return "; ".join(parts) + _extent(run) + (f"; {run.left_out} not audited" if run.left_out else "")


def _extent(run: RunEntry) -> str:
    """Whether everything was looked at; nothing where nobody knows."""
    if run.incremental is None:
        return ""
    if not run.incremental:
        return " (full)"
    return " (incremental)" if len(run.incremental) == len(run.audits) else f" ({len(run.incremental)} incremental)"


def _took(run: RunEntry) -> str:
    seconds = (run.finished - run.started).total_seconds()
    return f"{seconds:.1f} s" if seconds < _MINUTE else f"{int(seconds) // _MINUTE} min {int(seconds) % _MINUTE} s"


def _json(history: History, appearance: Appearance) -> str:  # noqa: ARG001 (for people, not for programs)
    return json.dumps(document(history), indent=2) + "\n"


def document(history: History) -> dict[str, Json]:
    """The document as plain lists, dicts, text and numbers."""
    return {"schema": SCHEMA, "runs": [_entry(run) for run in history.runs]}


def _entry(run: RunEntry) -> dict[str, Json]:
    return {
        "run": well_formed(run.run),
        "started": moment(run.started),
        "finished": moment(run.finished),
        "verdict": run.verdict.value,
        "errors": run.errors,
        "warnings": run.warnings,
        "audits": [
            {
                "name": well_formed(name),
                "verdict": verdict.value,
                "incremental": None if run.incremental is None else name in run.incremental,
            }
            for name, verdict in run.audits.items()
        ],
    }


_RENDERERS: Mapping[str, Callable[[History, Appearance], str]] = MappingProxyType(
    {"terminal": _terminal, "json": _json}
)
