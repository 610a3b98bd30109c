"""How a report for people may look: what the place it goes to can show."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """``width`` is that of a terminal in columns; ``None``: no terminal, so nothing is coloured, cut or wrapped.

    ``config`` is the file that the commands to type next must name, ``None`` where they will find it by themselves.
    """

    width: int | None = None
    config: str | None = None


PLAIN = Appearance()
"""For files, pipes and whoever asked for no colours."""
