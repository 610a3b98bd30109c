"""The pictures of docs/ can be drawn anew, stand on a page, and need nothing but themselves."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

import pytest

from docs.generator import html_pictures, pictures

ROOT = Path(__file__).parents[2]
COMMITTED = sorted(path.name for path in pictures.FOLDER.iterdir())
DRAWINGS = [name for name in COMMITTED if name.endswith(".svg")]
MOST_BYTES = 200_000


@pytest.fixture(scope="module")
def drawn() -> Iterator[Path]:
    with TemporaryDirectory(prefix="auditor-pictures-") as folder:
        pictures.draw(Path(folder) / "new")
        yield Path(folder) / "new"


def test_the_command_draws_what_is_committed(drawn: Path) -> None:
    assert sorted(path.name for path in drawn.iterdir()) == COMMITTED
    assert sorted([*pictures.SHOP, *pictures.BANK]) == COMMITTED


@pytest.mark.parametrize("name", COMMITTED)
def test_every_picture_stands_on_a_page_with_words_for_who_cannot_see_it(name: str) -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = [re.findall(rf"!\[([^\]]*)\]\([^)]*{re.escape(name)}\)", page.read_text("utf-8")) for page in pages]
    words = [alternative for each in shown for alternative in each]
    assert words
    assert all(len(each) > len("picture") for each in words)


@pytest.mark.parametrize("name", COMMITTED)
def test_no_picture_is_large(drawn: Path, name: str) -> None:
    assert (drawn / name).stat().st_size < MOST_BYTES
    assert (pictures.FOLDER / name).stat().st_size < MOST_BYTES


@pytest.mark.parametrize("name", [name for name in COMMITTED if name.endswith(".png")])
def test_a_report_in_a_browser_is_drawn_with_a_palette_and_is_no_blank_page(drawn: Path, name: str) -> None:
    for picture in ((drawn / name).read_bytes(), (pictures.FOLDER / name).read_bytes()):
        assert picture.startswith(b"\x89PNG\r\n\x1a\n")
        assert picture[25] == 3  # colours are places in a palette
        assert int.from_bytes(picture[16:20], "big") == html_pictures.WIDTH
        assert len(picture) > 20_000


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_terminal_is_drawn_with_colours_and_without_anything_from_the_network(drawn: Path, name: str) -> None:
    for text in ((drawn / name).read_text("utf-8"), (pictures.FOLDER / name).read_text("utf-8")):
        words = "".join(ET.fromstring(text).itertext())  # noqa: S314 (drawn by ourselves)
        assert "✗\xa0inconsistent:" in words
        assert "$" in words
        assert "redeliver" in words
        assert "#cc555a" in text
        assert set(re.findall(r"https?://[^\"\s]+", text)) == {"http://www.w3.org/2000/svg"}
        assert "font-face" not in text


@pytest.mark.parametrize("name", DRAWINGS)
def test_what_is_committed_shows_the_same_but_for_the_moments(drawn: Path, name: str) -> None:
    now, committed = (steady((folder / name).read_text("utf-8")) for folder in (drawn, pictures.FOLDER))
    assert now == committed


def steady(drawing: str) -> list[str]:
    """The words of a drawing, without moments, ages, what is random, and where on the line they put what follows."""
    words = "".join(ET.fromstring(drawing).itertext()).replace("\xa0", " ")  # noqa: S314 (drawn by ourselves)
    moments = r"\d{4}-\d\d-\d\d[T ][\d:]+(Z| UTC)|\d{8}T\d{6}Z-\w+|took [\d.]+ s"
    ages = r"\b\d+[dhms]( \d+[hms])?\b"
    ids = r"'[\da-f-]{36}'"
    return re.sub(f"{moments}|{ages}|{ids}", "…", words).split()
