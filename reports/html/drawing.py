"""What draws the charts: Vega, Vega-Lite and Vega-Embed as one script of some 900 kB, which vl-convert brings along.

It takes a second to make, and comes out the same every time. So it is made once for each version of vl-convert, and
kept packed in the folder for caches of whoever makes the report; where nothing can be kept, it is made every time.
"""

import gzip
import os
import zlib
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

from reports.html.packing import packed

_NAME = "window.drawChart="
_DRAW = f"{_NAME}vegaEmbed;"


@dataclass(frozen=True, slots=True)
class Drawing:
    """The script, and the same packed as the page carries it."""

    source: str
    packed: str


@cache
def drawing() -> Drawing:
    """The script that defines ``drawChart``."""
    place = _place()
    return (None if place is None else _kept(place)) or _made(place)


def _place() -> Path | None:
    """Where it is kept; ``None`` where nobody knows a home."""
    place = user_cache_path("auditor", appauthor=False) / f"charts-{version('vl-convert-python')}.js.gz.base64"
    return place if place.is_absolute() else None


def _kept(place: Path) -> Drawing | None:
    """As it was made before; ``None``: it was not, or it is damaged, of which a sum in it tells."""
    try:
        text = place.read_text("ascii")
        source = gzip.decompress(b64decode(text, validate=True)).decode()
    except (OSError, ValueError, EOFError, zlib.error):
        return None
    return Drawing(source, text) if _NAME in source else None


def _made(place: Path | None) -> Drawing:
    import vl_convert  # noqa: PLC0415 (most reports find the script made)

    source = str(vl_convert.javascript_bundle(_DRAW))
    made = Drawing(source, packed(source))
    if place is not None:
        _keep(place, made.packed)
    return made


def _keep(place: Path, text: str) -> None:
    """Whole or not at all, whoever else does the same. It does not matter if that fails."""
    new = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.write_text(text, "ascii")
        new.replace(place)
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)
