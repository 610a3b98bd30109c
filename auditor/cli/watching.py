"""What a run shows while it is under way, on standard error: a progress bar, or its SQL."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from auditor.cli import garbage, streams
from auditor.cli.pace import Pace
from auditor.observer import Observer, Silent
from reports.visible import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

_TIMES_A_SECOND = 5


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
    """Draws the phase of the run and how far it is, over and over, as wide as the terminal is by then."""

    def __init__(self, console: "Console", *, debug: bool) -> None:
        super().__init__(debug=debug)
        self._console = console
        self._pace = Pace()
        self._live: Live | None = None

    def phase(self, text: str) -> None:
        """Begin the bar anew under another text."""
        self._pace.phase(text)
        self._draw()

    def progress(self, done: int, total: int | None) -> None:
        """Move the bar."""
        self._pace.moved(done, total)

    def looked(self, done: int, total: int) -> None:
        """Count the audits."""
        self._pace.looked(done, total)
        self._draw()

    def _draw(self) -> None:
        if self._live is not None:
            self._live.refresh()

    def __rich__(self) -> "Text":
        """The line now. The last column stays free: a terminal that wraps at it would need two lines."""
        from rich.text import Text

        return Text(
            self._pace.line(self._console.width - 1, ascii_only=not streams.knows_signs(self._console.file)),
            no_wrap=True,
            overflow="crop",
        )

    @contextmanager
    def drawn(self) -> Iterator[None]:
        """With the bar on the screen; nothing is left of it afterwards, however it ends."""
        from rich.live import Live

        live = Live(self, console=self._console, transient=True, refresh_per_second=_TIMES_A_SECOND)
        with live:
            self._live = live
            try:
                yield
            finally:
                self._live = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Without the bar, for as long as somebody is asked something."""
        live = self._live
        if live is not None:
            live.stop()
        try:
            yield
        finally:
            if live is not None:
                live.start()


@contextmanager
def watching(*, show_sql: bool, quiet: bool, debug: bool) -> Iterator[Observer]:
    """An observer for as long as a run lasts: of its SQL if asked for, else of its progress if anybody can see it.

    From here on a command is at work, and garbage is looked for.
    """
    garbage.take_up()
    if show_sql:
        yield StatementWriter(debug=debug)
    elif quiet or not streams.shows_progress():
        yield Watcher(debug=debug)
    else:
        from rich.console import Console

        bar = ProgressBar(Console(stderr=True), debug=debug)
        with bar.drawn():
            yield bar


def _shown(parameters: object) -> str:
    """Bound values as a person can repeat them; what SQLite is given as bytes is shown in hex."""
    if isinstance(parameters, bytes | memoryview):
        return f"x'{bytes(parameters).hex()}'"
    if isinstance(parameters, tuple | list):
        return f"({', '.join(_shown(value) for value in parameters)})"
    return repr(parameters)
