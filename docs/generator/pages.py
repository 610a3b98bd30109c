"""Which pages are made, and from what."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from docs.generator import checks_page, commands_page, config_page, exit_codes_page, formats_page, notebook

FOLDER = Path(__file__).parent.parent

PAGES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "checks.md": checks_page.page,
        "commands.md": commands_page.page,
        "config.md": config_page.page,
        "exit-codes.md": exit_codes_page.page,
        "formats.md": formats_page.page,
        "pandas.md": lambda: notebook.executed((FOLDER / "pandas.md").read_text(encoding="utf-8")),
    }
)
"""Every page by the name of its file."""
