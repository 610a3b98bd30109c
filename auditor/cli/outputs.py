"""Where reports go: which ``--format`` belongs to which ``--output``, and files that are written whole or not at all.

A cron job may be read while it writes. So a report is put beside its place and renamed into it: a reader sees the
last report or this one, never half of one, and a full disk leaves the last one standing.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from secrets import token_hex
from typing import Literal

from auditor.errors import UsageError
from reports import FORMATS, Format


class Option(StrEnum):
    """The two options whose order matters, by the names that Typer gives them."""

    FORMAT = "format_name"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class Typed:
    """One of the two options as it was typed, with its value."""

    option: Option
    value: str


@dataclass(frozen=True, slots=True)
class Destination:
    """A report to make. ``path`` is ``None`` for standard output."""

    format_name: str
    path: Path | None = None


def pair_outputs(typed: Sequence[Typed], formats: Mapping[str, Format] = FORMATS) -> list[Destination]:
    """What is to be written where, in the order in which it was typed, standard output last.

    An output belongs to the format right before it, else the ending of its name says the format. A format that no
    output follows goes to standard output. Nothing typed: the terminal's format there. UsageError: an unknown format
    or ending, two reports for one place.
    """
    destinations: list[Destination] = []
    waiting: str | None = None
    for each in typed:
        if each.option is Option.FORMAT:
            destinations.extend(_to_stdout(waiting))
            waiting = _known_format(each.value, formats)
        else:
            destinations.append(_to_place(each.value, waiting, formats))
            waiting = None
    destinations.extend(_to_stdout(waiting))
    _refuse_rivals(destinations)
    return sorted(destinations, key=lambda each: each.path is None) or [Destination("terminal")]


def _to_place(name: str, format_name: str | None, formats: Mapping[str, Format]) -> Destination:
    """``-`` is standard output, as elsewhere."""
    if name == "-":
        return Destination(format_name or "terminal")
    return Destination(format_name or _guessed_format(Path(name), formats), Path(name))


def _to_stdout(format_name: str | None) -> list[Destination]:
    return [] if format_name is None else [Destination(format_name)]


def _known_format(name: str, formats: Mapping[str, Format]) -> str:
    if name in formats:
        return name
    from auditor.config.problems import quoted, suggestion

    message = f"--format {quoted(name)}: no such format{suggestion(name, formats, listed=True)}"
    raise UsageError(message)


def _guessed_format(path: Path, formats: Mapping[str, Format]) -> str:
    for name, known in formats.items():
        if path.suffix.lower() in known.endings:
            return name
    if path.is_dir():
        raise UsageError(f"--output {str(path)!r} is a folder")
    endings = ", ".join(ending for known in formats.values() for ending in known.endings)
    message = f"--output {str(path)!r}: put a --format right before it, or end it in one of {endings}"
    raise UsageError(message)


def _refuse_rivals(destinations: Iterable[Destination]) -> None:
    seen: set[Path | None] = set()
    for destination in destinations:
        place = None if destination.path is None else _real(destination.path)
        if place in seen and place is None:
            raise UsageError("two formats for standard output: put an --output behind all but one of them")
        if place in seen:
            message = f"--output {str(destination.path)!r} is given twice"
            raise UsageError(message)
        seen.add(place)


def refuse_unwritable(path: Path) -> None:
    """UsageError: a report cannot be written to ``path``, as can be seen before there is one."""
    try:
        why = _obstacle(_real(path), path)
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        why = f": {error.strerror}"
    if why is not None:
        message = f"--output {str(path)!r}{why}"
        raise UsageError(message)


def _obstacle(place: Path, path: Path) -> str | None:
    """What stands in the way of a file there. Its folder has to take a new file, also where there is an old one."""
    if place.is_dir():
        return " is a folder"
    if not place.parent.is_dir():
        return f": there is no folder {str(path.parent)!r}"
    involved = [place, place.parent] if place.is_file() else [place if place.exists() else place.parent]
    return None if all(os.access(each, os.W_OK) for each in involved) else ": no right to write there"


def write_whole(path: Path, text: str | Iterable[str]) -> None:
    """Put ``text``, whole or in pieces, into the file, or leave what is there as it is.

    OSError: it cannot be written. Whatever the pieces raise while they are made goes through, with the same effect.
    """
    place = _real(path)
    pieces = (text,) if isinstance(text, str) else text
    if place.exists() and not place.is_file():
        _write(place, "wb", pieces)  # a device or a pipe: nothing to rename into
        return
    beside = place.with_name(f".auditor-{token_hex(8)}.tmp")
    try:
        _write(beside, "xb", pieces)
        if place.exists():
            beside.chmod(place.stat().st_mode)
        beside.replace(place)
    finally:
        with suppress(OSError):
            beside.unlink()


def _write(place: Path, mode: Literal["wb", "xb"], pieces: Iterable[str]) -> None:
    """A new file is on the disk before it gets its name, since some disks are found to be full only then."""
    with place.open(mode) as file:
        for piece in pieces:
            file.write(piece.encode("utf-8", "backslashreplace"))
        if mode == "xb":
            file.flush()
            os.fsync(file.fileno())


def _real(path: Path) -> Path:
    """The file itself where ``path`` is a link to it: a rename would replace the link."""
    return Path(os.path.realpath(path))
