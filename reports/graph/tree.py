"""The pipeline as a tree for people: what events come from stands above, where they get to below it.

What comes from several places stands below the first of them, and is only named below the others. Without a terminal
nothing is cut; on one, overlong names lose their middle, and where the lines are too narrow for columns there are two
lines a node.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from checks.model.graph import Graph, Node
from reports.appearance import Appearance
from reports.graph.words import standing
from reports.marks import COLOURS
from reports.page import Page
from reports.phrases import without_middle
from reports.visible import visible

_GAP = "  "
_SHORTEST_NAME = 20
_NARROWEST_COLUMN = 28
_LONGEST_IN_COLUMNS = 60
"""One name that is longer does not push everything else aside."""
_ABOVE = "see above"


@dataclass(frozen=True, slots=True)
class Branch:
    """A node at its place in the tree. ``margin``: what stands before it; ``below``: before its further lines."""

    node: Node
    margin: str
    below: str
    again: bool


def render(graph: Graph, appearance: Appearance) -> str:
    """The tree, at most ``appearance.width`` wide, or plain where that is ``None``."""
    page = Page(appearance.width)
    if not graph.nodes:
        page.line("the config has no log")
    branches = list(_branches(graph))
    if not _aligned(page, branches, graph):
        for branch in branches:
            _two_lines(page, branch, graph)
    if graph.not_read is not None:
        page.line()
        page.line(f"without verdicts: {visible(graph.not_read)}", style="dim")
    return page.text()


def _branches(graph: Graph) -> Iterator[Branch]:
    """Every node below what comes before it, depth first, each only once with what comes after it."""
    nodes = {node.name: node for node in graph.nodes}
    after: dict[str, list[str]] = {name: [] for name in nodes}
    entered = set()
    for edge in graph.edges:
        if edge.before in nodes and edge.after in nodes:
            after[edge.before].append(edge.after)
            entered.add(edge.after)
    seen: set[str] = set()
    # A config that was loaded has no circle. Of one that was made by hand, what is in a circle is drawn all the same.
    for root in (*(name for name in nodes if name not in entered), *nodes):
        if root in seen:
            continue
        waiting = [(root, "", "")]
        while waiting:
            name, margin, below = waiting.pop()
            again = name in seen
            seen.add(name)
            yield Branch(nodes[name], margin, below, again)
            next_ones = () if again else after[name]
            last = len(next_ones) - 1
            waiting += [
                (each, f"{below}{'└─ ' if at == last else '├─ '}", f"{below}{'   ' if at == last else '│  '}")
                for at, each in reversed(list(enumerate(next_ones)))
            ]


def _aligned(page: Page, branches: list[Branch], graph: Graph) -> bool:
    """Columns, of which the last one is wrapped on a terminal; False: too narrow for that, nothing printed."""
    names = [f"{branch.margin}{visible(branch.node.name)}" for branch in branches]
    kinds = [_kind(branch) for branch in branches]
    first, second = (_width(column) + len(_GAP) for column in (names, kinds))
    room = None if page.width is None else page.width - first - second
    if room is not None and (room < _NARROWEST_COLUMN or any(cell_len(name) > first for name in names)):
        return False
    for branch, name, kind in zip(branches, names, kinds, strict=True):
        said, *more = _wrapped(_standing(branch, graph), room)
        bold = (name.removeprefix(branch.margin), "bold")
        row = Text.assemble(branch.margin, bold, _padding(name, first), (kind, "dim"), _padding(kind, second), said)
        row.rstrip()
        page.line(row)
        for each in more:
            page.line(Text.assemble(branch.below, _padding(branch.below, first + second), each))
    return True


def _wrapped(text: Text, room: int | None) -> list[Text]:
    """At least one line, in the style of the text."""
    lines = [text.plain] if room is None else textwrap.wrap(text.plain, room, break_on_hyphens=False)
    return [Text(line, style=text.style) for line in lines or [""]]


def _padding(cell: str, width: int) -> str:
    return " " * max(len(_GAP), width - cell_len(cell))


def _width(column: list[str]) -> int:
    lengths = [cell_len(cell) for cell in column]
    return max((length for length in lengths if length <= _LONGEST_IN_COLUMNS), default=max(lengths, default=0))


def _two_lines(page: Page, branch: Branch, graph: Graph) -> None:
    room = max(_SHORTEST_NAME, (page.width or 0) - cell_len(branch.margin))
    page.line(Text(without_middle(visible(branch.node.name), room), style="bold"), indent=branch.margin)
    said = _standing(branch, graph)
    page.line(Text.assemble((_kind(branch), "dim"), ": " if said else "", said), indent=f"{branch.below}{_GAP}")


def _kind(branch: Branch) -> str:
    return _ABOVE if branch.again else branch.node.kind


def _standing(branch: Branch, graph: Graph) -> Text:
    said = None if branch.again else standing(branch.node, graph)
    last = branch.node.last
    return Text(said or "", style="dim" if last is None else COLOURS[last.verdict])
