"""A result turned into text, one format a file.

A new format is one file with a ``render`` (see :class:`reports.interface.Render`) and its line in :data:`FORMATS`.
Nothing here reads a store or decides a verdict: two formats of one result never disagree.

Most formats carry samples of what was found. Those that can grow large come in pieces.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from reports.appearance import PLAIN, Appearance, By

if TYPE_CHECKING:
    from checks.model.result import Result
    from reports.interface import Pieces, Render

__all__ = ["FORMATS", "PLAIN", "Appearance", "By", "Format", "pieces", "render"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format by the module that renders it, and by the endings of files that are taken to want it, if any.

    ``in_pieces``: its module has ``pieces`` (see :class:`reports.interface.Pieces`) in place of ``render``.
    ``carries_all``: it has every event that a finding has, and not only samples. ``is_table``: it has rows, of what
    :class:`reports.appearance.By` says. ``looks_back``: it says when the last consistent run was.
    ``tells_more``: it tells what :class:`reports.background.Background` has beside the result.
    """

    module: str
    endings: tuple[str, ...]
    in_pieces: bool = False
    carries_all: bool = False
    is_table: bool = False
    looks_back: bool = False
    tells_more: bool = False


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "terminal": Format("reports.terminal", (".txt", ".log")),
        "json": Format("reports.json_document", (".json",), in_pieces=True),
        "html": Format("reports.html", (".html", ".htm"), tells_more=True),
        "jsonl": Format("reports.json_lines", (".jsonl", ".ndjson"), in_pieces=True, carries_all=True),
        "csv": Format("reports.csv_table", (".csv",), in_pieces=True, carries_all=True, is_table=True),
        "markdown": Format("reports.markdown", (".md", ".markdown")),
        "junit": Format("reports.junit", (".xml",)),
        "prometheus": Format("reports.prometheus", (".prom",), looks_back=True),
        "github": Format("reports.github", ()),
        "nagios": Format("reports.nagios", ()),
    }
)
"""Every format by its name. Only names and endings, so that ``--help`` need not import what renders."""


def render(result: "Result", format_name: str, appearance: Appearance = PLAIN) -> str:
    """The report of ``result`` in a format, ending in a newline. KeyError: there is no such format.

    No format makes up what the result does not have: one that was made with ``max_findings=None`` has all events.
    """
    return "".join(pieces(result, format_name, appearance))


def pieces(result: "Result", format_name: str, appearance: Appearance = PLAIN) -> Iterator[str]:
    """The same report in pieces, made as they are asked for; of most formats one. KeyError: there is no such format."""
    known = FORMATS[format_name]
    module = import_module(known.module)
    if known.in_pieces:
        in_pieces: Pieces = module.pieces
        return in_pieces(result, appearance)
    whole: Render = module.render
    return iter((whole(result, appearance),))
