"""What lies between two runs, for people and as the JSON document ``auditor.diff/1``.

It keeps to the rules of the other reports: nothing acts on a terminal, plain text is never cut or wrapped, JSON is
exact and grows keys only. Samples are as many as are asked for; ``count`` is the truth about how many there are.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from shlex import quote
from types import MappingProxyType

from rich.text import Text

from checks.catalogue import title_of
from checks.model.comparison import Change, Comparison, Counterpart, Group, Side, State
from checks.model.event import Event
from checks.wording import lasting
from reports import Format
from reports.appearance import PLAIN, Appearance
from reports.earlier import second
from reports.events import LONGEST_NAME, MOST_SAMPLES, sample
from reports.json_document import Json, event_entry, moment
from reports.marks import COLOURS
from reports.next_steps import MOST_EXPLAINED
from reports.page import Page
from reports.visible import visible, well_formed

SCHEMA = "auditor.diff/1"
FORMATS: Mapping[str, Format] = MappingProxyType(
    {"terminal": Format("reports.difference", (".txt", ".log")), "json": Format("reports.difference", (".json",))}
)
"""The formats of a comparison, with the endings of files that are taken to want them."""

_WORDS = {
    State.NEW: "new",
    State.OPEN: "still open",
    State.TURNED: "turned into another finding",
    State.HEALED: "healed",
    State.UNJUDGED: "not judged again",
}
_ALWAYS = (State.NEW, State.OPEN, State.HEALED)
_OVER = (State.HEALED, State.TURNED)
_LASTING = {State.HEALED: "healed after", State.TURNED: "after"}
_INDENT = 4

Trouble = tuple[str, str, str | None]
"""An audit, a check and a partition."""


def render(
    comparison: Comparison, format_name: str, appearance: Appearance = PLAIN, *, most_events: int | None = 100
) -> str:
    """The comparison in a format, ending in a newline; ``most_events`` samples of a group, ``None`` for all.

    KeyError: there is no such format.
    """
    return _RENDERERS[format_name](comparison, appearance, most_events)


# ---- for people ------------------------------------------------------------------------------------------------------


def _terminal(comparison: Comparison, appearance: Appearance, most_events: int | None) -> str:
    """The tally first, then the two runs, then every group by what became of it."""
    page = Page(appearance.width)
    page.line(_tally(comparison))
    page.line(f"from  {_told(comparison.earlier)}", style="dim")
    page.line(f"to    {_told(comparison.later)}, {_between(comparison)}", style="dim")
    for side, which in ((comparison.earlier, "earlier"), (comparison.later, "later")):
        if side.lacks:
            page.line(f"the {which} run did not audit {', '.join(map(visible, side.lacks))}", indent=6, style="dim")
    most = MOST_SAMPLES if most_events is None else min(most_events, MOST_SAMPLES)
    incomplete = _incomplete(comparison.groups)
    for state in State:
        groups = [group for group in comparison.groups if group.state is state]
        if groups:
            page.heading(_WORDS[state])
        for group in groups:
            _group(page, group, most, counts=_trouble(group) in incomplete)
    _next(page, comparison, appearance.config)
    return page.text()


def _between(comparison: Comparison) -> str:
    if comparison.earlier.run == comparison.later.run:
        return "the same run"
    return f"{_lasting(comparison.later.started - comparison.earlier.started)} later"


def _incomplete(groups: Iterable[Group]) -> set[Trouble]:
    """Troubles of which the groups do not say how much there is: more than is tracked, or in another unit."""
    told: Counter[Trouble] = Counter()
    counted: dict[Trouble, int | None] = {}
    for group in groups:
        told[_trouble(group)] += group.count if group.state in (State.NEW, State.OPEN) else 0
        counted[_trouble(group)] = group.count_after
    return {trouble for trouble, count in counted.items() if count is not None and count != told[trouble]}


def _trouble(group: Group) -> Trouble:
    return group.audit, group.check, group.partition


def _tally(comparison: Comparison) -> Text:
    counts = comparison.counts()
    told = [state for state in State if counts[state] or state in _ALWAYS]
    line = Text(", ".join(f"{counts[state] or 'nothing'} {_WORDS[state]}" for state in told))
    doubtful = counts[State.NEW] or counts[State.UNJUDGED]
    colour = "bold red" if comparison.worse else "bold yellow" if doubtful else "bold green"
    line.stylize(colour, 0, line.plain.index(","))
    return line


def _told(side: Side) -> str:
    return f"{visible(side.run)}  {second(side.started)}  {side.verdict}"


def _lasting(duration: timedelta) -> str:
    return lasting(duration) if duration else "0s"


def _group(page: Page, group: Group, samples: int, *, counts: bool) -> None:
    line = Text.assemble(
        (f"{group.severity:<8}", "dim" if group.state in _OVER else COLOURS[group.severity]),
        (visible(group.audit), "bold"),
        f" {group.check if group.of is None else title_of(group.of, group.check)}",
        "" if group.partition is None else f" in partition {visible(group.partition)}",
        f": {group.count} {group.verdict}, {_time(group)}",
    )
    page.line(line, indent=2)
    for sentence in _sentences(group, counts=counts):
        page.line(visible(sentence), indent=_INDENT)
    if group.state in _ALWAYS:
        _samples(page, group, samples)


def _time(group: Group) -> str:
    """How long the changes of a group were open, or have been."""
    shortest, longest = (found(change.lasted for change in group.changes) for found in (min, max))
    if group.state is State.NEW and longest == timedelta(0):
        return "first found by the later run"
    texts = dict.fromkeys(_lasting(duration) for duration in (shortest, longest))
    return f"{_LASTING.get(group.state, 'open for')} {' to '.join(texts)}"


def _sentences(group: Group, *, counts: bool) -> Iterable[str]:
    other = group.counterpart
    if other is not None and group.state is State.NEW:
        yield f"{_stood(other, group)} in the earlier run"
    elif other is not None:
        yield f"now {_stood(other, group)}"
    if group.note is not None:
        yield group.note
    before = "not judged" if group.count_before is None else group.count_before
    if counts and group.count_before != group.count_after:
        yield f"{group.count_after} in all, {before} in the earlier run"
    elif counts and group.count != group.count_after:
        yield f"{group.count_after} in all"


def _stood(other: Counterpart, group: Group) -> str:
    return str(other.verdict) if other.check == group.check else f"{other.check}, {other.verdict}"


def _samples(page: Page, group: Group, most: int) -> None:
    named = [change for change in group.changes if change.event != Event()]
    longest = LONGEST_NAME if page.width is not None else None
    alike = len({_lasting(change.lasted) for change in named}) == 1
    for change in named[:most]:
        time = "" if alike else f"; {_lasting(change.lasted)}"
        page.line(f"- {sample(change.event, longest)}{time}", indent=_INDENT, style="dim")
    if named[most:]:
        page.line(f"- and {len(named) - most} more in --format json", indent=_INDENT, style="dim")


def _next(page: Page, comparison: Comparison, config: str | None) -> None:
    """Commands for whoever wants to know more."""
    standing = [group for group in comparison.groups if group.state in (State.NEW, State.OPEN) and group.of is not None]
    checks = list(dict.fromkeys(title_of(group.of, group.check) for group in standing if group.of is not None))
    commands = [f"auditor explain {check}" for check in checks[:MOST_EXPLAINED]]
    if comparison.groups:
        with_config = "" if config is None else f"--config {quote(config)} "
        commands.append(f"auditor report {with_config}{quote(comparison.later.run)}")
        page.heading("next")
    for command in commands:
        page.line(visible(command), indent=2)


# ---- for programs ----------------------------------------------------------------------------------------------------


def _json(comparison: Comparison, appearance: Appearance, most_events: int | None) -> str:  # noqa: ARG001 (for people)
    return json.dumps(document(comparison, most_events), indent=2, allow_nan=False) + "\n"


def document(comparison: Comparison, most_events: int | None = 100) -> dict[str, Json]:
    """The document as plain lists, dicts, text and numbers."""
    counts: dict[str, Json] = {state.value: count for state, count in comparison.counts().items()}
    return {
        "schema": SCHEMA,
        "earlier": _side(comparison.earlier),
        "later": _side(comparison.later),
        "counts": counts,
        "changes": [_change_group(group, most_events) for group in comparison.groups],
    }


def _side(side: Side) -> dict[str, Json]:
    return {"run": well_formed(side.run), "started": moment(side.started), "verdict": side.verdict.value}


def _change_group(group: Group, most_events: int | None) -> dict[str, Json]:
    other = group.counterpart
    named = [change for change in group.changes if change.event != Event()]
    return {
        "state": group.state.value,
        "audit": well_formed(group.audit),
        "of": group.of,
        "check": group.check,
        "partition": None if group.partition is None else well_formed(group.partition),
        "verdict": group.verdict.value,
        "severity": group.severity.value,
        "count": group.count,
        "count_before": group.count_before,
        "count_after": group.count_after,
        "other": None if other is None else {"check": other.check, "verdict": other.verdict.value},
        "note": None if group.note is None else well_formed(group.note),
        "opened_at": moment(min(change.opened_at for change in group.changes)),
        "events": [_change(change) for change in named[:most_events]],
    }


def _change(change: Change) -> dict[str, Json]:
    return {
        **event_entry(change.event),
        "opened_run": None if change.opened_run is None else well_formed(change.opened_run),
        "opened_at": moment(change.opened_at),
        "closed_run": None if change.closed_run is None else well_formed(change.closed_run),
        "closed_at": None if change.closed_at is None else moment(change.closed_at),
        "seconds": change.lasted.total_seconds(),
    }


_RENDERERS: Mapping[str, Callable[[Comparison, Appearance, int | None], str]] = MappingProxyType(
    {"terminal": _terminal, "json": _json}
)
