"""``make docs``: write every page that is made from the code."""

import sys

from docs.generator.pages import FOLDER, PAGES


def main() -> None:
    """Write what has changed, and say which pages those were."""
    for name, page in PAGES.items():
        file, text = FOLDER / name, page()
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            sys.stdout.write(f"docs/{name}\n")


if __name__ == "__main__":
    main()
