"""A config in the making: sections and keys with what is to be said about each, and the text of the file."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.init import toml

_WIDTH = 110
_LONGEST_LINE = 120
_INDENT = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key with its value. ``active``: whether it counts, or stands there as a comment for whoever knows better.

    What is a comment but could count has no blank behind its mark: ``#start = "first"``.
    """

    key: str
    value: toml.Writable
    remark: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """``[consumers.billing.cursor]`` with its keys; ``above`` are sentences before it. See :class:`Entry`."""

    path: tuple[str, ...]
    entries: tuple[Entry, ...]
    above: tuple[str, ...] = ()
    active: bool = True


def written(heading: Sequence[str], sections: Sequence[Section], ending: Sequence[str] = ()) -> str:
    """The text of a config."""
    blocks = [list(_comments(heading)), *(list(_section(section)) for section in sections)]
    if ending:
        blocks.append(list(_comments(ending)))
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield from _comments(section.above)
    lines = [f"[{'.'.join(map(toml.key, section.path))}]"]
    for entry in section.entries:
        lines += _entry(entry)
    yield from (line if section.active or line.startswith("#") else f"#{line}" for line in lines)


def _entry(entry: Entry) -> Iterator[str]:
    line = f"{toml.key(entry.key)} = {toml.value(entry.value)}"
    line = line if entry.active else f"#{line}"
    if entry.remark is None:
        yield line
        return
    remark = toml.comment(entry.remark)
    beside = f"{line:<{_INDENT}} {remark}"
    if len(beside) <= _LONGEST_LINE:
        yield beside
    else:
        yield from _comments([entry.remark])
        yield line


def _comments(sentences: Sequence[str]) -> Iterator[str]:
    """Comments, each wrapped by itself. What is no picture is escaped first, so no name can begin a line of its own."""
    for sentence in sentences:
        shown = toml.comment(sentence).removeprefix("# ")
        for line in textwrap.wrap(shown, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]:
            yield f"# {line}".rstrip()
