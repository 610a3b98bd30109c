"""A page of text for people: coloured and wrapped on a terminal, plain and whole everywhere else.

The one place that knows Rich. It is given :class:`rich.text.Text` and tables of it, never markup, so a stream called
``[red]x`` is printed as it is called. Characters that act on a terminal are the caller's to escape, with
:func:`reports.visible.visible`.
"""

import re
from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

_ENDLESS = 1_000_000  # columns of a page that is never wrapped
_SPACE_AT_THE_END = re.compile(r"\s+((?:\x1b\[[\d;]*m)*)$")  # what ends the style of a padded cell may follow it
_NARROWEST = 20  # columns that a line gets beside its indent, however narrow the terminal


class Page:
    """Lines and tables, one below the other. ``width`` in columns; ``None``: plain text, never cut or wrapped.

    ``ascii_only``: signs are to be taken from ASCII, the terminal's encoding has no others.
    """

    def __init__(self, width: int | None, *, ascii_only: bool = False) -> None:
        self.width = width
        self.ascii_only = ascii_only
        self._text = StringIO()
        self._console = Console(
            file=self._text,
            width=width or _ENDLESS,
            force_terminal=width is not None,
            color_system=None if width is None else "standard",
            no_color=width is None,
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
        )

    def line(self, text: Text | str = "", *, indent: int | str = 0, style: str = "", hang: int = 0) -> None:
        """One line, or on a terminal as many as it takes, all of them indented: by so many spaces, or by a text.

        ``hang``: all but the first by so many spaces more.
        """
        styled = Text(text, style=style) if isinstance(text, str) else text
        margin = Text(" " * indent if isinstance(indent, int) else indent)
        if self.width is None:
            self._text.write(f"{margin}{styled.plain}".rstrip() + "\n")
            return
        room = max(self.width - margin.cell_len, _NARROWEST)
        if styled.cell_len <= room:
            hang = 0
        for number, row in enumerate(styled.wrap(self._console, room - hang) or [Text()]):
            row.rstrip()
            self._console.print(margin + Text(" " * (hang if number else 0)) + row)

    def heading(self, text: str) -> None:
        """An empty line and a title for what follows."""
        self.line()
        self.line(text, style="bold")

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[Text]], *, left: int, gap: int = 2, indent: int = 0
    ) -> bool:
        """A table whose first ``left`` columns are text and the others numbers; False: too wide, nothing printed.

        ``gap``: columns between two of them. Titles that are all empty take no line.
        """
        padding = (0, gap, 0, 0)
        table = Table(box=None, pad_edge=False, padding=padding, header_style="dim", show_header=any(head))
        for number, title in enumerate(head):
            table.add_column(title, justify="left" if number < left else "right", no_wrap=True)
        for row in rows:
            table.add_row(*row)
        wanted = Measurement.get(self._console, self._console.options.update_width(_ENDLESS), table).maximum
        if indent + wanted > (self.width or _ENDLESS):
            return False
        with self._console.capture() as captured:
            self._console.print(table)
        lines = captured.get().splitlines()
        self._text.writelines(" " * indent + _SPACE_AT_THE_END.sub(r"\1", line) + "\n" for line in lines)
        return True

    def text(self) -> str:
        """The page so far, without empty space at the ends of its lines."""
        return self._text.getvalue()
