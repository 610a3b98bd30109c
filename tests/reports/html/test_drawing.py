"""What draws the charts is made once and kept: the same, however it came about, and never in anybody's way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.html import drawing as module
from reports.html.drawing import drawing


@pytest.fixture(autouse=True)
def bundled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """How often it was made; a short script stands for it."""
    made: list[str] = []

    def bundle(snippet: str) -> str:
        made.append(snippet)
        return f"/* Vega */{snippet}"

    monkeypatch.setattr("vl_convert.javascript_bundle", bundle)
    drawing.cache_clear()
    yield made
    drawing.cache_clear()


@pytest.fixture
def caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "caches" / "auditor"
    monkeypatch.setattr(module, "user_cache_path", lambda *_, **__: folder)
    return folder


def test_it_is_made_once_and_found_by_the_next_process(caches: Path, bundled: list[str]) -> None:
    first = drawing()
    drawing.cache_clear()
    assert drawing() == first
    assert len(bundled) == 1
    [kept] = caches.iterdir()
    assert kept.read_text() == first.packed


@pytest.mark.parametrize("damage", [b"", b"!", b"H4sIAAAA", b"\xff"])
def test_what_was_damaged_is_made_again(caches: Path, bundled: list[str], damage: bytes) -> None:
    first = drawing()
    [kept] = caches.iterdir()
    kept.write_bytes(damage)
    drawing.cache_clear()
    assert drawing() == first
    assert len(bundled) == 2
    assert kept.read_text() == first.packed


def test_where_nothing_can_be_kept_it_is_made_all_the_same(caches: Path, bundled: list[str]) -> None:
    caches.parent.write_text("a file where a folder should be")
    assert module._NAME in drawing().source
    assert caches.parent.read_text() == "a file where a folder should be"
    assert len(bundled) == 1


def test_without_a_home_nothing_is_kept_in_the_folder_where_one_happens_to_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bundled: list[str]
) -> None:
    monkeypatch.setattr(module, "user_cache_path", lambda *_, **__: Path("~/.cache/auditor"))
    monkeypatch.chdir(tmp_path)
    drawing()
    assert list(tmp_path.iterdir()) == []
    assert len(bundled) == 1
