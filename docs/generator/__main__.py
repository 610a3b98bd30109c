"""``make docs``: write every page that is made from the code, and the charts that the HTML report fills in."""

import sys
from collections.abc import Iterator
from pathlib import Path

from docs.generator import charts, pages


def texts() -> Iterator[tuple[Path, str]]:
    """Every file that is made, and what belongs in it."""
    for name, page in pages.PAGES.items():
        yield pages.FOLDER / name, page()
    for name, chart in charts.CHARTS.items():
        yield charts.FOLDER / name, charts.text_of(chart())


def main() -> None:
    """Write what has changed, and say which files those were."""
    for file, text in texts():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{file.relative_to(pages.FOLDER.parent)}\n")


if __name__ == "__main__":
    main()
