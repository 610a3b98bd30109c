r"""Text from stores put into Markdown, so that it is read as it is and never acts: not as markup, not as a mention.

What is a name stands as code. In there nothing is markup, a link, an emoji or a mention, which neither a backslash nor
an entity would keep GitHub from making out of ``@team``. In sentences what could be one of those stands as code, too,
and what Markdown takes for markup is escaped. Both stay on their line (see :mod:`reports.visible`). What Slack would
call a channel together by, ``<!here>``, it may find in code, too: its bracket is shown as ``\x3c``.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from reports.phrases import without_middle
from reports.visible import visible

LONGEST_NAME = 80
"""Characters of a name. The other formats have the whole of it."""

LONGEST_SENTENCE = 600

_ACTS = re.compile(r"@|://|www\.|mailto:|xmpp:|#\d|\bGH-\d|:(?!\d\d:)[\w+-]+:", re.IGNORECASE)
"""No emoji is called by two digits, as the minutes of a time are."""
_QUOTED = r"(?:^|(?<=\s)|(?<=\s\())`[^`]*[^`\s][^`]*`(?=[).,;:]*(?:\s|$))"
"""A key of the config, as messages name it, by itself: beside another backtick it could become anything."""

_CALLS = re.compile(r"<(?=[!@#])")
_PARTS = re.compile(rf"({_QUOTED}|\s+)")
_MARKUP = re.compile(r"[\\`*\[\]>|~$^]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def code(name: str, longest: int = LONGEST_NAME) -> str:
    """A name as code, also in a cell of a table. Of an overlong one the middle is left out."""
    return _fenced(without_middle(visible(name), longest).replace("|", r"\x7c"))


def command(text: str) -> str:
    """A command to type, as code: whole, and not for cells of tables."""
    return _fenced(visible(text))


def _fenced(text: str) -> str:
    text = _CALLS.sub(r"\\x3c", text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    needs_space = not text.strip(" ") or text[0] in "` " or text[-1] in "` "
    return f"{fence} {text} {fence}" if needs_space else f"{fence}{text}{fence}"


def sentence(text: str) -> str:
    """Text as text, to stand behind other text on a line."""
    whole = visible(text)
    if len(whole) > LONGEST_SENTENCE:
        whole = f"{whole[:LONGEST_SENTENCE]}…"
    words, between = _PARTS.split(whole)[::2], _PARTS.split(whole)[1::2]
    put = [code(word, LONGEST_SENTENCE) if _ACTS.search(word) else _escaped(word) for word in words]
    return "".join(part for pair in zip_longest(put, between, fillvalue="") for part in pair)


def _escaped(word: str) -> str:
    without_html = word.replace("&", "&amp;").replace("<", "&lt;")
    return _MARKUP.sub(lambda found: "\\" + found.group(), without_html)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, left: int) -> list[str]:
    """The lines of a table whose first ``left`` columns are text and the others numbers. Cells are Markdown."""
    rule = ["---"] * left + ["---:"] * (len(head) - left)
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]
