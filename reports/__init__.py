"""A result turned into text, one format a file.

A new format is one file with a ``render`` (see :class:`reports.interface.Render`) and its line in :data:`FORMATS`.
Nothing here reads a store or decides a verdict: two formats of one result never disagree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from reports.appearance import PLAIN, Appearance

if TYPE_CHECKING:
    from checks.model.result import Result
    from reports.interface import Render

__all__ = ["FORMATS", "PLAIN", "Appearance", "Format", "render"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format by the module that renders it, and by the endings of files that are taken to want it."""

    module: str
    endings: tuple[str, ...]


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "terminal": Format("reports.terminal", (".txt", ".log")),
        "json": Format("reports.json_document", (".json",)),
        "html": Format("reports.html", (".html", ".htm")),
    }
)
"""Every format by its name. Only names and endings, so that ``--help`` need not import what renders."""


def render(result: "Result", format_name: str, appearance: Appearance = PLAIN) -> str:
    """The report of ``result`` in a format, ending in a newline. KeyError: there is no such format."""
    renderer: Render = import_module(FORMATS[format_name].module).render
    return renderer(result, appearance)
