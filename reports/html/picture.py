"""Where the boxes and lines of the pipeline's picture stand: events go from left to right."""

from dataclasses import dataclass

from reports.html.pipeline import Hop, Part, Pipeline
from reports.html.words import shortened
from reports.visible import visible

WIDTH, HEIGHT = 172, 62
BETWEEN_COLUMNS, BETWEEN_ROWS = 126, 30
MARGIN = 14
LONGEST_NAME, LONGEST_TEXT = 19, 23
_ROOM_TO_SPARE = 2
"""Characters. A name of so many less than the longest has room in every font that pages are seen in."""
_BEND = 40
"""Within so much of its way a line comes to the height at which it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A part with its upper left corner. ``name``, ``kind``, ``said``: cut to fit; ``title`` has all of it.

    ``is_tight``: so long a name that, in a wide font, it is larger than the box unless it is pressed together.
    """

    x: float
    y: float
    name: str
    kind: str
    said: str
    verdict: str
    title: str
    lost_here: str = ""
    is_tight: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A hop as the ``d`` of an SVG path, and where its mark stands: the middle of it, or its left end."""

    path: str
    x: float
    y: float
    lost: tuple[str, ...] = ()
    is_lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All of it, in units of one pixel."""

    width: float
    height: float
    box_width: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def picture(pipeline: Pipeline) -> Picture:
    """Lays out every part and hop."""
    columns = _columns(pipeline)
    rows = _rows(pipeline, columns)
    corners = {
        name: (MARGIN + column * (WIDTH + BETWEEN_COLUMNS), MARGIN + rows[name] * (HEIGHT + BETWEEN_ROWS))
        for name, column in columns.items()
    }
    here = {
        hop.after: ", ".join(" ".join(each) for each in hop.lost) for hop in pipeline.hops if hop.before == hop.after
    }
    return Picture(
        width=max((x for x, _ in corners.values()), default=0) + WIDTH + MARGIN,
        height=max((y for _, y in corners.values()), default=0) + HEIGHT + MARGIN + (14 if here else 0),
        box_width=WIDTH,
        boxes=tuple(box_of(part, *corners[part.name], here.get(part.name, "")) for part in pipeline.parts),
        lines=tuple(
            _line(hop, corners[hop.before], corners[hop.after]) for hop in pipeline.hops if hop.before != hop.after
        ),
    )


def _columns(pipeline: Pipeline) -> dict[str, int]:
    """How many hops at the most lead to a part. What goes in a circle, which no config does, ends somewhere."""
    columns = {part.name: 0 for part in pipeline.parts}
    for _ in pipeline.parts:
        moved = False
        for hop in pipeline.hops:
            if hop.before != hop.after and columns[hop.after] <= columns[hop.before] < len(columns):
                columns[hop.after], moved = columns[hop.before] + 1, True
        if not moved:
            break
    return columns


def _rows(pipeline: Pipeline, columns: dict[str, int]) -> dict[str, float]:
    """Every part in the middle of what comes after it, as far as nobody stands there."""
    after: dict[str, list[str]] = {part.name: [] for part in pipeline.parts}
    placed: set[str] = set()
    for hop in pipeline.hops:
        if hop.before != hop.after and hop.after not in placed and columns[hop.after] > columns[hop.before]:
            after[hop.before].append(hop.after)
            placed.add(hop.after)
    rows: dict[str, float] = {}
    taken: dict[int, float] = {}

    def place(name: str) -> None:
        for each in after[name]:
            place(each)
        middle = [rows[each] for each in after[name]]
        lowest = taken.get(columns[name], -1.0) + 1
        # What nothing comes after gets a row of its own, below all that stands there: else lines would cross boxes.
        wanted = (middle[0] + middle[-1]) / 2 if middle else max(taken.values(), default=-1.0) + 1
        rows[name] = max(lowest, wanted)
        taken[columns[name]] = rows[name]

    for part in pipeline.parts:
        if part.name not in placed:
            place(part.name)
    return rows


def box_of(
    part: Part, x: float, y: float, lost: str, longest_name: int = LONGEST_NAME, longest_text: int = LONGEST_TEXT
) -> Box:
    """A part there. ``lost``: what was lost within it. ``longest_name``, ``longest_text``: characters that fit."""
    return Box(
        x=x,
        y=y,
        name=shortened(part.name, longest_name),
        kind=part.kind,
        said=_begun(part.said, longest_text),
        verdict=part.verdict,
        title=f"{shortened(part.name)}, {part.kind}: {part.said}",
        lost_here=_begun(lost, longest_text),
        is_tight=len(visible(part.name)) >= longest_name - _ROOM_TO_SPARE,
    )


def _begun(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _line(hop: Hop, before: tuple[float, float], after: tuple[float, float]) -> Line:
    x1, y1 = before[0] + WIDTH, before[1] + HEIGHT / 2
    x2, y2 = after[0], after[1] + HEIGHT / 2
    bend = x1 + _BEND
    path = f"M{x1:g},{y1:g} C{bend:g},{y1:g} {x1:g},{y2:g} {bend:g},{y2:g} L{x2 - 8:g},{y2:g}"
    return Line(
        path=path,
        x=x2 - BETWEEN_COLUMNS / 2 + 3,
        y=y2,
        lost=tuple(line for each in hop.lost for line in each),
        is_lost=bool(hop.lost),
    )
