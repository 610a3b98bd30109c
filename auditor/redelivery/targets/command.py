"""A program of the user's: it is given a line of JSON for each event, and says of each what became of it.

A line that it is given::

    {"position": 5, "partition": null, "id": "…", "stream": "order-1", "version": 2, "type": "OrderPlaced",
     "time": "2026-03-01T12:00:00Z", "consumer": "billing", "log": "orders", "key": "…", "plan": "…", "data": {…}}

``key`` is the same whenever this plan sends this event again; ``data`` is there where the log's ``data`` is named, and
is ``data_base64`` for bytes. A line that it answers, in any order::

    {"key": "…", "result": "accepted"}
    {"position": 6, "result": "rejected", "message": "unknown customer"}

Every line says for whom the event is, so the target is not shared: a program that tells others too must have them named
in ``heard_by``. What it does not answer for is unknown, however it ended, since it may have been sent.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from auditor.config import durations
from auditor.config.targets import CommandTargetConfig
from auditor.errors import AuditorError
from auditor.redelivery.targets.command_answers import Answers
from auditor.redelivery.targets.contents import UnsayableError, content_of, line_of
from auditor.redelivery.targets.dialogue import Ending, converse
from auditor.redelivery.targets.interface import Answer, Batch, Parcel
from auditor.redelivery.targets.said import shown
from auditor.redelivery.targets.templates import fill_text
from checks.model.redelivery import Outcome
from checks.wording import quoted


class CommandTarget:
    """A program, run once for each batch, in the folder of the config."""

    sends_whole = False
    shared = False

    def __init__(self, config: CommandTargetConfig, folder: Path, *, needs_data: bool) -> None:
        """``folder``: what a relative path is relative to. ``needs_data``: the log names its ``data``."""
        self._config = config
        self._folder = folder
        self.needs_data = needs_data

    def prepare(self) -> None:
        """Look whether there is such a program; one whose name has a placeholder is looked for when it is run."""
        name = self._config.command[0]
        if "{" not in name:
            try:
                find_program(name, self._folder)
            except OSError as error:
                raise AuditorError(f"target {quoted(self._config.name)}: {_unstarted(name, error)}") from error

    def send(self, batch: Batch) -> Sequence[Answer]:
        """Whatever the program says counts, also if it fails after that."""
        lines: list[bytes] = []
        unsayable: dict[int, str] = {}
        for place, parcel in enumerate(batch.parcels):
            try:
                lines.append(line_of(self._line(parcel, batch)))
            except UnsayableError as error:
                unsayable[place] = f"not sent: {error}"
        if not lines:
            return [Answer(Outcome.FAILED, unsayable[place]) for place in range(len(batch.parcels))]
        answers = Answers(batch.parcels)
        arguments = self._arguments(batch)
        try:
            program = find_program(arguments[0], self._folder)
            ending = converse(arguments, program, self._folder, lines, answers.hear, self._config.timeout)
        except (OSError, ValueError) as error:
            return [Answer(Outcome.FAILED, f"not sent: {_unstarted(arguments[0], error)}")] * len(batch.parcels)
        silence = _silence(ending, answers.unreadable, self._config.timeout)
        return [
            Answer(Outcome.FAILED, unsayable[place]) if place in unsayable else answers.of(place, silence)
            for place in range(len(batch.parcels))
        ]

    def close(self) -> None:
        """Nothing runs between two batches."""

    def _arguments(self, batch: Batch) -> list[str]:
        known = {"consumer": batch.consumer, "log": batch.log.name, "target": self._config.name, "plan": batch.plan}
        return [fill_text(word, known) for word in self._config.command]

    def _line(self, parcel: Parcel, batch: Batch) -> Mapping[str, object]:
        event = parcel.event.event
        words = ("position", "partition", "id", "stream", "version", "type", "time")
        line: dict[str, object] = {word: getattr(event, word) for word in words}
        line |= {"consumer": batch.consumer, "log": batch.log.name, "key": parcel.key, "plan": batch.plan}
        if self.needs_data:
            content = content_of(parcel.data)
            line |= {"data": None} if content is None else {content.word: content.value}
        return line


def find_program(name: str, folder: Path) -> Path:
    """The file of a program: by ``$PATH`` where its name is one word, else relative to ``folder``. OSError."""
    if "/" not in name:
        found = shutil.which(name)
        if found is None:
            raise FileNotFoundError(0, "is not found")
        return Path(found)
    path = folder / Path(name).expanduser()
    if not path.exists():
        raise FileNotFoundError(0, "is not there")
    if path.is_dir():
        raise IsADirectoryError(0, "is a folder")
    if not os.access(path, os.X_OK):
        raise PermissionError(0, "may not be executed")
    return path


def _unstarted(name: str, error: OSError | ValueError) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    own = isinstance(error, OSError) and error.errno == 0
    return f"the program {quoted(name)} {reason if own else f'could not be started: {shown(reason).lower()}'}"


def _silence(ending: Ending, unreadable: int, timeout: timedelta) -> str:
    """What is said of an event that the program did not answer for."""
    if ending.code is None:
        how = f"the program was ended after {durations.write(timeout)}, and had not answered for it"
    elif ending.code < 0:
        how = f"the program was ended by signal {-ending.code}, and had not answered for it"
    elif ending.code > 0:
        how = f"the program failed with exit code {ending.code}, and did not answer for it"
    else:
        how = "the program did not answer for it"
    if unreadable:
        how += f" ({unreadable} of its lines could not be understood)"
    return f"{how}: {shown(ending.errors[-1])}" if ending.errors else how
