"""The pipeline's picture for a phone, and for paper: one part a row, events go from top to bottom.

A part that has one reader stands straight above it. Of one that has several, a line goes down beside them, and turns
to each. So the picture is no wider than a box and what the lines beside it take, however many parts there are.
"""

from collections.abc import Iterable, Mapping

from reports.html.picture import HEIGHT, Box, Line, Picture, box_of
from reports.html.pipeline import Hop, Part, Pipeline
from reports.html.words import shortened

WIDTH = 236
LANE, INSET = 30, 9
"""What a line beside boxes takes, and where in that it goes down."""
MARGIN = 10
BETWEEN = 24
TEXT = 15
"""The height of a line of text between two boxes."""
LONGEST_NAME, LONGEST_TEXT, LONGEST_MARK = 27, 34, 40
_ROUND = 6
_ARROW = 10


def downwards(pipeline: Pipeline) -> Picture:
    """Lays out every part and hop."""
    drawing = _Drawing(pipeline)
    for part in _order(pipeline):
        drawing.place(part)
    return drawing.picture()


def _order(pipeline: Pipeline) -> list[Part]:
    """Every part after all that it comes from, and as near to it as can be. A circle, which no config has, is cut."""
    parts = {part.name: part for part in pipeline.parts}
    left = {name: {hop.before for hop in pipeline.hops if hop.after == name != hop.before} for name in parts}
    placed: dict[str, Part] = {}

    def place(name: str) -> None:
        if name in placed or not left[name] <= placed.keys():
            return
        placed[name] = parts[name]
        for hop in pipeline.hops:
            if hop.before == name:
                place(hop.after)

    while len(placed) < len(parts):
        before = len(placed)
        for name in parts:
            place(name)
        if len(placed) == before:
            left[next(name for name in parts if name not in placed)] = set()
    return list(placed.values())


class _Drawing:
    """What is drawn by now, from the top on."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._after = _targets(pipeline.hops)
        self._into = {part.name: [hop for hop in pipeline.hops if hop.after == part.name] for part in pipeline.parts}
        self._lanes: dict[
            str, tuple[int, set[str]]
        ] = {}  # by part: where its line goes down, and to whom it still has to
        self._boxes: dict[str, Box] = {}
        self._lines: list[Line] = []
        self._bottom = float(MARGIN - BETWEEN)

    def place(self, part: Part) -> None:
        """Draws the next part, with the lines that lead to it."""
        into = [hop for hop in self._into[part.name] if hop.before in self._lanes]
        here = [hop for hop in self._into[part.name] if hop.before == hop.after]
        lane = self._lane(into)
        marks = _marks(into)
        x, y = MARGIN + lane * LANE, self._bottom + BETWEEN + TEXT * len(marks)
        lost = ", ".join(" ".join(each) for hop in here for each in hop.lost)
        self._boxes[part.name] = box_of(part, x, y, lost, LONGEST_NAME, LONGEST_TEXT)
        for number, hop in enumerate(into):
            self._lines.append(self._line(hop, x, y, marks if number == len(into) - 1 else ()))
            self._lanes[hop.before][1].discard(part.name)
        self._lanes = {name: lane for name, lane in self._lanes.items() if lane[1]}
        if waiting := self._after.get(part.name, set()) - self._boxes.keys():
            self._lanes[part.name] = (lane, waiting)
        self._bottom = y + HEIGHT + (TEXT if lost else 0)

    def _lane(self, into: Iterable[Hop]) -> int:
        """The first place beside all lines that go on, and below the one that ends here where it leads here alone."""
        straight = [self._lanes[hop.before][0] for hop in into if len(self._after[hop.before]) == 1]
        beside = [lane for name, (lane, _) in self._lanes.items() if not self._ends(name, into)]
        return max([*(lane + 1 for lane in beside), *straight], default=0)

    def _ends(self, name: str, into: Iterable[Hop]) -> bool:
        return len(self._after[name]) == 1 and any(hop.before == name for hop in into)

    def _line(self, hop: Hop, x: float, y: float, marks: tuple[str, ...]) -> Line:
        """From the box above straight down, or down and then to the right."""
        above = self._boxes[hop.before]
        down = MARGIN + self._lanes[hop.before][0] * LANE + INSET
        path = f"M{down:g},{above.y + HEIGHT:g}"
        if down > x:
            path += f" V{y - _ARROW:g}"
        else:
            turn = y + HEIGHT / 2
            path += f" V{turn - _ROUND:g} Q{down:g},{turn:g} {down + _ROUND:g},{turn:g} H{x - _ARROW:g}"
        return Line(
            path=path,
            x=max(down + 10, x + 4),
            y=y - BETWEEN / 2 - TEXT * len(marks) / 2 + 2,
            lost=marks,
            is_lost=bool(hop.lost),
        )

    def picture(self) -> Picture:
        """All of it."""
        return Picture(
            width=max((box.x for box in self._boxes.values()), default=0) + WIDTH + MARGIN,
            height=self._bottom + MARGIN,
            box_width=WIDTH,
            boxes=tuple(self._boxes.values()),
            lines=tuple(self._lines),
        )


def _targets(hops: Iterable[Hop]) -> Mapping[str, set[str]]:
    targets: dict[str, set[str]] = {}
    for hop in hops:
        if hop.before != hop.after:
            targets.setdefault(hop.before, set()).add(hop.after)
    return targets


def _marks(into: list[Hop]) -> tuple[str, ...]:
    """What was lost on the way to a part; on which one is said where there are several."""
    return tuple(
        f"{f'{shortened(hop.before, LONGEST_NAME // 2)}: ' if len(into) > 1 else ''}{' '.join(each)}"
        for hop in into
        for each in hop.lost
    )
