"""Presets fill in what a section leaves out, before it is checked: the rest of the auditor sees plain keys only.

``preset`` in a log's section gives the log's keys, ``subscription`` in a cursor's section gives the cursor's, from the
preset of the log that is read: by a consumer, or by the publisher of a derived log. Which layout counts is known from
the URL of the section's store. A key that a user writes wins.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from auditor.config.problems import Location, Problem, Table, quoted
from auditor.config.urls import kind_of_text
from auditor.presets import presets

if TYPE_CHECKING:
    from auditor.presets.layout import CursorLayout, Layout, Preset


def fill(document: Table) -> tuple[Table, list[Problem]]:
    """A copy of ``document`` with the keys that presets give, and what they cannot give."""
    problems: list[Problem] = []
    logs = {name: _log(name, log, document, problems) for name, log in _tables(document.get("logs"))}
    consumers = {
        name: _reader(one, "log", ("consumers", name), document, problems)
        for name, one in _tables(document.get("consumers"))
    }
    filled = {word: document[word] | tables for word, tables in (("logs", logs), ("consumers", consumers)) if tables}
    return document | filled, problems


def _tables(value: object) -> Iterator[tuple[str, Table]]:
    if isinstance(value, dict):
        yield from ((name, section) for name, section in value.items() if isinstance(section, dict))


def _log(name: str, log: Table, document: Table, problems: list[Problem]) -> Table:
    return _reader(_with_preset(name, log, document, problems), "derived_from", ("logs", name), document, problems)


def _with_preset(name: str, log: Table, document: Table, problems: list[Problem]) -> Table:
    preset_name = log.get("preset")
    if not isinstance(preset_name, str):
        return log
    here = ("logs", name, "preset")
    preset = presets().get(preset_name)
    if preset is None:
        text = "must name a layout that is known ('auditor presets' lists them)"
        problems.append(Problem(here, text, names_key=True, unlike=True, choices=tuple(presets())))
        return dict(_any_preset().layouts[0].log.keys) | log
    return dict(_layout(preset, log, document, here, problems).log.keys) | log


def _reader(reader: Table, key: str, here: Location, document: Table, problems: list[Problem]) -> Table:
    """A consumer, or a derived log, with the keys of its cursor; ``key`` names the log that it reads."""
    log = _section(document, "logs", reader.get(key))
    preset = _preset_of(log)
    if preset is not None and (layout := preset.layout(_kind(reader, document) or "")) is not None:
        problems += _others_rows(reader, layout, here)
    cursor = reader.get("cursor")
    if not isinstance(cursor, dict) or "subscription" not in cursor:
        return reader
    here = (*here, "cursor")
    if log is not None and "preset" not in log:
        section = Problem(("logs", str(reader[key]), "preset"), "").section()
        problems.append(Problem((*here, "subscription"), f"'subscription' needs 'preset' in {section}"))
    preset = preset or _any_preset()
    found = _layout(preset, reader, document, (*here, "subscription"), problems)
    return reader | {"cursor": _cursor(cursor, preset, found, here, problems)}


def _cursor(cursor: Table, preset: "Preset", layout: "Layout", here: Location, problems: list[Problem]) -> Table:
    if layout.cursor is None:
        text = f"'subscription' means nothing here: {preset.name} keeps no cursors on {layout.name}"
        problems.append(Problem((*here, "subscription"), text))
        return cursor
    column, subscription, where = layout.cursor.subscription, cursor["subscription"], cursor.get("where", {})
    filled = dict(layout.cursor.keys) | cursor
    if not isinstance(subscription, str) or not isinstance(where, dict):
        return filled
    if (what := layout.cursor.no_consumers.get(subscription)) is not None:
        text = f"must name what is subscribed to: {quoted(subscription)} is {what}"
        problems.append(Problem((*here, "subscription"), text, names_key=True))
    if column in where:
        text = f"'where' and 'subscription' both say which rows are meant: leave {quoted(column)} out of 'where'"
        problems.append(Problem((*here, "where"), text))
    return filled | {"where": {column: subscription} | where}


def _others_rows(consumer: Table, layout: "Layout", here: Location) -> Iterator[Problem]:
    """A cursor or inbox in a table of the preset that leaves open which rows are its own, or takes a mark for one."""
    known = layout.cursor
    for part in ("cursor", "inbox"):
        section = consumer.get(part)
        if known is None or not isinstance(section, dict) or not _is_in(section, known):
            continue
        where = section.get("where", {})
        if not isinstance(where, dict) or (part == "cursor" and "subscription" in section):
            continue
        if known.subscription not in where:
            key = "the key 'subscription'" if part == "cursor" else f"{quoted(known.subscription)} in 'where'"
            text = f"needs {key}: its table holds the rows of others, too"
            yield Problem((*here, part, "where"), text)
        elif (mark := _mark(where[known.subscription], known)) is not None:
            yield Problem((*here, part, "where"), f"takes {quoted(mark)}, which is {known.no_consumers[mark]}")


def _is_in(section: Table, layout: "CursorLayout") -> bool:
    table = section.get("table")
    named = isinstance(table, str) and layout.application(table.rpartition(".")[2]) is not None
    return named and section.get("position") == layout.keys["position"]


def _mark(condition: object, layout: "CursorLayout") -> str | None:
    values = condition if isinstance(condition, tuple) else (condition,)
    return next((value for value in values if isinstance(value, str) and value in layout.no_consumers), None)


def _layout(preset: "Preset", section: Table, document: Table, here: Location, problems: list[Problem]) -> "Layout":
    """The layout for the section's store. Where that store is no store, any will do: the config is refused for it."""
    kind = _kind(section, document)
    if kind is None:
        return preset.layouts[0]
    found = preset.layout(kind)
    if found is None:
        known = ", ".join(layout.kind for layout in preset.layouts)
        text = f"{quoted(preset.name)} is not known on {kind} (it is on {known})"
        problems.append(Problem(here, text))
        return preset.layouts[0]
    return found


def _any_preset() -> "Preset":
    """For a section that names none that is known: its real fault is then told, not the keys that it lacks for it."""
    return next(iter(presets().values()))


def _preset_of(log: Table | None) -> "Preset | None":
    name = None if log is None else log.get("preset")
    return presets().get(name) if isinstance(name, str) else None


def _kind(section: Table, document: Table) -> str | None:
    store = _section(document, "stores", section.get("store"))
    url = None if store is None else store.get("url")
    return kind_of_text(url) if isinstance(url, str) else None


def _section(document: Table, word: str, name: object) -> Table | None:
    sections = document.get(word)
    found = sections.get(name) if isinstance(sections, Mapping) and isinstance(name, str) else None
    return found if isinstance(found, dict) else None
