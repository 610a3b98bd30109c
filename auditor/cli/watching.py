"""What a run shows while it is under way, on standard error: a progress bar, or its SQL."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from auditor.cli import streams
from auditor.observer import Observer, Silent
from reports.visible import visible

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn


class Watcher(Silent):
    """Shows nothing but, with ``debug``, where an audit crashed: the run goes on, and its result has one line of it."""

    def __init__(self, *, debug: bool) -> None:
        self._debug = debug

    def crash(self, error: Exception) -> None:
        """The traceback, if it is wanted."""
        if self._debug:
            streams.tell("".join(traceback.format_exception(error)))


class StatementWriter(Watcher):
    """Writes every statement that is sent to a store, ready to be tried by hand."""

    def statement(self, store: str, sql: str, parameters: object) -> None:
        """The statement, with where it goes and what is bound to it in comments above."""
        bound = f"\n-- {visible(_shown(parameters))}" if parameters else ""
        statement = "\n".join(visible(line) for line in sql.strip().expandtabs().splitlines())
        streams.tell(f"-- {visible(store)}{bound}\n{statement};\n")


class ProgressBar(Watcher):
    """Draws the phase of the run and how far it is."""

    def __init__(self, progress: "Progress", *, debug: bool) -> None:
        super().__init__(debug=debug)
        self._progress = progress
        self._task = progress.add_task("starting", total=None)

    def phase(self, text: str) -> None:
        """Begin the bar anew under another text."""
        self._progress.reset(self._task, total=None, description=visible(text))

    def progress(self, done: int, total: int | None) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=done, total=total)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Without the bar, for as long as somebody is asked something."""
        self._progress.stop()
        try:
            yield
        finally:
            self._progress.start()


@contextmanager
def watching(*, show_sql: bool, quiet: bool, debug: bool, paced: bool = False) -> Iterator[Observer]:
    """An observer for as long as a run lasts: of its SQL if asked for, else of its progress if anybody can see it.

    ``paced``: how fast it goes and how long it still takes is shown, too.
    """
    if show_sql:
        yield StatementWriter(debug=debug)
    elif quiet or not streams.shows_progress():
        yield Watcher(debug=debug)
    else:
        with _bar(paced=paced) as progress:
            yield ProgressBar(progress, debug=debug)


def _bar(*, paced: bool) -> "Progress":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    description = TextColumn("{task.description}", markup=False)
    columns: list[ProgressColumn] = [description, BarColumn(), TaskProgressColumn(), TimeElapsedColumn()]
    if paced:
        columns += [_speed_column(), TimeRemainingColumn()]
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _speed_column() -> "ProgressColumn":
    """How many a second, and what the number after it says."""
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:,.0f}/s, left")

    return Speed()


def _shown(parameters: object) -> str:
    """Bound values as a person can repeat them; what SQLite is given as bytes is shown in hex."""
    if isinstance(parameters, bytes | memoryview):
        return f"x'{bytes(parameters).hex()}'"
    if isinstance(parameters, tuple | list):
        return f"({', '.join(_shown(value) for value in parameters)})"
    return repr(parameters)
