"""A file of CloudEvents, a line of JSON each: for people who send by their own means.

Each line says for whom the event is (``consumer``), by which plan (``redeliveryplan``), and under which key
(``redeliverykey``), so the target is not shared: whoever sends the lines on to others as well must have those named in
``heard_by``. One file belongs to one plan. A batch is added as a whole, and is on the disk when it counts as accepted.
What the file holds already is not added again, and a line that a crash cut short is cut off first.
"""

import json
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from auditor.config.targets import FileTargetConfig
from auditor.errors import AuditorError
from auditor.redelivery.targets.cloud_events import beginning, cloud_event
from auditor.redelivery.targets.contents import UnsayableError, line_of
from auditor.redelivery.targets.interface import Answer, Batch, Parcel
from auditor.redelivery.targets.templates import fill_text
from checks.model.redelivery import Outcome
from checks.wording import quoted
from reports.visible import visible

_MODE = 0o600  # events may hold what not everybody may read


class UnfitFileError(Exception):
    """What stands in its place cannot be added to."""


class DoubtfulFileError(Exception):
    """It could not be written to, nor be made again what it was before."""


class FileTarget:
    """A file, opened for each batch."""

    sends_whole = False
    shared = False

    def __init__(self, config: FileTargetConfig, consumer: str, log: str, plan: str, *, needs_data: bool) -> None:
        """``consumer``, ``log``: their names; ``plan``: its hash. ``needs_data``: the log names its ``data``."""
        known = {"consumer": consumer, "log": log, "target": config.name, "plan": plan}
        fit = {word: value.replace("/", "_") for word, value in known.items()}  # a name is no folder
        self.path = Path(fill_text(config.path, fit))
        self.needs_data = needs_data
        self._config = config
        self._plan = plan
        self._held: set[str] = set()
        self._file: tuple[int, int] | None = None
        self._read_through = 0

    def prepare(self) -> None:
        """Look whether it can be written: its folder, and what it holds. Nothing is made. AuditorError."""
        try:
            expect_place(self.path)
            with suppress(FileNotFoundError), self.path.open("rb") as file:
                self._read_on(file)
        except (OSError, UnfitFileError) as error:
            raise AuditorError(f"target {quoted(self._config.name)}: {self._refusal(error)}") from error

    def send(self, batch: Batch) -> Sequence[Answer]:
        """All lines of a batch that it does not hold, or none of them."""
        try:
            with _opened(self.path) as file:
                _cut_off(file.fileno(), self._read_on(file))
                return self._add(file.fileno(), batch)
        except (OSError, UnfitFileError) as error:
            answer = Answer(Outcome.FAILED, f"not written: {self._refusal(error)}")
        except DoubtfulFileError as error:
            answer = Answer(Outcome.UNKNOWN, f"maybe written in part: {self._refusal(error)}")
        # What it holds was accepted before, whatever becomes of the rest.
        held = Answer(Outcome.ACCEPTED, f"stood in {self._shown} already")
        return [held if parcel.key in self._held else answer for parcel in batch.parcels]

    def close(self) -> None:
        """Nothing is open between two batches."""

    @property
    def _shown(self) -> str:
        return visible(self.path.name)

    def _add(self, descriptor: int, batch: Batch) -> list[Answer]:
        answers, lines = [], dict[str, bytes]()
        for parcel in batch.parcels:
            if parcel.key in self._held or parcel.key in lines:
                answers.append(Answer(Outcome.ACCEPTED, f"stood in {self._shown} already"))
                continue
            try:
                lines[parcel.key] = self._line(parcel, batch)
                answers.append(Answer(Outcome.ACCEPTED, f"written to {self._shown}"))
            except UnsayableError as error:
                answers.append(Answer(Outcome.FAILED, f"not written: {error}"))
        if lines:
            _append(descriptor, b"".join(lines.values()))
        return answers

    def _line(self, parcel: Parcel, batch: Batch) -> bytes:
        return line_of(cloud_event(parcel, batch, self._config.source, with_data=self.needs_data))

    def _read_on(self, file: BinaryIO) -> int:
        """Learn what was added since the last time. Returns where the last whole line ends. UnfitFileError."""
        now = os.fstat(file.fileno())
        if self._file != (now.st_dev, now.st_ino) or now.st_size < self._read_through:  # another one, or emptied
            self._file, self._read_through = (now.st_dev, now.st_ino), 0
            self._held.clear()
        file.seek(self._read_through)
        start = beginning(self._plan)
        for line in file:
            if not line.endswith(b"\n"):
                if not (line.startswith(start) or start.startswith(line)):
                    raise UnfitFileError("ends in something that is no line of this plan's")
                break
            if not line.startswith(start) or (key := _key(line)) is None:
                raise UnfitFileError("holds something else, or events of another plan (name another file, or move it)")
            self._held.add(key)
            self._read_through += len(line)
        return self._read_through

    def _refusal(self, error: Exception) -> str:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return f"{visible(str(self.path))} {reason[:1].lower()}{reason[1:]}"


def expect_place(path: Path) -> None:
    """Look whether a file can be made or added to there, by its rights alone. OSError, UnfitFileError."""
    if not path.parent.is_dir():
        raise UnfitFileError("has no folder to be in: make it first")
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnfitFileError("is no file")
    except FileNotFoundError:
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise UnfitFileError("is in a folder that may not be written to") from None
    else:
        if not os.access(path, os.R_OK | os.W_OK):
            raise UnfitFileError("may not be read and written to")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """To be read by what it gives, and added to by its descriptor: what a buffer still held would be written later."""
    expect_place(path)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, _MODE), "rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            _keep_name(path)
        yield file


def _keep_name(path: Path) -> None:
    """On the disk is a new file only once its folder is."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _append(descriptor: int, content: bytes) -> None:
    """Add it as a whole, to the disk. OSError: the file is what it was before. DoubtfulFileError: it may not be."""
    before = os.fstat(descriptor).st_size
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    except OSError as error:
        try:
            _cut_off(descriptor, before)
        except OSError as another:
            raise DoubtfulFileError(another.strerror) from error
        raise


def _cut_off(descriptor: int, end: int) -> None:
    if os.fstat(descriptor).st_size > end:
        os.ftruncate(descriptor, end)
        os.fsync(descriptor)


def _key(line: bytes) -> str | None:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    key = said.get("redeliverykey") if isinstance(said, dict) else None
    return key if isinstance(key, str) else None
