"""``make pictures``: the pictures of docs/, made of what the demo's databases give.

They are the same every time but for the moments in them, so they are not compared with what is committed.
"""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from auditor.demo import build, build_pipeline
from docs.generator import html_pictures, terminal_pictures

FOLDER = Path(__file__).parent.parent / "pictures"


def _terminal(of: Path) -> bytes:
    return terminal_pictures.picture(of, "check", "orders", "billing", name="shop").encode()


def _terminal_hops(of: Path) -> bytes:
    return terminal_pictures.picture(of, "check", "bookings", "outbox", "mails", name="bank").encode()


SHOP: Mapping[str, Callable[[Path], bytes]] = MappingProxyType({"terminal.svg": _terminal})
BANK: Mapping[str, Callable[[Path], bytes]] = MappingProxyType(
    {
        "terminal-hops.svg": _terminal_hops,
        "html-light.png": partial(html_pictures.picture, scheme="light"),
        "html-dark.png": partial(html_pictures.picture, scheme="dark"),
    }
)
"""What draws each picture in a folder with the databases of the demo's first or second act."""


def draw(folder: Path) -> None:
    """Write every picture into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for pictures, fill in ((SHOP, build), (BANK, build_pipeline)):
        for name, drawn in pictures.items():
            with TemporaryDirectory(prefix="auditor-picture-") as databases:
                fill(Path(databases))
                (folder / name).write_bytes(drawn(Path(databases)))


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
