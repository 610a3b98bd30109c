"""Markdown as GitHub reads it: tables, anchors, and the texts of docstrings."""

import re
from collections.abc import Iterable, Sequence
from inspect import cleandoc

MADE = "<!-- Made from the code by `make docs`. What you write here is lost: change the code's own words. -->\n"
"""The first line of every page that is made."""


def document(*blocks: str) -> str:
    """A page out of its blocks, with an empty line between them."""
    return "\n\n".join(block.strip("\n") for block in (MADE, *blocks) if block) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table. Cells are Markdown, but for line breaks and the bars between cells."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def fenced(text: str, language: str = "text") -> str:
    """A block that is shown as it is."""
    return f"```{language}\n{text.rstrip()}\n```"


def code(text: str) -> str:
    """A word as code."""
    return f"`{text}`"


def link(text: str, to: str) -> str:
    """A link to a page or, with ``#``, to a place on one."""
    return f"[{text}]({to})"


def slug(heading: str) -> str:
    """The anchor that GitHub gives to a heading: its letters, digits, hyphens and underscores, in lower case."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def prose(docstring: str | None) -> str:
    """A docstring as Markdown: its paragraphs, with code in single backticks as Markdown has it."""
    return escaped(re.sub(r"``(.+?)``", r"`\1`", cleandoc(docstring or "")))


def escaped(text: str) -> str:
    """Text in which only what stands in backticks is special: stars and the like are meant as they are."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([*<\[\]]|\b_|_\b)", r"\\\1", part) for part in parts)


def sentence(text: str) -> str:
    """The first paragraph of a text in one line."""
    return " ".join(text.partition("\n\n")[0].split())
