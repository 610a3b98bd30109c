"""The folder of what the auditor keeps for itself, ``.auditor``: others need not read it, and git need not know it."""

from contextlib import suppress
from pathlib import Path

OWN_FOLDER = ".auditor"
"""A folder of this name, where the auditor made it, is kept out of version control."""


def make_folder(folder: Path) -> None:
    """Make a folder for the auditor's own files where it is not there. OSError: it cannot be made."""
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if folder.name == OWN_FOLDER:
        folder.joinpath(".gitignore").write_text("*\n")
