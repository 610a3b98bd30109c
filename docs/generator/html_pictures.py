"""What a browser shows of the HTML report, as a picture: Chromium draws it, and few colours make it small."""

import struct
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Literal

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Browser, sync_playwright

from auditor.audit import run
from reports import render

WIDTH, HEIGHT = 1200, 1000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_MOST_COLOURS = 256
_PIXELS = """async address => {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const bytes = canvas.getImageData(0, 0, image.width, image.height).data;
    const file = new FileReader();
    const read = new Promise(done => { file.onload = () => done(file.result); });
    file.readAsDataURL(new Blob([bytes]));
    return (await read).split(",")[1];
}"""
"""Decodes a picture, as the browser can."""

Scheme = Literal["light", "dark"]


class NoBrowserError(Exception):
    """There is no Chromium to draw with."""


def picture(folder: Path, scheme: Scheme) -> bytes:
    """A PNG of the top of the report on what a folder's config names. NoBrowserError: nothing can draw it."""
    file = folder / "report.html"
    file.write_text(render(run(folder / "auditor.toml"), "html"), encoding="utf-8")
    with _browser() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme)
        page.goto(file.as_uri())
        drawn = b64encode(page.screenshot(animations="disabled")).decode()
        pixels = browser.new_page().evaluate(_PIXELS, f"data:image/png;base64,{drawn}")
    return with_few_colours(np.frombuffer(b64decode(pixels), np.uint8).reshape(HEIGHT, WIDTH, 4)[:, :, :3])


@contextmanager
def _browser() -> Iterator[Browser]:
    found = next((path for name in BROWSERS if (path := which(name)) is not None), None)
    if found is None:
        raise NoBrowserError("the pictures need Chromium (on Debian and Ubuntu: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


def with_few_colours(pixels: npt.NDArray[np.uint8]) -> bytes:
    """A PNG with a palette, of an array of rows of red, green and blue: the commonest colours, and those near them."""
    height, width, _ = pixels.shape
    colours, places, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    palette = colours[np.argsort(-counts, kind="stable")[:_MOST_COLOURS]]
    distances = ((colours[:, None, :].astype(np.int32) - palette[None, :, :]) ** 2).sum(axis=2)
    indexes = distances.argmin(axis=1).astype(np.uint8)[places.reshape(height, width)]
    rows = np.hstack([np.zeros((height, 1), np.uint8), indexes])  # each row begins with how it is filtered: not at all
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette.tobytes()),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
