"""How a report may look: what the place it goes to can show, and what was asked for of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.background import Background


class By(StrEnum):
    """What a row of a table stands for, where a format is a table."""

    EVENT = "event"
    FINDING = "finding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """``width`` is that of a terminal in columns; ``None``: no terminal, so nothing is coloured, cut or wrapped.

    ``samples``: how many events of a finding to name at the most, 0 for all, ``None``: as few as is usual there.
    ``ascii_only``: the terminal's encoding knows no other signs.

    ``config`` is the file that the commands to type next must name, ``None`` where they will find it by themselves.
    ``by``: what a row of a table is; whatever is no table leaves it aside.
    ``background``: what a format may tell beside the result, if it is there.
    """

    width: int | None = None
    config: str | None = None
    samples: int | None = None
    ascii_only: bool = False
    by: By = By.EVENT
    background: "Background | None" = None


PLAIN = Appearance()
"""For files, pipes and whoever asked for no colours."""
