"""How a report for people may look: what the place it goes to can show."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.background import Background


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """``width`` is that of a terminal in columns; ``None``: no terminal, so nothing is coloured, cut or wrapped.

    ``config`` is the file that the commands to type next must name, ``None`` where they will find it by themselves.
    ``background``: what a format may tell beside the result, if it is there.
    """

    width: int | None = None
    config: str | None = None
    background: "Background | None" = None


PLAIN = Appearance()
"""For files, pipes and whoever asked for no colours."""
