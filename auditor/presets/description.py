"""What ``auditor presets`` prints: a preset for people, drawn from the same data that fills configs in."""

import json
from collections.abc import Iterable, Iterator, Mapping
from textwrap import fill

from auditor.presets.layout import APPLICATION, CursorLayout, Layout, Preset, TableLayout

WIDTH = 79


def listing(presets: Iterable[Preset]) -> str:
    """One line a preset: its name, what it is, and the kinds of stores that it knows."""
    known = list(presets)
    widest = max(len(preset.name) for preset in known)
    return "".join(
        f"{preset.name:<{widest}}  {preset.title} ({', '.join(layout.name for layout in preset.layouts)})\n"
        for preset in known
    )


def description(preset: Preset) -> str:
    """All that the preset says, and a piece of auditor.toml to paste."""
    lines = [preset.name, "=" * len(preset.name), *_wrapped(f"For {preset.title}. Audited are {preset.audits}.", "")]
    for layout in preset.layouts:
        lines += ["", f"On {layout.name}", *_layout(layout, preset)]
    lines += ["", "What to know"]
    for note in preset.notes:
        lines += _wrapped(note, "    ", "  - ")
    lines += ["", "In auditor.toml", *(f"  {line}".rstrip() for line in preset.example.strip().splitlines())]
    return "\n".join(lines) + "\n"


def _layout(layout: Layout, preset: Preset) -> Iterator[str]:
    yield f'  [logs.NAME] with preset = "{preset.name}"'
    yield from _table(layout.log)
    if layout.cursor is None:
        yield "  It keeps no cursors."
        return
    yield '  [consumers.NAME.cursor] with subscription = "…"'
    yield from _table(layout.cursor)
    yield from _rows(layout.cursor)


def _table(layout: TableLayout) -> Iterator[str]:
    named = "" if layout.named is None else f"{layout.named.replace(APPLICATION, 'APPLICATION')}, without a name "
    yield from _wrapped(f"table: {named}{layout.table}", "      ", "    ")
    yield from _wrapped(f"recognised by the columns {', '.join(layout.columns)}", "      ", "    ")
    yield "    keys, where you write none:"
    yield from (f"      {key} = {json.dumps(value)}" for key, value in _without_table(layout.keys).items())


def _rows(cursor: CursorLayout) -> Iterator[str]:
    yield f"    a consumer's row: {cursor.subscription} = its subscription"
    for value, what in cursor.no_consumers.items():
        yield from _wrapped(f"no consumer: {value} ({what})", "      ", "    ")
    if cursor.row_an_event is not None:
        setting = cursor.row_an_event.setting
        text = f"more than one row a subscription ({setting}): a row for each processed event, read as an inbox"
        yield from _wrapped(text, "      ", "    ")


def _without_table(keys: Mapping[str, str | int | bool]) -> Mapping[str, str | int | bool]:
    return {key: value for key, value in keys.items() if key != "table"}


def _wrapped(text: str, indent: str, first: str | None = None) -> list[str]:
    start = indent if first is None else first
    wrapped = fill(text, WIDTH, initial_indent=start, subsequent_indent=indent, break_on_hyphens=False)
    return wrapped.splitlines()
