"""What a terminal shows, as a picture: the program is run in one, and what it writes there is drawn as SVG.

No font comes with the picture or from the network: it takes the monospaced one of whoever looks at it, and every
stretch of text says how wide it is, so that columns stay columns in any of them.
"""

import os
import pty
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 100
"""So wide that it can be read in a page of GitHub's."""

_PROGRAM = (sys.executable, "-c", "from auditor.cli import main; main()")
_LOOK = """\
<svg xmlns="http://www.w3.org/2000/svg" class="rich-terminal" viewBox="0 0 {width} {height}" role="img">
  <style>
    .{unique_id}-matrix, .{unique_id}-title {{
      font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
    }}
    .{unique_id}-matrix {{ font-size: {char_height}px; line-height: {line_height}px; }}
    .{unique_id}-title {{ font-size: 18px; font-weight: bold; }}
    {styles}
  </style>
  <defs>
    <clipPath id="{unique_id}-clip-terminal">
      <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
    </clipPath>
    {lines}
  </defs>
  {chrome}
  <g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix">{matrix}</g>
  </g>
</svg>
"""


def picture(folder: Path, *arguments: str, name: str) -> str:
    """An SVG of ``auditor`` with these arguments, typed in a folder. ``name``: no other picture of a page has it."""
    shown = Text.assemble(("$ ", "dim"), (f"auditor {' '.join(arguments)}", "bold"), "\n")
    shown.append_text(Text.from_ansi(shown_by([*_PROGRAM, *arguments], folder)))
    console = Console(file=StringIO(), record=True, width=COLUMNS, color_system="truecolor", force_terminal=True)
    console.print(shown, no_wrap=True)
    drawn = console.export_svg(title=f"auditor {arguments[0]}", code_format=_LOOK, unique_id=name)
    return "".join(f"{line.rstrip()}\n" for line in drawn.splitlines() if line.strip())


def shown_by(command: Sequence[str], folder: Path) -> str:
    """What a command writes to its standard output where that is a terminal."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (50, COLUMNS))
    with subprocess.Popen(  # noqa: S603 (this very program)
        command, cwd=folder, env=_environment(), stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.DEVNULL
    ):
        os.close(theirs)
        with os.fdopen(ours, "rb", buffering=0) as terminal:
            return _everything(terminal.fileno()).decode().replace("\r\n", "\n")


def _everything(terminal: int) -> bytes:
    read = b""
    while True:
        try:
            block = os.read(terminal, 65536)
        except OSError:  # on Linux the end of a terminal is an error
            block = b""
        if not block:
            return read
        read += block


def _environment() -> Mapping[str, str]:
    """Without what would make the terminal another one."""
    others = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "AUDITOR_CONFIG")}
    return {**others, "TERM": "xterm-256color", "COLUMNS": "", "PYTHONIOENCODING": "utf-8"}
